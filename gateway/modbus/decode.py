"""Registers to values: any registers give a value in the field's unit, or the reason why not.

A field's decoder is made once and kept; it is what runs for every value of every poll.
"""

import struct
import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Final

from msgspec.structs import replace

from gateway.modbus import registers as raw
from gateway.modbus.field import Field
from gateway.modbus.scaling import exact, scaling

Gauge = tuple[float | None, str | None]
Count = tuple[int | None, str | None]

_UNREAD: Final = (None, "comm_fail")
_NO_VALUE: Final = (None, "out_of_range")
_NO_COUNT: Final = (None, "counter_glitch")

_GREATEST_POWER: Final = 10
"""An exponent register holds −10 to 10 (SunSpec); anything else means "no scale factor"."""

_ONE_REGISTER: Final = struct.Struct(">H").pack

_GREATEST_FLOAT_COUNT: Final = 1 << 63
"""A float totaliser's count lies below this either way, so that the journal can hold it."""


def gauge(registers: Sequence[int] | None, field: Field) -> Gauge:
    """The value of a gauge.

    Args:
        registers: What was read for this field, in order of address; None if nothing was. Of a
            coil or discrete input, its bit as 0 or 1.
        field: What the registers mean.

    Returns:
        Value [the field's unit] and None, or None and the reason, one of
        `agent.samples.REASONS`: ``comm_fail`` without the right registers, ``out_of_range`` for
        what the device declares no value, what is no number and what lies outside min and max.
    """
    return gauge_of(field)(registers)


def count(registers: Sequence[int] | None, field: Field) -> Count:
    """The count in a totaliser's register.

    Args:
        registers: What was read for this field, in order of address; None if nothing was.
        field: A field of kind "counter".

    Returns:
        The count, in steps of `Field.step`, and None; or None and the reason, one of
        `agent.samples.REASONS`: ``counter_glitch`` for a count the totaliser cannot show, else as
        for `gauge`.
    """
    return count_of(field)(registers)


def text(registers: Sequence[int] | None, field: Field) -> str | None:
    """The text in some registers, up to its end or the first zero byte.

    Args:
        registers: What was read for this field, in order of address; None if nothing was.
        field: A field of kind "text".

    Returns:
        The text without spaces around it; None where nothing was read or what was read is none.
    """
    pack, _ = raw.packing(field.order, field.width)
    wire = _wire(pack, registers)
    if wire is None:
        return None
    try:
        found = wire.split(b"\0", 1)[0].decode("utf-8").strip()
    except UnicodeDecodeError:
        return None
    return found if found.isprintable() else None


@lru_cache(maxsize=65_536)
def gauge_of(field: Field) -> Callable[[Sequence[int] | None], Gauge]:
    """The decoder of one gauge, to be kept by who reads it often; see `gauge`."""
    if field.exponent_register is not None:
        return _powered_gauge_of(field)
    pack, read = _reading(field)
    convert = _conversion(field)
    # Within the finite numbers: NaN and the infinities lie outside every range.
    low = -sys.float_info.max if field.min is None else field.min
    high = sys.float_info.max if field.max is None else field.max

    def decode(registers: Sequence[int] | None) -> Gauge:
        wire = _wire(pack, registers)
        if wire is None:
            return _UNREAD
        number = read(wire)
        if number is None:
            return _NO_VALUE
        value = convert(number)
        return (value, None) if low <= value <= high else _NO_VALUE

    return decode


@lru_cache(maxsize=65_536)
def count_of(field: Field) -> Callable[[Sequence[int] | None], Count]:
    """The decoder of one totaliser, to be kept by who reads it often; see `count`."""
    if field.exponent_register is not None:
        return _powered_count_of(field)
    if raw.TYPES[field.type].family == "float":
        return _float_count_of(field)
    pack, read = _reading(field)
    high = field.modulus or raw.TYPES[field.type].modulus
    low = 1 - high if raw.TYPES[field.type].signed else 0

    def decode(registers: Sequence[int] | None) -> Count:
        wire = _wire(pack, registers)
        if wire is None:
            return _UNREAD
        number = read(wire)
        if number is None:
            return _NO_VALUE
        return (int(number), None) if low <= number < high else _NO_COUNT

    return decode


