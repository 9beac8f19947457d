"""One record of the ring store: a slot of fixed size under a CRC.

A slot is a header, a row of whole numbers and a CRC-32, little-endian. A value is kept in
thousandths of its unit, within a million; the lowest numbers of the range are reasons why there is
no value, and the outer ones are values that are known and doubtful.
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

# seq; boot, 22 bits, and above them the kind; how far the ack is behind; up_ms, 40 bits; the time
# since 2020 [ms], 40 bits, which last until 2054.
_HEAD = "<IHBBIBIB"
_HEAD_SIZE = 18
_EPOCH_US = 1577836800000000
_NO_TIME = (1 << 40) - 1
_LOWEST = -2147483648
_ABSENT = _LOWEST + 255
_RANGE_MILLI = 1000000000
# A number that is known and doubtful lies around a centre of its own [thousandths].
_DOUBTS = (
    ("expired_calibration", 1400000000, 390000000),
    ("low_o2", -1400000000, 390000000),
    ("learning", 1970000000, 170000000),
)


class Record:
    """A sample or an alarm edge as it was captured.

    Args:
        up_ms: Monotonic time at capture since boot [ms].
        t_us: UTC at capture [µs since 1970], or None without a synchronised clock; kept to 1 ms.
        v: Values that are known, by name, in the unit the name ends in.
        bad: Reasons by name of those that are not, or not good.
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
        self.gone = False  # it stands for one that a power cut has torn


def slot_size(kind: int, values: int) -> int:
    """Size of a slot [bytes] for a board with so many values."""
    return _HEAD_SIZE + (11 if kind == ALARM else 4 * values) + 4


def pack(record: Record, values: "list[str]", salt: int = 0) -> bytes:
    """The slot of a record.

    Args:
        record: A sample or an alarm edge, with its seq.
        values: Names of the board's values, in their order.
        salt: Of the store; a slot of another store is a damaged one.
    """
    kind = 2 if record.gone else 0 if record.alarm is None else 1
    since_ms = _NO_TIME
    if record.t_us is not None and 0 <= (record.t_us - _EPOCH_US) // 1000 < _NO_TIME:
        since_ms = (record.t_us - _EPOCH_US) // 1000
    behind, doublings = record.seq - record.acked + 8, 0
    while behind >= 16:  # rounded up to four bits: an ack too low is resent, and no harm
        behind = (behind + 1) >> 1
        doublings += 1
    head = struct.pack(
        _HEAD,
        record.seq,
        record.boot & 0xFFFF,
        record.boot >> 16 & 0x3F | kind << 6,
        doublings << 3 | behind - 8,
        record.up_ms & 0xFFFFFFFF,
        record.up_ms >> 32,
        since_ms & 0xFFFFFFFF,
        since_ms >> 32,
    )
    if record.alarm is None:
        numbers = [_number(record, name) for name in values]
        body = head + struct.pack("<%di" % len(numbers), *numbers)
    else:
        condition, edge, point, value, limit = record.alarm
        body = head + struct.pack(
            "<BBBii",
            CONDITIONS.index(condition),
            EDGES.index(edge),
            values.index(point),
            _milli(value),
            _milli(limit),
        )
    return body + struct.pack("<I", binascii.crc32(body, salt))


def unpack(slot: "bytes | bytearray", values: "list[str]", salt: int = 0) -> "Record | None":
    """The record of a slot; None when it is damaged, or says what this program does not know."""
    size = len(slot) - 4
    if size < _HEAD_SIZE or struct.unpack_from("<I", slot, size)[0] != _crc(slot, size, salt):
        return None
    part = struct.unpack_from(_HEAD, slot, 0)
    since_ms = part[6] | part[7] << 32
    t_us = None if since_ms == _NO_TIME else since_ms * 1000 + _EPOCH_US
    record = Record(part[4] | part[5] << 32, t_us)
    record.seq = part[0]
    record.boot = part[1] | (part[2] & 0x3F) << 16
    record.acked = max(0, record.seq + 8 - ((part[3] & 7 | 8) << (part[3] >> 3)))
    kind = part[2] >> 6
    if kind == 2:
        record.gone = True
        return record
    if kind == 1:
        condition, edge, index, value, limit = struct.unpack_from("<BBBii", slot, _HEAD_SIZE)
        if condition >= len(CONDITIONS) or edge >= len(EDGES) or index >= len(values):
            return None
        numbers = [None if n == _ABSENT else _plain(n) for n in (value, limit)]
        record.alarm = (CONDITIONS[condition], EDGES[edge], values[index], numbers[0], numbers[1])
        return record
    at = _HEAD_SIZE
    for name in values:
        number = struct.unpack_from("<i", slot, at)[0]
        at += 4
        if number < _ABSENT:
            if number - _LOWEST >= len(REASONS):
                return None
            record.bad[name] = REASONS[number - _LOWEST]
        elif abs(number) < _RANGE_MILLI:
            record.v[name] = _plain(number)
        elif number != _ABSENT:
            for reason, centre, width in _DOUBTS:
                if abs(number - centre) < width:
                    record.v[name], record.bad[name] = _plain(number - centre), reason
    return record


def _crc(slot: "bytes | bytearray", size: int, salt: int) -> int:
    """The checksum that belongs behind the first bytes of a slot."""
    return int(binascii.crc32(memoryview(slot)[:size], salt))


def _number(record: Record, name: str) -> int:
    """The number that stands for one value of a sample, known, doubtful or not known."""
    why = record.bad.get(name)
    if name not in record.v:
        return _ABSENT if why is None else _LOWEST + REASONS.index(why)
    number = _milli(record.v[name])
    if why is None:
        return number
    for reason, centre, width in _DOUBTS:
        if why == reason and abs(number) < width:
            return centre + number
    return _LOWEST + REASONS.index(why)


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
