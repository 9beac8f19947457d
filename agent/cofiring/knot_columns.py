"""From a totaliser's reads to its knots and slots, a year of them at once.

The same rules as `balance.Track`, to the last bit, for reads that come in order of their capture.
NumPy is imported in the modules of arrays alone, never on the live path.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from agent.cofiring import read_times
from agent.cofiring.balance import SLOT_US
from agent.cofiring.read_times import Boundaries, Flags, Floats, Ints, KnotTimes, ReadTimes
from agent.cofiring.slot_columns import SlotColumns

__all__ = ["ColumnTrack", "ReadTimes"]

_NOTHING_YET: Final = -(2**62)


@dataclass(frozen=True, slots=True)
class KnotColumns:
    """First and last read of a totaliser in each slot that has any, in time order.

    Args:
        times: When they were.
        first: Totals of the first reads.
        last: Totals of the last reads.
    """

    times: KnotTimes
    first: Floats
    last: Floats

    @classmethod
    def joined(cls, parts: list["KnotColumns"]) -> "KnotColumns":
        """Knots of stretches that follow each other; a slot that two share becomes one knot."""
        if len(parts) == 1:
            return parts[0]
        times = tuple(part.times for part in parts)
        opens, closes = read_times.seams(times)
        first = read_times.along([part.first for part in parts], opens)
        last = read_times.along([part.last for part in parts], closes)
        return cls(read_times.joined(times), first, last)

    def since(self, slot_us: int) -> "KnotColumns":
        """Those from the last before a slot on, which the slot still needs."""
        number, times = read_times.since(self.times, slot_us)
        return KnotColumns(times, self.first[number:].copy(), self.last[number:].copy())


class ColumnTrack:
    """The reads of one totaliser, fed as arrays in order of time.

    Args:
        long_gap_us: Two reads further apart than this leave the split between slots estimated.
    """

    def __init__(self, long_gap_us: int) -> None:
        self._long_gap_us = long_gap_us
        self._parts: list[KnotColumns] = []
        self._breaks: list[int] = []
        self._jumps: list[tuple[int, float]] = []
        self._newest_us, self._newest = _NOTHING_YET, -np.inf
        self.conflicts = 0

    @property
    def last_us(self) -> int | None:
        """Capture time of the newest read, UTC [µs]."""
        return self._newest_us if self._parts else None

    def feed(self, times: ReadTimes, total: Floats) -> None:
        """Take reads that are later than all before.

        Of reads of one instant the first counts. A read that would make the total fall is left
        out and counted in `conflicts`.

        Args:
            times: When they were read.
            total: Totals booked so far, in the totaliser's unit.

        Raises:
            ValueError: They come after later ones.
        """
        if times.t_us[0] <= self._newest_us:
            raise ValueError(
                f"reads at {times.t_us[0]} µs come after {self._newest_us} µs; sort them"
            )
        falls = total[0] < self._newest or not (total[1:] >= total[:-1]).all()
        if times.repeats or falls:
            counts = self._counting(times, total)
            if not counts.any():
                return
            times, total = ReadTimes.of(times.t_us[counts]), total[counts]
        self._parts.append(KnotColumns(times.knots, total[times.first], total[times.last]))
        self._newest_us, self._newest = int(times.t_us[-1]), float(total[-1])

    def _counting(self, times: ReadTimes, total: Floats) -> Flags:
        """Which reads count: none of an instant that has one, none that would make it fall."""
        if not times.repeats:
            rising = total >= np.maximum(np.maximum.accumulate(total), self._newest)
            self.conflicts += int(len(total) - np.count_nonzero(rising))
            return rising
        counts = np.zeros(len(total), bool)
        last_us, last = self._newest_us, self._newest
        for n, (t_us, value) in enumerate(zip(times.t_us.tolist(), total.tolist(), strict=True)):
            if t_us == last_us:
                continue
            if value < last:
                self.conflicts += 1
                continue
            counts[n], last_us, last = True, t_us, value
        return counts

    def break_at(self, t_us: int) -> None:
        """Mark a counter reset: what was counted between the reads around it nobody knows."""
        self._breaks = sorted({*self._breaks, t_us})

    def jump_at(self, t_us: int, amount: float) -> None:
        """Say that the total rose by an amount at a reset that was counted at another time."""
        self._jumps.append((t_us, amount))

    def slots(self, from_us: int, to_us: int) -> SlotColumns:
        """What is known of the slots that begin in [from_us, to_us), both full minutes."""
        if not self._parts:
            return SlotColumns.unknown(from_us, (to_us - from_us) // SLOT_US)
        self._parts = [KnotColumns.joined(self._parts)]
        knots = self._parts[0]
        around = read_times.boundaries(knots.times, from_us, to_us)
        low, high = knots.last[around.below], knots.first[around.above]
        at, long = self._totals(around, low, high)
        # The first read of a slot is the next one after its start, the last one is before its end.
        made = SlotColumns.between(
            from_us,
            (at, long),
            around.read,
            (high[:-1], low[1:]),
            around.missing_us,
            self._broken(around.edges_us[:-1], around.edges_us[1:]),
        )
        if self._jumps:
            self._jump(made, at, around)
        return made

    def _jump(self, made: SlotColumns, at: Floats, around: Boundaries) -> None:
        """Take off slots what was counted at another time."""
        edges_us, read = around.edges_us, around.read
        begin = np.where(np.isnan(at[:-1]) & read, around.to_us[:-1], edges_us[:-1])
        end = np.where(np.isnan(at[1:]) & read, around.from_us[1:], edges_us[1:])
        for number in {(t_us - 1 - made.from_us) // SLOT_US for t_us, _ in self._jumps}:
            if 0 <= number < len(read):
                within = (int(begin[number]), int(end[number]))
                rose = sum(by for t_us, by in self._jumps if within[0] < t_us <= within[1])
                made.from_total[number] += rose

    def forget_before(self, slot_us: int) -> None:
        """Drop knots before a slot, all but the last of them."""
        if self._parts:
            self._parts = [KnotColumns.joined(self._parts).since(slot_us)]

    def _totals(self, around: Boundaries, low: Floats, high: Floats) -> tuple[Floats, Flags]:
        """Totals at slot boundaries (NaN: unknown), and whether a long gap is around each."""
        from_us, to_us, inside = around.from_us, around.to_us, around.inside
        if self._breaks:
            inside = inside & ~self._broken(from_us, to_us)
        at = np.minimum(np.maximum(low + (high - low) * around.part, low), high)
        np.copyto(at, np.nan, where=~inside)
        np.copyto(at, high, where=around.exact)
        return at, inside & ~around.exact & (to_us - from_us > self._long_gap_us)

    def _broken(self, from_us: Ints, to_us: Ints) -> Flags:
        if not self._breaks:
            return np.zeros(len(from_us), bool)
        breaks = np.array(self._breaks, dtype=np.int64)
        return np.searchsorted(breaks, from_us) < np.searchsorted(breaks, to_us)
