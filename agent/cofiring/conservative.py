"""Conservative figures: what was estimated, leaning against the claim.

Fossil fuel and what is emitted count at mean + n σ; biomass, its calorific value and kWh at
mean − n σ. What was measured counts as measured.
"""

import math
from typing import Any, Final

from agent.cofiring.biomass import is_biomass
from agent.cofiring.chosen import Chosen
from agent.cofiring.conversions import MOISTURE
from agent.cofiring.factors import Burnt, burn
from agent.cofiring.fuels import Tables
from agent.cofiring.owed import lacking
from agent.cofiring.plant import Plant
from agent.cofiring.portions import Portion, add_up
from agent.cofiring.rollup import Sums, Tally

SUBSTITUTED: Final = "moisture_substituted"


def figures(
    sums: Sums, plant: Plant, tables: Tables, el_share: float | None
) -> dict[str, Any] | None:
    """Masses, heat shares and output of a period; None where nothing in it is estimated.

    Args:
        sums: Of the period.
        plant: Which analyses the lots of its fuels must have.
        tables: How far estimates lean, and what is biomass.
        el_share: Part of the emissions that electricity carries; None where nobody knows.
    """
    tally, lean = sums.everything, Lean(plant, tables)
    powered = [c for c in tally.meters.values() if c.given]
    if not powered and not any(lean.is_estimated(portion) for portion in tally.portions):
        return None
    heats: dict[str, list[float | None]] = {}
    for portion in sums.mixed.portions:
        heats.setdefault(portion.fuel, []).append(lean.heat_mj(portion))
    whole_kg, whole_net = lean.fossil_kg(sums.whole), lean.net_kwh(sums.whole)
    unknown = whole_kg is None or whole_net is None or el_share is None or not sums.complete
    by_fuel = {fuel: add_up(values) for fuel, values in heats.items()}
    return {
        "sigmas": lean.sigmas,
        "fossil_co2_kg": lean.fossil_kg(tally),
        "net_kwh": lean.net_kwh(tally),
        "share_heat": None if sums.mixed.unmeasured else _shares(by_fuel),
        "fossil_co2_kg_per_net_kwh": None
        if unknown or (whole_net or 0.0) <= 0.0
        else (whole_kg or 0.0) * (el_share or 0.0) / (whole_net or 1.0),
    }


class Lean:
    """What estimated amounts are multiplied with.

    Args:
        plant: Which analyses the lots of its fuels must have.
        tables: How far estimates lean, and what is biomass.
    """

    def __init__(self, plant: Plant, tables: Tables) -> None:
        self._plant, self._norms = plant, tables.norms
        self._lines = {fuel.id: fuel for fuel in plant.fuels}
        self._latent = tables.physics.latent_mj_per_kg
        self._z95 = tables.uncertainties.z95
        self._water_sigma = tables.uncertainties.laboratory[SUBSTITUTED].systematic / self._z95
        self.sigmas = tables.norms.conservative_sigmas

    def is_estimated(self, portion: Portion) -> bool:
        """Whether anything of a portion is estimated, owed or stands in for something else."""
        amounts = (portion.filled_kg, portion.filled_sigma_kg, portion.substituted_kg)
        return any(amounts) or self._waits(portion)

    def heat_mj(self, portion: Portion, *, is_gross: bool = False) -> float | None:
        """Heat of a portion: down for biomass, up for all else [MJ]; None where it is unknown."""
        down = is_biomass(portion, self._norms)
        burnt = self._of(portion, -1.0 if down else 1.0)
        mj = gross_mj(burnt.kg, portion.properties.gcv) if is_gross else burnt.mj
        water = self._water(portion)
        if mj is None or not down:
            return None if mj is None else mj * (1.0 + water)
        value = self.sigmas * self._estimated(portion) * self._sigma(portion.properties.ncv)
        return mj * max(0.0, 1.0 - water) * max(0.0, 1.0 - value)

    def most(self, portion: Portion) -> Burnt:
        """What a portion gave if as much of it burnt as may have."""
        return self._of(portion, 1.0)

    def gas(self, portion: Portion, factor: Chosen | None) -> float:
        """For what the most of a portion emits by a factor: up, whatever fuel it is."""
        value = self.sigmas * self._estimated(portion) * self._sigma(factor)
        return (1.0 + self._water(portion)) * (1.0 + value)

    def fossil_kg(self, tally: Tally) -> float | None:
        """Fossil CO₂ [kg]; None where a fuel is unknown."""
        found: list[float | None] = [None] * bool(tally.unmeasured)
        for portion in tally.portions:
            kg = self.most(portion).fossil_co2_kg
            found.append(None if kg is None else kg * self.gas(portion, portion.properties.co2))
        return add_up(found)

    def net_kwh(self, tally: Tally) -> float | None:
        """Net output [kWh]."""
        if tally.net_kwh is None:
            return None
        points = (self._plant.gross_point, *self._plant.aux_points)
        spread = [tally.meters[p].filled_sigma for p in points if p in tally.meters]
        return tally.net_kwh - self.sigmas * math.fsum(spread)

    def _of(self, portion: Portion, sign: float) -> Burnt:
        """What a portion gave if its estimated mass is at an end of its range."""
        burnt = portion.burnt
        kg = max(0.0, burnt.kg + sign * self.sigmas * portion.filled_sigma_kg)
        if kg == burnt.kg:
            return burnt
        if burnt.kg == 0.0:
            return burn(kg, portion.properties)
        scaled: dict[str, Any] = {}
        for name in Burnt.__dataclass_fields__:
            one = getattr(burnt, name)
            scaled[name] = None if one is None else one * kg / burnt.kg
        return Burnt(**scaled)

    def _water(self, portion: Portion) -> float:
        """What a moisture that stands in may move, where the calorific value was made with it."""
        ncv, water, kg = portion.properties.ncv, portion.properties.moisture, portion.burnt.kg
        if not portion.substituted_kg or kg <= 0.0 or ncv is None or water is None:
            return 0.0
        if MOISTURE not in ncv.made_from or ncv.value <= 0.0:
            return 0.0
        slope = (ncv.value + self._latent) / ((1.0 - water.value) * ncv.value)
        return self.sigmas * self._water_sigma * slope * portion.substituted_kg / kg

    def _waits(self, portion: Portion) -> bool:
        return any(lacking(portion, self._lines.get(portion.fuel)))

    def _estimated(self, portion: Portion) -> float:
        if self._waits(portion):
            return 1.0
        kg = portion.burnt.kg
        return min(abs(portion.filled_kg) / kg, 1.0) if kg > 0.0 else 0.0

    def _sigma(self, chosen: Chosen | None) -> float:
        """Relative standard uncertainty of a value; 0 where nobody states its range."""
        if chosen is None or chosen.low is None or chosen.high is None or chosen.value == 0.0:
            return 0.0
        return (chosen.high - chosen.low) / (2.0 * self._z95) / abs(chosen.value)


def gross_mj(kg: float, gcv: Chosen | None) -> float | None:
    """Gross heat of an amount of fuel [MJ]; None where its calorific value is unknown."""
    if kg == 0.0:
        return 0.0
    return None if gcv is None else kg * gcv.value


def _shares(by_fuel: dict[str, float | None]) -> dict[str, float] | None:
    whole = add_up(by_fuel.values())
    if whole is None or whole <= 0.0:
        return None
    return {fuel: (mj or 0.0) / whole for fuel, mj in by_fuel.items()}
