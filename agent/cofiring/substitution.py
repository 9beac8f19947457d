"""Substitution: what stands in for fuel or output that no totaliser counted.

A totaliser that counted on through a gap needs none: its next read measures the gap, and only the
split over minutes is estimated. What was swallowed, by a reset or a weigher that stood, is
estimated from the complete settlement periods before: those of the same load where there are
enough, all of them with output else. Missing fuel follows from the heat balance where the output
is measured. Where nothing came out, no biomass burnt that nobody saw; fossil fuel went on as in
earlier stops, or is nothing with a spread that lets it lean by all of its rate. What a revenue
meter missed follows from the net output.
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
NO_OUTPUT: Final = "no_output"
NET_OUTPUT: Final = "net_output"
_MJ_PER_KWH: Final = 3.6


@dataclass(frozen=True, slots=True)
class _Spread:
    """Mean and standard deviation of a quantity over periods."""

    mean: float
    sigma: float


def missing(meters: Mapping[str, MeterSlot], plant: Plant) -> dict[str, float]:
    """By totaliser that does not cover a slot, the part of it that is missing, 0 … 1.

    Looked at are those that are needed, and the revenue meter. A slot whose amount is known,
    although a reset lies in it, is left as it is.
    """
    found = {}
    for point in (*plant.needed(), *([plant.sold_point] if plant.sold_point else [])):
        slot = meters[point]
        if not slot.covered and (slot.amount is None or slot.covered_us > 0):
            found[point] = 1.0 if slot.amount is None else 1.0 - slot.covered_us / SLOT_US
    return found


def usable(periods: Sequence[Sums], plant: Plant) -> list[Tally]:
    """The periods that an estimate may rest on: measured from end to end, running or not."""
    return [
        sums.everything
        for sums in periods
        if 0 < sums.complete == sums.everything.minutes
        and not any(sums.everything.meters[point].given for point in plant.needed())
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
    running = [r for r in references if (r.gross_kwh or 0.0) > 0.0]
    if not gaps or len(running) < norms.least_periods:
        return {}
    gross = meters[plant.gross_point]
    kwh = gross.amount if gross.covered else None
    alike = [r for r in running if kwh is not None and _same_load(r, kwh, norms)]
    level = SAME_LOAD if len(alike) >= norms.least_periods else PREVIOUS_HOURS
    basis = alike if level == SAME_LOAD else running
    found = _by_heat(meters, gaps, basis, plant)
    rule = f"{HEAT_BALANCE}, {level}"
    filled = {point: Fill(each.mean, each.sigma, rule) for point, each in found.items()}
    if kwh is not None and kwh <= 0.0:
        stops = [r for r in references if _useful(r) <= 0.0]
        filled |= _stopped(meters, gaps, (stops, running), plant, norms)
    else:
        for point in gaps.keys() - filled.keys() - {plant.sold_point}:
            rate = _rate(basis, point)
            filled[point] = Fill(rate.mean, rate.sigma, f"{MEAN_RATE}, {level}")
    if plant.sold_point in gaps:
        filled |= _sold(meters, basis, plant, norms, level)
    return {
        point: Fill(fill.amount * gaps[point], fill.sigma * gaps[point], fill.rule)
        for point, fill in sorted(filled.items())
    }


def _stopped(
    meters: Mapping[str, MeterSlot],
    gaps: Mapping[str, float],
    references: tuple[Sequence[Tally], Sequence[Tally]],
    plant: Plant,
    norms: Norms,
) -> dict[str, Fill]:
    """What stands in while the generator gives nothing, by periods without output and with it.

    Where steam was measured too, and there was some, fuel follows from its heat instead; where
    nobody knows of the steam, nothing does.
    """
    stops, running = references
    steam = plant.steam_point
    if steam and (not meters[steam].covered or (meters[steam].amount or 0.0) > 0.0):
        return {}
    enough = len(stops) >= norms.least_periods
    filled = {}
    for fuel in plant.fuels:
        if fuel.mass_point not in gaps:
            continue
        known = _rate(stops, fuel.mass_point) if enough else None
        if fuel.is_biomass:
            known = _Spread(0.0, 0.0)
        elif known is None:
            whole = _rate(running, fuel.mass_point).mean
            known = _Spread(0.0, whole / norms.conservative_sigmas)
        filled[fuel.mass_point] = Fill(known.mean, known.sigma, f"{MEAN_RATE}, {NO_OUTPUT}")
    for point in plant.aux_points:
        if point in gaps:
            # Of too little auxiliary power the net output would be too much.
            rate = _rate(stops if enough else running, point)
            level = NO_OUTPUT if enough else PREVIOUS_HOURS
            filled[point] = Fill(rate.mean, rate.sigma, f"{MEAN_RATE}, {level}")
    return filled


def _sold(
    meters: Mapping[str, MeterSlot],
    basis: Sequence[Tally],
    plant: Plant,
    norms: Norms,
    level: str,
) -> dict[str, Fill]:
    """What the revenue meter missed of a whole slot, as its part of a measured net output [kWh]."""
    point = plant.sold_point or ""
    outputs = [meters[each] for each in (plant.gross_point, *plant.aux_points)]
    if not all(each.covered for each in outputs):
        return {}
    gross, *aux = [each.amount or 0.0 for each in outputs]
    net = max(gross - math.fsum(aux), 0.0)
    parts = [
        (r.sold_kwh or 0.0) / r.net_kwh
        for r in basis
        if r.net_kwh and r.net_kwh > 0.0 and _measured(r, point)
    ]
    if len(parts) < norms.least_periods:
        return {}
    part = _spread(parts)
    return {point: Fill(part.mean * net, part.sigma * net, f"{NET_OUTPUT}, {level}")}


def _measured(reference: Tally, point: str) -> bool:
    count = reference.meters.get(point)
    return count is not None and not count.given and count.covered_us == reference.minutes * SLOT_US


def _rate(basis: Sequence[Tally], point: str) -> _Spread:
    """What a totaliser counts in a minute."""
    return _spread([_total(r, point) / r.minutes for r in basis])


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
