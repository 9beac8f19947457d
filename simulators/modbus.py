"""What every simulated meter does alike: answer reads, refuse the rest, count what it is asked."""

import contextlib
import os
import struct
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from simulators.shell import write_whole

Table = Callable[[str], Mapping[int, int]]
"""Kind of register ("coil", "discrete", "holding", "input") -> what stands at each address now."""

HEADER: Final = struct.Struct(">HHHB")
"""What comes before a PDU on TCP: transaction id, protocol id, length, unit."""

LARGEST_PDU: Final = 253
READS: Final = {1: "coil", 2: "discrete", 3: "holding", 4: "input"}
"""Function codes that read, and what; every other code may change a device."""

ILLEGAL_FUNCTION: Final = 1
ILLEGAL_ADDRESS: Final = 2
ILLEGAL_VALUE: Final = 3
TARGET_SILENT: Final = 11

WITNESS: Final = "HINOBAN_MODBUS_WITNESS"
"""Environment variable: a folder in which every server writes down the function codes it saw."""

_ASK: Final = struct.Struct(">HH")
_BIT_FUNCTIONS: Final = (1, 2)
_MOST_REGISTERS: Final = 125
_MOST_BITS: Final = 2000


def testify(server: str, function: int) -> None:
    """Leave a lasting mark that a server was sent a function code.

    Nothing happens unless the environment names a folder in `WITNESS`. The mark is an empty file,
    so that it survives a server that is killed, and costs one look once it is there.

    Args:
        server: Who was asked; becomes a part of the file's name.
        function: Function code.
    """
    if folder := os.environ.get(WITNESS):
        with contextlib.suppress(FileExistsError):
            (Path(folder) / f"{function}.{server}").touch(exist_ok=False)


class Requests:
    """What the devices were asked, kept in a file for those who watch that nothing writes.

    Args:
        path: A JSON file ``{"functions": {"3": 12}, "writes_seen": 0}``, or None.
        server: Name under which the function codes are testified.
    """

    def __init__(self, path: Path | None, server: str = "plant") -> None:
        self._path = path
        self._server = server
        self._functions: Counter[int] = Counter()
        self._saved = -1
        self.save()

    @property
    def functions(self) -> frozenset[int]:
        """Every function code that arrived."""
        return frozenset(self._functions)

    @property
    def writes_seen(self) -> int:
        """Requests with a function code other than 1 to 4."""
        return sum(n for code, n in self._functions.items() if code not in READS)

    def count(self, function: int) -> None:
        """Count a request; one that is not a read is saved at once."""
        if function not in self._functions:
            testify(self._server, function)
        self._functions[function] += 1
        if function not in READS:
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


def refusal(function: int, code: int) -> bytes:
    """The PDU with which a device says no."""
    return bytes((function | 0x80, code))


def answer(pdu: bytes, table: Table) -> bytes:
    """Answer one request.

    Args:
        pdu: Function code and data as they came.
        table: What the device's registers and bits show at this moment.

    Returns:
        The answer, or an exception; never a changed register.
    """
    function = pdu[0]
    if function not in READS:
        return refusal(function, ILLEGAL_FUNCTION)
    if len(pdu) != 1 + _ASK.size:
        return refusal(function, ILLEGAL_VALUE)
    address, count = _ASK.unpack_from(pdu, 1)
    if not 1 <= count <= (_MOST_BITS if function in _BIT_FUNCTIONS else _MOST_REGISTERS):
        return refusal(function, ILLEGAL_VALUE)
    shown = table(READS[function])
    try:
        asked = [shown[a] for a in range(address, address + count)]
    except KeyError:
        return refusal(function, ILLEGAL_ADDRESS)
    if function in _BIT_FUNCTIONS:
        data = sum(bit << n for n, bit in enumerate(asked)).to_bytes((count + 7) // 8, "little")
    else:
        data = struct.pack(f">{count}H", *asked)
    return bytes((function, len(data))) + data
