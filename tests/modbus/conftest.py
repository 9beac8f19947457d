"""A Modbus TCP server of our own, byte by byte, that can lie; and a clock moved by hand."""

import asyncio
import contextlib
import ssl
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import pytest
from scripted_bus import Heard, Part, ScriptedBus

from gateway.clock import Clock
from simulators.modbus import testify


@dataclass
class Asked:
    """One request as it arrived."""

    transaction: int
    unit: int
    function: int
    address: int
    count: int

    def frame(
        self, pdu: bytes, *, transaction: int | None = None, unit: int | None = None
    ) -> bytes:
        return (
            struct.pack(
                ">HHHB",
                self.transaction if transaction is None else transaction,
                0,
                len(pdu) + 1,
                self.unit if unit is None else unit,
            )
            + pdu
        )

    def pdu(self, registers: dict[int, int]) -> bytes:
        wanted = range(self.address, self.address + self.count)
        if self.function in {1, 2}:
            bits = sum(registers.get(a, 0) << n for n, a in enumerate(wanted))
            data = bits.to_bytes((self.count + 7) // 8, "little")
        else:
            if any(address not in registers for address in wanted):
                return bytes([self.function | 0x80, 2])
            data = b"".join(registers[address].to_bytes(2, "big") for address in wanted)
        return bytes([self.function, len(data)]) + data


HANG_UP = object()
Script = Callable[[Asked], list[object]]


@dataclass
class LyingServer:
    """Answers from `registers`, or as `script` says: bytes, `HANG_UP`, awaitables."""

    registers: dict[int, int] = field(default_factory=dict)
    script: Script | None = None
    asked: list[Asked] = field(default_factory=list)
    first_asked: asyncio.Event = field(default_factory=asyncio.Event)
    connections: int = 0
    open_writers: set[asyncio.StreamWriter] = field(default_factory=set)
    port: int = 0
    tls: ssl.SSLContext | None = None
    serving: set[asyncio.Task[None]] = field(default_factory=set)
    HANG_UP = HANG_UP

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        for writer in self.open_writers:
            writer.close()
        await self._server.wait_closed()
        await asyncio.gather(*self.serving)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open_writers.add(writer)
        if self.tls is not None and (task := asyncio.current_task()):
            self.serving.add(task)
        try:
            while True:
                head = await reader.readexactly(7)
                transaction, _, length, unit = struct.unpack(">HHHB", head)
                pdu = await reader.readexactly(length - 1)
                asked = Asked(transaction, unit, pdu[0], *struct.unpack(">HH", pdu[1:5]))
                self.asked.append(asked)
                testify("LyingServer", asked.function)
                self.first_asked.set()
                honest = [asked.frame(asked.pdu(self.registers))]
                for part in self.script(asked) if self.script else honest:
                    if part is HANG_UP:
                        return
                    if isinstance(part, bytes):
                        writer.write(part)
                        await writer.drain()
                    else:
                        await part  # type: ignore[misc]
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self.open_writers.discard(writer)
            writer.close()
            if self.tls is not None:  # their goodbyes take some turns of the loop
                with contextlib.suppress(OSError):
                    await writer.wait_closed()


@pytest.fixture
def lying_server() -> Iterator[Callable[..., LyingServer]]:
    """Makes servers, and asserts at the end that only function codes 1–4 ever arrived."""
    made: list[LyingServer] = []

    def make(registers: dict[int, int] | None = None, script: Script | None = None) -> LyingServer:
        made.append(LyingServer(registers or {}, script))
        return made[-1]

    yield make
    functions = {asked.function for server in made for asked in server.asked}
    assert functions <= {1, 2, 3, 4}


class HandTime:
    """A time source moved by hand, except that monotonic time is the machine's."""

    def __init__(self) -> None:
        self.ahead_us = 0

    def utc_us(self) -> int:
        return self.mono_us() + 1_700_000_000_000_000 + self.ahead_us

    def mono_us(self) -> int:
        return int(time.monotonic() * 1e6)

    def synchronised(self) -> bool:
        return True

    def boot_id(self) -> str:
        return "boot"


@pytest.fixture
def machine_time() -> HandTime:
    """A time source whose UTC is a fixed distance from monotonic time."""
    return HandTime()


@pytest.fixture
def clock(machine_time: HandTime) -> Clock:
    """The gateway's clock over it."""
    return Clock(machine_time)


@pytest.fixture
def scripted_bus() -> Iterator[Callable[..., ScriptedBus]]:
    """Makes buses, and asserts at the end that only sound reads ever arrived."""
    made: list[ScriptedBus] = []

    def make(script: Callable[[Heard], list[Part]]) -> ScriptedBus:
        made.append(ScriptedBus(script))
        return made[-1]

    yield make
    assert {heard.function for bus in made for heard in bus.heard} <= {1, 2, 3, 4}
    assert all(bus.well_framed for bus in made)
