"""Sums of minutes: every figure of a period is a sum over minutes, never a mean of ratios.

Kilograms and kilowatt-hours are summed over all minutes; figures per kWh are taken over the
complete ones, so that fuel without output counts and unmeasured fuel or output does not tilt the
ratio. A minute whose missing amounts were estimated by a declared rule counts with them, and says
so.

`Sums` of neighbouring periods add up to the sums of both: a settlement period, a day, a month and
a year are `add` over what they consist of.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from agent.cofiring.balance import SLOT_US
from agent.cofiring.factors import LAB, Properties
from agent.cofiring.minutes import Minute, minute, stretch
from agent.cofiring.plant import Plant
from agent.cofiring.portions import Portion, add_up
from agent.cofiring.tally import Tally, add_tallies, tally

__all__ = [
    "Minute", "Portion", "Sums", "Tally", "add", "add_up", "coverage", "estimated_fraction",
    "minute", "primary_data_share", "stretch", "sums_of", "tally",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sums:
    """All that figures of a period follow from; sums of neighbouring periods add up.

    Args:
        everything: Over all minutes of which anything is known.
        whole: Over the minutes that figures per kWh may rest on; the same object where those are
            all.
        complete: How many minutes are measured completely.
        drawing: In how many minutes the net output was below zero.
        unmixed: In how many minutes a fuel is not known.
        unsold: In how many minutes the net output is known, and what was sold is not.
    """

    everything: Tally
    whole: Tally
    complete: int
    drawing: int
    unmixed: int = 0
    unsold: int = 0

    @property
    def mixed(self) -> Tally:
        """The minutes that shares may rest on: what else burnt must not look like more of it."""
        return self.whole if self.unmixed else self.everything


def sums_of(each: Minute, plant: Plant) -> Sums:
    """The sums of a single minute."""
    gross = each.counts[plant.gross_point]
    steady = gross.total if gross.covered_us >= SLOT_US else None
    everything = tally(1, each.portions, each.counts, plant, (steady, steady))
    net = everything.net_kwh
    return Sums(
        everything,
        everything if each.usable else tally(0, (), {}, plant),
        complete=int(each.complete),
        drawing=int(net is not None and net < 0.0),
        unmixed=int(bool(everything.unmeasured)),
        unsold=int(
            plant.sold_point is not None and net is not None and everything.sold_kwh is None
        ),
    )


def add(parts: Iterable[Minute | Sums], plant: Plant) -> Sums:
    """Sum minutes, or sums of neighbouring periods, in time order; nothing where there are none."""
    summed = [sums_of(part, plant) if isinstance(part, Minute) else part for part in parts]
    everything = add_tallies([part.everything for part in summed], plant)
    same = all(part.whole is part.everything for part in summed)
    return Sums(
        everything,
        everything if same else add_tallies([part.whole for part in summed], plant),
        complete=sum(part.complete for part in summed),
        drawing=sum(part.drawing for part in summed),
        unmixed=sum(part.unmixed for part in summed),
        unsold=sum(part.unsold for part in summed),
    )


def coverage(sums: Sums, plant: Plant, span_us: int) -> float:
    """Part of a period measured by the totaliser that knows least, 0 … 1."""
    meters = sums.everything.meters
    known = [meters[point].covered_us if point in meters else 0 for point in plant.needed()]
    return min(known) / span_us


def estimated_fraction(sums: Sums, plant: Plant) -> float:
    """Largest estimated part of any totaliser's amount, or of its place in time, 0 … 1."""
    fractions = [0.0]
    for point in plant.needed():
        count = sums.everything.meters.get(point)
        if count is not None and count.total and count.estimated:
            fractions.append(count.estimated / abs(count.total))
    return min(max(fractions), 1.0)


def primary_data_share(sums: Sums) -> float | None:
    """Part of the heat whose calorific value and CO₂ factor are the lot's own, 0 … 1."""
    heat = sums.everything.gas("mj")
    if not heat:
        return None
    portions = sums.everything.portions
    return math.fsum(p.burnt.mj or 0.0 for p in portions if _measured(p.properties)) / heat


def _measured(properties: Properties) -> bool:
    values = (properties.ncv, properties.co2)
    return all(value is not None and value.how == LAB for value in values)
