"""Minutes and their sums: every figure of a period is a sum over minutes, never a mean of ratios.

A minute is complete when every totaliser it needs is bracketed by reads at both ends and every
fuel could be counted. Kilograms and kilowatt-hours are summed over all minutes; figures per kWh
are taken over the complete ones, so that fuel without output counts and unmeasured fuel or output
does not tilt the ratio. A minute whose missing amounts were estimated by a declared rule counts
with them, and says so.

`Sums` of neighbouring periods add up to the sums of both: a settlement period, a day, a month and
a year are `add` over what they consist of.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from agent.cofiring import counted
from agent.cofiring.balance import SLOT_US, MeterSlot
from agent.cofiring.choices import chosen
from agent.cofiring.counted import Counted, Fill
from agent.cofiring.delivered import Beyond, delivered_kg
from agent.cofiring.factors import LAB, Properties
from agent.cofiring.fuels import Tables
from agent.cofiring.lots import Burning
from agent.cofiring.plant import FuelLine, Plant
from agent.cofiring.portions import Portion, add_up, merged, portion_of

__all__ = [
    "Minute", "Portion", "Sums", "Tally", "add", "add_up", "coverage", "estimated_fraction",
    "minute", "primary_data_share", "stretch", "sums_of", "tally",
]  # fmt: skip

_NO_FILLS: Final[Mapping[str, Fill]] = {}


@dataclass(frozen=True, slots=True)
class Minute:
    """One slot, computed.

    Args:
        slot_us: Start of the slot, UTC [µs].
        counts: What is known of each totaliser.
        complete: Whether all of it is measured and can be counted.
        coverage: Part of the slot measured by the totaliser that knows least, 0 … 1.
        usable: Whether a figure per kWh of a longer period may rest on it: it is complete, or
            all that is missing is filled.
    """

    slot_us: int
    counts: Mapping[str, Counted]
    portions: tuple[Portion, ...]
    complete: bool
    coverage: float
    usable: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums over some minutes; None where nothing is known.

    Args:
        portions: By fuel, lot and properties, in the plant's order of fuels and the lots' order
            of burning.
        unmeasured: Fuels of which nothing at all is known.
        meters: By totaliser.
        least_gross_kwh: Least gross output of a minute that is measured from end to end.
        most_gross_kwh: The most.
    """

    minutes: int
    portions: tuple[Portion, ...]
    unmeasured: tuple[str, ...]
    meters: Mapping[str, Counted]
    gross_kwh: float | None
    aux_kwh: float | None
    net_kwh: float | None
    sold_kwh: float | None
    steam_mj: float | None
    least_gross_kwh: float | None = None
    most_gross_kwh: float | None = None
    _gases: dict[str, float | None] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def gas(self, name: str) -> float | None:
        """Sum of one field of `Burnt` over all fuels; None where one of them is unknown."""
        if self.unmeasured or not self.portions:
            return None
        if name not in self._gases:
            self._gases[name] = add_up([getattr(p.burnt, name) for p in self.portions])
        return self._gases[name]

    def by_fuel(self, name: str) -> dict[str, float | None]:
        """One field of `Burnt` by fuel."""
        grouped: dict[str, list[float | None]] = {}
        for portion in self.portions:
            grouped.setdefault(portion.fuel, []).append(getattr(portion.burnt, name))
        return {fuel: add_up(values) for fuel, values in grouped.items()}


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


def minute(
    slot_us: int,
    meters: Mapping[str, MeterSlot],
    plant: Plant,
    lots: Burning,
    tables: Tables,
    fills: Mapping[str, Fill] = _NO_FILLS,
) -> Minute:
    """Compute one slot from what its totalisers counted, and what stands in where they did not."""
    return stretch((slot_us, slot_us + SLOT_US), meters, plant, lots, tables, fills)


def stretch(
    span_us: tuple[int, int],
    meters: Mapping[str, MeterSlot],
    plant: Plant,
    lots: Burning,
    tables: Tables,
    fills: Mapping[str, Fill] = _NO_FILLS,
) -> Minute:
    """Compute any stretch of time as one slot; minutes are the stretches that are stored."""
    counts = {
        point: counted.counted(slot, fills.get(point), plant.correction(point, span_us[0]))
        for point, slot in meters.items()
    }
    portions = [
        portion
        for fuel in plant.fuels
        for portion in _portions(
            span_us, fuel, counts[fuel.mass_point], lots, tables, plant.day(span_us[0])
        )
    ]
    known = all(p.burnt.mj is not None and p.burnt.fossil_co2_kg is not None for p in portions)
    needed = plant.needed()
    return Minute(
        span_us[0],
        counts,
        tuple(portions),
        complete=known and all(meters[point].covered for point in needed),
        coverage=min(meters[point].covered_us for point in needed) / SLOT_US,
        usable=known and all(meters[point].covered or point in fills for point in needed),
    )


