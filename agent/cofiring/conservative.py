"""Conservative figures: what was estimated, leaning against the claim.

Fossil fuel and its factor count at mean + n σ; biomass, its calorific value and kWh at mean − n σ.
What was measured counts as measured.
"""

import math
from collections.abc import Mapping
from typing import Any, Final

from agent.cofiring.chosen import Chosen
from agent.cofiring.factors import Burnt, burn
from agent.cofiring.owed import lacking
from agent.cofiring.plant import FuelLine, Plant
from agent.cofiring.portions import Portion, add_up
from agent.cofiring.rollup import Sums, Tally

_Z95: Final = 1.959963984540054
"""Half of a normal distribution's 95 % range, in standard deviations."""


def figures(sums: Sums, plant: Plant, sigmas: float) -> dict[str, Any] | None:
    """Masses, heat shares and output of a period; None where nothing in it is estimated.

    Args:
        sums: Of the period.
        plant: Which fuels are biomass, and which analyses their lots must have.
        sigmas: How many standard uncertainties the estimates lean against the claim.
    """
    tally = sums.everything
    lines = {fuel.id: fuel for fuel in plant.fuels}
    waiting = any(any(lacking(p, lines.get(p.fuel))) for p in tally.portions)
    filled = [p.filled_kg or p.filled_sigma_kg for p in tally.portions]
    powered = [c for c in tally.meters.values() if c.given]
    if not waiting and not any(filled) and not powered:
        return None
    heats: dict[str, list[float | None]] = {}
    for portion in sums.mixed.portions:
        burnt, heat, _ = leaned(portion, lines.get(portion.fuel), sigmas)
        heats.setdefault(portion.fuel, []).append(None if burnt.mj is None else burnt.mj * heat)
    fossil_kg = _fossil_kg(tally, lines, sigmas)
    net = net_kwh(tally, plant, sigmas)
    whole_kg = _fossil_kg(sums.whole, lines, sigmas)
    whole_net = net_kwh(sums.whole, plant, sigmas)
    by_fuel = {fuel: add_up(values) for fuel, values in heats.items()}
    return {
        "sigmas": sigmas,
        "fossil_co2_kg": fossil_kg,
        "net_kwh": net,
        "share_heat": None if sums.mixed.unmeasured else _shares(by_fuel),
        "fossil_co2_kg_per_net_kwh": None
        if whole_kg is None or whole_net is None or whole_net <= 0.0 or not sums.complete
        else whole_kg / whole_net,
    }


def leaned(portion: Portion, line: FuelLine | None, sigmas: float) -> tuple[Burnt, float, float]:
    """What a portion's leaning mass gave; what its calorific value and factor are scaled by."""
    sign = -1.0 if line is not None and line.is_biomass else 1.0
    waits = any(lacking(portion, line))
    kg = portion.burnt.kg
    estimated = 1.0 if waits else min(abs(portion.filled_kg) / kg, 1.0) if kg > 0.0 else 0.0
    lean = sign * sigmas * estimated
    heat = max(0.0, 1.0 + min(lean, 0.0) * _sigma(portion.properties.ncv))
    mass = _of_mass(portion, max(0.0, kg + sign * sigmas * portion.filled_sigma_kg))
    return mass, heat, 1.0 + max(lean, 0.0) * _sigma(portion.properties.co2)


def _of_mass(portion: Portion, kg: float) -> Burnt:
    """What a portion would have given if another mass of it had burnt."""
    burnt = portion.burnt
    if kg == burnt.kg:
        return burnt
    if burnt.kg == 0.0:
        return burn(kg, portion.properties)
    scaled: dict[str, Any] = {}
    for name in Burnt.__dataclass_fields__:
        one = getattr(burnt, name)
        scaled[name] = None if one is None else one * kg / burnt.kg
    return Burnt(**scaled)


def net_kwh(tally: Tally, plant: Plant, sigmas: float) -> float | None:
    """Net output leaning against the claim [kWh]."""
    if tally.net_kwh is None:
        return None
    points = (plant.gross_point, *plant.aux_points)
    spread = [tally.meters[p].filled_sigma for p in points if p in tally.meters]
    return tally.net_kwh - sigmas * math.fsum(spread)


def _fossil_kg(tally: Tally, lines: Mapping[str, FuelLine], sigmas: float) -> float | None:
    """Fossil CO₂ leaning against the claim [kg]; None where a fuel is unknown."""
    found: list[float | None] = [None] * bool(tally.unmeasured)
    for portion in tally.portions:
        burnt, _, factor = leaned(portion, lines.get(portion.fuel), sigmas)
        co2 = burnt.fossil_co2_kg
        found.append(None if co2 is None else co2 * factor)
    return add_up(found)


def _sigma(chosen: Chosen | None) -> float:
    """Relative standard uncertainty of a value; 0 where nobody states its range."""
    if chosen is None or chosen.low is None or chosen.high is None or chosen.value == 0.0:
        return 0.0
    return (chosen.high - chosen.low) / (2.0 * _Z95) / abs(chosen.value)


def _shares(by_fuel: dict[str, float | None]) -> dict[str, float] | None:
    whole = add_up(by_fuel.values())
    if whole is None or whole <= 0.0:
        return None
    return {fuel: (mj or 0.0) / whole for fuel, mj in by_fuel.items()}
