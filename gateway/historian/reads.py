"""Reads: the good samples of a batch side by side, without an object for each of them.

Nearly every row says only that the same points were read once more. Whoever follows a few of them
is told their times and values in three tuples, and pays nothing for the points of others.
"""

from collections.abc import Callable, Container, Mapping
from math import isfinite
from operator import itemgetter
from struct import Struct, calcsize, unpack, unpack_from
from typing import Any, Final

import msgspec

from agent.samples import Sample
from gateway.historian.codec import Packed
from gateway.historian.corrections import may_move

_LAYOUTS_KEPT: Final = 4096
_WIDTHS: Final = {kind: calcsize(f"<{kind}") for kind in "HIiq"}


class Reads(msgspec.Struct, frozen=True, gc=False):
    """Good samples of one batch at their final times, one of each point.

    Args:
        points: Their points: the same object whenever the same points are read together.
        times_us: Capture times, UTC [µs].
        values: In the units of the points.
    """

    points: tuple[str, ...]
    times_us: tuple[int, ...]
    values: tuple[float, ...]

    def samples(self) -> tuple[Sample, ...]:
        """The same one by one."""
        return tuple(map(Sample, self.points, self.times_us, self.values))


class _Layout(msgspec.Struct, frozen=True):
    """Which samples of a batch are wanted.

    Args:
        points: Their points; none where nothing of the batch is wanted.
        values: Reads all values of a batch out of a column from some byte on.
        pick: Takes theirs out of a column; None where they are all of it.
        once: Whether each point comes once only.
    """

    points: tuple[str, ...]
    values: Callable[[bytes, int], tuple[float, ...]]
    pick: Callable[[tuple[Any, ...]], tuple[Any, ...]] | None
    once: bool


class Picks:
    """Takes the samples of some points out of rows.

    Args:
        wanted: The points.
        names: Point names by id.
    """

    def __init__(self, wanted: Container[str], names: Mapping[int, str]) -> None:
        self.wanted = wanted
        self._names = names
        self._layouts: dict[tuple[str, bytes], _Layout] = {}

    def reads(self, packed: Packed, synchronised: bool) -> tuple[Reads, ...] | None:
        """The wanted samples of a row by batch.

        Args:
            packed: What the row carries.
            synchronised: Whether it was written by a clock that was right.

        Returns:
            None where one of them may be anything but good, at a time that may yet be corrected,
            or not the only one of its point in its batch: such rows have to be read one by one.
        """
        found = []
        kind, ids, codes = packed.id_type, packed.ids, packed.codes
        width, end = _WIDTHS[kind], 0
        for head in packed.heads:
            start, end = end, end + head.count
            key = kind, ids[start * width : end * width]
            layout = self._layouts.get(key) or self._layout(*key)
            if not layout.points:
                continue
            doubted = codes and any(codes[start:end])
            if doubted or not layout.once or may_move(head, synchronised):
                return None
            values = layout.values(packed.values, 8 * start)
            if layout.pick is not None:
                values = layout.pick(values)
            if not isfinite(sum(values)):
                return None
            times_us = (head.base_us,) * len(values)
            if packed.deltas:
                column = f"<{head.count}{packed.delta_type}"
                deltas = unpack_from(column, packed.deltas, _WIDTHS[packed.delta_type] * start)
                picked = layout.pick(deltas) if layout.pick else deltas
                times_us = tuple([head.base_us + delta for delta in picked])
            found.append(Reads(layout.points, times_us, values))
        return tuple(found)

    def _layout(self, id_type: str, ids: bytes) -> _Layout:
        if len(self._layouts) >= _LAYOUTS_KEPT:
            self._layouts.clear()
        made = self._layouts[id_type, ids] = self._made(id_type, ids)
        return made

    def _made(self, id_type: str, ids: bytes) -> _Layout:
        count = len(ids) // _WIDTHS[id_type]
        names = [self._names[number] for number in unpack(f"<{count}{id_type}", ids)]
        places = [n for n, name in enumerate(names) if name in self.wanted]
        points = tuple(names[n] for n in places)
        pick: Callable[[tuple[Any, ...]], tuple[Any, ...]] | None = None
        if len(places) == 1:
            (only,) = places
            pick = itemgetter(slice(only, only + 1))
        elif places and len(places) < count:
            pick = itemgetter(*places)
        values = Struct(f"<{count}d").unpack_from
        return _Layout(points, values, pick, len(set(points)) == len(points))
