"""Fields: one row of a register table to one line of a register map, or the reason why not."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from gateway.modbus.field import BITS, Kind
from gateway.modbus.registers import ORDERS
from gateway.modbus.tables import access, names, number_types, numbers, units
from gateway.modbus.tables.columns import TableError
from gateway.modbus.tables.counting import Place
from gateway.modbus.tables.profile_text import Value
from gateway.modbus.tables.sizes import Measure
from gateway.modbus.tables.unclear import UnclearError
from gateway.problems import did_you_mean

_HALF: Final = re.compile(
    r"\b(?:low|high|lo|hi|upper|lower|least|most)\b[\s-]*(?:significant\s*)?"
    r"(?:16|word|half|order|\(?[lm]sw)|\b[lm]sw\b|上位|下位|\b[hl]-?word\b",
    re.IGNORECASE,
)
_ON: Final = "on"
_RESOLUTIONS: Final = {"float16": 1.0, "float32": 0.01, "float64": 0.001}


@dataclass(frozen=True, slots=True)
class Assumed:
    """What holds where the table does not tell.

    Args:
        register: Kind of register.
        type: Type, as a table would write it; "" for none.
        order: Byte order of what takes several registers; "" for the norm.
        max_rates: Unit -> greatest rate of its totalisers [unit/s].
        sizes: What a column called "size" is measured in; None where its types do not tell.
    """

    register: Kind = "holding"
    type: str = ""
    order: str = ""
    max_rates: Mapping[str, float] = field(default_factory=dict)
    sizes: Measure | None = None


def check(assumed: Assumed) -> None:
    """Refuse what no table could mean.

    Raises:
        TableError: The type or the byte order is unknown.
    """
    known = sorted({order for orders in ORDERS.values() for order in orders})
    if assumed.order and assumed.order not in known:
        raise TableError(f"--order {assumed.order}: {did_you_mean(assumed.order, known)}")
    if assumed.type and number_types.told(assumed.type) is None:
        raise TableError(f"--type {assumed.type}: is no type we know. Write one such as uint16")


def field_of(
    cells: Mapping[str, str], place: Place, assumed: Assumed
) -> tuple[str, dict[str, Value]]:
    """A field's name and what stands on its line.

    Args:
        cells: Key of a column -> what stands in it.
        place: Where the value stands.
        assumed: What holds where the row does not tell.

    Raises:
        UnclearError: The row cannot be used; says why and what to do.
    """
    label, in_brackets = names.unit_in(cells.get("name", ""))
    if _HALF.search(label):
        raise UnclearError(
            cells["address"],
            "is half of a value",
            "Write both halves as one row of 32 bits, with --order CDAB if the low one comes first",
        )
    type_, words, order = _type(cells, place, assumed)
    keys: dict[str, Value] = {"register": place.register, "address": place.address, "type": type_}
    if order:
        keys["order"] = order
    name = names.named(label, place.address)
    if type_ == "string":
        return name, {**keys, "length": words, "kind": "text"}
    if type_ == "bit":
        return names.with_unit(name, _ON), {**keys, "unit": _ON}
    of = units.unit(cells.get("unit", "") or in_brackets)
    scale = _factor(cells) * of.factor
    if scale != 1:
        keys["scale"] = float(scale)
    if units.is_total(label, of.name):
        keys |= _totaliser(type_, of, assumed)
    else:
        if of.offset:
            keys["offset"] = float(of.offset)
        keys["unit"] = of.name
    if patterns := _patterns(cells.get("nan", ""), 16 * words):
        keys["nan"] = patterns
    return names.with_unit(name, of.name), keys


def _type(cells: Mapping[str, str], place: Place, assumed: Assumed) -> tuple[str, int, str]:
    if place.register in BITS:
        return "bit", 1, ""
    told = number_types.told(cells.get("type", "") or assumed.type)
    if told is None:
        raise UnclearError(
            cells.get("type", ""),
            "its type is not told" if not cells.get("type") else "is no type we know",
            "Write one such as uint16, or say what all such rows are: --type uint16",
        )
    if told.family == "bit":
        raise UnclearError(
            cells.get("type", ""), "which bit of the register is not told", "Write a line by hand"
        )
    words = place.words or _whole(cells.get("words", ""))
    size, size_bytes = _whole(cells.get("size", "")), _whole(cells.get("bytes", ""))
    if size and assumed.sizes == "bytes":
        size_bytes = size
    elif size and assumed.sizes == "words":
        words = words or size
    elif size and not told.is_sure and not words and not size_bytes:
        raise UnclearError(
            cells["size"],
            "may be registers or bytes",
            "Say which: --map 'COLUMN=words' or --map 'COLUMN=bytes'",
        )
    type_, length = number_types.type_of(told, words, size_bytes)
    ordered = number_types.told(f"uint {cells['order']}") if cells.get("order") else None
    known = told if ordered is None or told.order else ordered
    if type_ == "string":
        return type_, length, ""
    return type_, length, number_types.order_of(known, length, assumed.order)


def _totaliser(type_: str, of: units.Unit, assumed: Assumed) -> dict[str, Value]:
    rate = assumed.max_rates.get(of.name)
    if rate is None:
        raise UnclearError(
            of.name,
            "is a totaliser, and how fast it can run is not told",
            f"Say it in {of.name} a second: --max-rate {of.name}=…; 1,000 kW are 0.28 kWh/s",
        )
    keys: dict[str, Value] = {"unit": of.name, "kind": "counter", "max_rate_per_s": rate}
    if type_ in _RESOLUTIONS:
        keys["resolution"] = _RESOLUTIONS[type_]
    return keys


def _factor(cells: Mapping[str, str]) -> Fraction:
    product = Fraction(1)
    roles: tuple[numbers.Role, ...] = ("multiplier", "divisor", "scale")
    for role in roles:
        found = numbers.factor(cells.get(role, ""), role)
        product *= 1 if found is None else found
    return product


def _whole(text: str) -> int | None:
    found = re.match(r"\d{1,3}", text)
    return int(found.group()) if found and int(found.group()) else None


def _patterns(text: str, bits: int) -> tuple[int, ...]:
    found = []
    for word in re.split(r"[,;/\s]+|\bor\b", text):
        try:
            number = int(word, 16 if word.lower().startswith("0x") else 10)
        except ValueError:
            continue
        pattern = number + (1 << bits) if number < 0 else number
        if 0 <= pattern < 1 << bits and pattern not in found:
            found.append(pattern)
    return tuple(found)


def can_be_read(cells: Mapping[str, str]) -> bool:
    """Whether a row's value can be read at all."""
    return not any(access.is_write_only(cells.get(key, "")) for key in ("access", "register"))
