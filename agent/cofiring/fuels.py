"""Reviewed tables: fuel properties, GWP sets and constants, each number with its origin.

The tables are TOML files beside this package; the shell reads them and hands in the parsed text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from agent.errors import UnknownFuelError

QUANTITIES: Final = (
    "ncv",
    "gcv",
    "co2",
    "biogenic_carbon_fraction",
    "oxidation",
    "ch4",
    "n2o",
    "upstream_co2e",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One number of a table.

    Args:
        basis: Of a calorific value: "ncv_ar" or "gcv_ar"; else "".
        per: Of a factor: "mj_ncv", "mj_gcv" or "kg"; else "".
        carbon: Of a CO₂ factor: "total" or "fossil_only"; else "".
        mark: S printed in the 2023 study, V verified, D derived, M from memory.
        low: Lower end of the published 95 % range, in `unit`.
        high: Upper end of the published 95 % range, in `unit`.
    """

    value: float
    unit: str
    source: str
    mark: str
    valid_from: date
    basis: str = ""
    per: str = ""
    carbon: str = ""
    low: float | None = None
    high: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class FuelEntry:
    """What the tables know of one fuel: vintages by quantity, oldest first."""

    key: str
    name: str
    vintages: Mapping[str, tuple[Entry, ...]]

    def at(self, quantity: str, on: date) -> Entry | None:
        """The newest vintage valid on a day; None where the tables have none."""
        found = [e for e in self.vintages.get(quantity, ()) if e.valid_from <= on]
        return found[-1] if found else None


@dataclass(frozen=True, slots=True)
class Gwp:
    """One GWP100 set [kg CO₂e/kg]: combustion methane, vented fossil methane, nitrous oxide."""

    name: str
    ch4: float
    ch4_fossil: float
    n2o: float


@dataclass(frozen=True, slots=True)
class Physics:
    """Constants of the formulas.

    Args:
        latent_mj_per_kg: Enthalpy of evaporation of water [MJ/kg].
        water_per_hydrogen: Water formed per hydrogen burnt [kg/kg].
        co2_per_carbon: CO₂ formed per carbon burnt [kg/kg].
        heat_efficiency: Default of the efficiency method for heat.
        power_efficiency: Default of the efficiency method for power.
        power_weight: Fuel of power against fuel of heat in the DEFRA method.
    """

    latent_mj_per_kg: float
    water_per_hydrogen: float
    co2_per_carbon: float
    heat_efficiency: float
    power_efficiency: float
    power_weight: float


@dataclass(frozen=True, slots=True)
class TableVersion:
    """Which edition of a table a figure rests on."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables a factor needs."""

    fuels: Mapping[str, FuelEntry]
    gwp: Mapping[str, Gwp]
    combustion_ch4: str
    physics: Physics
    versions: tuple[TableVersion, ...] = ()

    def fuel(self, key: str) -> FuelEntry:
        """The entry of a fuel.

        Raises:
            UnknownFuelError: The tables have no such entry.
        """
        if key not in self.fuels:
            raise UnknownFuelError(
                f"fuel table {key!r} is not in fuels.toml; use one of {', '.join(self.fuels)}"
            )
        return self.fuels[key]


def read_fuels(document: Mapping[str, Any]) -> dict[str, FuelEntry]:
    """Fuel entries of a parsed fuels.toml.

    Raises:
        UnknownFuelError: An entry has a quantity nobody computes with, or an unknown source.
    """
    sources: Mapping[str, str] = document["sources"]
    fuels = {}
    for key, body in document["fuel"].items():
        if unknown := body.keys() - {"name", *QUANTITIES}:
            raise UnknownFuelError(f"fuels.toml, {key}: {sorted(unknown)} is no known quantity")
        vintages = {
            quantity: _vintages(key, body[quantity], sources)
            for quantity in QUANTITIES
            if quantity in body
        }
        fuels[key] = FuelEntry(key, body["name"], vintages)
    return fuels


def read_gwp(document: Mapping[str, Any]) -> tuple[dict[str, Gwp], str]:
    """GWP sets of a parsed gwp.toml, and which methane value combustion takes."""
    sets = {
        name: Gwp(name, body["ch4"]["value"], body["ch4_fossil"]["value"], body["n2o"]["value"])
        for name, body in document["set"].items()
    }
    return sets, str(document["rule"]["combustion_ch4"])


def read_physics(document: Mapping[str, Any]) -> Physics:
    """Constants of a parsed physics.toml."""
    return Physics(**{name: body["value"] for name, body in document["constant"].items()})


def _vintages(key: str, body: Any, sources: Mapping[str, str]) -> tuple[Entry, ...]:
    entries = []
    for item in body if isinstance(body, list) else [body]:
        if item["source"] not in sources:
            raise UnknownFuelError(
                f"fuels.toml, {key}: source {item['source']!r} is not under [sources]"
            )
        fields = {
            **item,
            "source": sources[item["source"]],
            "valid_from": date.fromisoformat(item["valid_from"]),
        }
        entries.append(Entry(**fields))
    return tuple(sorted(entries, key=lambda entry: entry.valid_from))
