"""Meters as tables of registers: from the plant's quantities to the words on the wire."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from simulators import words
from simulators.plant.unit import QUANTITIES, Amounts

TABLE: Final = Path(__file__).parents[1] / "devices.toml"

_SOURCES: Final = {
    "coal": ("coal_kg", 1.0),
    "pellets": ("pellets_kg", 1.0),
    "rpf": ("rpf_kg", 1.0),
    "gross": ("gross_kwh", 3600.0),
    "aux": ("aux_kwh", 3600.0),
    "sold": ("sold_kwh", 3600.0),
    "steam": ("steam_mj", 1000.0),
}
"""Quantity in the table: what the plant counts, and the gauge's value for a flow of 1 a second."""


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a meter; the words are those of `devices.toml`."""

    name: str
    kind: str
    register: str
    address: int
    type: str
    order: str
    scale: float
    unit: str
    quantity: str
    modulus: int = 0
    start: int = 0

    def raw(self, flows: Amounts, totals: Amounts) -> int | float:
        """The raw count or number that the meter shows now."""
        counted, per_flow = _SOURCES[self.quantity]
        if self.kind == "counter":
            return (self.start + int(totals[counted] / self.scale)) % self.modulus
        value = flows[counted] * per_flow / self.scale
        return value if self.type == "float32" else round(value)

    def words(self, raw: int | float) -> tuple[int, ...]:
        """The 16-bit words that carry a raw value, in the order of their addresses."""
        return words.words_of(raw, self.type, self.order)


@dataclass(frozen=True, slots=True)
class Device:
    """One Modbus device."""

    meter: str
    profile: str
    unit: int
    port: int
    fields: tuple[Field, ...]
    filler: Mapping[str, tuple[int, ...]]

    def table(self, register: str, flows: Amounts, totals: Amounts) -> dict[int, int]:
        """All words of one kind of register at one instant, by address."""
        table = dict.fromkeys(self.filler.get(register, ()), 0)
        for field in self.fields:
            if field.register == register:
                sent = field.words(field.raw(flows, totals))
                table.update(enumerate(sent, start=field.address))
        return table


def load_devices(path: Path = TABLE) -> list[Device]:
    """Read the table of meters.

    Raises:
        ValueError: A field has an unknown type, quantity or byte order.
    """
    tables = tomllib.loads(path.read_text(encoding="utf-8"))["device"]
    return [_device(table) for table in tables]


def _device(table: Mapping[str, Any]) -> Device:
    fields = tuple(Field(name=name, **entry) for name, entry in table["field"].items())
    for field in fields:
        try:
            field.words(field.start)
        except ValueError as wrong:
            raise ValueError(f"{table['meter']}.{field.name}: {wrong}") from wrong
        if field.quantity not in _SOURCES or _SOURCES[field.quantity][0] not in QUANTITIES:
            raise ValueError(f"{table['meter']}.{field.name}: unknown quantity {field.quantity}")
    filler: dict[str, tuple[int, ...]] = {}
    for gap in table.get("filler", ()):
        addresses = range(gap["address"], gap["address"] + gap["words"])
        filler[gap["register"]] = (*filler.get(gap["register"], ()), *addresses)
    return Device(table["meter"], table["profile"], table["unit"], table["port"], fields, filler)
