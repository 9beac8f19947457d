"""A Modbus TCP server that reads only, and counts everything it is asked."""

import asyncio
import struct
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

from simulators.plant.registers import Device
from simulators.plant.unit import Amounts
from simulators.shell import write_whole

Instant = Callable[[], tuple[Amounts, Amounts]]
"""Flows and totals of the plant at the moment of the call."""

_HEADER: Final = struct.Struct(">HHHB")
_ASK: Final = struct.Struct(">HH")
_LARGEST_PDU: Final = 253
_MOST_REGISTERS: Final = 125
_MOST_COILS: Final = 2000
_REGISTERS: Final = {3: "holding", 4: "input"}
_COILS: Final = (1, 2)

ILLEGAL_FUNCTION: Final = 1
ILLEGAL_ADDRESS: Final = 2
ILLEGAL_VALUE: Final = 3
TARGET_SILENT: Final = 11


class Requests:
    """What the devices were asked, kept in a file for those who watch that nothing writes.

    Args:
        path: A JSON file ``{"functions": {"3": 12}, "writes_seen": 0}``, or None.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._functions: Counter[int] = Counter()
        self._saved = -1
        self.save()

    @property
    def writes_seen(self) -> int:
        """Requests with a function code other than 1 to 4."""
        return sum(n for code, n in self._functions.items() if not 1 <= code <= 4)

    def count(self, function: int) -> None:
        """Count a request; one that is not a read is saved at once."""
        self._functions[function] += 1
        if not 1 <= function <= 4:
            self.save()

    def save(self) -> None:
        """Write the file if anything was counted since the last time."""
        total = self._functions.total()
        if self._path is None or total == self._saved:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        functions = {str(code): n for code, n in sorted(self._functions.items())}
        write_whole(self._path, {"functions": functions, "writes_seen": self.writes_seen})
        self._saved = total


def answer(pdu: bytes, device: Device, instant: Instant) -> bytes:
    """Answer one request.

    Args:
        pdu: Function code and data as they came.
        device: Who is asked.
        instant: Gives the plant at this moment.

    Returns:
        The answer, or an exception; never a changed register.
    """
    function = pdu[0]
    if function not in _REGISTERS and function not in _COILS:
        return bytes((function | 0x80, ILLEGAL_FUNCTION))
    if len(pdu) != 1 + _ASK.size:
        return bytes((function | 0x80, ILLEGAL_VALUE))
    address, count = _ASK.unpack_from(pdu, 1)
    if not 1 <= count <= (_MOST_COILS if function in _COILS else _MOST_REGISTERS):
        return bytes((function | 0x80, ILLEGAL_VALUE))
    if function in _COILS:
        return bytes((function | 0x80, ILLEGAL_ADDRESS))
    words = device.table(_REGISTERS[function], *instant())
    try:
        asked = [words[a] for a in range(address, address + count)]
    except KeyError:
        return bytes((function | 0x80, ILLEGAL_ADDRESS))
    return struct.pack(f">BB{count}H", function, 2 * count, *asked)


class DeviceServer:
    """One device on one port.

    Args:
        device: Its registers.
        instant: Gives the plant at this moment.
        requests: Counts what is asked.
    """

    def __init__(self, device: Device, instant: Instant, requests: Requests) -> None:
        self.device = device
        self._instant = instant
        self._requests = requests
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self.port = 0

    async def start(self, port: int) -> None:
        """Listen on loopback; port 0 picks a free one.

        Raises:
            OSError: The port is taken.
        """
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close the port and every connection."""
        if self._server is not None:
            self._server.close()
        for writer in self._open.values():
            writer.transport.abort()
        await asyncio.gather(*self._open)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task: asyncio.Task[None] | None = asyncio.current_task()
        assert task is not None  # noqa: S101 - a connection is always served by a task
        self._open[task] = writer
        try:
            while True:
                transaction, protocol, length, unit = _HEADER.unpack(
                    await reader.readexactly(_HEADER.size)
                )
                if protocol != 0 or not 2 <= length <= _LARGEST_PDU + 1:
                    break
                pdu = await reader.readexactly(length - 1)
                self._requests.count(pdu[0])
                if unit == self.device.unit:
                    reply = answer(pdu, self.device, self._instant)
                else:
                    reply = bytes((pdu[0] | 0x80, TARGET_SILENT))
                writer.write(_HEADER.pack(transaction, 0, len(reply) + 1, unit) + reply)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client went away; the next one is welcome
        finally:
            del self._open[task]
            writer.transport.abort()
