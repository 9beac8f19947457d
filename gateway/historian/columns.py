"""Columns: the samples of many rows as NumPy arrays, for queries and the archive."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from gateway.historian.codec import UNSYNCED, Head, Packed
from gateway.historian.corrections import Corrections, Fix, Frame, batch_key
from gateway.historian.readrow import RawRow
from gateway.historian.rows import Basis

Ints = npt.NDArray[np.int64]
NO_TIME: Final = -1
"""Stands for "no earliest time" in `Columns.earliest_us`."""

Choose = Callable[[Head, Frame], bool]


@dataclass(frozen=True, slots=True)
class Columns:
    """Samples side by side.

    Args:
        n: Commit of each sample.
        i: Its place in the commit; (n, i) names a sample for ever.
        point: Point id.
        t_us: Capture time, UTC [µs].
        value: Value, NaN where it is not known.
        code: Quality and reason, see `codec.meaning`.
        earliest_us: Start of the interval the capture lies in, `NO_TIME` where it is an instant.
    """

    n: Ints
    i: Ints
    point: Ints
    t_us: Ints
    value: npt.NDArray[np.float64]
    code: npt.NDArray[np.uint8]
    earliest_us: Ints

    @classmethod
    def joined(cls, parts: Iterable[Self]) -> Self:
        """Several one after the other."""
        parts = [*parts, cls.none()]
        return cls(*(np.concatenate([getattr(p, name) for p in parts]) for name in cls.__slots__))

    @classmethod
    def none(cls) -> Self:
        """No samples."""
        ints = np.empty(0, np.int64)
        return cls(ints, ints, ints, ints, np.empty(0), np.empty(0, np.uint8), ints)

    def __len__(self) -> int:
        return len(self.n)

    def pick(self, which: npt.NDArray[Any]) -> "Columns":
        """The samples of a mask or of indices, in that order."""
        return Columns(*(getattr(self, name)[which] for name in self.__slots__))

    def in_order(self) -> "Columns":
        """In order of capture; those of one instant in the order they came."""
        return self.pick(np.lexsort((self.i, self.n, self.t_us)))


def row_columns(
    row: RawRow, corrections: Corrections, at_n: int, choose: Choose | None = None
) -> Columns:
    """The samples of a row as known at row `at_n`.

    Args:
        row: The row.
        corrections: All corrections on disk.
        at_n: Corrections of later rows are not applied.
        choose: Which batches to take; all, if None.
    """
    if row.packed is None or not row.packed.values:
        return Columns.none()
    everything = np.arange(len(row.packed.values) // 8, dtype=np.int64)
    columns = _picked(row, row.packed, everything)
    if choose is None and is_plain(row):
        return columns
    return _fixed(columns, row, corrections, at_n, choose)


def point_columns(
    row: RawRow, point: int, corrections: Corrections, at_n: int, choose: Choose | None = None
) -> Columns:
    """The samples of one point in a row; a row without it costs next to nothing."""
    packed = row.packed
    if packed is None:
        return Columns.none()
    ids = np.frombuffer(packed.ids, f"<{packed.id_type}")
    hits = np.flatnonzero(ids == point)
    if not len(hits):
        return Columns.none()
    if choose is None and is_plain(row):
        return _picked(row, packed, hits)
    columns = row_columns(row, corrections, at_n, choose)
    return columns.pick(columns.point == point)


def is_plain(row: RawRow) -> bool:
    """Whether no capture time in the row can ever be corrected."""
    return row.packed is None or (
        row.frame.synchronised and not any(head.waits for head in row.packed.heads)
    )


def _picked(row: RawRow, packed: Packed, which: Ints) -> Columns:
    heads = packed.heads
    ends = np.cumsum([head.count for head in heads])
    of_head = np.searchsorted(ends, which, side="right")
    t_us = np.array([head.base_us for head in heads], np.int64)[of_head]
    if packed.deltas:
        t_us += np.frombuffer(packed.deltas, f"<{packed.delta_type}")[which]
    codes = np.zeros(len(which), np.uint8)
    if packed.codes:
        codes[:] = np.frombuffer(packed.codes, np.uint8)[which]
    earliest = [NO_TIME if h.t_earliest_us is None else h.t_earliest_us for h in heads]
    return Columns(
        np.full(len(which), row.frame.n, np.int64),
        which,
        np.frombuffer(packed.ids, f"<{packed.id_type}")[which].astype(np.int64),
        t_us,
        np.frombuffer(packed.values, "<f8")[which],
        codes,
        np.array(earliest, np.int64)[of_head],
    )


def _fixed(
    columns: Columns, row: RawRow, corrections: Corrections, at_n: int, choose: Choose | None
) -> Columns:
    keep = np.ones(len(columns), bool)
    start = 0
    for head in row.packed.heads if row.packed else ():
        part = slice(start, start + head.count)
        start += head.count
        if choose is not None and not choose(head, row.frame):
            keep[part] = False
        else:
            fix = corrections.fix(head, row.frame, at_n)
            if head.basis is Basis.SPAN:
                _move_span(columns, part, fix.shift_us or 0)
            else:
                _fix_part(columns, part, fix, by_gateway=_by_gateway(head, row.frame))
    return columns.pick(keep)


def _move_span(columns: Columns, part: slice, shift_us: int) -> None:
    columns.t_us[part] += shift_us
    earliest_us = columns.earliest_us[part]
    earliest_us[earliest_us != NO_TIME] += shift_us


def _by_gateway(head: Head, frame: Frame) -> bool:
    key = batch_key(head, frame)
    return key is not None and key[0] == "clock"


def _fix_part(columns: Columns, part: slice, fix: Fix, *, by_gateway: bool) -> None:
    # The same as corrections.apply does for samples.
    code = columns.code[part]
    if fix.pending:
        if by_gateway:
            code[code == 0] = UNSYNCED
        return
    if fix.shift_us is not None:
        columns.t_us[part] += fix.shift_us
    elif fix.at_us is not None:
        columns.t_us[part] = fix.at_us
    else:
        return
    code[(code == UNSYNCED) & ~np.isnan(columns.value[part])] = 0
