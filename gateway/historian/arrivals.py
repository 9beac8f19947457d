"""Arrivals: what many commits told the alarm engine, as columns for the archive."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np

from gateway.historian.corrections import Frame
from gateway.historian.readrow import RawRow
from gateway.historian.told import Kind, Told, told_of

_TYPES: Final = {
    "n": np.int64,
    "k": np.int32,
    "at_us": np.int64,
    "kind": np.uint8,
    "name": object,
    "first": np.int32,
    "size": np.int32,
    "utc_us": np.int64,
    "clock_us": np.int64,
    "boot_id": object,
    "synchronised": np.bool_,
}
"""Columns of a file: `n` and `k` are the commit and the place in it, `utc_us` is its time."""


class Arrivals:
    """Gathers what commits told, one after the other; false while there is nothing."""

    def __init__(self) -> None:
        self.first_n = self.first_us = self.last_us = 0
        self._columns: dict[str, list[object]] = {name: [] for name in _TYPES}

    def __bool__(self) -> bool:
        return bool(self._columns["n"])

    def take(self, row: RawRow) -> None:
        """One more commit."""
        frame = row.frame
        columns = self._columns
        for k, told in enumerate(told_of(row)):
            if not self:
                self.first_n, self.first_us = frame.n, row.utc_us
            self.last_us = row.utc_us
            line = (
                frame.n, k, *told, row.utc_us, frame.clock_us, frame.boot_id, frame.synchronised
            )  # fmt: skip
            for column, value in zip(columns.values(), line, strict=True):
                column.append(value)

    def columns(self) -> dict[str, np.ndarray]:
        """All of it."""
        return {name: np.array(self._columns[name], _TYPES[name]) for name in _TYPES}


def commits_of(columns: dict[str, np.ndarray]) -> Iterator[tuple[Frame, int, list[Told]]]:
    """Frame, time of writing [µs] and what was told, of each commit of a file."""
    lists = {name: column.tolist() for name, column in columns.items()}
    starts = [*np.flatnonzero(np.diff(columns["n"], prepend=-1)).tolist(), len(columns["n"])]
    for here, there in pairwise(starts):
        frame = Frame(
            lists["n"][here],
            lists["boot_id"][here],
            lists["clock_us"][here],
            lists["synchronised"][here],
        )
        told = [
            Told(lists["at_us"][j], Kind(lists["kind"][j]), lists["name"][j], lists["first"][j],
                 lists["size"][j])
            for j in range(here, there)
        ]  # fmt: skip
        yield frame, lists["utc_us"][here], told
