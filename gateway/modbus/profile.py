"""Profile: the register map of one product, read from a TOML file with one line a field."""

import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec

from agent.errors import HinobanError
from gateway.modbus import registers, scaling
from gateway.problems import did_you_mean
from gateway.toml_lines import line_of, lines_of

DEVICES: Final = Path(__file__).parent / "devices"
"""Where the register maps that come with the gateway lie."""

Kind = Literal["coil", "discrete", "holding", "input"]
"""Kinds of registers: read by function code 1, 2, 3 and 4."""

UNIT: Final = re.compile(r"[a-z0-9]+(_per_[a-z0-9]+)?")
"""How a unit is written at the end of a point's name: ``kg``, ``degc``, ``kg_per_s``."""

_ENDING: Final = re.compile(r"_([a-z0-9]+(?:_per_[a-z0-9]+)?)$")
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


class Field(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of the ``[fields]`` table: a value and where it stands.

    Args:
        register: "coil", "discrete", "holding" or "input" (function code 1 to 4).
        address: First register, zero-based.
        type: A key of `registers.TYPES`.
        unit: Unit of the value, as it ends a point's name.
        kind: "gauge", the value of the moment, "counter", a totaliser, or "text", shown by
            `check` and `probe` and never a point.
        order: Bytes as they travel, A the most significant; "" means most significant first.
        scale: Value [unit] = register × scale + offset.
        offset: Added after scaling [unit]; gauges only.
        modulus: Count at which a totaliser shows 0 again; 0 means all bits of its type.
        max_rate_per_s: Fastest a totaliser can run [unit/s]: what is faster is no step.
        update_s: How often the device renews a totaliser's register [s].
        min: Least plausible value of a gauge [unit].
        max: Greatest plausible value of a gauge [unit].
        length: Registers that a text takes.
        bit: Which bit of the register is the value, 0 the lowest; type "bit" only.
        runs: Which way a totaliser counts: "up", "down", or "both" for a net total.
        resolution: Smallest step [unit] in which a float totaliser is booked.
        rate: Name of the gauge whose integral the totaliser should follow.
        max_change_per_s: Fastest a gauge can change [unit/s]; a faster one waits for a second read.
        deadband: Change of a gauge that is not worth a report [unit], where a site asks for it.
        stale_after_s: Age at which a value no longer tells the present [s].
        nan: Bit patterns that mean "no value", as unsigned numbers.
        source: Where the line comes from, if not from the device's source.
    """

    register: Kind
    address: int
    type: str
    unit: str
    kind: Literal["gauge", "counter", "text"] = "gauge"
    order: str = ""
    scale: float = 1.0
    offset: float = 0.0
    modulus: Annotated[int, msgspec.Meta(ge=0)] = 0
    max_rate_per_s: Annotated[float, msgspec.Meta(gt=0, le=1e12)] | None = None
    update_s: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 1.0
    min: float | None = None
    max: float | None = None
    length: Annotated[int, msgspec.Meta(ge=0, le=125)] = 0
    bit: Annotated[int, msgspec.Meta(ge=0, le=15)] | None = None
    runs: Literal["up", "down", "both"] = "up"
    resolution: Annotated[float, msgspec.Meta(gt=0)] | None = None
    rate: str = ""
    max_change_per_s: Annotated[float, msgspec.Meta(gt=0)] | None = None
    deadband: Annotated[float, msgspec.Meta(ge=0)] | None = None
    stale_after_s: Annotated[float, msgspec.Meta(gt=0, le=86_400)] | None = None
    nan: tuple[int, ...] = ()
    source: str = ""

    @property
    def words(self) -> int:
        """Number of registers the field takes."""
        return registers.words(self.type)

    @property
    def bits(self) -> int:
        """Number of bits of the field's type."""
        return 16 * self.words


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
        raise ProfileError(f"{id_}.toml: no valid TOML: {error}") from error
    try:
        if unknown := tables.keys() - {"device", "fields"}:
            name = min(unknown)
            remedy = did_you_mean(name, ("device", "fields"))
            raise _WrongError((name,), f"this table is unknown. {remedy}")
        limits = _convert(("device",), tables.get("device"), Limits)
        named = tables.get("fields")
        if not isinstance(named, dict) or not named:
            raise _WrongError(("fields",), "no field. Write at least one line under [fields]")
        fields = {name: _field(name, table) for name, table in named.items()}
    except _WrongError as wrong:
        line = line_of(lines_of(text), (*wrong.path, wrong.key))
        place = f"{id_}.toml:{line}" if line else f"{id_}.toml"
        raise ProfileError(f"{place}: {'.'.join(wrong.path)}: {wrong}") from wrong
    return Profile(id_, limits, fields)


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
        message = f"{key} = {table[key]!r}: {reason}" if key in table else f"{reason}. Add it"
        raise _WrongError(path, message, key) from error


def _field(name: str, table: Any) -> Field:
    path = ("fields", name)
    if not _NAME.fullmatch(name):
        raise _WrongError(path, "a field's name is lower-case letters, digits and '_'")
    field = _convert(path, table, Field)
    if field.type not in registers.TYPES:
        remedy = did_you_mean(field.type, registers.TYPES)
        raise _WrongError(path, f"type = {field.type!r}: unknown. {remedy}")
    orders = registers.ORDERS[field.words]
    if not field.order:
        field = msgspec.structs.replace(field, order=orders[0])
    if field.kind == "counter" and not field.modulus:
        field = msgspec.structs.replace(field, modulus=1 << field.bits)
    for broken, message in _rules(name, field):
        if broken:
            raise _WrongError(path, message)
    return field


def _rules(name: str, field: Field) -> Iterator[tuple[bool, str]]:
    orders = registers.ORDERS[field.words]
    yield (
        field.order not in orders,
        f"order = {field.order!r}: does not fit {field.type}. Use {' or '.join(orders)}",
    )
    yield (
        not 0 <= field.address <= 65536 - field.words,
        f"address = {field.address}: {field.type} must lie in registers 0 to 65535, counted from"
        " 0. What a manual calls 40011 or 400011 is holding register 10",
    )
    yield (
        UNIT.fullmatch(field.unit) is None,
        f"unit = {field.unit!r}: write it as it ends a name, such as kg, degc or kg_per_s",
    )
    yield (
        unit_of(name) != field.unit,
        f"unit = {field.unit!r}: the name does not end in it. Call the field …_{field.unit}",
    )
    yield (
        not scaling.SMALLEST <= abs(field.scale) <= scaling.LARGEST,
        f"scale = {field.scale}: must lie between {scaling.SMALLEST} and {scaling.LARGEST}",
    )
    yield (
        not math.isfinite(field.offset),
        f"offset = {field.offset}: must be a number",
    )
    yield (
        field.min is not None and field.max is not None and field.min >= field.max,
        f"min = {field.min}: is not below max = {field.max}",
    )
    yield (
        any(not 0 <= pattern < 1 << field.bits for pattern in field.nan),
        f"nan = {list(field.nan)}: not a pattern of {field.bits} bits. Write it as 0x…",
    )
    yield from _counter_rules(field) if field.kind == "counter" else _gauge_rules(field)


def _gauge_rules(field: Field) -> Iterator[tuple[bool, str]]:
    yield (
        field.modulus != 0 or field.max_rate_per_s is not None,
        "modulus and max_rate_per_s are for totalisers. Add kind = 'counter', or remove them",
    )


def _counter_rules(field: Field) -> Iterator[tuple[bool, str]]:
    yield (
        not field.type.startswith("uint"),
        f"type = {field.type!r}: a totaliser is booked by whole counts. Use its uint register",
    )
    yield (
        field.modulus > 1 << field.bits,
        f"modulus = {field.modulus}: {field.type} holds counts below {1 << field.bits} only",
    )
    yield (
        field.max_rate_per_s is None,
        "max_rate_per_s is missing. Write the fastest the totaliser can run"
        f" [{field.unit}/s]; without it a reset looks like a roll-over",
    )
    yield (
        field.offset != 0 or field.min is not None or field.max is not None or field.scale < 0,
        "offset, min, max and a negative scale are for gauges. Remove them from the totaliser",
    )


def unit_of(name: str) -> str | None:
    """The unit in which the name of a field or point ends; None where it ends in none."""
    found = _ENDING.search(name)
    return found.group(1) if found else None
