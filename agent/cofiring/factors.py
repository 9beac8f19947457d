"""Which value counts for a fuel in a lot, why, and what burning it sends up the stack.

A lot's own analysis goes before the table. Every value carries its basis, and values of different
bases are refused by what they declare, never guessed from their size.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from agent.cofiring.fuels import Entry, FuelEntry, Physics
from agent.cofiring.lots import Lot
from agent.errors import MixedBasisError, UnknownFuelError

LAB: Final = "lot lab"
TABLE: Final = "table"
DEFAULT: Final = "rule"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A value and how it was chosen.

    Args:
        basis: "ncv_ar" or "gcv_ar" for calorific values, "mj_ncv", "mj_gcv" or "kg" for factors.
        how: "lot lab", "table" or "rule".
        source: The lot's id, or the table's source.
        mark: The table's mark; None for a laboratory value.
        carbon: Of a CO₂ factor: "total" or "fossil_only".
    """

    value: float
    unit: str
    basis: str
    how: str
    source: str
    mark: str | None = None
    carbon: str = ""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready fields."""
        fields = {
            "value": self.value,
            "unit": self.unit,
            "basis": self.basis,
            "how": self.how,
            "source": self.source,
            "mark": self.mark,
        }
        return {**fields, "carbon": self.carbon} if self.carbon else fields


@dataclass(frozen=True, slots=True)
class Properties:
    """What is known of a fuel in a lot; None where neither lot nor table knows."""

    ncv: Chosen | None
    gcv: Chosen | None
    co2: Chosen | None
    biogenic_carbon_fraction: Chosen
    oxidation: Chosen
    ch4: Chosen | None
    n2o: Chosen | None
    upstream_co2e: Chosen | None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready fields."""
        names = Properties.__dataclass_fields__
        chosen: Mapping[str, Chosen | None] = {name: getattr(self, name) for name in names}
        return {name: c.as_dict() if c else None for name, c in chosen.items()}


@dataclass(frozen=True, slots=True)
class Burnt:
    """What an amount of fuel gave [MJ net, kg]; None where a property is missing.

    `biogenic_co2_kg` is a memo and None with a fossil-only factor. Methane is split like the
    carbon.
    """

    kg: float
    mj: float | None
    fossil_co2_kg: float | None
    biogenic_co2_kg: float | None
    ch4_fossil_kg: float | None
    ch4_biogenic_kg: float | None
    n2o_kg: float | None
    upstream_co2e_kg: float | None


def choose(entry: FuelEntry, lot: Lot | None, on: date, physics: Physics) -> Properties:
    """The values that count for a fuel in a lot on a day."""

    def table(quantity: str) -> Chosen | None:
        found = entry.at(quantity, on)
        return _from_table(found, physics) if found else None

    def lab(value: float | None, unit: str, basis: str, carbon: str = "") -> Chosen | None:
        if value is None or lot is None:
            return None
        return Chosen(value, unit, basis, LAB, f"lot {lot.id}", carbon=carbon)

    own = lot or Lot("", "", 0)
    # Whatever nobody proved to be biogenic counts as fossil.
    fossil = Chosen(0.0, "1", "", DEFAULT, "no biogenic fraction known: all fossil")
    complete = Chosen(1.0, "1", "", DEFAULT, "complete oxidation")
    return Properties(
        ncv=lab(own.ncv_ar(physics), "MJ/kg", "ncv_ar") or table("ncv"),
        gcv=lab(own.gcv_ar(), "MJ/kg", "gcv_ar") or table("gcv"),
        co2=lab(own.co2_total_g_per_mj_ncv, "g/MJ", "mj_ncv", "total") or table("co2"),
        biogenic_carbon_fraction=lab(own.biogenic_carbon_fraction, "1", "")
        or table("biogenic_carbon_fraction")
        or fossil,
        oxidation=table("oxidation") or complete,
        ch4=table("ch4"),
        n2o=table("n2o"),
        upstream_co2e=lab(own.upstream_co2e_g_per_mj_ncv, "g/MJ", "mj_ncv")
        or table("upstream_co2e"),
    )


def heat_mj(kg: float, calorific: Chosen, basis: str) -> float:
    """Heat of an amount of fuel [MJ].

    Raises:
        MixedBasisError: The calorific value is declared in another basis than asked for.
    """
    if calorific.basis != basis:
        raise MixedBasisError(
            f"{calorific.value} {calorific.unit} is declared {calorific.basis}, the site counts in "
            f"{basis}; give the lot a value in {basis}"
        )
    return kg * calorific.value


