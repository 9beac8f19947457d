"""What makes sense on a line of a register map: each rule with what to write instead."""

import math
import re
from collections.abc import Iterator, Sequence
from typing import Final

from gateway.modbus import registers, scaling
from gateway.modbus.field import BITS, UNIT, Field, unit_of
from gateway.modbus.notation import meant
from gateway.problems import did_you_mean

Rules = Iterator[tuple[bool, str]]

_LARGEST_MODULUS: Final = 1 << 63
"""A float totaliser's count stays below this, so that the journal can hold it."""


_TYPE_NAMES: Final = {
    **dict.fromkeys(("long", "longint", "slong"), "A signed long is int32, an unsigned one uint32"),
    **dict.fromkeys(("ulong", "dword", "udint", "ulongint"), "That is uint32"),
    **dict.fromkeys(("word", "ushort", "uint", "unsigned"), "That is uint16"),
    **dict.fromkeys(("short", "integer", "signed"), "That is int16"),
    "int": "One register is int16, two are int32",
    "dint": "That is int32",
    **dict.fromkeys(("float", "real", "single", "ieee754"), "That is float32, mostly"),
    **dict.fromkeys(("double", "lreal"), "That is float64"),
    **dict.fromkeys(("bool", "boolean", "flag"), "That is bit"),
    **dict.fromkeys(("ascii", "text", "str", "char"), "That is string"),
    "bcd": "That is bcd16 or bcd32: one or two registers",
}
"""What manuals call types -> what they are called here."""


def better_type(key: str, value: object) -> str:
    """What to write instead of a value of the wrong kind, of any key of a register map."""
    if key == "nan":
        return f"Write nan = [{value if not isinstance(value, list) else '0x8000'}]"
    if isinstance(value, str):
        number = value.replace(",", ".")
        if re.fullmatch(r"[-+]?\d+(\.\d+)?", number):
            return f"Write a number without quotes: {number}"
    return "Mend it: the page's table of keys says what to write"


def broken_rule(name: str, field: Field) -> str | None:
    """What is wrong with a line of the ``[fields]`` table, and what to write instead.

    Args:
        name: The field's name.
        field: The line as written, its order and modulus filled in.
    """
    if field.type not in registers.TYPES:
        known = _TYPE_NAMES.get(field.type.lower().replace(" ", ""))
        remedy = known or did_you_mean(field.type, registers.TYPES)
        return f"type = {field.type!r}: unknown. {remedy}"
    for rules in (_place(field), _meaning(name, field), _number(field), _KINDS[field.kind](field)):
        for broken, message in rules:
            if broken:
                return message
    return None


def filled(field: Field) -> dict[str, object]:
    """What a line leaves out and its type tells: the byte order, a totaliser's modulus."""
    known = registers.TYPES.get(field.type)
    found: dict[str, object] = {}
    if known and not field.order:
        found["order"] = registers.orders(field.type)[0]
    if known and field.kind == "counter" and not field.modulus:
        found["modulus"] = known.modulus
    return found


def _place(field: Field) -> Rules:
    is_bit, is_text = field.type == "bit", field.type == "string"
    yield (
        field.register in BITS and not is_bit,
        f"register = {field.register!r}: holds single bits, no {field.type}. Write type = 'bit',"
        " or register = 'holding' or 'input'",
    )
    yield (
        is_text and not field.length,
        "length is missing. Write how many registers the text takes",
    )
    yield (
        field.length != 0 and not is_text,
        f"length = {field.length}: a {field.type} has a length of its own. Remove it",
    )
    yield (
        is_bit and field.bit is None and field.register not in BITS,
        "bit is missing. Write which bit of the register is meant, 0 the lowest, 15 the highest",
    )
    yield (
        field.bit is not None and not (is_bit and field.register not in BITS),
        f"bit = {field.bit}: is for type = 'bit' in a holding or input register. Remove it",
    )
    orders: Sequence[str] = ("AB",) if field.register in BITS else registers.orders(field.type)
    yield (
        field.order not in orders,
        f"order = {field.order!r}: does not fit {field.type}. Use {' or '.join(orders)}",
    )
    power = field.exponent_register
    yield (
        power is not None and (is_bit or is_text),
        f"exponent_register = {power}: is for numbers. Remove it from the {field.type}",
    )
    yield (
        power is not None and not field.width <= power - field.address < 125,
        f"exponent_register = {power}: must lie behind the value and within 125 registers of"
        f" {field.address}, to be read with it",
    )
    plain = meant(field.address)
    example = "a manual's 40011 or 400011 is register = 'holding', address = 10"
    if plain is not None:
        example = f"a manual's {field.address} is register = '{plain[0]}', address = {plain[1]}"
    yield (
        not 0 <= field.address <= 65536 - field.words,
        f"address = {field.address}: {field.type} must lie in registers 0 to 65535, counted from"
        f" 0: {example}",
    )


