"""Every transport against a server that is not ours: pymodbus's, with all it does on the wire."""

import asyncio
import contextlib
import os
import tty
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pymodbus.framer import FramerType
from pymodbus.pdu import ModbusPDU
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from gateway.clock import Clock
from gateway.config import Line as Settings
from gateway.modbus.errors import RefusedError
from gateway.modbus.line import Line, Timing

PATIENT = Timing(10.0, longest_reply_s=0.2)


def device(unit: int) -> SimDevice:
    words = [SimData(0, values=[unit * 1000 + n for n in range(200)], datatype=DataType.REGISTERS)]
    bits = [SimData(0, values=[n % 3 == 0 for n in range(32)], datatype=DataType.BITS)]
    return SimDevice(unit, (bits, bits, words, words))


class Server:
    """Two units; remembers the function codes that arrive."""

    def __init__(self) -> None:
        self.functions: set[int] = set()
        self.devices = [device(1), device(2)]

    def trace(self, sending: bool, pdu: ModbusPDU) -> ModbusPDU:
        if not sending:
            self.functions.add(pdu.function_code)
        return pdu

    @contextlib.asynccontextmanager
    async def over(self, transport: str) -> AsyncIterator[Settings]:
        where: dict[str, Any] = {}
        if transport == "rtu":
            ours, theirs = os.openpty()
            link, other = os.openpty()
            tty.setraw(theirs)
            tty.setraw(other)
            _join(ours, link)
            served: Any = ModbusSerialServer(
                self.devices, port=os.ttyname(other), baudrate=19_200, trace_pdu=self.trace
            )
            where = {"device": Path(os.ttyname(theirs)), "baud": 19_200}
        else:
            framer = FramerType.SOCKET if transport == "tcp" else FramerType.RTU
            served = ModbusTcpServer(
                self.devices, framer=framer, address=("127.0.0.1", 0), trace_pdu=self.trace
            )
        await served.serve_forever(background=True)
        if transport != "rtu":
            port = served.transport.sockets[0].getsockname()[1]
            where = {"host": "127.0.0.1", "port": port}
        try:
            yield Settings.model_validate({"id": "line", "transport": transport} | where)
        finally:
            await served.shutdown()
            if transport == "rtu":
                for end in (ours, link):
                    asyncio.get_running_loop().remove_reader(end)
                for end in (ours, theirs, link, other):
                    os.close(end)


def _join(one: int, other: int) -> None:
    """What comes out of one pseudo-terminal goes into the other."""
    loop = asyncio.get_running_loop()
    for source, target in ((one, other), (other, one)):
        loop.add_reader(source, lambda s, t: os.write(t, os.read(s, 4096)), source, target)


@pytest.mark.parametrize("transport", ["tcp", "rtu_over_tcp", "rtu"])
def test_reads_from_a_server_of_another_maker(transport: str, clock: Clock) -> None:
    async def main() -> None:
        async with server.over(transport) as settings:
            line = Line(settings, clock.now)
            links = [line.link(unit, PATIENT) for unit in (1, 2)]
            for _ in range(5):
                got = await asyncio.gather(*(link.read("holding", 7, 120) for link in links))
                assert [answer.values for answer in got] == [
                    tuple(range(1007, 1127)),
                    tuple(range(2007, 2127)),
                ]
                inputs = await links[1].read("input", 3, 1)
                assert inputs.values == (2003,)
            for kind in ("coil", "discrete"):
                bits = await links[0].read(kind, 0, 19)
                assert bits.values == tuple(int(n % 3 == 0) for n in range(19))
            with pytest.raises(RefusedError, match="exception 2"):
                await links[0].read("holding", 199, 2)
            assert line.connections == 1
            assert [link.strays for link in links] == [0, 0]
            line.close()
        assert server.functions == {1, 2, 3, 4}

    server = Server()
    asyncio.run(main())
