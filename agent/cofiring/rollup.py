"""Minutes and their sums: every figure of a period is a sum over minutes, never a mean of ratios.

A minute is complete when every totaliser it needs is bracketed by reads at both ends and every
fuel could be counted. Kilograms and kilowatt-hours are summed over all minutes; figures per kWh
are taken over the complete ones, so that fuel without output counts and unmeasured fuel or output
does not tilt the ratio.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from agent.cofiring.balance import SLOT_US, MeterSlot, estimated, total
from agent.cofiring.factors import LAB, Burnt, Properties, burn, choose
from agent.cofiring.fuels import Tables
from agent.cofiring.lots import LotBook
from agent.cofiring.plant import Plant

_GASES: Final = tuple(Burnt.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Portion:
    """What one fuel in one lot gave; `lot` is None where no lot was declared."""

    fuel: str
    lot: str | None
    properties: Properties
    burnt: Burnt


@dataclass(frozen=True, slots=True)
class Minute:
    """One slot, computed.

    Args:
        slot_us: Start of the slot, UTC [µs].
        complete: Whether a figure per kWh may rest on it.
        coverage: Part of the slot measured by the totaliser that knows least, 0 … 1.
    """

    slot_us: int
    meters: Mapping[str, MeterSlot]
    portions: tuple[Portion, ...]
    complete: bool
    coverage: float


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over minutes; None where nothing is known.

    Args:
        portions: By fuel and lot, in the plant's order of fuels and the lots' order of burning.
        unmeasured: Fuels of which nothing at all is known.
    """

    minutes: int
    portions: tuple[Portion, ...]
    unmeasured: tuple[str, ...]
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


def minute(
    slot_us: int, meters: Mapping[str, MeterSlot], plant: Plant, lots: LotBook, tables: Tables
) -> Minute:
    """Compute one slot from what its totalisers counted."""
    return stretch((slot_us, slot_us + SLOT_US), meters, plant, lots, tables)


def stretch(
    span_us: tuple[int, int],
    meters: Mapping[str, MeterSlot],
    plant: Plant,
    lots: LotBook,
    tables: Tables,
) -> Minute:
    """Compute any stretch of time as one slot; minutes are the stretches that are stored."""
    slot_us, end_us = span_us
    day = datetime.fromtimestamp(slot_us // 1_000_000, UTC).date()
    portions = []
    for fuel in plant.fuels:
        amount = meters[fuel.mass_point].amount
        if amount is None:
            continue
        for lot, part in lots.parts(fuel.id, slot_us, end_us):
            properties = choose(fuel.entry, lot, day, tables.physics)
            burnt = burn(amount * part, properties)
            portions.append(Portion(fuel.id, lot.id if lot else None, properties, burnt))
    needed = [meters[point] for point in plant.needed()]
    counted = all(p.burnt.mj is not None and p.burnt.fossil_co2_kg is not None for p in portions)
    return Minute(
        slot_us,
        meters,
        tuple(portions),
        complete=counted and all(slot.covered for slot in needed),
        coverage=min(slot.covered_us for slot in needed) / SLOT_US,
    )


def add(minutes: Sequence[Minute], plant: Plant) -> Sums:
    """Sum minutes, in time order."""
    grouped: dict[tuple[str, str | None], list[Portion]] = {}
    for each in minutes:
        for portion in each.portions:
            grouped.setdefault((portion.fuel, portion.lot), []).append(portion)
    order = {fuel.id: n for n, fuel in enumerate(plant.fuels)}
    keys = sorted(grouped, key=lambda key: order[key[0]])
    gross = _meter(minutes, plant.gross_point)
    aux_parts = [_meter(minutes, point) for point in plant.aux_points]
    aux = _sum(aux_parts) if aux_parts else 0.0
    return Sums(
        minutes=len(minutes),
        portions=tuple(_merge(grouped[key]) for key in keys),
        unmeasured=tuple(f.id for f in plant.fuels if f.id not in {key[0] for key in grouped}),
        gross_kwh=gross,
        aux_kwh=aux,
        net_kwh=None if gross is None or aux is None else gross - aux,
        sold_kwh=_meter(minutes, plant.sold_point) if plant.sold_point else None,
        steam_mj=_meter(minutes, plant.steam_point) if plant.steam_point else None,
    )


def coverage(minutes: Sequence[Minute], plant: Plant, span_us: int) -> float:
    """Part of a period measured by the totaliser that knows least, 0 … 1."""
    return min(
        sum(each.meters[point].covered_us for each in minutes) / span_us for point in plant.needed()
    )


def estimated_fraction(minutes: Sequence[Minute], plant: Plant) -> float:
    """Largest part of any totaliser's amount whose place in the period is interpolated, 0 … 1."""
    fractions = []
    for point in plant.needed():
        slots = [each.meters[point] for each in minutes]
        amount, guessed = total(slots), estimated(slots)
        fractions.append(guessed / amount if amount and guessed else 0.0)
    return min(max(fractions), 1.0)


def primary_data_share(sums: Sums) -> float | None:
    """Part of the heat whose calorific value and CO₂ factor are the lot's own, 0 … 1."""
    heat = sums.gas("mj")
    if not heat:
        return None
    own = [p.burnt.mj or 0.0 for p in sums.portions if _measured(p.properties)]
    return math.fsum(own) / heat


def _measured(properties: Properties) -> bool:
    values = (properties.ncv, properties.co2)
    return all(value is not None and value.how == LAB for value in values)


def _merge(portions: Sequence[Portion]) -> Portion:
    def field(name: str) -> float | None:
        return _sum([getattr(portion.burnt, name) for portion in portions])

    first = portions[0]
    sums = Burnt(
        kg=math.fsum(portion.burnt.kg for portion in portions),
        **{name: field(name) for name in _GASES if name != "kg"},
    )
    return Portion(first.fuel, first.lot, first.properties, sums)


def _sum(values: Iterable[float | None]) -> float | None:
    known = []
    for value in values:
        if value is None:
            return None
        known.append(value)
    return math.fsum(known)


def _meter(minutes: Sequence[Minute], point: str) -> float | None:
    return total(each.meters[point] for each in minutes)