def _meaning(name: str, field: Field) -> Rules:
    is_text = field.type == "string"
    yield (
        is_text != (field.kind == "text"),
        f"kind = {field.kind!r}: type = 'string' and kind = 'text' go together. Write both or none",
    )
    yield (
        is_text and field.unit != "",
        f"unit = {field.unit!r}: a text has no unit. Remove it",
    )
    yield (
        not is_text and not field.unit,
        "unit is missing. Write it as it ends the name, such as kg, degc or kg_per_s; of a bit,"
        " such as on",
    )
    yield (
        not is_text and UNIT.fullmatch(field.unit) is None,
        f"unit = {field.unit!r}: write it as it ends a name, such as kg, degc or kg_per_s",
    )
    yield (
        not is_text and unit_of(name) != field.unit,
        f"unit = {field.unit!r}: the name does not end in it. Call the field …_{field.unit}",
    )
    yield (
        field.type in {"bit", "string"} and bool(field.nan),
        f"nan = {list(field.nan)}: a {field.type} has no such pattern. Remove it",
    )


def _number(field: Field) -> Rules:
    low, high = scaling.SMALLEST, scaling.LARGEST
    yield (
        not low <= abs(field.scale) <= high,
        f"scale = {field.scale}: must lie between {low} and {high}",
    )
    yield (
        field.offset != 0 and not low <= abs(field.offset) <= high,
        f"offset = {field.offset}: must be 0, or a number between {low} and {high}",
    )
    for key, limit in (("min", field.min), ("max", field.max)):
        yield (
            limit is not None and not math.isfinite(limit),
            f"{key} = {limit}: is no number. Write the rated one, or remove it",
        )
    yield (
        field.min is not None and field.max is not None and field.min >= field.max,
        f"min = {field.min}: is not below max = {field.max}",
    )
    yield (
        any(not 0 <= pattern < 1 << field.bits for pattern in field.nan),
        f"nan = {list(field.nan)}: not a pattern of {field.bits} bits. Write it as 0x…",
    )


def _counter_keys(field: Field) -> Rules:
    yield (
        field.modulus != 0 or field.max_rate_per_s is not None,
        "modulus and max_rate_per_s are for totalisers. Add kind = 'counter', or remove them",
    )
    yield (
        field.runs != "up" or field.resolution is not None or field.rate != "",
        "runs, resolution and rate are for totalisers. Add kind = 'counter', or remove them",
    )
    yield (
        field.exponent != 0,
        f"exponent = {field.exponent}: is what a totaliser's exponent register must hold. Remove"
        " it; a gauge takes what it reads there",
    )


def _wider(type_: str) -> str:
    return {"uint16": "uint32", "int16": "int32", "bcd16": "bcd32"}.get(type_, "a wider type")


def _gauge_keys(field: Field) -> Rules:
    yield (
        field.offset != 0 or field.min is not None or field.max is not None or field.scale < 0,
        f"offset, min, max and a negative scale are for gauges. Remove them from the {field.kind}",
    )
    yield (
        field.max_change_per_s is not None or field.deadband is not None,
        f"max_change_per_s and deadband are for gauges. Remove them from the {field.kind}",
    )


def _gauge_rules(field: Field) -> Rules:
    yield from _counter_keys(field)
    yield (
        field.type == "bit" and field.max_change_per_s is not None,
        f"max_change_per_s = {field.max_change_per_s}: a bit changes at once. Remove it",
    )


def _text_rules(field: Field) -> Rules:
    yield from _counter_keys(field)
    yield from _gauge_keys(field)
    yield (
        field.scale != 1 or field.stale_after_s is not None,
        "scale and stale_after_s are for values. Remove them from the text",
    )


def _counter_rules(field: Field) -> Rules:
    family = registers.TYPES[field.type].family
    is_float = family == "float"
    yield (
        family == "bit",
        "type = 'bit': a totaliser is a number. Use the type of its register",
    )
    yield (
        is_float and field.resolution is None,
        f"resolution is missing. Write the smallest step of the total [{field.unit}], such as 0.1",
    )
    yield (
        not is_float and field.resolution is not None,
        f"resolution = {field.resolution}: is for float totalisers; one of {field.type} goes in"
        " steps of its scale. Remove it",
    )
    yield (
        is_float and not scaling.SMALLEST <= field.step <= scaling.LARGEST,
        f"resolution = {field.resolution}: must lie between {scaling.SMALLEST} and"
        f" {scaling.LARGEST}",
    )
    yield (
        field.exponent != 0 and field.exponent_register is None,
        f"exponent = {field.exponent}: there is no exponent_register that could hold it. Add its"
        " address, or remove it",
    )
    most = _LARGEST_MODULUS if is_float else registers.TYPES[field.type].modulus
    yield (
        field.modulus > most,
        f"modulus = {field.modulus}: {field.type} holds counts below {most} only. Use"
        f" {_wider(field.type)}, or lower the modulus",
    )
    yield (
        field.max_rate_per_s is None,
        "max_rate_per_s is missing. Write the fastest the totaliser can run"
        f" [{field.unit}/s]; without it a reset looks like a roll-over",
    )
    yield from _gauge_keys(field)


_KINDS: Final = {"gauge": _gauge_rules, "counter": _counter_rules, "text": _text_rules}
