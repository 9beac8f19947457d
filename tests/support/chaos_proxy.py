"""MQTT proxies on loopback in every weather: a network that loses, repeats, delays and hangs.

They know MQTT just well enough to find a packet's end and its kind, so that a PUBACK can be lost
or come twice. All live on one event loop in a thread of its own; weather is changed from outside.
"""

import asyncio
import contextlib
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Final

CONNACK: Final = 2
PUBLISH: Final = 3
PUBACK: Final = 4

_LINGER_S: Final = 1.5
_ON_THE_WAY: Final = 200


@dataclass(frozen=True, slots=True)
class Weather:
    """What a network does for a while.

    Args:
        name: For the report.
        delay_s: The most that a packet is held up [s].
        lose_puback: Share of PUBACKs that vanish.
        double_puback: Share of PUBACKs that come twice.
        lose_publish: Share of PUBLISHes that vanish.
        double_publish: Share of PUBLISHes that come twice, the second marked as repeated.
        cut_after: Every connection is cut in the middle of this packet, counted from its start.
        is_mute: Connections stand and nothing passes, in either direction.
        refuses: New connections are refused.
        hangs: New connections are neither taken nor refused.
    """

    name: str = "clear"
    delay_s: float = 0.0
    lose_puback: float = 0.0
    double_puback: float = 0.0
    lose_publish: float = 0.0
    double_publish: float = 0.0
    cut_after: int | None = None
    is_mute: bool = False
    refuses: bool = False
    hangs: bool = False


CLEAR: Final = Weather()
WEATHERS: Final = (
    Weather("delay", delay_s=0.2),
    Weather("lost pubacks", lose_puback=0.3),
    Weather("double pubacks", double_puback=0.3),
    Weather("lost publishes", lose_publish=0.1),
    Weather("double publishes", double_publish=0.3),
    Weather("cut in a packet", cut_after=40),
    Weather("half-open", is_mute=True),
    Weather("refused", refuses=True),
    Weather("connect hangs", hangs=True),
)


