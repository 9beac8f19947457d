"""What burning an amount of fuel sends up the stack, and what cannot be counted at all.

Values of different bases are refused by what they declare, never guessed from their size.
"""

from dataclasses import dataclass
from datetime import date

from agent.cofiring.choosing import choose
from agent.cofiring.chosen import DEFAULT, LAB, Chosen, Properties
from agent.cofiring.fuels import FuelEntry, Physics
from agent.cofiring.lots import Lot
from agent.errors import MixedBasisError, UnknownFuelError

__all__ = [
    "DEFAULT", "LAB", "Burnt", "Chosen", "Properties", "burn", "check", "choose", "heat_mj",
    "mass_of",
]  # fmt: skip


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
    land_use_co2e_kg: float | None = None


def heat_mj(kg: float, calorific: Chosen, basis: str) -> float:
    """Heat of an amount of fuel [MJ].

    Raises:
        MixedBasisError: The calorific value is declared in another basis than asked for, and the
            site does not acknowledge it.
    """
    if calorific.basis != basis and not calorific.acknowledged:
        raise MixedBasisError(
            f"{calorific.value} {calorific.unit} is declared {calorific.basis}, the site counts in "
            f"{basis}; give the lot a value in {basis}, or acknowledge the mix in "
            "cofiring.mixed_bases_acknowledged with its reason"
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
        land_use_co2e_kg=_try(kg, properties.land_use_co2e, properties),
    )


def check(entry: FuelEntry, lot: Lot | None, on: date, physics: Physics) -> None:
    """Refuse a fuel that could not be counted, before anything starts.

    Raises:
        UnknownFuelError: It has no net calorific value or no CO₂ factor.
        MixedBasisError: Its factor and its calorific value are on different bases.
    """
    properties = choose(entry, lot, on, physics)
    whose = f"{entry.name} ({'lot ' + lot.id if lot else 'table ' + entry.key})"
    if properties.ncv is None and properties.gcv is not None:
        raise MixedBasisError(
            f"{whose}: no net calorific value as received, and {properties.gcv.value:.6g} MJ/kg is "
            "gross; give each lot ncv_dry_mj_per_kg and moisture, or ncv_ar_mj_per_kg, or "
            "acknowledge the mix in cofiring.mixed_bases_acknowledged with its reason"
        )
    if properties.ncv is None:
        raise UnknownFuelError(
            f"{whose}: no net calorific value as received; give each lot ncv_dry_mj_per_kg and "
            "moisture, or ncv_ar_mj_per_kg"
        )
    if properties.co2 is None:
        raise UnknownFuelError(
            f"{whose}: no CO₂ factor; give each lot co2_total_g_per_mj_ncv or carbon_dry by "
            "analysis"
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
