"""From a totaliser's reads to its knots and slots, a year of them at once.

The same rules as `balance.Track`, to the last bit, for reads that come in order of their capture.
NumPy is imported here and in the modules that build on this one, never on the live path.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from agent.cofiring.balance import LONGEST_GAP_US, SLOT_US
from agent.cofiring.slot_columns import SlotColumns

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_NOTHING_YET: Final = -(2**62)


@dataclass(frozen=True, slots=True)
class ReadTimes:
    """When totalisers were read, in order, and which reads are the first and last of a slot.

    Totalisers that one request reads share them.

    Args:
        t_us: Capture times, UTC [µs].
        first: Numbers of the first reads of slots.
        last: Numbers of their last reads.
        repeats: Whether some reads are of one instant; then first and last are not known yet.
    """

    t_us: Ints
    first: Ints
    last: Ints
    repeats: bool = False

    @classmethod
    def of(cls, t_us: Ints) -> "ReadTimes":
        """The times of some reads, at least one.

        Raises:
            ValueError: They are not in order.
        """
        if not (t_us[1:] > t_us[:-1]).all():
            if (t_us[1:] < t_us[:-1]).any():
                raise ValueError(f"reads from {t_us[0]} µs on are not in order of time; sort them")
            return cls(t_us, t_us[:0], t_us[:0], repeats=True)
        begin, end = int(t_us[0]) // SLOT_US, int(t_us[-1]) // SLOT_US + 1
        if end - begin > 2 * len(t_us) + 1:
            first = np.flatnonzero(np.diff(t_us // SLOT_US, prepend=_NOTHING_YET))
            return cls(t_us, first, np.append(first[1:], len(t_us)) - 1)
        edges = np.searchsorted(t_us, np.arange(begin, end + 1) * SLOT_US)
        some = edges[1:] > edges[:-1]
        return cls(t_us, edges[:-1][some], edges[1:][some] - 1)

    def later(self, delay_us: int) -> "ReadTimes":
        """The same reads, each so much later [µs]."""
        return ReadTimes.of(self.t_us + delay_us) if delay_us else self


@dataclass(frozen=True, slots=True)
class KnotColumns:
    """First and last read of a totaliser in each slot that has any, in time order.

    Args:
        slot_us: Starts of the slots, UTC [µs].
        first_us: Capture times of the first reads, UTC [µs].
        first: Their totals.
        last_us: Capture times of the last reads, UTC [µs].
        last: Their totals.
    """

    slot_us: Ints
    first_us: Ints
    first: Floats
    last_us: Ints
    last: Floats

    @classmethod
    def joined(cls, parts: list["KnotColumns"]) -> "KnotColumns":
        """Knots of stretches that follow each other; a slot that two share becomes one knot."""
        slot_us = np.concatenate([part.slot_us for part in parts])
        first_us = np.concatenate([part.first_us for part in parts])
        first = np.concatenate([part.first for part in parts])
        last_us = np.concatenate([part.last_us for part in parts])
        last = np.concatenate([part.last for part in parts])
        opens = np.diff(slot_us, prepend=_NOTHING_YET) != 0
        closes = np.diff(slot_us, append=-_NOTHING_YET) != 0
        return cls(slot_us[opens], first_us[opens], first[opens], last_us[closes], last[closes])

    def around(self, index: Ints) -> "_Around":
        """The reads between which so many knots lie before; the outermost ones beyond the ends."""
        below, above = np.maximum(index - 1, 0), np.minimum(index, len(self.slot_us) - 1)
        return _Around(
            self.last_us[below], self.first_us[above], self.last[below], self.first[above]
        )

    def since(self, slot_us: int) -> "KnotColumns":
        """Those from the last before a slot on, which the slot still needs."""
        keep = slice(max(int(np.searchsorted(self.slot_us, slot_us)) - 1, 0), None)
        return KnotColumns(
            self.slot_us[keep],
            self.first_us[keep],
            self.first[keep],
            self.last_us[keep],
            self.last[keep],
        )


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
        first_us = times.t_us[times.first]
        self._parts.append(
            KnotColumns(
                first_us - first_us % SLOT_US,
                first_us,
                total[times.first],
                times.t_us[times.last],
                total[times.last],
            )
        )
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
        edges = np.arange(from_us, to_us + 1, SLOT_US)
        if not self._parts:
            return SlotColumns.unknown(from_us, len(edges) - 1)
        self._parts = [KnotColumns.joined(self._parts)]
        knots = self._parts[0]
        index, read = _places(knots.slot_us, edges)
        around = knots.around(index)
        at, long = self._totals(edges, around, index > 0, index < len(knots.slot_us))
        # The first read of a slot is the next one after its start, the last one is before its end.
        made = SlotColumns.between(
            from_us,
            (at, long),
            read,
            (around.high[:-1], around.low[1:]),
            (around.to_us[:-1] - edges[:-1], edges[1:] - around.from_us[1:]),
            self._broken(edges[:-1], edges[1:]),
        )
        begin = np.where(np.isnan(at[:-1]) & read, around.to_us[:-1], edges[:-1])
        end = np.where(np.isnan(at[1:]) & read, around.from_us[1:], edges[1:])
        for number in {(t_us - 1 - from_us) // SLOT_US for t_us, _ in self._jumps}:
            if 0 <= number < len(read):
                within = (int(begin[number]), int(end[number]))
                rose = sum(by for t_us, by in self._jumps if within[0] < t_us <= within[1])
                made.from_total[number] += rose
        return made

    def forget_before(self, slot_us: int) -> None:
        """Drop knots before a slot, all but the last of them."""
        if self._parts:
            self._parts = [KnotColumns.joined(self._parts).since(slot_us)]

    def _totals(
        self, edges: Ints, around: "_Around", below: Flags, above: Flags
    ) -> tuple[Floats, Flags]:
        """Totals at slot boundaries (NaN: unknown), and whether a long gap is around each."""
        from_us, to_us, low, high = around.from_us, around.to_us, around.low, around.high
        span_us = to_us - from_us
        exact = above & (to_us == edges)
        inside = below & above & (span_us <= LONGEST_GAP_US) & ~self._broken(from_us, to_us)
        part = (edges - from_us) / np.maximum(span_us, 1)
        between = np.minimum(np.maximum(low + (high - low) * part, low), high)
        between[~inside] = np.nan
        between[exact] = high[exact]
        return between, inside & ~exact & (span_us > self._long_gap_us)

    def _broken(self, from_us: Ints, to_us: Ints) -> Flags:
        if not self._breaks:
            return np.zeros(len(from_us), bool)
        breaks = np.array(self._breaks, dtype=np.int64)
        return np.searchsorted(breaks, from_us) < np.searchsorted(breaks, to_us)


@dataclass(frozen=True, slots=True)
class _Around:
    """The last read before each boundary and the first one at or after it: times and totals."""

    from_us: Ints
    to_us: Ints
    low: Floats
    high: Floats


def _places(slot_us: Ints, edges: Ints) -> tuple[Ints, Flags]:
    """How many knots lie before each slot boundary, and which slots have one."""
    numbers = (slot_us - edges[0]) // SLOT_US
    before = int(np.searchsorted(numbers, 0))
    inside = numbers[before : int(np.searchsorted(numbers, len(edges) - 1))]
    read = np.zeros(len(edges) - 1, bool)
    read[inside] = True
    index = np.full(len(edges), before)
    index[1:] += np.cumsum(read)
    return index, read
