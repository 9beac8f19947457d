"""Frames: how requests and replies are wrapped on TCP and on a serial line."""

import struct
from dataclasses import dataclass
from typing import Final, Protocol

from simulators.modbus import HEADER, LARGEST_PDU


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived.

    Args:
        t_s: When, by the server's clock [s].
        number: Rising by one with every request on the bus.
        transaction: Its transaction id; 0 on a serial line.
        unit: Whom it asks.
        pdu: Function code and data.
    """

    t_s: float
    number: int
    transaction: int
    unit: int
    pdu: bytes

    @property
    def function(self) -> int:
        """Function code."""
        return self.pdu[0]

    @property
    def address(self) -> int:
        """First register asked for; -1 where the request is too short to tell."""
        return int.from_bytes(self.pdu[1:3], "big") if len(self.pdu) >= 3 else -1

    @property
    def count(self) -> int:
        """How many are asked for; -1 where the request is too short to tell."""
        return int.from_bytes(self.pdu[3:5], "big") if len(self.pdu) >= 5 else -1


class Framing(Protocol):
    """One way to wrap PDUs; an instance belongs to one connection."""

    serial: bool

    def feed(self, data: bytes) -> list[tuple[int, int, bytes]]:
        """Requests completed by these bytes: transaction id, unit, PDU.

        Raises:
            ValueError: This is no Modbus; there is no way to go on.
        """
        ...

    def frame(self, transaction: int, unit: int, pdu: bytes) -> bytes:
        """A PDU as it goes onto the wire."""
        ...


class Mbap:
    """Modbus TCP, with or without TLS around it."""

    serial = False

    def __init__(self) -> None:
        self._got = b""

    def feed(self, data: bytes) -> list[tuple[int, int, bytes]]:
        """Requests completed by these bytes."""
        self._got += data
        whole = []
        while len(self._got) >= HEADER.size:
            transaction, protocol, length, unit = HEADER.unpack_from(self._got)
            if protocol != 0 or not 2 <= length <= LARGEST_PDU + 1:
                raise ValueError(f"{self._got[: HEADER.size].hex(' ')} is no Modbus TCP header")
            size = HEADER.size - 1 + length
            if len(self._got) < size:
                break
            whole.append((transaction, unit, self._got[HEADER.size : size]))
            self._got = self._got[size:]
        return whole

    def frame(self, transaction: int, unit: int, pdu: bytes) -> bytes:
        """A PDU as it goes onto the wire."""
        return HEADER.pack(transaction, 0, len(pdu) + 1, unit) + pdu


class Rtu:
    """Modbus RTU, on a serial line or over TCP."""

    serial = True

    def __init__(self) -> None:
        self._got = b""

    def feed(self, data: bytes) -> list[tuple[int, int, bytes]]:
        """Requests completed by these bytes; what does not add up is skipped byte by byte."""
        self._got += data
        whole = []
        while len(self._got) >= _SHORTEST_RTU:
            size = _request_size(self._got)
            if size is not None and len(self._got) < size:
                break
            if size is None or crc(self._got[:size]) != 0:
                self._got = self._got[1:]
                continue
            whole.append((0, self._got[0], self._got[1 : size - 2]))
            self._got = self._got[size:]
        return whole

    def frame(self, transaction: int, unit: int, pdu: bytes) -> bytes:
        """A PDU as it goes onto the wire; a serial line has no transaction ids."""
        plain = bytes((unit,)) + pdu
        return plain + struct.pack("<H", crc(plain))


_SHORTEST_RTU: Final = 8
_FIXED: Final = range(1, 7)
_WITH_BYTES: Final = (15, 16)


def _request_size(data: bytes) -> int | None:
    function = data[1]
    if function in _FIXED:
        return 8
    if function in _WITH_BYTES:
        return 9 + data[6]
    return len(data) if crc(data) == 0 else None


def crc(data: bytes) -> int:
    """CRC-16/MODBUS; 0 for a frame that ends in its own checksum, low byte first."""
    remainder = 0xFFFF
    for byte in data:
        remainder = remainder >> 8 ^ _CRC_TABLE[(remainder ^ byte) & 0xFF]
    return remainder


def _table() -> tuple[int, ...]:
    entries = []
    for byte in range(256):
        entry = byte
        for _ in range(8):
            entry = entry >> 1 ^ (0xA001 if entry & 1 else 0)
        entries.append(entry)
    return tuple(entries)


_CRC_TABLE: Final = _table()
