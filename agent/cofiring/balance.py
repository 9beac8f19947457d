"""From a totaliser's reads to what was counted in each minute.

Of all reads of a slot only the first and the last matter: what was counted between two slot
boundaries is the difference of the totals there, interpolated by capture time between the reads
that bracket each boundary. So reads may come in any order, twice, or hours late, and the sum over
slots is always the difference of the totaliser.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

SLOT_US: Final = 60_000_000
"""Length of a slot [µs]; slots are UTC minutes."""

Read = tuple[int, float]
"""Capture time [µs] and total."""

LONGEST_GAP_US: Final = 31 * 1440 * SLOT_US
"""Reads further apart than this are a new start: nothing is spread over the time between [µs]."""


def slot_of(t_us: int) -> int:
    """Start of the slot an instant lies in, UTC [µs]."""
    return t_us - t_us % SLOT_US


class Knot(msgspec.Struct, frozen=True, gc=False):
    """First and last read of a totaliser in one slot: capture times [µs] and totals."""

    first_us: int
    first: float
    last_us: int
    last: float


@dataclass(frozen=True, slots=True)
class MeterSlot:
    """What a totaliser says about one slot, in the totaliser's unit.

    Args:
        from_total: Total at the slot's start, or at the first read ever if that is later.
        to_total: Total at the slot's end, or at the newest read if that is earlier.
        covered_us: Part of the slot between those two [µs]; 0 in a slot with a counter reset.
        head: Amount at the slot's start that comes from a long gap: measured, but its split over
            slots is estimated.
        tail: The same at the slot's end.
        through: No read lies in the slot: the gap goes on through it.
    """

    from_total: float | None = None
    to_total: float | None = None
    covered_us: int = 0
    head: float = 0.0
    tail: float = 0.0
    through: bool = True

    @property
    def amount(self) -> float | None:
        """What was counted; None where nothing is known."""
        if self.from_total is None or self.to_total is None:
            return None
        return self.to_total - self.from_total

    @property
    def covered(self) -> bool:
        """Whether both ends of the slot are bracketed by reads."""
        return self.covered_us == SLOT_US


class Track:
    """The reads of one totaliser, kept as knots.

    Args:
        long_gap_us: Two reads further apart than this leave the split between slots estimated.
    """

    def __init__(self, long_gap_us: int) -> None:
        self._long_gap_us = long_gap_us
        self._knots: dict[int, Knot] = {}
        self._slots: list[int] = []
        self._breaks: list[int] = []
        self._jumps: list[tuple[int, float]] = []
        self.conflicts = 0

    @property
    def last_us(self) -> int | None:
        """Capture time of the newest read, UTC [µs]."""
        return self._knots[self._slots[-1]].last_us if self._slots else None

    @property
    def newest(self) -> Read | None:
        """The newest read."""
        if not self._slots:
            return None
        knot = self._knots[self._slots[-1]]
        return knot.last_us, knot.last

    def extend(self, t_us: int, value: float) -> bool:
        """Take a read that is the newest of all and in the slot of the one before it.

        Nearly every read is that. It moves no other slot.

        Returns:
            Whether it was; else nothing was done, and `feed` takes it.
        """
        if not self._slots:
            return False
        slot = self._slots[-1]
        knot = self._knots[slot]
        if not knot.last_us < t_us < slot + SLOT_US or value < knot.last:
            return False
        self._knots[slot] = Knot(knot.first_us, knot.first, t_us, value)
        return True

    def feed(self, t_us: int, value: float) -> tuple[int, int] | None:
        """Take a read.

        A read that would make the total fall in time (a clock that stepped) is left out and
        counted in `conflicts`.

        Args:
            t_us: Capture time, UTC [µs].
            value: Total booked so far, in the totaliser's unit.

        Returns:
            First and last slot whose figures it can move; None if it changes nothing.
        """
        slot = slot_of(t_us)
        if self.extend(t_us, value):
            return slot, slot
        knot = self._knots.get(slot)
        if knot is not None and knot.first_us <= t_us <= knot.last_us:
            return None
        below, above = self._before(t_us), self._after(t_us)
        if (below and below[1] > value) or (above and above[1] < value):
            self.conflicts += 1
            return None
        if knot is None:
            insort(self._slots, slot)
            self._knots[slot] = Knot(t_us, value, t_us, value)
        elif t_us < knot.first_us:
            self._knots[slot] = Knot(t_us, value, knot.last_us, knot.last)
        else:
            self._knots[slot] = Knot(knot.first_us, knot.first, t_us, value)
        return self._reach(slot, below, above)

    def next_us(self, t_us: int) -> int | None:
        """Capture time of the first read in the slot of `t_us` or later, UTC [µs]."""
        index = bisect_left(self._slots, slot_of(t_us))
        return self._knots[self._slots[index]].first_us if index < len(self._slots) else None

    def break_at(self, t_us: int) -> tuple[int, int]:
        """Mark a counter reset: what was counted between the reads around it nobody knows.

        Returns:
            First and last slot whose figures that moves.
        """
        if t_us not in self._breaks:
            insort(self._breaks, t_us)
        return self._reach(slot_of(t_us), self._before(t_us), self._after(t_us))

    def jump_at(self, t_us: int, amount: float) -> None:
        """Say that the total rose by an amount at a reset that was counted at another time."""
        self._jumps.append((t_us, amount))

    @property
    def jumps(self) -> tuple[tuple[int, float], ...]:
        """Instants [UTC µs] at which the total rose, and by how much."""
        return tuple(self._jumps)

    def slot(self, start_us: int) -> MeterSlot:
        """What is known of the slot that begins at `start_us`."""
        end_us = start_us + SLOT_US
        knot = self._knots.get(start_us)
        start, start_long = self._at(start_us)
        end, end_long = self._at(end_us)
        from_us, to_us = start_us, end_us
        if start is None and knot is not None:
            start, from_us = knot.first, knot.first_us
        if end is None and knot is not None:
            end, to_us = knot.last, knot.last_us
        if start is None or end is None:
            return MeterSlot()
        head = tail = 0.0
        if start_long:
            head = (knot.first if knot else end) - start
        if end_long:
            tail = end - (knot.last if knot else start)
        covered_us = 0 if self._broken(start_us, end_us) else to_us - from_us
        # What a total rose by at a reset was counted at another time.
        rose = sum(amount for t_us, amount in self._jumps if from_us < t_us <= to_us)
        return MeterSlot(start + rose, end, covered_us, head, tail, knot is None)

    def knots(self) -> Iterator[tuple[int, Knot]]:
        """Every knot kept, in time order."""
        return ((slot, self._knots[slot]) for slot in self._slots)

    def knot(self, slot_us: int) -> Knot | None:
        """The knot of one slot."""
        return self._knots.get(slot_us)

    def put(self, slot_us: int, knot: Knot) -> None:
        """Take a knot back from where it was stored."""
        if slot_us not in self._knots:
            insort(self._slots, slot_us)
        self._knots[slot_us] = knot

    @property
    def breaks(self) -> tuple[int, ...]:
        """Instants of counter resets, in time order, UTC [µs]."""
        return tuple(self._breaks)

    def forget_before(self, slot_us: int) -> None:
        """Drop knots before a slot, all but the last of them, which later reads still need."""
        keep = max(bisect_left(self._slots, slot_us) - 1, 0)
        for slot in self._slots[:keep]:
            del self._knots[slot]
        del self._slots[:keep]

    def _broken(self, from_us: int, to_us: int) -> bool:
        return bisect_left(self._breaks, from_us) < bisect_left(self._breaks, to_us)

    @staticmethod
    def _reach(slot: int, below: Read | None, above: Read | None) -> tuple[int, int]:
        first = slot_of(below[0]) if below else slot
        last = slot_of(above[0]) if above else slot
        near = first if slot - first <= LONGEST_GAP_US else slot
        return near, last if last - slot <= LONGEST_GAP_US else slot

    def _before(self, t_us: int) -> Read | None:
        index = bisect_right(self._slots, t_us) - 1
        if index >= 0 and self._knots[self._slots[index]].first_us > t_us:
            index -= 1
        if index < 0:
            return None
        knot = self._knots[self._slots[index]]
        return knot.last_us, knot.last

    def _after(self, t_us: int) -> Read | None:
        index = bisect_right(self._slots, t_us) - 1
        if index < 0 or self._knots[self._slots[index]].last_us < t_us:
            index += 1
        if index >= len(self._slots):
            return None
        knot = self._knots[self._slots[index]]
        return knot.first_us, knot.first

    def _at(self, boundary_us: int) -> tuple[float | None, bool]:
        index = bisect_left(self._slots, boundary_us)
        if index >= len(self._slots):
            return None, False
        above = self._knots[self._slots[index]]
        if above.first_us == boundary_us:
            return above.first, False
        if index == 0:
            return None, False
        below = self._knots[self._slots[index - 1]]
        span_us = above.first_us - below.last_us
        if span_us > LONGEST_GAP_US or self._broken(below.last_us, above.first_us):
            return None, False
        part = (boundary_us - below.last_us) / span_us
        value = below.last + (above.first - below.last) * part
        return min(max(value, below.last), above.first), span_us > self._long_gap_us
