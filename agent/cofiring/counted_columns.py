"""What totalisers counted over many periods at once: `counted.Counted` as arrays."""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
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

    @property
    def total(self) -> Floats:
        """Measured, corrected and estimated together; NaN where nothing is known."""
        amount = self.to_total - self.from_total - self.jumped
        only_filled = (self.filled != 0.0) | (self.filled_sigma != 0.0)
        return np.where(
            np.isnan(amount),
            np.where(only_filled, self.filled, np.nan),
            amount + self.adjusted + self.filled,
        )

    @property
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
    slots: SlotColumns, correction: Floats, filled: Filled, use: Flags, starts: Ints
) -> CountedColumns:
    """Sum slots by period.

    Args:
        slots: Slots that follow each other.
        correction: What each slot's amount is multiplied with to undo a known error of the meter.
        filled: What stands in where nothing was measured.
        use: Which slots count.
        starts: Number of the first slot of each period; each lasts to the next.
    """
    count = len(slots)
    numbers = np.arange(count)
    known = slots.known & use
    from_total, to_total = slots.from_total, slots.to_total
    first = np.minimum.reduceat(np.where(known, numbers, count), starts)
    last = np.maximum.reduceat(np.where(known, numbers, -1), starts)
    some = last >= 0
    period = np.repeat(np.arange(len(starts)), np.diff(starts, append=count))
    amount = np.where(known, to_total - from_total, 0.0)

    def total(values: Floats) -> Floats:
        return np.add.reduceat(np.where(use, values, 0.0), starts)

    def at(column: Floats, index: Ints) -> Floats:
        return np.where(some, column[np.clip(index, 0, count - 1)], np.nan)

    goes_on = ~known | (slots.through & (slots.head != 0.0))
    head_ends = np.minimum.reduceat(np.where(goes_on, count, numbers), starts)
    goes_back = ~known | (slots.through & (slots.tail != 0.0))
    tail_ends = np.maximum.reduceat(np.where(goes_back, -1, numbers), starts)
    return CountedColumns(
        from_total=at(from_total, first),
        to_total=at(to_total, last),
        jumped=_jumped(from_total, to_total, known, period, len(starts)),
        covered_us=np.add.reduceat(np.where(use, slots.covered_us, 0), starts),
        head=total(np.where(known & (numbers <= head_ends[period]), slots.head, 0.0)),
        tail=total(np.where(known & (numbers >= tail_ends[period]), slots.tail, 0.0)),
        through=np.logical_and.reduceat(slots.through | ~known, starts),
        adjusted=total(amount * (correction - 1.0)),
        filled=total(filled.amount),
        filled_sigma=total(filled.sigma),
    )


def _jumped(
    from_total: Floats, to_total: Floats, known: Flags, period: Ints, periods: int
) -> Floats:
    """What a total rose by between known slots of one period that do not touch."""
    index = np.flatnonzero(known)
    rises = from_total[index[1:]] - to_total[index[:-1]]
    jumps = (rises != 0.0) & (period[index[1:]] == period[index[:-1]])
    return np.bincount(period[index[1:]][jumps], rises[jumps], periods).astype(np.float64)
