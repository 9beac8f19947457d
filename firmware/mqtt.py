"""An MQTT 3.1.1 client for asyncio: QoS 1 both ways, a last will, and a persistent session.

What was published and not confirmed when a connection ends is not sent again from here: the ring
store sends everything above the gateway's ack after each connect, which covers it.
"""

import asyncio
import struct

import packets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_REPLY_S = 10
_FIRST_BACK_OFF_S = 0.5
_LONGEST_BACK_OFF_S = 10
_STOOD_MS = 5000
_MOST_IN_FLIGHT = 8


class Client:
    """One connection after another to one broker.

    Args:
        host: Broker's address; a name is resolved by a blocking call, a number is not.
        port: Its port.
        options: What the CONNECT packet says, see `packets.connect`.
        now_ms: Monotonic time [ms].
        on_message: Called with topic and payload; must not block.
        say: Called with why a connection ended.
    """

    def __init__(
        self,
        host: str,
        port: int,
        options: "dict[str, object]",
        now_ms: "Callable[[], int]",
        on_message: "Callable[[str, bytes], None]",
        *,
        say: "Callable[[str], None]",
    ) -> None:
        self.host = host
        self.port = port
        self.options = options
        self.keepalive_s = int(str(options["keepalive_s"]))
        self.now_ms = now_ms
        self.on_message = on_message
        self._say = say
        self._flying: "dict[int, int]" = {}  # packet id: when it left [ms]
        self._packet_id = 0
        self._landed = asyncio.Event()
        self._down = asyncio.Event()
        self._lock = asyncio.Lock()
        self._heard_ms = 0
        self._sent_ms = 0

    async def serve(self, on_connect: "Callable[[], Awaitable[None]]") -> None:
        """Connect, run ``on_connect`` while connected, and connect again, for ever.

        The back-off doubles from 0.5 s to 10 s and starts anew after a connection that stood 5 s.
        """
        back_off_s = _FIRST_BACK_OFF_S
        while True:
            began_ms = self.now_ms()
            try:
                await self._one_connection(on_connect)
            except (OSError, EOFError, asyncio.TimeoutError, packets.RefusedError) as error:
                self._say("no connection: %r" % error)
            if self.now_ms() - began_ms > _STOOD_MS:
                back_off_s = _FIRST_BACK_OFF_S
            await asyncio.sleep(back_off_s)
            back_off_s = min(_LONGEST_BACK_OFF_S, 2 * back_off_s)

    async def publish(self, topic: str, payload: bytes, retain: bool = False) -> None:
        """Send at QoS 1, once there is room in flight; does not wait for the PUBACK.

        Raises:
            OSError: The connection is gone.
        """
        while len(self._flying) >= _MOST_IN_FLIGHT and not self._down.is_set():
            self._landed.clear()
            await self._landed.wait()
        if self._down.is_set():
            raise OSError(107, "not connected")
        packet_id = self._next_id()
        self._flying[packet_id] = self.now_ms()
        await self._send(packets.publish(topic, payload, packet_id, retain))

    async def subscribe(self, topic: str) -> None:
        """Ask for a topic at QoS 1.

        Raises:
            OSError: The connection is gone.
        """
        await self._send(packets.subscribe(topic, self._next_id()))

    async def _one_connection(self, on_connect: "Callable[[], Awaitable[None]]") -> None:
        """Connect and stay until the connection ends."""
        streams: "tuple[asyncio.StreamReader, asyncio.StreamWriter]" = await asyncio.wait_for(
            asyncio.open_connection(self.host, self.port), _REPLY_S
        )
        self._reader, self._writer = streams
        tasks: "list[asyncio.Task[None]]" = []
        crash: "Exception | None" = None
        try:
            self._down.clear()
            self._flying.clear()
            await self._send(packets.connect(self.options))
            first: "tuple[int, bytes]" = await asyncio.wait_for(self._packet(), _REPLY_S)
            packets.check_connack(first[0], first[1])
            self._heard_ms = self.now_ms()
            for coroutine in (self._listen(), self._keep_alive(), on_connect()):
                tasks += [asyncio.create_task(self._until_down(coroutine))]
            await self._down.wait()
        finally:
            self._down.set()
            self._landed.set()
            for task in tasks:
                task.cancel()
            for task in tasks:
                try:
                    await task
                except asyncio.CancelledError:
                    pass
                except Exception as error:
                    crash = error
            self._writer.close()
            try:
                await asyncio.wait_for(self._writer.wait_closed(), _REPLY_S)
            except (OSError, asyncio.TimeoutError):
                pass
        if crash is not None:
            raise crash

    async def _until_down(self, coroutine: "Awaitable[None]") -> None:
        """Run one of the connection's tasks; when it ends, so does the connection."""
        try:
            await coroutine
        except (OSError, EOFError, packets.RefusedError) as error:
            self._say("the connection ended: %r" % error)
        finally:
            self._down.set()
            self._landed.set()

    async def _listen(self) -> None:
        """Take packets as they come."""
        while True:
            kind, body = await self._packet()
            self._heard_ms = self.now_ms()
            if kind >> 4 == packets.PUBACK:
                self._flying.pop(struct.unpack(">H", body[:2])[0], None)
                self._landed.set()
            elif kind >> 4 == packets.PUBLISH:
                topic, payload, packet_id = packets.parse_publish(kind, body)
                self.on_message(topic, payload)
                if packet_id:
                    await self._send(packets.puback(packet_id))
            elif kind >> 4 == packets.SUBACK and body[2] == 0x80:
                raise packets.RefusedError("the broker refuses the subscription; check its ACL")

    async def _keep_alive(self) -> None:
        """Ping in silence, and give up a connection that no longer answers."""
        while True:
            await asyncio.sleep(self.keepalive_s / 4)
            now_ms = self.now_ms()
            oldest_ms = min(self._flying.values()) if self._flying else now_ms
            if now_ms - min(self._heard_ms, oldest_ms) > 1500 * self.keepalive_s:
                raise OSError(110, "the broker no longer answers")
            if now_ms - min(self._sent_ms, self._heard_ms) > 500 * self.keepalive_s:
                await self._send(packets.PINGREQ)

    async def _packet(self) -> "tuple[int, bytes]":
        """The next packet: its first byte and its body."""
        kind = (await self._reader.readexactly(1))[0]
        length = shift = 0
        while True:
            byte = (await self._reader.readexactly(1))[0]
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
            if shift > 21:
                raise packets.RefusedError("the broker sent a length that is none")
        if length > packets.MAX_BYTES:
            raise packets.RefusedError("the broker sent %d bytes at once" % length)
        return kind, await self._reader.readexactly(length)

    async def _send(self, packet: bytes) -> None:
        """Write one packet whole."""
        async with self._lock:
            self._writer.write(packet)
            await asyncio.wait_for(self._writer.drain(), _REPLY_S)
            self._sent_ms = self.now_ms()

    def _next_id(self) -> int:
        """The next free packet id, 1 to 65535."""
        self._packet_id = self._packet_id % 65535 + 1
        return self._packet_id
