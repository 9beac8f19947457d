"""Profile: the register map of one product, read from a TOML file with one line a field."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import msgspec

from agent.errors import HinobanError
from gateway.modbus.field import BITS, UNIT, Field, Kind, unit_of
from gateway.modbus.field_rules import better_type, broken_rule, filled
from gateway.modbus.rates import per_second
from gateway.problems import did_you_mean
from gateway.toml_lines import line_of, lines_of
from gateway.toml_slips import remedy_of

__all__ = [
    "DEVICES",
    "UNIT",
    "Field",
    "Forbidden",
    "Kind",
    "Limits",
    "Profile",
    "ProfileError",
    "load_profiles",
    "parse_profile",
    "unit_of",
]

DEVICES: Final = Path(__file__).parent / "devices"
"""Where the register maps that come with the gateway lie."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_Table = TypeVar("_Table", bound=msgspec.Struct)


class ProfileError(HinobanError):
    """A register map that cannot be used; names file, line, field, value and remedy."""


class Forbidden(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Registers or bits that must not be read: some devices hang on them.

    Args:
        register: Which kind.
        first: First address, zero-based.
        last: Last address.
    """

    register: Kind
    first: Annotated[int, msgspec.Meta(ge=0, le=65535)]
    last: Annotated[int, msgspec.Meta(ge=0, le=65535)]

    def touches(self, register: Kind, start: int, end: int) -> bool:
        """Whether a read from one address up to another (which it leaves out) would touch it."""
        return register == self.register and start <= self.last and self.first < end


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ``[device]`` table: what the product is and what it bears.

    Args:
        name: Product, in words.
        source: Manual with revision and page, or public register list.
        max_registers: Most registers in one request.
        max_bits: Most coils or discrete inputs in one request.
        max_gap: Most unneeded registers or bits that one request may read over.
        forbidden: Ranges that no request may touch, whatever `max_gap` says.
        request_pause_ms: Silence the device needs between a reply and the next request [ms].
        connect_delay_ms: Silence the device needs after connecting [ms].
        max_reply_ms: Longest time after which the device may still reply [ms]; on a serial line
            nothing else is asked for so long after a time-out.
        single_master: Whether the device bears one connection at a time, so that it is dropped
            after every poll.
    """

    name: str
    source: str
    max_registers: Annotated[int, msgspec.Meta(ge=4, le=125)] = 125
    max_bits: Annotated[int, msgspec.Meta(ge=1, le=2000)] = 2000
    max_gap: Annotated[int, msgspec.Meta(ge=0, le=121)] = 0
    forbidden: tuple[Forbidden, ...] = ()
    request_pause_ms: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0
    connect_delay_ms: Annotated[int, msgspec.Meta(ge=0, le=60_000)] = 0
    max_reply_ms: Annotated[int, msgspec.Meta(ge=1, le=60_000)] = 1000
    single_master: bool = False


class Profile(msgspec.Struct, frozen=True):
    """A product's register map.

    Args:
        id: Name of the file, as sites write it under ``profile``.
        limits: What the device is and bears.
        fields: Field's name -> where and what it is.
    """

    id: str
    limits: Limits
    fields: Mapping[str, Field]


def load_profiles(directory: Path | None = None) -> dict[str, Profile]:
    """Every profile of a directory, by id; the gateway's own without a directory.

    Raises:
        ProfileError: A file cannot be used; the message names the line and the remedy.
    """
    paths = sorted((directory or DEVICES).glob("*.toml"))
    return {path.stem: parse_profile(path.stem, path.read_text("utf-8")) for path in paths}


def parse_profile(id_: str, text: str) -> Profile:
    """Read one register map.

    Args:
        id_: Name of the profile.
        text: The file's contents.

    Raises:
        ProfileError: It cannot be used.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(_syntax(id_, text, str(error))) from error
    try:
        if unknown := tables.keys() - {"device", "fields"}:
            name = min(unknown)
            remedy = did_you_mean(name, ("device", "fields"))
            raise _WrongError((name,), f"this table is unknown. {remedy}")
        limits = _convert(("device",), tables.get("device"), Limits)
        named = tables.get("fields")
        if not isinstance(named, dict) or not named:
            raise _WrongError(("fields",), "no field. Write at least one line under [fields]")
        _check_forbidden(limits)
        fields = {name: _field(name, table) for name, table in named.items()}
        for name in fields:
            _check_together(name, fields, limits)
    except _WrongError as wrong:
        line = line_of(lines_of(text), (*wrong.path, wrong.key))
        place = f"{id_}.toml:{line}" if line else f"{id_}.toml"
        raise ProfileError(f"{place}: {'.'.join(wrong.path)}: {wrong}") from wrong
    return Profile(id_, limits, fields)


def _syntax(id_: str, text: str, message: str) -> str:
    found = re.search(r"at line (\d+)", message)
    number = int(found[1]) if found else text.count("\n") + 1
    line = (text.splitlines() or [""])[min(number, len(text.splitlines()) or 1) - 1]
    return f"{id_}.toml:{number}: no valid TOML: {message}. {remedy_of(line, message)}"


class _WrongError(Exception):
    def __init__(self, path: tuple[str, ...], message: str, key: str = "") -> None:
        super().__init__(message)
        self.path = path
        self.key = key


def _convert(path: tuple[str, ...], table: Any, struct: type[_Table]) -> _Table:
    if not isinstance(table, dict):
        raise _WrongError(path, "missing. Write it as a table: see generic_power_meter.toml")
    if unknown := table.keys() - set(struct.__struct_fields__):
        name = min(unknown)
        remedy = did_you_mean(name, struct.__struct_fields__)
        raise _WrongError(path, f"the key {name!r} is unknown. {remedy}", name)
    try:
        return msgspec.convert(table, struct, strict=True)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at `$.")
        key = place.rstrip("`").partition("[")[0]
        message = (
            f"{key} = {table[key]!r}: {reason}. {better_type(key, table[key])}"
            if key in table
            else f"{reason}. Add it"
        )
        raise _WrongError(path, message, key) from error


def _field(name: str, table: Any) -> Field:
    path = ("fields", name)
    if not _NAME.fullmatch(name):
        raise _WrongError(path, "a field's name is lower-case letters, digits and '_'")
    field = _convert(path, table, Field)
    field = msgspec.structs.replace(field, **filled(field))
    if message := broken_rule(name, field):
        raise _WrongError(path, message)
    return field


def _check_forbidden(limits: Limits) -> None:
    for place in limits.forbidden:
        if place.first > place.last:
            raise _WrongError(
                ("device",),
                f"forbidden: first = {place.first} is above last = {place.last}. Swap them",
                "forbidden",
            )


def _check_together(name: str, fields: Mapping[str, Field], limits: Limits) -> None:
    """What a line may not do in view of the others and of the device."""
    field, path = fields[name], ("fields", name)
    if field.register not in BITS and field.words > limits.max_registers:
        raise _WrongError(
            path,
            f"address = {field.address}: the field takes {field.words} registers, and the device"
            f" gives {limits.max_registers} at a time. Correct its length, or max_registers",
        )
    for place in limits.forbidden:
        if place.touches(field.register, field.address, field.end):
            raise _WrongError(
                path,
                f"address = {field.address}: lies in the forbidden {place.register} range"
                f" {place.first} to {place.last}. Remove the field, or correct the range",
            )
    if field.rate and (field.rate == name or field.rate not in fields):
        gauges = [other for other, known in fields.items() if known.kind == "gauge"]
        raise _WrongError(
            path,
            f"rate = {field.rate!r}: no other field is called so. "
            f"{did_you_mean(field.rate, gauges)}",
        )
    if field.rate and (fields[field.rate].kind != "gauge" or fields[field.rate].type == "bit"):
        raise _WrongError(
            path,
            f"rate = {field.rate!r}: is no gauge that could be summed up. Name the power or flow"
            " that this total follows, or remove it",
        )
    if field.rate and per_second(fields[field.rate].unit, field.unit) is None:
        raise _WrongError(
            path,
            f"rate = {field.rate!r}: in {fields[field.rate].unit}, which never sums up to"
            f" {field.unit}. Name a rate such as kw for kwh or kg_per_s for kg, or remove it",
        )
