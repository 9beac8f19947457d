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
from datetime import UTC, datetime
from typing import Final

from agent.cofiring import counted
from agent.cofiring.balance import SLOT_US, MeterSlot
from agent.cofiring.counted import Counted, Fill
from agent.cofiring.factors import LAB, Burnt, Properties, burn, choose
from agent.cofiring.fuels import Tables
from agent.cofiring.lots import LotBook
from agent.cofiring.plant import Plant

_GASES: Final = tuple(Burnt.__dataclass_fields__)
_NO_FILLS: Final[Mapping[str, Fill]] = {}


@dataclass(frozen=True, slots=True)
class Portion:
    """What one fuel in one lot gave; `lot` is None where no lot was declared.

    Args:
        dry_kg: Dry matter in `burnt.kg`; None where no moisture is known.
        filled_kg: Part of `burnt.kg` that is estimated.
        filled_sigma_kg: Its standard uncertainty.
    """

    fuel: str
    lot: str | None
    properties: Properties
    burnt: Burnt
    dry_kg: float | None = None
    filled_kg: float = 0.0
    filled_sigma_kg: float = 0.0


@dataclass(frozen=True, slots=True)
class Minute:
    """One slot, computed.

    Args:
        slot_us: Start of the slot, UTC [µs].
        complete: Whether all of it is measured and can be counted.
        coverage: Part of the slot measured by the totaliser that knows least, 0 … 1.
        fills: By totaliser, what stands in for what was not measured.
        usable: Whether a figure per kWh of a longer period may rest on it: it is complete, or
            all that is missing is filled.
    """

    slot_us: int
    meters: Mapping[str, MeterSlot]
    portions: tuple[Portion, ...]
    complete: bool
    coverage: float
    fills: Mapping[str, Fill] = field(default_factory=dict)
    usable: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums over some minutes; None where nothing is known.

    Args:
        portions: By fuel, lot and properties, in the plant's order of fuels and the lots' order
            of burning.
        unmeasured: Fuels of which nothing at all is known.
        meters: By totaliser.
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

    def gas(self, name: str) -> float | None:
        """Sum of one field of `Burnt` over all fuels; None where one of them is unknown."""
        if self.unmeasured or not self.portions:
            return None
        return _sum(getattr(portion.burnt, name) for portion in self.portions)

    def by_fuel(self, name: str) -> dict[str, float | None]:
        """One field of `Burnt` by fuel."""
        grouped: dict[str, list[float | None]] = {}
        for portion in self.portions:
            grouped.setdefault(portion.fuel, []).append(getattr(portion.burnt, name))
        return {fuel: _sum(values) for fuel, values in grouped.items()}


@dataclass(frozen=True, slots=True)
class Sums:
    """All that figures of a period follow from; sums of neighbouring periods add up.

    Args:
        everything: Over all minutes of which anything is known.
        whole: Over the minutes that figures per kWh may rest on; the same object where those are
            all.
        complete: How many minutes are measured completely.
        drawing: In how many minutes the net output was below zero.
    """

    everything: Tally
    whole: Tally
    complete: int
    drawing: int


def minute(
    slot_us: int,
    meters: Mapping[str, MeterSlot],
    plant: Plant,
    lots: LotBook,
    tables: Tables,
    fills: Mapping[str, Fill] = _NO_FILLS,
) -> Minute:
    """Compute one slot from what its totalisers counted, and what stands in where they did not."""
    return stretch((slot_us, slot_us + SLOT_US), meters, plant, lots, tables, fills)


