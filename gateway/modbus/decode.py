"""Registers to values: any registers give a value in the field's unit, or the reason why not."""

import math
from collections.abc import Sequence
from typing import TypeGuard

from gateway.modbus import registers as raw
from gateway.modbus.profile import Field
from gateway.modbus.scaling import scaled


def gauge(registers: Sequence[int] | None, field: Field) -> tuple[float | None, str | None]:
    """The value of a gauge.

    Args:
        registers: What was read for this field, in order of address; None if nothing was.
        field: What the registers mean.

    Returns:
        Value [the field's unit] and None, or None and the reason, one of
        `agent.samples.REASONS`: ``comm_fail`` without the right registers, ``out_of_range`` for
        what the device declares no value, what is no number and what lies outside min and max.
    """
    if not _complete(registers, field):
        return None, "comm_fail"
    if _is_nan(registers, field):
        return None, "out_of_range"
    value = scaled(raw.number(registers, field.type, field.order), field.scale) + field.offset
    low = -math.inf if field.min is None else field.min
    high = math.inf if field.max is None else field.max
    if not math.isfinite(value) or not low <= value <= high:
        return None, "out_of_range"
    return value, None


def count(registers: Sequence[int] | None, field: Field) -> tuple[int | None, str | None]:
    """The count in a totaliser's register.

    Args:
        registers: What was read for this field, in order of address; None if nothing was.
        field: A field of kind "counter".

    Returns:
        The count and None, or None and the reason, one of `agent.samples.REASONS`:
        ``counter_glitch`` for a count the totaliser cannot show, else as for `gauge`.
    """
    if not _complete(registers, field):
        return None, "comm_fail"
    if _is_nan(registers, field):
        return None, "out_of_range"
    counted = int(raw.number(registers, field.type, field.order))
    if counted >= field.modulus:
        return None, "counter_glitch"
    return counted, None


def _complete(registers: Sequence[int] | None, field: Field) -> TypeGuard[Sequence[int]]:
    return (
        registers is not None
        and len(registers) == field.words
        and all(0 <= register <= 0xFFFF for register in registers)
    )


def _is_nan(registers: Sequence[int], field: Field) -> bool:
    return int.from_bytes(raw.pattern(registers, field.order), "big") in field.nan
