"""Substitution: what stands in for fuel or output that no totaliser counted.

A totaliser that counted on through a gap needs none: its next read measures the gap, and only the
split over minutes is estimated. What was swallowed, by a reset or a weigher that stood, is
estimated from the complete settlement periods before: those of the same load where there are
enough, all of them else. Missing fuel follows from the heat balance where the output is measured.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from agent.cofiring.balance import SLOT_US, MeterSlot
from agent.cofiring.counted import Fill
from agent.cofiring.norms import Norms
from agent.cofiring.plant import FuelLine, Plant
from agent.cofiring.rollup import Sums, Tally

HEAT_BALANCE: Final = "heat_balance"
MEAN_RATE: Final = "mean_rate"
SAME_LOAD: Final = "same_load"
PREVIOUS_HOURS: Final = "previous_hours"
_MJ_PER_KWH: Final = 3.6


@dataclass(frozen=True, slots=True)
class _Spread:
    """Mean and standard deviation of a quantity over periods."""

    mean: float
    sigma: float


def missing(meters: Mapping[str, MeterSlot], plant: Plant) -> dict[str, float]:
    """By needed totaliser that does not cover a slot, the part of it that is missing, 0 … 1.

    A slot whose amount is known although a reset lies in it is left as it is.
    """
    found = {}
    for point in plant.needed():
        slot = meters[point]
        if not slot.covered and (slot.amount is None or slot.covered_us > 0):
            found[point] = 1.0 if slot.amount is None else 1.0 - slot.covered_us / SLOT_US
    return found


def usable(periods: Sequence[Sums], plant: Plant) -> list[Tally]:
    """The periods that an estimate may rest on: measured from end to end, with output."""
    return [
        sums.everything
        for sums in periods
        if 0 < sums.complete == sums.everything.minutes
        and (sums.everything.gross_kwh or 0.0) > 0.0
        and not any(sums.everything.meters[point].filled for point in plant.needed())
    ]


def fills(
    meters: Mapping[str, MeterSlot], references: Sequence[Tally], plant: Plant, norms: Norms
) -> dict[str, Fill]:
    """What stands in for what is missing in a slot; nothing where there is too little before it.

    Args:
        meters: What was measured in the slot.
        references: Periods before it, as `usable` gives them.
        plant: The unit.
        norms: Least number of periods, and how alike loads have to be.
    """
    gaps = missing(meters, plant)
    if not gaps or len(references) < norms.least_periods:
        return {}
    gross = meters[plant.gross_point]
    kwh = gross.amount if gross.covered else None
    alike = [r for r in references if kwh is not None and _same_load(r, kwh, norms)]
    level = SAME_LOAD if len(alike) >= norms.least_periods else PREVIOUS_HOURS
    basis = alike if level == SAME_LOAD else list(references)
    found = _by_heat(meters, gaps, basis, plant)
    rule = f"{HEAT_BALANCE}, {level}"
    filled = {point: Fill(each.mean, each.sigma, rule) for point, each in found.items()}
    for point in gaps.keys() - filled.keys():
        rate = _spread([_total(r, point) / r.minutes for r in basis])
        filled[point] = Fill(rate.mean, rate.sigma, f"{MEAN_RATE}, {level}")
    return {
        point: Fill(fill.amount * gaps[point], fill.sigma * gaps[point], fill.rule)
        for point, fill in sorted(filled.items())
    }


def _by_heat(
    meters: Mapping[str, MeterSlot],
    gaps: Mapping[str, float],
    basis: Sequence[Tally],
    plant: Plant,
) -> dict[str, _Spread]:
    """Missing fuels of a whole slot [kg], from the heat that its output took."""
    lost = [fuel for fuel in plant.fuels if fuel.mass_point in gaps]
    outputs = [plant.gross_point, *([plant.steam_point] if plant.steam_point else [])]
    if not lost or any(not meters[point].covered for point in outputs):
        return {}
    useful = (meters[plant.gross_point].amount or 0.0) * _MJ_PER_KWH
    if plant.steam_point:
        useful += plant.steam_mj(meters[plant.steam_point].amount) or 0.0
    needs = _spread([_heat(r, None) / _useful(r) for r in basis])
    known = [
        (meters[fuel.mass_point].amount or 0.0) * _ncv(basis, fuel)
        for fuel in plant.fuels
        if fuel not in lost
    ]
    heat = max(needs.mean * useful - math.fsum(known), 0.0)
    parts = {fuel.id: math.fsum(_heat(r, fuel.id) for r in basis) for fuel in lost}
    whole = math.fsum(parts.values())
    if useful <= 0.0 or whole <= 0.0:
        return {}
    found = {}
    for fuel in lost:
        ncv, share = _ncv(basis, fuel), parts[fuel.id] / whole
        if ncv > 0.0:
            found[fuel.mass_point] = _Spread(heat * share / ncv, needs.sigma * useful * share / ncv)
    return found


def _same_load(reference: Tally, kwh: float, norms: Norms) -> bool:
    mean = (reference.gross_kwh or 0.0) / reference.minutes
    return abs(mean - kwh) <= norms.load_band * abs(kwh)


def _total(reference: Tally, point: str) -> float:
    return reference.meters[point].total or 0.0


def _heat(reference: Tally, fuel: str | None) -> float:
    """Heat of one fuel, or of all [MJ]."""
    portions = (p for p in reference.portions if fuel is None or p.fuel == fuel)
    return math.fsum(p.burnt.mj or 0.0 for p in portions)


def _useful(reference: Tally) -> float:
    return (reference.gross_kwh or 0.0) * _MJ_PER_KWH + (reference.steam_mj or 0.0)


def _ncv(basis: Sequence[Tally], fuel: FuelLine) -> float:
    """Mean calorific value of a fuel as it was burnt [MJ/kg]; 0 where none was."""
    kg = math.fsum(p.burnt.kg for r in basis for p in r.portions if p.fuel == fuel.id)
    return math.fsum(_heat(r, fuel.id) for r in basis) / kg if kg > 0.0 else 0.0


def _spread(values: Sequence[float]) -> _Spread:
    mean = math.fsum(values) / len(values)
    squares = math.fsum((value - mean) ** 2 for value in values)
    return _Spread(mean, math.sqrt(squares / (len(values) - 1)))
