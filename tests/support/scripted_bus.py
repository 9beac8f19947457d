"""A serial bus whose slaves say what a test tells them to, on a pseudo-terminal or over TCP."""

import asyncio
import contextlib
import fcntl
import os
import struct
import sys
import termios
import time
import tty
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

from pymodbus.framer import FramerRTU

from simulators.modbus import testify

Say = Callable[[bytes], None]


@dataclass
class Heard:
    """One request as it arrived."""

    at_s: float
    frame: bytes
    unit: int
    function: int
    address: int
    count: int

    def reply(self, registers: Mapping[int, int]) -> bytes:
        wanted = range(self.address, self.address + self.count)
        data = b"".join(registers[a].to_bytes(2, "big") for a in wanted)
        return framed(bytes((self.unit, self.function, len(data))) + data)

    def refusal(self, code: int) -> bytes:
        return framed(bytes((self.unit, self.function | 0x80, code)))


def framed(plain: bytes) -> bytes:
    """With its checksum, as another library computes it."""
    return plain + FramerRTU.compute_CRC(plain).to_bytes(2, "big")


def other_bits(frame: bytes) -> bytes:
    """The frame as a bad cable delivers it."""
    return frame[:-3] + bytes((frame[-3] ^ 0x10,)) + frame[-2:]


def _unread(device: int) -> int:
    """Bytes that whoever opened the device has still to read."""
    return int.from_bytes(fcntl.ioctl(device, termios.FIONREAD, bytes(4)), sys.byteorder)


Part = bytes | float | None
"""What a slave does next: send bytes, take its time [s], hang up."""


@dataclass
class ScriptedBus:
    """Plays `script` for every request; requests must come one at a time, eight bytes each."""

    script: Callable[[Heard], list[Part]]
    heard: list[Heard] = field(default_factory=list)
    first_heard: asyncio.Event = field(default_factory=asyncio.Event)
    connections: int = 0
    well_framed: bool = True
    say: Say = field(default=lambda _data: None)
    _rest: bytes = b""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @contextlib.asynccontextmanager
    async def on_pty(self) -> AsyncIterator[str]:
        """The name of the device."""
        ours, theirs = os.openpty()
        tty.setraw(theirs)
        loop = asyncio.get_running_loop()

        def say(data: bytes) -> None:
            # The kernel hands bytes over in its own time; whoever reads next shall find them.
            due = _unread(theirs) + os.write(ours, data)
            while _unread(theirs) < due:
                time.sleep(0)

        self.say = say
        loop.add_reader(ours, lambda: self._feed(os.read(ours, 4096)))
        try:
            yield os.ttyname(theirs)
        finally:
            loop.remove_reader(ours)
            self._stop()
            os.close(ours)
            os.close(theirs)

    @contextlib.asynccontextmanager
    async def on_tcp(self) -> AsyncIterator[int]:
        """The port."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.connections += 1
            self._rest = b""
            self.say = writer.write
            self._hang_up = writer.close
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                while data := await reader.read(4096):
                    self._feed(data)
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            self._stop()
            server.close()
            self._hang_up()
            await server.wait_closed()

    def _hang_up(self) -> None:
        """Nobody is connected."""

    def _feed(self, data: bytes) -> None:
        self._rest += data
        while len(self._rest) >= 8:
            frame, self._rest = self._rest[:8], self._rest[8:]
            self.well_framed = self.well_framed and framed(frame[:6]) == frame
            unit, function, address, count = struct.unpack(">BBHH", frame[:6])
            now_s = asyncio.get_running_loop().time()
            self.heard.append(Heard(now_s, frame, unit, function, address, count))
            testify("ScriptedBus", function)
            self.first_heard.set()
            task = asyncio.get_running_loop().create_task(self._play(self.heard[-1]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _play(self, heard: Heard) -> None:
        for part in self.script(heard):
            if part is None:
                self._hang_up()
            elif isinstance(part, bytes):
                self.say(part)
            else:
                await asyncio.sleep(part)

    def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