def _float_count_of(field: Field) -> Callable[[Sequence[int] | None], Count]:
    pack, read = _reading(field)
    # One multiplication and one rounding: what grows in the register never falls as a count.
    per_number = float(exact(field.scale) / exact(field.step))
    high = field.modulus or _GREATEST_FLOAT_COUNT

    def decode(registers: Sequence[int] | None) -> Count:
        wire = _wire(pack, registers)
        if wire is None:
            return _UNREAD
        number = read(wire)
        if number is None or number != number:  # noqa: PLR0124  (NaN, ten times as fast as isnan)
            return _NO_VALUE
        steps = number * per_number
        if not -high < steps < high:
            return _NO_COUNT
        counted = round(steps)
        # The last half step before a roll-over is nearer to the 0 that follows.
        return (0 if counted in {-high, high} else counted), None

    return decode


def _powered_gauge_of(field: Field) -> Callable[[Sequence[int] | None], Gauge]:
    """The decoder of a gauge with an exponent register: the one for the power that it holds."""

    @lru_cache(maxsize=2 * _GREATEST_POWER + 1)
    def powered(power: int) -> Callable[[Sequence[int] | None], Gauge]:
        scale = float(exact(field.scale) * Fraction(10) ** power)
        return gauge_of(replace(field, exponent_register=None, scale=scale))

    def decode(registers: Sequence[int] | None) -> Gauge:
        power = _power(registers, field)
        if power is None or registers is None:
            return _UNREAD
        if abs(power) > _GREATEST_POWER:
            return _NO_VALUE
        return powered(power)(registers[: field.width])

    return decode


def _powered_count_of(field: Field) -> Callable[[Sequence[int] | None], Count]:
    """The decoder of a totaliser with an exponent register: none for any but the power declared.

    Its steps would otherwise be worth something else than what was booked before.
    """
    counted = count_of(replace(field, exponent_register=None))

    def decode(registers: Sequence[int] | None) -> Count:
        power = _power(registers, field)
        if power is None or registers is None:
            return _UNREAD
        return counted(registers[: field.width]) if power == field.exponent else _NO_VALUE

    return decode


def _power(registers: Sequence[int] | None, field: Field) -> int | None:
    if registers is None or len(registers) != field.words:
        return None
    wire = _wire(_ONE_REGISTER, registers[-1:])
    return None if wire is None else int.from_bytes(wire, "big", signed=True)


def _wire(pack: Callable[..., bytes], registers: Sequence[int] | None) -> bytes | None:
    if registers is None:
        return None
    try:
        return pack(*registers)
    except struct.error:
        return None


def _reading(field: Field) -> tuple[Callable[..., bytes], raw.Reader]:
    """How the field's registers become bytes, and these a number, or None where they are none."""
    pack, end = raw.packing(field.order, field.width)
    read = raw.reader(field.type, end)
    if field.type == "bit":
        return pack, _bit_reader(read, field.bit)
    if not field.nan:
        return pack, read
    patterns = frozenset(pattern.to_bytes(2 * field.width, end) for pattern in field.nan)
    return pack, lambda wire: None if wire in patterns else read(wire)


def _bit_reader(read: raw.Reader, bit: int | None) -> raw.Reader:
    if bit is None:  # a coil or discrete input, read as 0 or 1
        return lambda wire: number if (number := read(wire)) in {0, 1} else None
    return lambda wire: int(read(wire) or 0) >> bit & 1


def _conversion(field: Field) -> Callable[[int | float], float]:
    scale, offset = field.scale, field.offset
    if raw.TYPES[field.type].family == "float":
        return lambda number: number * scale + offset
    return scaling(scale, offset)  # type: ignore[return-value]  # whole numbers are all it gets
