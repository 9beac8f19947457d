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

_NOTHING_YET: Final = -(2**62)


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
    def of_reads(cls, t_us: Ints, total: Floats) -> "KnotColumns":
        """The knots of some reads in strict order of time, whose totals never fall."""
        begin, end = int(t_us[0]) // SLOT_US, int(t_us[-1]) // SLOT_US + 1
        if end - begin > 2 * len(t_us) + 1:
            starts = np.flatnonzero(np.diff(t_us // SLOT_US, prepend=_NOTHING_YET))
            ends = np.append(starts[1:], len(t_us))
        else:
            edges = np.searchsorted(t_us, np.arange(begin, end + 1) * SLOT_US)
            some = edges[1:] > edges[:-1]
            starts, ends = edges[:-1][some], edges[1:][some]
        lasts = ends - 1
        first_us = t_us[starts]
        return cls(
            first_us - first_us % SLOT_US, first_us, total[starts], t_us[lasts], total[lasts]
        )

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
        self._newest_us, self._newest = _NOTHING_YET, -np.inf
        self.conflicts = 0

    @property
    def last_us(self) -> int | None:
        """Capture time of the newest read, UTC [µs]."""
        return self._newest_us if self._parts else None

    def feed(self, t_us: Ints, total: Floats) -> None:
        """Take reads that are later than all before.

        Of reads of one instant the first counts. A read that would make the total fall is left
        out and counted in `conflicts`.

        Args:
            t_us: Capture times in order, UTC [µs].
            total: Totals booked so far, in the totaliser's unit.

        Raises:
            ValueError: The reads are not in order of time.
        """
        if not len(t_us):
            return
        if not (t_us[1:] > t_us[:-1]).all():
            if (t_us[1:] < t_us[:-1]).any():
                raise ValueError(f"reads from {t_us[0]} µs on are not in order of time; sort them")
            fresh = np.diff(t_us, prepend=_NOTHING_YET) != 0
            t_us, total = t_us[fresh], total[fresh]
        if t_us[0] <= self._newest_us:
            raise ValueError(f"reads at {t_us[0]} µs come after {self._newest_us} µs; sort them")
        if total[0] < self._newest or not (total[1:] >= total[:-1]).all():
            rising = total >= np.maximum(np.maximum.accumulate(total), self._newest)
            self.conflicts += int(len(total) - np.count_nonzero(rising))
            t_us, total = t_us[rising], total[rising]
        if len(t_us):
            self._parts.append(KnotColumns.of_reads(t_us, total))
            self._newest_us, self._newest = int(t_us[-1]), float(total[-1])

    def break_at(self, t_us: int) -> None:
        """Mark a counter reset: what was counted between the reads around it nobody knows."""
        self._breaks = sorted({*self._breaks, t_us})

    def slots(self, from_us: int, to_us: int) -> SlotColumns:
        """What is known of the slots that begin in [from_us, to_us), both full minutes."""
        edges = np.arange(from_us, to_us + 1, SLOT_US)
        if not self._parts:
            return SlotColumns.unknown(from_us, len(edges) - 1)
        self._parts = [KnotColumns.joined(self._parts)]
        knots = self._parts[0]
        at, long = self._totals(knots, edges)
        mine = np.minimum(np.searchsorted(knots.slot_us, edges[:-1]), len(knots.slot_us) - 1)
        read = knots.slot_us[mine] == edges[:-1]
        return SlotColumns.between(
            from_us,
            (at, long),
            tuple(np.where(read, column[mine], np.nan) for column in (knots.first, knots.last)),
            (
                np.where(np.isnan(at[:-1]) & read, knots.first_us[mine] - edges[:-1], 0),
                np.where(np.isnan(at[1:]) & read, edges[1:] - knots.last_us[mine], 0),
            ),
            self._broken(edges[:-1], edges[1:]),
        )

    def forget_before(self, slot_us: int) -> None:
        """Drop knots before a slot, all but the last of them."""
        if self._parts:
            self._parts = [KnotColumns.joined(self._parts).since(slot_us)]

    def _totals(self, knots: KnotColumns, edges: Ints) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Totals at slot boundaries (NaN: unknown), and whether a long gap is around each."""
        index = np.searchsorted(knots.slot_us, edges)
        above = np.minimum(index, len(knots.slot_us) - 1)
        below = np.maximum(index - 1, 0)
        from_us, to_us = knots.last_us[below], knots.first_us[above]
        span_us = to_us - from_us
        exact = (index < len(knots.slot_us)) & (to_us == edges)
        inside = (index > 0) & (index < len(knots.slot_us)) & (span_us <= LONGEST_GAP_US)
        inside &= ~self._broken(from_us, to_us)
        part = (edges - from_us) / np.where(span_us > 0, span_us, 1)
        low, high = knots.last[below], knots.first[above]
        between = np.minimum(np.maximum(low + (high - low) * part, low), high)
        known = np.where(inside, between, np.nan)
        return np.where(exact, high, known), inside & ~exact & (span_us > self._long_gap_us)

    def _broken(self, from_us: Ints, to_us: Ints) -> npt.NDArray[np.bool_]:
        breaks = np.array(self._breaks, dtype=np.int64)
        return np.searchsorted(breaks, from_us) < np.searchsorted(breaks, to_us)