class Network:
    """The loop of all proxies, in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="network", daemon=True)
        self._thread.start()
        self._proxies: list[ChaosProxy] = []

    def do(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run something on the loop and wait for what it returns."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(20)

    def proxy(self, target_port: int, seed: int) -> "ChaosProxy":
        """A new proxy to a port."""
        proxy = ChaosProxy(self, target_port, seed)
        self._proxies.append(proxy)
        self.do(proxy.start())
        return proxy

    def close(self) -> None:
        """End the loop and all that is on it."""
        for proxy in self._proxies:
            self.do(proxy.stop())
        self.do(self._cancel())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @staticmethod
    async def _cancel() -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


class ChaosProxy:
    """A way from a free local port to ``target_port``, in the weather of the moment.

    Attributes:
        port: Where clients connect.
        counts: What happened, by name.
    """

    def __init__(self, network: Network, target_port: int, seed: int) -> None:
        self._network = network
        self._target_port = target_port
        self._rng = random.Random(seed)
        self._weather = CLEAR
        self._changed = asyncio.Event()
        self._links: set[asyncio.Task[None]] = set()
        self._fillers: list[socket.socket] = []
        self.counts: Counter[str] = Counter()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=20)
        self._listener.setblocking(False)
        self.port = int(self._listener.getsockname()[1])

    async def start(self) -> None:
        """Take connections from now on."""
        asyncio.get_running_loop().add_reader(self._listener, self._accept)

    async def stop(self) -> None:
        """Take no connections any more."""
        asyncio.get_running_loop().remove_reader(self._listener)
        for end in (self._listener, *self._fillers):
            end.close()

    @property
    def weather(self) -> Weather:
        """What the network does now."""
        return self._weather

    @weather.setter
    def weather(self, weather: Weather) -> None:
        self._network.do(self._change(weather))

    def cut(self) -> None:
        """Break every connection now."""
        self._network.do(self._cut())

    async def _cut(self) -> None:
        self.counts["cut at once"] += len(self._links)
        for link in self._links:
            link.cancel()

    async def _change(self, weather: Weather) -> None:
        if self._weather.hangs and not weather.hangs:
            for filler in self._fillers:
                filler.close()
            self._fillers.clear()
            self._listener.listen(20)
            asyncio.get_running_loop().add_reader(self._listener, self._accept)
        if weather.hangs and not self._weather.hangs:
            self._fill()
            await self._cut()
        if weather.refuses:
            await self._cut()
        self._weather = weather
        self.counts[weather.name] += 1
        self._changed.set()
        self._changed = asyncio.Event()

    def _fill(self) -> None:
        """Fill the queue of connections not taken: the kernel then answers no further SYN."""
        asyncio.get_running_loop().remove_reader(self._listener)
        self._listener.listen(0)
        for _ in range(2):
            filler = socket.socket()
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filler.connect(("127.0.0.1", self.port))
            self._fillers.append(filler)

    def _accept(self) -> None:
        try:
            client, _ = self._listener.accept()
        except OSError:
            return  # it gave up meanwhile
        if self._weather.refuses:
            self.counts["connections refused"] += 1
            client.close()
            return
        self.counts["connections"] += 1
        link = asyncio.get_running_loop().create_task(self._link(client))
        self._links.add(link)
        link.add_done_callback(self._links.discard)

    async def _link(self, client: socket.socket) -> None:
        """One connection, until one of its ends or the weather ends it."""
        ends: list[asyncio.StreamWriter] = []
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                near_in, near_out = await asyncio.open_connection(sock=client)
                ends.append(near_out)
                far_in, far_out = await asyncio.open_connection("127.0.0.1", self._target_port)
                ends.append(far_out)
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._pump(near_in, far_out))
                    both.create_task(self._pump(far_in, near_out))
        except* (OSError, asyncio.IncompleteReadError):
            if self._weather.is_mute:
                await asyncio.sleep(_LINGER_S)  # the broker has not heard that the board is gone
        finally:
            for end in ends:
                with contextlib.suppress(OSError):
                    end.transport.abort()
            client.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass packets on as the weather has it; one that is held up holds up those behind it."""
        way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_ON_THE_WAY)
        async with asyncio.TaskGroup() as both:
            both.create_task(self._take_in(reader, way))
            both.create_task(self._let_out(way, writer))

    async def _take_in(
        self, reader: asyncio.StreamReader, way: "asyncio.Queue[tuple[float, bytes]]"
    ) -> None:
        due_s = 0.0
        while True:
            packet = await _packet(reader)
            held_s = self._rng.uniform(0.0, self._weather.delay_s)
            due_s = max(due_s, time.monotonic() + held_s)
            await way.put((due_s, packet))

    async def _let_out(
        self, way: "asyncio.Queue[tuple[float, bytes]]", writer: asyncio.StreamWriter
    ) -> None:
        passed = 0
        while True:
            due_s, packet = await way.get()
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))
            while (weather := self._weather).is_mute:
                self.counts["packets held"] += 1
                await self._changed.wait()
            passed += 1
            if weather.cut_after is not None and passed >= weather.cut_after:
                writer.write(packet[: self._rng.randrange(len(packet))])
                self.counts["cut in the middle"] += 1
                raise ConnectionResetError
            for copy in self._copies(packet, weather):
                writer.write(copy)
            await writer.drain()

    def _copies(self, packet: bytes, weather: Weather) -> list[bytes]:
        """What arrives of a packet: nothing, itself, or itself twice."""
        kind = packet[0] >> 4
        dice = self._rng.random()
        if kind == CONNACK:
            self.counts[f"session present {packet[2] & 1}"] += 1
        elif kind == PUBACK:
            if dice < weather.lose_puback:
                self.counts["PUBACK lost"] += 1
                return []
            if dice < weather.lose_puback + weather.double_puback:
                self.counts["PUBACK twice"] += 1
                return [packet, packet]
        elif kind == PUBLISH:
            if dice < weather.lose_publish:
                self.counts["PUBLISH lost"] += 1
                return []
            if dice < weather.lose_publish + weather.double_publish:
                self.counts["PUBLISH twice"] += 1
                return [packet, bytes([packet[0] | 0x08]) + packet[1:]]
        return [packet]


async def _packet(reader: asyncio.StreamReader) -> bytes:
    """The next MQTT packet, whole."""
    head = await reader.readexactly(2)
    while head[-1] & 0x80:
        head += await reader.readexactly(1)
    length = sum((byte & 0x7F) << (7 * place) for place, byte in enumerate(head[1:]))
    return head + await reader.readexactly(length)


class NameServer:
    """A DNS server on loopback that answers every question with 127.0.0.1, or never answers."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self.is_mute = False
        self.counts: Counter[str] = Counter()
        self._thread = threading.Thread(target=self._serve, name="names", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer nobody any more."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join(5)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            query, asker = self._socket.recvfrom(512)
            if not query:
                return
            self.counts["unanswered" if self.is_mute else "answered"] += 1
            if not self.is_mute:
                question = query[12:]
                head = query[:2] + b"\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00"
                record = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x05\x00\x04\x7f\x00\x00\x01"
                self._socket.sendto(head + question + record, asker)
