"""Modbus TCP frames: is this the reply to that request? Pure, and the only judge of it."""

import struct
from dataclasses import dataclass
from typing import Final

from gateway.modbus.errors import LinkError, RefusedError

HEADER: Final = 7
"""Bytes before the function code: transaction id, protocol id, length, unit."""

_SHORTEST: Final = 3
_LONGEST: Final = 254
_EXCEPTION: Final = 0x80
_BIT_FUNCTIONS: Final = (1, 2)

_EXCEPTIONS: Final = {
    1: "illegal function: the device does not know this kind of register",
    2: "illegal data address: a register asked for does not exist, check address and max_gap",
    3: "illegal data value: too many registers at once, check max_registers",
    4: "device failure",
    5: "acknowledge: the device needs longer",
    6: "device busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "the device behind the gateway does not answer: check the unit number and its line",
}


@dataclass(frozen=True, slots=True)
class Expected:
    """What the reply to a request must look like.

    Args:
        unit: Unit asked.
        function: Function code, 1–4.
        count: Bits or registers asked for.
    """

    unit: int
    function: int
    count: int

    @property
    def byte_count(self) -> int:
        """Bytes of data in the reply."""
        return (self.count + 7) // 8 if self.function in _BIT_FUNCTIONS else 2 * self.count


@dataclass(frozen=True, slots=True)
class Frame:
    """One whole frame; `pdu` starts with the function code."""

    transaction: int
    unit: int
    pdu: bytes
    size: int


def first_frame(data: bytes) -> Frame | None:
    """The first whole frame of what was received, or None until there is one.

    Raises:
        LinkError: These bytes are no Modbus TCP.
    """
    if len(data) < HEADER:
        return None
    transaction, protocol, length, unit = struct.unpack_from(">HHHB", data)
    if protocol != 0 or not _SHORTEST <= length <= _LONGEST:
        raise LinkError(
            f"the bytes {data[:HEADER].hex(' ')} are no Modbus TCP header: check host and port"
        )
    size = HEADER - 1 + length
    if len(data) < size:
        return None
    return Frame(transaction, unit, data[HEADER:size], size)


def check(frame: Frame, expected: Expected) -> None:
    """Refuse a reply that bears the request's transaction id but does not answer it.

    Raises:
        RefusedError: It is the device's well-formed refusal.
        LinkError: Unit, function or byte count are not those of the request.
    """
    if frame.unit != expected.unit:
        raise LinkError(
            f"unit {frame.unit} answered for unit {expected.unit}: check the unit number"
        )
    function = frame.pdu[0]
    if function == expected.function | _EXCEPTION and len(frame.pdu) == 2:
        code = frame.pdu[1]
        raise RefusedError(f"exception {code} ({_EXCEPTIONS.get(code, 'unknown')})")
    if function != expected.function:
        raise LinkError(f"function {function} answered for function {expected.function}")
    if frame.pdu[1] != expected.byte_count or len(frame.pdu) != 2 + expected.byte_count:
        raise LinkError(
            f"{len(frame.pdu) - 2} bytes of data, announced as {frame.pdu[1]}, answered"
            f" for {expected.byte_count}"
        )
