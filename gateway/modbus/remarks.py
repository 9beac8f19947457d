"""Remarks: what a register map says that holds, and yet is mostly a slip (pure)."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from gateway.modbus import decode, registers
from gateway.modbus.field import Field
from gateway.modbus.rates import per_second
from gateway.modbus.tables.units import TOTALS

_LONG_S: Final = 31 * 86_400
"""A totaliser of one register that goes round more often than this is mostly a wider one [s]."""

_FAR: Final = 10.0
"""Times the greatest power or flow above which a totaliser's rate is mostly another unit's."""

_TINY: Final = 1e-6
"""Share of its range below which a value that is not 0 is mostly a wrong byte order."""


def remarks(fields: Mapping[str, Field]) -> Iterator[str]:
    """What to look at again on the lines of a register map, each with the field's name."""
    for name, field in fields.items():
        if field.kind == "counter":
            for words in _of_total(field, fields):
                yield f"{name}: {words}"
        elif field.kind == "gauge" and field.unit in TOTALS:
            yield f'{name}: is in {field.unit} and no counter: a totaliser needs kind = "counter"'


def tiny(value: float | str | None, field: Field) -> str:
    """What is odd about a value so small that it is mostly a wrong byte order; "" if nothing."""
    if not isinstance(value, float) or field.kind != "gauge" or value == 0:
        return ""
    size = max((abs(n) for n in (field.min, field.max) if n is not None), default=1.0)
    if abs(value) >= _TINY * size:
        return ""
    return f"{value:.3g} {field.unit} is suspiciously small: check order"


def other_orders(own: Sequence[int], field: Field) -> Iterator[tuple[str, float]]:
    """The byte orders in which a gauge would be plausible, and what it would be."""
    if field.type not in registers.TYPES or field.min is None or field.max is None:
        return
    for order in registers.orders(field.type):
        value, _ = decode.gauge(own, msgspec.structs.replace(field, order=order))
        if order != field.order and value is not None and not tiny(value, field):
            yield order, value


def _of_total(field: Field, fields: Mapping[str, Field]) -> Iterator[str]:
    rate_per_s = field.max_rate_per_s or math.inf
    round_s = field.modulus * field.step / rate_per_s
    if registers.TYPES[field.type].words == 1 and 0 < round_s < _LONG_S:
        often = f"{round_s / 3600:.3g} h" if round_s < 172_800 else f"{round_s / 86_400:.3g} days"
        yield (
            f"{field.type} × {field.step:g} rolls over every {often} at max_rate_per_s; is the"
            " total 32 bits wide?"
        )
    if field.modulus and set(str(field.modulus)) == {"9"}:
        digits = len(str(field.modulus))
        yield f"modulus = {field.modulus:_}: {digits} digits are {field.modulus + 1:_}"
    if (known := _rate(field, fields)) is not None:
        name, unit, most, factor = known
        beyond = rate_per_s > _FAR * most * factor
        if beyond or rate_per_s < most * factor / 2:
            yield (
                f"max_rate_per_s = {rate_per_s:g} {field.unit}/s is {rate_per_s / factor:,.10g}"
                f" {unit}, but {name} has max = {most:g}: did you mean {_upwards(most * factor):g}?"
            )


def _rate(field: Field, fields: Mapping[str, Field]) -> tuple[str, str, float, float] | None:
    """The gauge that a total follows: its name, unit, maximum, and units of the total a second."""
    found = [
        (name, gauge.unit, gauge.max, factor)
        for name, gauge in fields.items()
        if gauge.kind == "gauge"
        and gauge.max is not None
        and gauge.max > 0
        and (factor := per_second(gauge.unit, field.unit)) is not None
        and field.rate in {"", name}
    ]
    return found[0] if len(found) == 1 else None


def _upwards(number: float) -> float:
    """A number rounded up to two digits."""
    unit = 10.0 ** (math.floor(math.log10(number)) - 1)
    return math.ceil(number / unit) * unit
