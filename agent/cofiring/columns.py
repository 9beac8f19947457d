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
from agent.cofiring.plant import Plant
from agent.cofiring.portions import Portion, merged, portion_of
from agent.cofiring.slot_columns import Flags, Floats, Ints, SlotColumns
from agent.cofiring.tally_columns import PortionColumns, TallyColumns


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
        covered = [slots[point].covered for point in plant.needed()]
        usable = [slots[p].covered | self._given(p) for p in plant.needed()]
        self.complete: Flags = self._countable & np.logical_and.reduce(covered)
        self.usable: Flags = self._countable & np.logical_and.reduce(usable)

    def tally(self, starts: Ints, *, whole: bool) -> TallyColumns:
        """The sums of many periods side by side.

        Args:
            starts: Number of the first slot of each period; each lasts to the next.
            whole: Over the slots that figures per kWh may rest on, else over all.
        """
        use = self.usable if whole else self._there
        plant, nothing = self.plant, np.full(len(starts), np.nan)
        meters = {
            point: counted_columns(
                slots, self._corrections[point], self._filled.get(point), use, starts
            )
            for point, slots in self._slots.items()
        }
        totals = {point: count.total for point, count in meters.items()}
        aux = sum((totals[point] for point in plant.aux_points), np.zeros(len(starts)))
        gross = self._totals[plant.gross_point]
        measured = use & self._slots[plant.gross_point].covered
        return TallyColumns(
            minutes=np.add.reduceat(use.astype(np.int64), starts),
            portions=tuple(self._portion(s, point, use, starts) for s, point in self._streams),
            unmeasured={
                f.id: ~np.logical_or.reduceat(use & ~np.isnan(self._totals[f.mass_point]), starts)
                for f in plant.fuels
            },
            meters=meters,
            gross_kwh=totals[plant.gross_point],
            aux_kwh=aux,
            net_kwh=totals[plant.gross_point] - aux,
            sold_kwh=totals[plant.sold_point] if plant.sold_point else nothing,
            steam_mj=self._steam_mj(totals[plant.steam_point]) if plant.steam_point else nothing,
            least_gross_kwh=np.fmin.reduceat(np.where(measured, gross, np.nan), starts),
            most_gross_kwh=np.fmax.reduceat(np.where(measured, gross, np.nan), starts),
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

        found = []
        for n, minutes in enumerate(columns.minutes.tolist()):
            portions = sorted((p for p in columns.portions if p.first[n] >= 0), key=_first(n))
            meters = {point: count.period(n) for point, count in columns.meters.items()}
            limits = known(columns.least_gross_kwh, n), known(columns.most_gross_kwh, n)
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

    def _given(self, point: str) -> Flags:
        filled = self._filled.get(point)
        return np.zeros(self.count, bool) if filled is None else filled.given

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

    def _portion(self, stream: Stream, point: str, use: Flags, starts: Ints) -> PortionColumns:
        total, filled = self._totals[point], self._filled.get(point)
        present = use & stream.burns & ~np.isnan(total)
        kg, nothing = np.where(present, total * stream.part, 0.0), np.zeros(len(starts))
        each = len(starts) == self.count

        def add(values: Floats) -> Floats:
            return values if each else np.add.reduceat(values, starts)

        def some(where: Flags, values: Floats) -> Floats:
            chosen = present & where
            return add(np.where(chosen, values, 0.0)) if chosen.any() else nothing

        numbers = np.where(present, np.arange(self.count), self.count)
        first = numbers if each else np.minimum.reduceat(numbers, starts)
        blends = present & stream.blends
        burnt = add(kg)
        given = self._given(point)
        return PortionColumns(
            stream,
            kg=burnt,
            first=np.where(first < self.count, first, -1),
            other_kg=burnt + some(blends, total * stream.other - kg) if blends.any() else burnt,
            blends=blends if each else np.logical_or.reduceat(blends, starts),
            filled_kg=nothing if filled is None else some(given, filled.amount * stream.part),
            filled_sigma_kg=nothing if filled is None else some(given, filled.sigma * stream.part),
            substituted_kg=some(stream.substituted, kg),
            beyond_kg={
                lot: some(parts > 0.0, total * parts) for lot, (_, parts) in stream.beyond.items()
            },
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