def mass_of(kg: float, factor: Chosen, properties: Properties) -> float:
    """Kilograms that a factor gives for an amount of fuel, with the calorific value of its basis.

    Raises:
        MixedBasisError: No calorific value of that basis is known.
    """
    per_unit = factor.value * {"g/MJ": 1e-3, "kg/TJ": 1e-6, "g/kg": 1e-3, "kg/kg": 1.0}[factor.unit]
    match factor.basis:
        case "kg":
            return kg * per_unit
        case "mj_ncv" if properties.ncv is not None:
            return heat_mj(kg, properties.ncv, "ncv_ar") * per_unit
        case "mj_gcv" if properties.gcv is not None:
            return heat_mj(kg, properties.gcv, "gcv_ar") * per_unit
    raise MixedBasisError(
        f"a factor of {factor.value} {factor.unit} is per {factor.basis}, but the fuel has no "
        "calorific value of that basis; add it to the lot's analysis"
    )


def burn(kg: float, properties: Properties) -> Burnt:
    """What burning `kg` gives; figures whose properties are missing are None, of no fuel zero."""
    biogenic = properties.biogenic_carbon_fraction.value
    fossil_co2_kg = biogenic_co2_kg = None
    co2_kg = _try(kg, properties.co2, properties)
    if kg == 0.0:
        fossil_co2_kg = biogenic_co2_kg = 0.0
    elif co2_kg is not None and properties.co2 is not None:
        co2_kg *= properties.oxidation.value
        if properties.co2.carbon == "fossil_only":
            fossil_co2_kg = co2_kg
        else:
            fossil_co2_kg = co2_kg * (1.0 - biogenic)
            biogenic_co2_kg = co2_kg * biogenic
    ch4_kg = _try(kg, properties.ch4, properties)
    return Burnt(
        kg=kg,
        mj=_heat(kg, properties),
        fossil_co2_kg=fossil_co2_kg,
        biogenic_co2_kg=biogenic_co2_kg,
        ch4_fossil_kg=None if ch4_kg is None else ch4_kg * (1.0 - biogenic),
        ch4_biogenic_kg=None if ch4_kg is None else ch4_kg * biogenic,
        n2o_kg=_try(kg, properties.n2o, properties),
        upstream_co2e_kg=_try(kg, properties.upstream_co2e, properties),
    )


def check(entry: FuelEntry, lot: Lot | None, on: date, physics: Physics) -> None:
    """Refuse a fuel that could not be counted, before anything starts.

    Raises:
        UnknownFuelError: It has no net calorific value or no CO₂ factor.
        MixedBasisError: Its factor and its calorific value are on different bases.
    """
    properties = choose(entry, lot, on, physics)
    whose = f"{entry.name} ({'lot ' + lot.id if lot else 'table ' + entry.key})"
    if properties.ncv is None:
        raise UnknownFuelError(
            f"{whose}: no net calorific value as received; give each lot ncv_dry_mj_per_kg and "
            "moisture, or ncv_ar_mj_per_kg"
        )
    if properties.co2 is None:
        raise UnknownFuelError(
            f"{whose}: no CO₂ factor; give each lot co2_total_g_per_mj_ncv by analysis"
        )
    try:
        mass_of(1.0, properties.co2, properties)
    except MixedBasisError as error:
        raise MixedBasisError(f"{whose}: {error}") from error


def _heat(kg: float, properties: Properties) -> float | None:
    if kg == 0.0:
        return 0.0
    return heat_mj(kg, properties.ncv, "ncv_ar") if properties.ncv else None


def _try(kg: float, factor: Chosen | None, properties: Properties) -> float | None:
    if kg == 0.0:
        return 0.0
    if factor is None:
        return None
    try:
        return mass_of(kg, factor, properties)
    except MixedBasisError:
        return None


def _from_table(entry: Entry, physics: Physics) -> Chosen:
    value, unit = entry.value, entry.unit
    if unit == "tC/GJ":
        value, unit = value * 1000.0 * physics.co2_per_carbon, "g/MJ"
    basis = entry.basis or entry.per
    return Chosen(value, unit, basis, TABLE, entry.source, entry.mark, entry.carbon)
