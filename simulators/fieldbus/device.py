"""Device: one slave, its registers computed from its truth at the instant they are read."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from simulators import words
from simulators.fieldbus.truth import Restart, Swing, Total
from simulators.modbus import READS

DEVICES: Final = Path(__file__).parent / "devices"


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a device and where it stands.

    Args:
        name: What it is called.
        register: "coil", "discrete", "holding" or "input".
        address: First register or bit, zero-based.
        type: "bit", "text", or a type of `words.words_of`.
        order: Its bytes as they travel, A the most significant.
        scale: Units per count; a float type holds the value itself where it is 1.
        swing: The gauge's value [unit], or None.
        total: The totaliser, or None.
        text: What a text says.
        nan: Bit pattern that means "no value", as an unsigned number; a float has NaN.
    """

    name: str
    register: str
    address: int
    type: str
    order: str = "AB"
    scale: float = 1.0
    swing: Swing | None = None
    total: Total | None = None
    text: str = ""
    nan: int | None = None

    def raw(self, t_s: float) -> int | float:
        """The number that its registers hold at an instant."""
        if self.total is not None:
            shown = self.total.shown(t_s)
            return shown * self.scale if self.type.startswith("float") else shown
        if self.swing is None:
            return 0
        value = self.swing.at(t_s) / self.scale
        return value if self.type.startswith("float") else round(value)

    def words(self, t_s: float) -> tuple[int, ...]:
        """Its registers at an instant, in the order of their addresses."""
        if self.type == "text":
            return words.text_words(self.text, (len(self.text) + 1) // 2)
        if self.type == "bit":
            return (int(self.raw(t_s)) & 1,)
        return words.words_of(self.raw(t_s), self.type, self.order)

    def no_value(self) -> tuple[int, ...] | None:
        """Its registers when it says that it has no value; None where it cannot say so."""
        if self.type.startswith("float"):
            return words.words_of(float("nan"), self.type, self.order)
        if self.nan is None:
            return None
        return words.words_of(self.nan, f"uint{8 * len(self.order)}", self.order)


@dataclass(frozen=True, slots=True)
class Device:
    """One slave.

    Args:
        name: What it is called.
        unit: Its unit number.
        fields: Its values.
        filler: Kind of register -> addresses that exist, hold 0 and mean nothing.
        datasheet: What its maker tells about it.
    """

    name: str
    unit: int
    fields: tuple[Field, ...]
    filler: Mapping[str, tuple[int, ...]]
    datasheet: str = ""

    def field(self, name: str) -> Field:
        """One of its fields.

        Raises:
            KeyError: It has none of this name.
        """
        return {field.name: field for field in self.fields}[name]

    def table(self, register: str, t_s: float, age_s: float = 0.0) -> dict[int, int]:
        """All registers or bits of one kind at an instant, by address; gauges may be old [s]."""
        shown = dict.fromkeys(self.filler.get(register, ()), 0)
        for field in self.fields:
            if field.register == register:
                sent = field.words(t_s if field.total is not None else t_s - age_s)
                shown.update(enumerate(sent, start=field.address))
        return shown

    def sentinels(self, register: str, t_s: float) -> dict[int, int]:
        """The same while it has no values to show."""
        shown = self.table(register, t_s)
        for field in self.fields:
            if field.register == register and (sentinel := field.no_value()) is not None:
                shown.update(enumerate(sentinel, start=field.address))
        return shown

    def turned(self, register: str, t_s: float) -> dict[int, int]:
        """The same with the bytes of its gauges the other way round in each register."""
        shown = self.table(register, t_s)
        for field in self.fields:
            if field.register == register and field.swing is not None and field.type != "bit":
                places = range(field.address, field.address + len(field.order) // 2)
                shown.update({a: shown[a] >> 8 | (shown[a] & 0xFF) << 8 for a in places})
        return shown

    def nearly_round(self, register: str, t_s: float, within_s: float) -> bool:
        """Whether one of its totalisers may show 0 within so long [s], and no one be surprised."""
        return any(
            (field.total.modulus - field.total.shown(t_s)) * field.scale
            <= field.total.flow.high * within_s
            for field in self.fields
            if field.register == register and field.total is not None
        )

    def with_restarts(self, restarts: Mapping[str, Iterable[Restart]]) -> "Device":
        """The same device with totalisers that begin anew; field's name -> when."""
        fields = tuple(
            replace(field, total=replace(field.total, restarts=tuple(restarts[field.name])))
            if field.total is not None and field.name in restarts
            else field
            for field in self.fields
        )
        return replace(self, fields=fields)


def load(path: Path) -> Device:
    """Read a device from a TOML file, or from one that comes with the simulator by its name.

    Raises:
        ValueError: A field cannot be shown as it is described.
        OSError: There is no such file.
    """
    own = DEVICES / f"{path}.toml"
    table = tomllib.loads((own if own.is_file() else path).read_text(encoding="utf-8"))
    return device_of(table)


def device_of(table: Mapping[str, Any]) -> Device:
    """A device from a table as its file holds it.

    Raises:
        ValueError: A field cannot be shown as it is described.
    """
    fields = tuple(_field(name, entry) for name, entry in table["field"].items())
    filler: dict[str, tuple[int, ...]] = {}
    for gap in table.get("filler", ()):
        addresses = range(gap["address"], gap["address"] + gap["count"])
        filler[gap["register"]] = (*filler.get(gap["register"], ()), *addresses)
    return Device(
        table["name"], table.get("unit", 1), fields, filler, table.get("datasheet", "").strip()
    )


def _field(name: str, entry: Mapping[str, Any]) -> Field:
    plain = dict(entry)
    swing = _taken(plain, "low", "high", "per_s", "phase_s")
    modulus, start = plain.pop("modulus", None), plain.pop("start", 0)
    moving = Swing(**swing) if swing else None
    try:
        field = Field(name, **plain)
        if modulus is not None:
            if moving is None:
                raise ValueError("a totaliser needs its flow: low, high and per_s")
            field = replace(field, total=Total(moving, field.scale, modulus, start))
        else:
            field = replace(field, swing=moving)
        if field.register not in READS.values():
            raise ValueError(f"register {field.register} is none of {', '.join(READS.values())}")
        field.words(0.0)
    except (TypeError, ValueError) as wrong:
        raise ValueError(f"{name}: {wrong}") from wrong
    return field


def _taken(table: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: table.pop(name) for name in names if name in table}
