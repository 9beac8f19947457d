"""When totalisers were read: what reads, slots and their boundaries have to do with each other.

Totalisers that one request reads share their times, so all of this is known once for all of them.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from agent.cofiring.balance import LONGEST_GAP_US, SLOT_US

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_NOTHING_YET: Final = -(2**62)
_SHARED: Final = 2
"""How many sets of times are remembered: totalisers of one request come one after the other."""


@dataclass(frozen=True, slots=True, eq=False)
class KnotTimes:
    """When the first and the last read of each slot were that has any, in time order.

    Args:
        slot_us: Starts of the slots, UTC [µs].
        first_us: Capture times of the first reads, UTC [µs].
        last_us: Capture times of the last reads, UTC [µs].
    """

    slot_us: Ints
    first_us: Ints
    last_us: Ints


@dataclass(frozen=True, slots=True, eq=False)
class ReadTimes:
    """When totalisers were read, in order, and which reads are the first and last of a slot.

    Args:
        t_us: Capture times, UTC [µs].
        first: Numbers of the first reads of slots.
        last: Numbers of their last reads.
        knots: When those were.
        repeats: Whether some reads are of one instant; then first and last are not known yet.
    """

    t_us: Ints
    first: Ints
    last: Ints
    knots: KnotTimes
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
            none = t_us[:0]
            return cls(t_us, none, none, KnotTimes(none, none, none), repeats=True)
        begin, end = int(t_us[0]) // SLOT_US, int(t_us[-1]) // SLOT_US + 1
        if end - begin > 2 * len(t_us) + 1:
            first = np.flatnonzero(np.diff(t_us // SLOT_US, prepend=_NOTHING_YET))
            last = np.append(first[1:], len(t_us)) - 1
        else:
            edges = np.searchsorted(t_us, np.arange(begin, end + 1) * SLOT_US)
            some = edges[1:] > edges[:-1]
            first, last = edges[:-1][some], edges[1:][some] - 1
        first_us = t_us[first]
        knots = KnotTimes(first_us - first_us % SLOT_US, first_us, t_us[last])
        return cls(t_us, first, last, knots)

    def later(self, delay_us: int) -> "ReadTimes":
        """The same reads, each so much later [µs]."""
        return ReadTimes.of(self.t_us + delay_us) if delay_us else self


@dataclass(frozen=True, slots=True, eq=False)
class Boundaries:
    """Boundaries of slots that follow each other, between the reads around them.

    Args:
        edges_us: The boundaries, UTC [µs].
        read: Which slots have a read.
        below: Number of the last knot before each boundary; the first one where there is none.
        above: Number of the first knot after it; the last one where there is none.
        from_us: Last read before each boundary, UTC [µs].
        to_us: First read at or after it, UTC [µs].
        exact: Where that is at the boundary.
        inside: Where both are there, and near enough to tell what the total was between them.
        part: How far between them the boundary lies, 0 … 1.
        missing_us: Of each slot, what lies before its first read and after its last [µs].
    """

    edges_us: Ints
    read: Flags
    below: Ints
    above: Ints
    from_us: Ints
    to_us: Ints
    exact: Flags
    inside: Flags
    part: Floats
    missing_us: tuple[Ints, Ints]


@lru_cache(maxsize=_SHARED)
def joined(parts: tuple[KnotTimes, ...]) -> KnotTimes:
    """Knots of stretches that follow each other; a slot that two share becomes one knot."""
    opens, closes = seams(parts)
    return KnotTimes(
        along([part.slot_us for part in parts], opens),
        along([part.first_us for part in parts], opens),
        along([part.last_us for part in parts], closes),
    )


@lru_cache(maxsize=_SHARED)
def seams(parts: tuple[KnotTimes, ...]) -> tuple[list[slice], list[slice]]:
    """Of each stretch the knots whose first read, and those whose last read, is the slot's."""
    begins = [int(part.slot_us[0]) for part in parts]
    ends = [int(part.slot_us[-1]) for part in parts]
    opens = [slice(int(b == e), None) for b, e in zip(begins, [None, *ends[:-1]], strict=True)]
    closes = [
        slice(len(part.slot_us) - int(e == b))
        for part, e, b in zip(parts, ends, [*begins[1:], None], strict=True)
    ]
    return opens, closes


def along(columns: list[Any], pieces: list[slice]) -> Any:
    """One column of what is taken of several."""
    return np.concatenate([c[piece] for c, piece in zip(columns, pieces, strict=True)])


@lru_cache(maxsize=_SHARED)
def since(times: KnotTimes, slot_us: int) -> tuple[int, KnotTimes]:
    """Knots from the last before a slot on, which the slot still needs, and which is the first."""
    number = max(int(np.searchsorted(times.slot_us, slot_us)) - 1, 0)
    columns = (times.slot_us, times.first_us, times.last_us)
    return number, KnotTimes(*(column[number:].copy() for column in columns))


@lru_cache(maxsize=_SHARED)
def boundaries(knots: KnotTimes, from_us: int, to_us: int) -> Boundaries:
    """The boundaries of the slots in [from_us, to_us), both full minutes; of at least one knot."""
    edges_us = np.arange(from_us, to_us + 1, SLOT_US)
    index, read = _places(knots.slot_us, edges_us)
    count = len(knots.slot_us)
    below, above = np.maximum(index - 1, 0), np.minimum(index, count - 1)
    before_us, after_us = knots.last_us[below], knots.first_us[above]
    span_us = after_us - before_us
    exact = (index < count) & (after_us == edges_us)
    return Boundaries(
        edges_us,
        read,
        below,
        above,
        before_us,
        after_us,
        exact,
        (index > 0) & (index < count) & (span_us <= LONGEST_GAP_US),
        (edges_us - before_us) / np.maximum(span_us, 1),
        (after_us[:-1] - edges_us[:-1], edges_us[1:] - before_us[1:]),
    )


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