def _portions(
    span_us: tuple[int, int],
    fuel: FuelLine,
    count: Counted,
    lots: Burning,
    tables: Tables,
    day: date,
) -> list[Portion]:
    total = count.total
    if total is None:
        return []
    from_us, to_us = span_us
    parts, others = lots.parts(fuel.id, *span_us), lots.other_parts(fuel.id, *span_us)
    same = parts == others
    by_other = {lot.id if lot else None: part for lot, part in others}
    # What only the other model lets burn is a portion of nothing, so that their spread is known.
    mine = {lot.id if lot else None for lot, _ in parts}
    parts += [(lot, 0.0) for lot, _ in others if (lot.id if lot else None) not in mine]
    beyond = tuple(
        Beyond(lot.id, delivered_kg(lot), total * part)
        for lot, part in lots.beyond(fuel.id, *span_us)
    )
    portions = []
    for lot, part in parts:
        kg = total * part
        moisture = lots.moisture_at(fuel.id, lot, from_us, to_us)
        properties = chosen(fuel.entry, lot, day, tables.physics, moisture)
        portions.append(
            portion_of(
                fuel.id,
                lot,
                properties,
                kg,
                other_kg=None if same else total * by_other.get(lot.id if lot else None, 0.0),
                filled=(count.filled * part, count.filled_sigma * part),
                substituted_kg=kg if moisture is not None and moisture.substituted else 0.0,
                zero_rated=lot.rated_on(day) if lot else (),
                beyond=() if lot else beyond,
            )
        )
    return portions


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
    everything = _merged([part.everything for part in summed], plant)
    same = all(part.whole is part.everything for part in summed)
    return Sums(
        everything,
        everything if same else _merged([part.whole for part in summed], plant),
        complete=sum(part.complete for part in summed),
        drawing=sum(part.drawing for part in summed),
        unmixed=sum(part.unmixed for part in summed),
        unsold=sum(part.unsold for part in summed),
    )


def tally(
    minutes: int,
    portions: Sequence[Portion],
    meters: Mapping[str, Counted],
    plant: Plant,
    gross_range_kwh: tuple[float | None, float | None] = (None, None),
) -> Tally:
    """Sums that are at hand already, with what follows from the plant.

    Args:
        minutes: How many minutes they are of.
        portions: At most one by fuel, lot and properties.
        meters: By totaliser; one that is left out is not known.
        plant: Which fuels there are, and which totaliser counts what.
        gross_range_kwh: Least and most gross output of a measured minute [kWh].
    """
    order = {fuel.id: n for n, fuel in enumerate(plant.fuels)}
    burnt = {portion.fuel for portion in portions}

    def total(point: str | None) -> float | None:
        count = meters.get(point) if point else None
        return count.total if count else None

    gross = total(plant.gross_point)
    aux = add_up([total(point) for point in plant.aux_points]) if plant.aux_points else 0.0
    return Tally(
        minutes=minutes,
        portions=tuple(sorted(portions, key=lambda portion: order[portion.fuel])),
        unmeasured=tuple(fuel.id for fuel in plant.fuels if fuel.id not in burnt),
        meters=meters,
        gross_kwh=gross,
        aux_kwh=aux,
        net_kwh=None if gross is None or aux is None else gross - aux,
        sold_kwh=total(plant.sold_point),
        steam_mj=plant.steam_mj(total(plant.steam_point)),
        least_gross_kwh=gross_range_kwh[0],
        most_gross_kwh=gross_range_kwh[1],
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


def _merged(parts: Sequence[Tally], plant: Plant) -> Tally:
    if len(parts) == 1:
        return parts[0]
    meters: dict[str, list[Counted]] = {}
    for part in parts:
        for point, count in part.meters.items():
            meters.setdefault(point, []).append(count)
    least = [part.least_gross_kwh for part in parts if part.least_gross_kwh is not None]
    most = [part.most_gross_kwh for part in parts if part.most_gross_kwh is not None]
    return tally(
        sum(part.minutes for part in parts),
        merged(portion for part in parts for portion in part.portions),
        {point: counted.add(run) for point, run in meters.items()},
        plant,
        (min(least, default=None), max(most, default=None)),
    )
