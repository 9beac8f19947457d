"""What totalisers counted over many periods at once: `counted.Counted` as arrays."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from agent.cofiring.counted import Counted
from agent.cofiring.slot_columns import Flags, Floats, Ints, SlotColumns


@dataclass(frozen=True, slots=True)
class Filled:
    """What stands in for what nobody measured, slot by slot; zero where nothing has to.

    Args:
        amount: Best estimate, in the totaliser's unit.
        sigma: Its standard uncertainty.
        given: Where an estimate stands in at all.
    """

    amount: Floats
    sigma: Floats
    given: Flags

    @classmethod
    def nothing(cls, count: int) -> "Filled":
        """No slot is filled."""
        return cls(np.zeros(count), np.zeros(count), np.zeros(count, bool))


@dataclass(frozen=True)
class CountedColumns:
    """The fields of `Counted` by period; NaN where nothing is known."""

    from_total: Floats
    to_total: Floats
    jumped: Floats
    covered_us: Ints
    head: Floats
    tail: Floats
    through: Flags
    adjusted: Floats
    filled: Floats
    filled_sigma: Floats
    given: Flags

    @cached_property
    def total(self) -> Floats:
        """Measured, corrected and estimated together; NaN where nothing is known."""
        total = self.to_total - self.from_total - self.jumped + self.adjusted + self.filled
        only_filled = np.isnan(total) & self.given
        total[only_filled] = self.filled[only_filled]
        return total

    @cached_property
    def estimated(self) -> Floats:
        """How much of `total` is estimated: in its amount, or in its place in time."""
        split = np.where(self.through, self.head, self.head + self.tail)
        whole: Floats = split + np.abs(self.filled)
        return whole

    def period(self, n: int) -> Counted:
        """One of them."""
        values = {name: getattr(self, name)[n].item() for name in Counted.__dataclass_fields__}
        if np.isnan(self.from_total[n]):
            values |= {"from_total": None, "to_total": None}
        return Counted(**values)


def counted_columns(
    slots: SlotColumns, correction: Floats | None, filled: Filled | None, use: Flags, starts: Ints
) -> CountedColumns:
    """Sum slots by period.

    Args:
        slots: Slots that follow each other.
        correction: What each slot's amount is multiplied with to undo a known error of the meter;
            None where none is known.
        filled: What stands in where nothing was measured; None where nothing has to.
        use: Which slots count.
        starts: Number of the first slot of each period; each lasts to the next.
    """
    if len(starts) == len(slots):
        return _one_by_one(slots, correction, filled, use)
    count, periods = len(slots), len(starts)
    known = slots.known & use
    first, last = starts, np.append(starts[1:], count) - 1
    some = np.ones(periods, bool)
    if not known.all():
        numbers = np.arange(count)
        first = np.minimum.reduceat(np.where(known, numbers, count), starts)
        last = np.maximum.reduceat(np.where(known, numbers, -1), starts)
        some = last >= 0

    def at(column: Floats, index: Ints) -> Floats:
        return np.where(some, column[np.clip(index, 0, count - 1)], np.nan)

    nothing = np.zeros(periods)
    return CountedColumns(
        from_total=at(slots.from_total, first),
        to_total=at(slots.to_total, last),
        jumped=_jumped(slots, known, starts),
        covered_us=np.add.reduceat(np.where(use, slots.covered_us, 0), starts),
        head=_until_a_read(slots.head, slots, known, starts, 1),
        tail=_until_a_read(slots.tail, slots, known, starts, -1),
        through=np.logical_and.reduceat(slots.through | ~known, starts),
        adjusted=nothing
        if correction is None
        else np.add.reduceat(np.where(known, slots.amount * (correction - 1.0), 0.0), starts),
        filled=nothing
        if filled is None
        else np.add.reduceat(np.where(use, filled.amount, 0.0), starts),
        filled_sigma=nothing
        if filled is None
        else np.add.reduceat(np.where(use, filled.sigma, 0.0), starts),
        given=np.zeros(periods, bool)
        if filled is None
        else np.logical_or.reduceat(use & filled.given, starts),
    )


def _one_by_one(
    slots: SlotColumns, correction: Floats | None, filled: Filled | None, use: Flags
) -> CountedColumns:
    """Every slot a period of its own."""
    known, nothing = slots.known & use, np.zeros(len(slots))
    return CountedColumns(
        from_total=np.where(known, slots.from_total, np.nan),
        to_total=np.where(known, slots.to_total, np.nan),
        jumped=nothing,
        covered_us=np.where(use, slots.covered_us, 0),
        head=np.where(known, slots.head, 0.0),
        tail=np.where(known, slots.tail, 0.0),
        through=slots.through | ~known,
        adjusted=nothing
        if correction is None
        else np.where(known, slots.amount * (correction - 1.0), 0.0),
        filled=nothing if filled is None else np.where(use, filled.amount, 0.0),
        filled_sigma=nothing if filled is None else np.where(use, filled.sigma, 0.0),
        given=np.zeros(len(slots), bool) if filled is None else use & filled.given,
    )


def _until_a_read(
    amounts: Floats, slots: SlotColumns, known: Flags, starts: Ints, step: int
) -> Floats:
    """What a gap at one end of each period reaches over; from its start where `step` is 1."""
    counts = known & (amounts != 0.0)
    if not counts.any():
        return np.zeros(len(starts))
    numbers = np.arange(len(slots))
    stops = np.where(known & ~(slots.through & counts), numbers, step * len(slots))
    ends = (np.minimum if step > 0 else np.maximum).reduceat(stops, starts)
    reach = np.repeat(ends, np.diff(starts, append=len(slots)))
    reached = numbers <= reach if step > 0 else numbers >= reach
    return np.add.reduceat(np.where(counts & reached, amounts, 0.0), starts)


def _jumped(slots: SlotColumns, known: Flags, starts: Ints) -> Floats:
    """What a total rose by between known slots of one period that do not touch."""
    index = np.flatnonzero(known)
    rises = slots.from_total[index[1:]] - slots.to_total[index[:-1]]
    jumps = np.flatnonzero(rises)
    before, after = (np.searchsorted(starts, index[jumps + n], side="right") - 1 for n in (0, 1))
    within = before == after
    rises = rises[jumps][within]
    return np.bincount(before[within], rises, len(starts)).astype(np.float64)
