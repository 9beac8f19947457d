"""Owed: what a period still lacks, so that everybody sees that it will be restated."""

from collections.abc import Iterator
from typing import Final

from agent.cofiring.chosen import LAB
from agent.cofiring.delivered import Beyond
from agent.cofiring.norms import Norms
from agent.cofiring.plant import FuelLine, Plant
from agent.cofiring.portions import Portion
from agent.cofiring.rollup import Sums, Tally

PROVISIONAL: Final = "provisional"
VALIDATED: Final = "validated"
MIX_UNKNOWN: Final = (
    "mix_unknown: {minutes} min lack a fuel; shares and kWh by fuel are of the others, "
    "masses are without it"
)
BEYOND_DELIVERED: Final = (
    "beyond_delivered: {fuel}, lot {lot}: {delivered} kg delivered, {kg:.6g} kg more burnt; "
    "that is of a lot nobody told of"
)
_HOUR_US: Final = 3_600_000_000
_MJ_PER_KWH: Final = 3.6


def marks(sums: Sums, plant: Plant, span_us: int) -> list[str]:
    """What is owed: analyses of lots, what followed on lots, and time that totalisers cover.

    Args:
        sums: Of the period.
        plant: Which analyses each lot must have.
        span_us: Length of the period [µs].
    """
    lines = {fuel.id: fuel for fuel in plant.fuels}
    found = [
        f"lab_owed: {portion.fuel}, lot {portion.lot or 'unknown'}: {', '.join(names)}"
        for portion in sums.everything.portions
        if (names := list(lacking(portion, lines.get(portion.fuel))))
    ]
    found += [
        BEYOND_DELIVERED.format(fuel=portion.fuel, lot=each.lot, delivered=_kg(each), kg=each.kg)
        for portion in sums.everything.portions
        for each in portion.beyond
        if each.kg
    ]
    # Claims rest on the revenue meter, though no figure per kWh does.
    sold = (plant.sold_point,) if plant.sold_point else ()
    for point in (*plant.needed(), *sold):
        count = sums.everything.meters.get(point)
        missing_us = span_us - (count.covered_us if count else 0)
        if missing_us > 0:
            found.append(f"unmeasured: {point}, {missing_us / _HOUR_US:.4g} h")
    if sums.unmixed:
        found.append(MIX_UNKNOWN.format(minutes=sums.unmixed))
    return list(dict.fromkeys(found))


def _kg(beyond: Beyond) -> str:
    return "unknown" if beyond.delivered_kg is None else f"{beyond.delivered_kg:.6g}"


def substitutions(sums: Sums) -> list[str]:
    """What stands in for what nobody measured: amounts by totaliser, and moistures."""
    tally = sums.everything
    found = [
        f"{point}: {count.filled:.6g} ± {count.filled_sigma:.3g}"
        for point, count in sorted(tally.meters.items())
        if count.given
    ]
    found += [
        f"moisture of {portion.fuel}, lot {portion.lot or 'unknown'}: the lot's own for "
        f"{portion.substituted_kg:.6g} kg"
        for portion in tally.portions
        if portion.substituted_kg
    ]
    return found


def lacking(portion: Portion, line: FuelLine | None) -> Iterator[str]:
    """Values of a portion that the site wants by analysis and that are none."""
    for name in line.owed if line else ():
        chosen = getattr(portion.properties, name)
        if portion.burnt.kg and (chosen is None or chosen.how != LAB):
            yield name


def owed_share(sums: Sums, plant: Plant) -> float:
    """Largest part of a fuel's mass that waits for an analysis or has a substituted moisture."""
    lines = {fuel.id: fuel for fuel in plant.fuels}
    whole: dict[str, float] = {}
    part: dict[str, float] = {}
    for portion in sums.everything.portions:
        kg = portion.burnt.kg
        waits = any(lacking(portion, lines.get(portion.fuel)))
        whole[portion.fuel] = whole.get(portion.fuel, 0.0) + kg
        part[portion.fuel] = part.get(portion.fuel, 0.0) + (kg if waits else portion.substituted_kg)
    return max((part[fuel] / kg for fuel, kg in whole.items() if kg > 0.0), default=0.0)


def implausible(tally: Tally, norms: Norms) -> list[str]:
    """A mark where fuel heat and output contradict each other; none where one is unknown."""
    heat = tally.gas("mj")
    if heat is None or heat <= 0.0 or tally.gross_kwh is None or tally.gross_kwh <= 0.0:
        return []
    useful = (tally.gross_kwh * _MJ_PER_KWH + (tally.steam_mj or 0.0)) / heat
    if norms.least_useful_heat <= useful <= norms.most_useful_heat:
        return []
    return [
        f"implausible_heat_rate: {useful:.3g} of the fuel's heat became power and steam, plausible "
        f"is {norms.least_useful_heat:g}–{norms.most_useful_heat:g}"
    ]
