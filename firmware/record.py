"""One record of the ring store: a slot of fixed size under a CRC.

A slot is a header, a row of whole numbers and a CRC-32, little-endian. A value is kept in
thousandths of its unit; the lowest numbers of the range are reasons why there is no value.
"""

import binascii
import struct

SAMPLE = 0x53
ALARM = 0x41

CONDITIONS = ("temp_high", "co_high", "sensor_fault")
EDGES = ("raised", "cleared", "silenced")
REASONS = (
    "comm_fail",
    "out_of_range",
    "sensor_open",
    "sensor_short",
    "crc",
    "stuck",
    "power_on_value",
    "expired_calibration",
    "low_o2",
    "over_range",
    "learning",
)

_HEADER = "<IIIQqBBBB"  # boot, seq, acked, up_ms, t_us, kind, condition, edge, value's index
_HEADER_SIZE = struct.calcsize(_HEADER)
_NO_TIME = -1
_LOWEST = -2147483648
_ABSENT = _LOWEST + 255
_RANGE_MILLI = 2000000000


class Record:
    """A sample or an alarm edge as it was captured.

    Args:
        up_ms: Monotonic time at capture since boot [ms].
        t_us: UTC at capture [µs since 1970], or None without a synchronised clock.
        v: Values that are known, by name, in the unit the name ends in.
        bad: Reasons of those that are not, by name.
        alarm: (condition, edge, point, value or None, limit or None) of an alarm edge, else None.
    """

    def __init__(
        self,
        up_ms: int,
        t_us: "int | None",
        v: "dict[str, float] | None" = None,
        bad: "dict[str, str] | None" = None,
        alarm: "tuple[str, str, str, float | None, float | None] | None" = None,
    ) -> None:
        self.up_ms = up_ms
        self.t_us = t_us
        self.v = {} if v is None else v
        self.bad = {} if bad is None else bad
        self.alarm = alarm
        self.boot = 0
        self.seq = 0
        self.acked = 0


def slot_size(kind: int, values: int) -> int:
    """Size of a slot [bytes] for a board with so many values."""
    return _HEADER_SIZE + 4 * (2 if kind == ALARM else values) + 4


def pack(record: Record, values: "list[str]") -> bytes:
    """The slot of a record; ``values`` are the names of the board's values in their order."""
    kind, condition, edge, index = SAMPLE, 0, 0, 0
    if record.alarm is None:
        numbers = [_number(record, name) for name in values]
    else:
        kind = ALARM
        condition = CONDITIONS.index(record.alarm[0])
        edge = EDGES.index(record.alarm[1])
        index = values.index(record.alarm[2])
        numbers = [_milli(record.alarm[3]), _milli(record.alarm[4])]
    t_us = _NO_TIME if record.t_us is None else record.t_us
    body = struct.pack(
        _HEADER,
        record.boot,
        record.seq,
        record.acked,
        record.up_ms,
        t_us,
        kind,
        condition,
        edge,
        index,
    ) + struct.pack("<%di" % len(numbers), *numbers)
    return body + struct.pack("<I", binascii.crc32(body))


def unpack(slot: bytes, values: "list[str]") -> "Record | None":
    """The record of a slot, or None when the slot is damaged."""
    if len(slot) < slot_size(ALARM, 0) - 8:
        return None
    body = slot[:-4]
    if struct.unpack("<I", slot[-4:])[0] != binascii.crc32(body):
        return None
    fields = struct.unpack(_HEADER, body[:_HEADER_SIZE])
    boot, seq, acked, up_ms, t_us, kind, condition, edge, index = fields
    count = (len(body) - _HEADER_SIZE) // 4
    numbers = struct.unpack("<%di" % count, body[_HEADER_SIZE:])
    record = Record(up_ms, None if t_us == _NO_TIME else t_us)
    record.boot, record.seq, record.acked = boot, seq, acked
    if kind == ALARM:
        value, limit = (None if n == _ABSENT else _plain(n) for n in numbers)
        record.alarm = (CONDITIONS[condition], EDGES[edge], values[index], value, limit)
        return record
    for name, number in zip(values, numbers):  # noqa: B905, MicroPython's zip has no strict
        if number > _ABSENT:
            record.v[name] = _plain(number)
        elif number < _ABSENT:
            record.bad[name] = REASONS[number - _LOWEST]
    return record


def _number(record: Record, name: str) -> int:
    """The number that stands for one value of a sample, known or not."""
    if name in record.v:
        return _milli(record.v[name])
    if name in record.bad:
        return _LOWEST + REASONS.index(record.bad[name])
    return _ABSENT


def _milli(value: "float | None") -> int:
    """A value in thousandths; one that is no number or too large is out of range, not clamped."""
    if value is None:
        return _ABSENT
    if not -_RANGE_MILLI < value * 1000 < _RANGE_MILLI:
        return _LOWEST + REASONS.index("out_of_range")
    return round(value * 1000)


def _plain(milli: int) -> float:
    """A value from thousandths; whole ones stay whole, so that they are short on the wire."""
    return milli // 1000 if milli % 1000 == 0 else milli / 1000
