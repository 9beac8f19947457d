"""The account of many slots at once: what `rollup` computes minute by minute, as arrays.

A `Piece` is a run of slots, such as a month. It gives the `Sums` of any periods it divides into,
or the sums of all of them side by side. Both agree with sums over minutes to 1e-9.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from agent.cofiring import rollup
from agent.cofiring.balance import SLOT_US
from agent.cofiring.burning_columns import Stream, streams
from agent.cofiring.counted_columns import Filled, counted_columns
from agent.cofiring.delivered import Beyond, delivered_kg
from agent.cofiring.fuels import Tables
from agent.cofiring.lots import Burning
from agent.cofiring.periods import Periods
from agent.cofiring.plant import Plant
from agent.cofiring.portions import Portion, merged, portion_of
from agent.cofiring.slot_columns import Flags, Floats, Ints, SlotColumns
from agent.cofiring.tally_columns import PortionColumns, TallyColumns, added


class Piece:
    """A run of slots, accounted for.

    Args:
        slots: By totaliser, the same run of slots of each.
        plant: The unit.
        lots: What burns when.
        tables: Reviewed tables.
        filled: By totaliser, what stands in for what nobody measured.
        there: Which slots there are at all; None for all of them.
    """

    def __init__(
        self,
        slots: Mapping[str, SlotColumns],
        plant: Plant,
        lots: Burning,
        tables: Tables,
        filled: Mapping[str, Filled] | None = None,
        there: Flags | None = None,
    ) -> None:
        one = slots[plant.gross_point]
        self.plant, self.from_us, self.count = plant, one.from_us, len(one)
        self.to_us = self.from_us + self.count * SLOT_US
        self._slots = slots
        self._filled = {p: f for p, f in (filled or {}).items() if f.given.any()}
        self._there = np.ones(self.count, bool) if there is None else there
        self._corrections = {point: self._correction(point) for point in slots}
        self._totals = {point: self._total(point) for point in slots}
        self._streams = [
            (stream, fuel.mass_point)
            for fuel in plant.fuels
            for stream in streams(plant, fuel, lots, tables, self.from_us, self.count)
        ]
        self._known = {point: ~np.isnan(total) for point, total in self._totals.items()}
        covered = {point: slots[point].covered for point in plant.needed()}
        usable = [covered[p] | f.given for p, f in self._filled.items() if p in covered]
        usable += [flags for p, flags in covered.items() if p not in self._filled]
        self.complete: Flags = self._countable & np.logical_and.reduce([*covered.values()])
        self.usable: Flags = self._countable & np.logical_and.reduce(usable)

    def tally(self, starts: Ints, *, whole: bool) -> TallyColumns:
        """The sums of many periods side by side.

        Args:
            starts: Number of the first slot of each period; each lasts to the next.
            whole: Over the slots that figures per kWh may rest on, else over all.
        """
        use = self.usable if whole else self._there
        plant, periods = self.plant, Periods(starts, self.count)
        nothing = np.full(len(periods), np.nan)
        meters = {
            point: counted_columns(
                slots, self._corrections[point], self._filled.get(point), use, periods
            )
            for point, slots in self._slots.items()
        }
        totals = {point: count.total for point, count in meters.items()}
        aux = added((totals[point] for point in plant.aux_points), len(periods))
        measured = use & self._slots[plant.gross_point].covered
        return TallyColumns(
            minutes=periods.number(use),
            portions=tuple(self._portion(s, point, use, periods) for s, point in self._streams),
            unmeasured={f.id: ~periods.any(use & self._known[f.mass_point]) for f in plant.fuels},
            meters=meters,
            gross_kwh=totals[plant.gross_point],
            aux_kwh=aux,
            net_kwh=totals[plant.gross_point] - aux,
            sold_kwh=totals[plant.sold_point] if plant.sold_point else nothing,
            steam_mj=self._steam_mj(totals[plant.steam_point]) if plant.steam_point else nothing,
            measured_kwh=np.where(measured, self._totals[plant.gross_point], np.nan),
            periods=periods,
        )

    def sums(self, starts: Ints) -> list[rollup.Sums]:
        """The sums of many periods one by one, as `rollup.add` gives them."""
        there = self._there
        everything = self._tallies(self.tally(starts, whole=False))
        same = np.logical_and.reduceat(self.usable | ~there, starts)
        whole = everything if same.all() else self._tallies(self.tally(starts, whole=True))
        aux = sum((self._totals[p] for p in self.plant.aux_points), np.zeros(self.count))
        net = self._totals[self.plant.gross_point] - aux
        counts = [
            np.add.reduceat((there & flags).astype(np.int64), starts).tolist()
            for flags in (self.complete, net < 0.0, self.unmixed, self._unsold(net))
        ]
        return [
            rollup.Sums(
                everything[n], everything[n] if same[n] else whole[n], *(c[n] for c in counts)
            )
            for n in range(len(starts))
        ]

    @cached_property
    def unmixed(self) -> Flags:
        """Slots in which a fuel is not known."""
        unknown = [np.isnan(self._totals[fuel.mass_point]) for fuel in self.plant.fuels]
        flags: Flags = self._there & np.logical_or.reduce(unknown)
        return flags

    def _unsold(self, net: Floats) -> Flags:
        """Slots whose net output is known, and what was sold is not."""
        if self.plant.sold_point is None:
            return np.zeros(self.count, bool)
        return ~np.isnan(net) & np.isnan(self._totals[self.plant.sold_point])

    def _steam_mj(self, counted: Floats) -> Floats:
        by_mass = self.plant.steam if self.plant.steam_by_mass else None
        return counted if by_mass is None else counted * by_mass.heat_mj_per_kg

    def _tallies(self, columns: TallyColumns) -> list[rollup.Tally]:
        def known(column: Floats, n: int) -> float | None:
            return None if np.isnan(column[n]) else float(column[n])

        found, periods = [], columns.periods
        least, most = periods.least(columns.measured_kwh), periods.most(columns.measured_kwh)
        for n, minutes in enumerate(columns.minutes.tolist()):
            burning = (p for p in columns.portions if p.first[n] < periods.count)
            portions = sorted(burning, key=_first(n))
            meters = {point: count.period(n) for point, count in columns.meters.items()}
            limits = known(least, n), known(most, n)
            one_by_one = merged(_portion(portion, n) for portion in portions)
            if not minutes:
                one_by_one, meters = [], {}
            found.append(rollup.tally(minutes, one_by_one, meters, self.plant, limits))
        return found

    @cached_property
    def _countable(self) -> Flags:
        """Slots whose fuels could all be counted, whatever their output."""
        countable = self._there.copy()
        for stream, point in self._streams:
            if stream.unit.mj is None or stream.unit.fossil_co2_kg is None:
                burnt = np.nan_to_num(self._totals[point]) * stream.part
                countable &= ~(stream.burns & (burnt != 0.0))
        return countable

    def _correction(self, point: str) -> Floats | None:
        known = self.plant.accuracy.get(point)
        if known is None or not known.calibrations:
            return None
        instants = range(self.from_us, self.to_us, SLOT_US)
        return np.array([known.correction(t_us) for t_us in instants])

    def _total(self, point: str) -> Floats:
        """Measured, corrected and estimated in each slot; NaN where nothing is known."""
        slots, correction = self._slots[point], self._corrections[point]
        total, filled = slots.amount, self._filled.get(point)
        if correction is not None:
            total = total + total * (correction - 1.0)
        if filled is None:
            return total
        alone = np.where(filled.given, filled.amount, np.nan)
        return np.where(slots.known, total + filled.amount, alone)

    def _portion(self, stream: Stream, point: str, use: Flags, periods: Periods) -> PortionColumns:
        total, filled = self._totals[point], self._filled.get(point)
        present = use & stream.burns & self._known[point]
        kg, nothing = total * stream.part, np.zeros(len(periods))
        if not present.all():
            np.copyto(kg, 0.0, where=~present)

        def some(where: Flags, values: Floats) -> Floats:
            chosen = present & where
            return periods.add(np.where(chosen, values, 0.0)) if chosen.any() else nothing

        blends = present & stream.blends
        burnt: Floats = periods.add(kg)
        filled_kg = filled_sigma_kg = nothing
        if filled is not None:
            filled_kg = some(filled.given, filled.amount * stream.part)
            filled_sigma_kg = some(filled.given, filled.sigma * stream.part)
        return PortionColumns(
            stream,
            kg=burnt,
            other_kg=burnt + some(blends, total * stream.other - kg) if blends.any() else burnt,
            blends=periods.any(blends),
            filled_kg=filled_kg,
            filled_sigma_kg=filled_sigma_kg,
            substituted_kg=some(stream.substituted, kg),
            beyond_kg={
                lot: some(parts > 0.0, total * parts) for lot, (_, parts) in stream.beyond.items()
            },
            present=present,
            periods=periods,
        )


def _first(n: int) -> Any:
    return lambda portion: int(portion.first[n])


def _portion(columns: PortionColumns, n: int) -> Portion:
    stream = columns.stream
    return portion_of(
        stream.fuel,
        stream.lot,
        stream.properties,
        float(columns.kg[n]),
        other_kg=float(columns.other_kg[n]) if columns.blends[n] else None,
        filled=(float(columns.filled_kg[n]), float(columns.filled_sigma_kg[n])),
        substituted_kg=float(columns.substituted_kg[n]),
        zero_rated=stream.zero_rated,
        beyond=tuple(
            Beyond(lot.id, delivered_kg(lot), float(columns.beyond_kg[lot.id][n]))
            for lot, _ in stream.beyond.values()
            if columns.beyond_kg[lot.id][n]
        ),
    )