def stretch(
    span_us: tuple[int, int],
    meters: Mapping[str, MeterSlot],
    plant: Plant,
    lots: LotBook,
    tables: Tables,
    fills: Mapping[str, Fill] = _NO_FILLS,
) -> Minute:
    """Compute any stretch of time as one slot; minutes are the stretches that are stored."""
    slot_us, end_us = span_us
    day = datetime.fromtimestamp(slot_us // 1_000_000, UTC).date()
    portions = []
    for fuel in plant.fuels:
        count = counted.counted(meters[fuel.mass_point], fills.get(fuel.mass_point))
        if count.total is None:
            continue
        for lot, part in lots.parts(fuel.id, slot_us, end_us):
            properties = choose(fuel.entry, lot, day, tables.physics)
            kg = count.total * part
            dry = None if lot is None or lot.moisture is None else kg * (1.0 - lot.moisture)
            portions.append(
                Portion(
                    fuel.id,
                    lot.id if lot else None,
                    properties,
                    burn(kg, properties),
                    dry,
                    count.filled * part,
                    count.filled_sigma * part,
                )
            )
    needed = plant.needed()
    known = all(p.burnt.mj is not None and p.burnt.fossil_co2_kg is not None for p in portions)
    return Minute(
        slot_us,
        meters,
        tuple(portions),
        complete=known and all(meters[point].covered for point in needed),
        coverage=min(meters[point].covered_us for point in needed) / SLOT_US,
        fills=fills,
        usable=known and all(meters[point].covered or point in fills for point in needed),
    )


def sums_of(each: Minute, plant: Plant) -> Sums:
    """The sums of a single minute."""
    meters = {
        point: counted.counted(slot, each.fills.get(point)) for point, slot in each.meters.items()
    }
    everything = tally(1, each.portions, meters, plant)
    net = everything.net_kwh
    return Sums(
        everything,
        everything if each.usable else tally(0, (), {}, plant),
        complete=int(each.complete),
        drawing=int(net is not None and net < 0.0),
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
    )


def tally(
    minutes: int, portions: Sequence[Portion], meters: Mapping[str, Counted], plant: Plant
) -> Tally:
    """Sums that are at hand already, with what follows from the plant.

    Args:
        minutes: How many minutes they are of.
        portions: At most one by fuel, lot and properties.
        meters: By totaliser; one that is left out is not known.
        plant: Which fuels there are, and which totaliser counts what.
    """
    order = {fuel.id: n for n, fuel in enumerate(plant.fuels)}
    burnt = {portion.fuel for portion in portions}

    def total(point: str | None) -> float | None:
        count = meters.get(point) if point else None
        return count.total if count else None

    gross = total(plant.gross_point)
    aux = _sum([total(point) for point in plant.aux_points]) if plant.aux_points else 0.0
    return Tally(
        minutes=minutes,
        portions=tuple(sorted(portions, key=lambda portion: order[portion.fuel])),
        unmeasured=tuple(fuel.id for fuel in plant.fuels if fuel.id not in burnt),
        meters=meters,
        gross_kwh=gross,
        aux_kwh=aux,
        net_kwh=None if gross is None or aux is None else gross - aux,
        sold_kwh=total(plant.sold_point),
        steam_mj=total(plant.steam_point),
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
    grouped: dict[tuple[str, str | None], list[list[Portion]]] = {}
    meters: dict[str, list[Counted]] = {}
    for part in parts:
        for portion in part.portions:
            alike = grouped.setdefault((portion.fuel, portion.lot), [])
            for group in alike:
                if group[0].properties == portion.properties:
                    group.append(portion)
                    break
            else:
                alike.append([portion])
        for point, count in part.meters.items():
            meters.setdefault(point, []).append(count)
    return tally(
        sum(part.minutes for part in parts),
        [_merge(group) for alike in grouped.values() for group in alike],
        {point: counted.add(run) for point, run in meters.items()},
        plant,
    )


def _merge(portions: Sequence[Portion]) -> Portion:
    first = portions[0]
    if len(portions) == 1:
        return first
    return Portion(
        first.fuel,
        first.lot,
        first.properties,
        Burnt(
            kg=math.fsum(portion.burnt.kg for portion in portions),
            **{
                name: _sum([getattr(portion.burnt, name) for portion in portions])
                for name in _GASES
                if name != "kg"
            },
        ),
        _sum([portion.dry_kg for portion in portions]),
        math.fsum(portion.filled_kg for portion in portions),
        math.fsum(portion.filled_sigma_kg for portion in portions),
    )


def _sum(values: Iterable[float | None]) -> float | None:
    known = []
    for value in values:
        if value is None:
            return None
        known.append(value)
    return math.fsum(known)
