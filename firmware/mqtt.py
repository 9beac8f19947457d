"""An MQTT 3.1.1 client for asyncio: QoS 1 both ways, a last will, and a persistent session.

What was published and not confirmed when a connection ends is not sent again from here: the ring
store sends everything above the gateway's ack after each connect, which covers it.
"""

import asyncio

import packets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from link import Reader, Writer

_REPLY_S = 10
_MOST_IN_FLIGHT = 8
_LOST_MS = 10000


class Client:
    """The protocol on one connection after another.

    Args:
        hello: The CONNECT packet.
        keepalive_s: As it says [s].
        now_ms: Monotonic time [ms].
        on_message: Called with topic and payload; must not block.
        say: Called with why a connection ended.
    """

    def __init__(
        self,
        hello: bytes,
        keepalive_s: int,
        now_ms: "Callable[[], int]",
        on_message: "Callable[[str, bytes], None]",
        *,
        say: "Callable[[str], None]",
    ) -> None:
        self.hello = hello
        self._keepalive_s = keepalive_s
        self.now_ms = now_ms
        self.on_message = on_message
        self._say = say
        self.connected = False
        self.running = 0  # tasks of the connection
        self.session_kept = False
        self.acked_ms: "int | None" = None  # when the broker last confirmed anything
        self.pubacks_lost = 0
        self.topics_refused = 0
        self.failure: "Exception | None" = None  # why the last connection ended
        self._crash: "Exception | None" = None
        self._flying: "list[tuple[int, int]]" = []  # packet id and when it left [ms], oldest first
        self._last_id = 0
        self.awaited = 0
        self.landed = asyncio.Event()
        self.down = asyncio.Event()
        self._lock = asyncio.Lock()
        self._decoder = packets.Decoder()
        self._writing_ms: "int | None" = None

    async def stay(
        self, streams: "tuple[Reader, Writer]", on_connect: "Callable[[], Awaitable[None]]"
    ) -> None:
        """Log in, run ``on_connect`` while connected, and return when the connection ends.

        Raises:
            Exception: ``on_connect`` failed by something else than the network.
        """
        self.reader, self.writer = streams
        self._decoder.clear()
        del self._flying[:]
        self.down.clear()
        self._writing_ms = self.failure = self._crash = None
        tasks: "list[asyncio.Task[None]]" = []
        try:
            if await _log_in(self):
                for coroutine in (self._listen(), self._keep_alive(), on_connect()):
                    tasks += [asyncio.create_task(self._until_down(coroutine))]
                await self.down.wait()
        finally:
            self.connected = False
            self.finish()
            await _end(self, tasks)
        if self._crash is not None:
            raise self._crash

    async def publish(self, topic: bytes, payload: bytes, retain: bool = False) -> None:
        """Send at QoS 1, once there is room in flight; does not wait for the PUBACK.

        Raises:
            OSError: The connection is gone.
            ValueError: The message is too long.
        """
        while len(self._flying) >= _MOST_IN_FLIGHT and not self.down.is_set():
            self.landed.clear()
            await self.landed.wait()
        async with self._lock:
            packet_id = self.next_id()
            head = packets.publish(topic, len(payload), packet_id, retain)
            self._flying.append((packet_id, self.now_ms()))
            await self._write(head, payload)

    def finish(self) -> None:
        """Let the connection end; whoever waits for it goes on."""
        self.down.set()
        self.landed.set()

    def unconfirmed(self) -> int:
        """How many messages the broker has not confirmed."""
        return len(self._flying)

    async def _until_down(self, coroutine: "Awaitable[None]") -> None:
        """Run one of the connection's tasks; when it ends, so does the connection."""
        self.running += 1
        try:
            await coroutine
        except (OSError, EOFError, packets.RefusedError) as error:
            self.ended_by(error)
        except Exception as error:
            self._crash = error
        finally:
            self.running -= 1
            self.finish()

    async def _listen(self) -> None:
        """Take packets as they come."""
        while True:
            kind, body = await self.packet()
            what = kind >> 4
            if what == packets.PUBLISH:
                topic, payload, packet_id = packets.parse_publish(kind, body)
                self.on_message(topic, payload)
                if packet_id:
                    await self.send(packets.puback(packet_id))
                continue
            if what == packets.PUBACK:
                self._land(packets.packet_id(body))
            elif what == packets.SUBACK and packets.packet_id(body) == self.awaited:
                self.awaited = 0
                self.topics_refused += len(body) < 3 or body[2] == 0x80
            self.acked_ms = self.now_ms()
            self.landed.set()

    def _land(self, packet_id: int) -> None:
        """A message is confirmed. A broker confirms in order: what flew before it is lost.

        Source: MQTT 3.1.1, section 4.6. A confirmation that comes twice means nothing.
        """
        for index in range(len(self._flying)):
            if self._flying[index][0] == packet_id:
                del self._flying[: index + 1]
                self.pubacks_lost += index
                return

    async def _keep_alive(self) -> None:
        """Ping in silence, and give up a connection that no longer answers."""
        while True:
            await asyncio.sleep(self._keepalive_s / 4)
            now_ms = self.now_ms()
            silent_ms = now_ms - (self.acked_ms or 0)
            stuck_ms = 0 if self._writing_ms is None else now_ms - self._writing_ms
            if silent_ms > 1500 * self._keepalive_s or stuck_ms > 1000 * _REPLY_S:
                raise OSError(110, "the broker no longer answers")
            while self._flying and now_ms - self._flying[0][1] > _LOST_MS:
                del self._flying[0]
                self.pubacks_lost += 1
                self.landed.set()
            if silent_ms > 500 * self._keepalive_s and stuck_ms == 0:
                await self.send(packets.PINGREQ)

    async def packet(self) -> "packets.Packet":
        """The next packet: its first byte and its body, which holds until the next call."""
        while True:
            packet = self._decoder.next()
            while self._decoder.skipped:
                await self.send(packets.puback(self._decoder.skipped.pop()))
            if packet is not None:
                return packet
            space = self._decoder.space()
            if hasattr(self.reader, "readinto"):
                count = await self.reader.readinto(space)
                if count is None:  # TLS has part of a record
                    continue
            else:
                data = await self.reader.read(len(space))
                count = len(data)
                space[:count] = data
            if not count:
                raise EOFError
            self._decoder.arrived(count)

    async def send(self, packet: bytes) -> None:
        """Write one packet whole, after those that began before."""
        async with self._lock:
            await self._write(packet)

    async def _write(self, packet: bytes, payload: bytes = b"") -> None:
        """Write one packet whole; the caller holds the lock."""
        if self.down.is_set():
            raise OSError(107, "not connected")
        self._writing_ms = self.now_ms()
        self.writer.write(packet)
        if payload:
            self.writer.write(payload)
        await self.writer.drain()
        self._writing_ms = None

    def ended_by(self, error: Exception) -> None:
        """Tell why the connection ended, once."""
        if self.failure is None:
            self.failure = error
            self._say("the connection ended: %r" % error)

    def next_id(self) -> int:
        """The next free packet id, 1 to 65535."""
        self._last_id = self._last_id % 65535 + 1
        return self._last_id


async def _log_in(client: Client) -> bool:
    """Connect at the level of MQTT; returns whether it worked."""
    import hail

    return await hail.log_in(client)


async def _end(client: Client, tasks: "list[asyncio.Task[None]]") -> None:
    """Clear a connection away."""
    import hail

    await hail.end(client, tasks)
