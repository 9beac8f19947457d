"""What totalisers counted over many periods at once: `counted.Counted` as arrays."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from agent.cofiring.counted import Counted
from agent.cofiring.periods import Periods
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
        total = self.to_total - self.from_total
        total -= self.jumped
        total += self.adjusted
        total += self.filled
        if self.given.any():
            np.copyto(total, self.filled, where=np.isnan(total) & self.given)
        return total

    @cached_property
    def estimated(self) -> Floats:
        """How much of `total` is estimated: in its amount, or in its place in time."""
        split = np.where(self.through, 0.0, self.tail)
        split += self.head
        split += np.abs(self.filled)
        return split

    def period(self, n: int) -> Counted:
        """One of them."""
        values = {name: getattr(self, name)[n].item() for name in Counted.__dataclass_fields__}
        if np.isnan(self.from_total[n]):
            values |= {"from_total": None, "to_total": None}
        return Counted(**values)


def counted_columns(
    slots: SlotColumns,
    correction: Floats | None,
    filled: Filled | None,
    use: Flags,
    periods: Periods,
) -> CountedColumns:
    """Sum slots by period.

    Args:
        slots: Slots that follow each other.
        correction: What each slot's amount is multiplied with to undo a known error of the meter;
            None where none is known.
        filled: What stands in where nothing was measured; None where nothing has to.
        use: Which slots count.
        periods: The periods.
    """
    if not use.all():
        slots = slots.only(use)
    nothing, none = np.zeros(len(periods)), np.zeros(len(periods), bool)
    beside: dict[str, Any] = {
        "adjusted": nothing, "filled": nothing, "filled_sigma": nothing, "given": none
    }  # fmt: skip
    if correction is not None:
        added = np.where(slots.known, slots.amount * (correction - 1.0), 0.0)
        beside["adjusted"] = periods.add(added)
    if filled is not None:
        beside["filled"] = periods.add(np.where(use, filled.amount, 0.0))
        beside["filled_sigma"] = periods.add(np.where(use, filled.sigma, 0.0))
        beside["given"] = periods.any(use & filled.given)
    if periods.each:
        ends, gaps = (slots.from_total, slots.to_total), (slots.head, slots.tail)
        return CountedColumns(*ends, nothing, slots.covered_us, *gaps, slots.through, **beside)
    known = slots.known
    return CountedColumns(
        *_ends(slots, known, periods),
        _jumped(slots, known, periods),
        periods.add(slots.covered_us),
        _until_a_read(slots.head, slots, known, periods, 1),
        _until_a_read(slots.tail, slots, known, periods, -1),
        periods.all(slots.through),
        **beside,
    )


def _ends(slots: SlotColumns, known: Flags, periods: Periods) -> tuple[Floats, Floats]:
    """Totals at the start of the first slot that is known, and at the end of the last one."""
    if known.all():
        return slots.from_total[periods.starts], slots.to_total[periods.ends - 1]
    first, last = periods.first(known), periods.last(known)
    none = last < 0
    ends = slots.from_total[np.minimum(first, len(slots) - 1)], slots.to_total[last]
    return np.where(none, np.nan, ends[0]), np.where(none, np.nan, ends[1])


def _until_a_read(
    amounts: Floats, slots: SlotColumns, known: Flags, periods: Periods, step: int
) -> Floats:
    """What a gap at one end of each period reaches over; from its start where `step` is 1."""
    counts = known & (amounts != 0.0)
    at = np.flatnonzero(counts)
    if not len(at):
        return np.zeros(len(periods))
    stops = np.flatnonzero(known & ~(slots.through & counts))
    stops, period = np.concatenate([[-1], stops, [len(slots)]]), periods.of(at)
    if step > 0:
        reached = stops[np.searchsorted(stops, at) - 1] < periods.starts[period]
    else:
        reached = stops[np.searchsorted(stops, at, side="right")] >= periods.ends[period]
    return _by_period(period[reached], amounts[at[reached]], periods)


def _jumped(slots: SlotColumns, known: Flags, periods: Periods) -> Floats:
    """What a total rose by between known slots of one period that do not touch."""
    before, after = slots.to_total[:-1], slots.from_total[1:]
    if known.all():
        jumps = np.flatnonzero(after != before)
        period, rises = periods.of(jumps), after[jumps] - before[jumps]
        later = periods.of(jumps + 1)
    else:
        index = np.flatnonzero(known)
        rises = slots.from_total[index[1:]] - slots.to_total[index[:-1]]
        jumps = np.flatnonzero(rises)
        rises = rises[jumps]
        period, later = periods.of(index[jumps]), periods.of(index[jumps + 1])
    within = period == later
    return _by_period(period[within], rises[within], periods)


def _by_period(period: Ints, amounts: Floats, periods: Periods) -> Floats:
    return np.bincount(period, amounts, len(periods)).astype(np.float64)
