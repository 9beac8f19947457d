"""What a point was: journal and archive as one, late samples in their place, none twice."""

import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from agent.samples import Sample
from gateway.historian.codec import meaning
from gateway.historian.columns import Columns, point_columns, row_columns
from gateway.historian.manifest import Manifest
from gateway.historian.parquet import connect, read_buckets, read_point
from gateway.historian.range import journal_rows
from gateway.historian.reader import Reader

if TYPE_CHECKING:
    import duckdb

_EVER: Final = 2**62
_TAIL_PAGE: Final = 200
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Bucket:
    """The good samples of a point in one stretch of time.

    Args:
        t_us: Start of the stretch, UTC [µs].
        count: How many good samples; a stretch without any has no bucket.
        least: The smallest value, in the point's unit.
        mean: Mean of the values.
        greatest: The largest.
    """

    t_us: int
    count: int
    least: float
    mean: float
    greatest: float


class History:
    """Answers questions about the past; safe to share between threads.

    Args:
        journal: The journal's file.
        archive: The archive's folder; it need not exist.

    Raises:
        JournalError: There is no journal.
    """

    def __init__(self, journal: Path, archive: Path) -> None:
        self._reader = Reader(journal)
        self._folder = archive
        self._mutex = threading.Lock()
        self._duckdb: duckdb.DuckDBPyConnection | None = None

    def samples(
        self, point: str, from_us: int, to_us: int, limit: int | None = None
    ) -> list[Sample]:
        """The samples of a point captured in [from_us, to_us), in order of capture.

        Args:
            point: Its name.
            from_us: First capture time, UTC [µs].
            to_us: End of the range, not in it, UTC [µs].
            limit: The first so many only.

        Raises:
            JournalError: The journal cannot be read.
            ArchiveError: The archive cannot be read.
        """
        columns = self.columns(point, from_us, to_us)
        if limit is not None:
            columns = columns.pick(np.arange(min(limit, len(columns))))
        return list(_samples(columns, {0: point}))

    def columns(self, point: str, from_us: int, to_us: int) -> Columns:
        """The same as `samples`, as arrays; `point` is 0 in them."""

        def both(manifest: Manifest) -> Columns:
            archived = Columns.none()
            if parts := self._parts(manifest, from_us, to_us):
                archived = read_point(self._duck(), parts, point, from_us, to_us)
            fresh = self._journalled(point, from_us, to_us, manifest.n)
            return Columns.joined([archived, fresh]).in_order()

        return self._consistent(both)

    def buckets(self, point: str, from_us: int, to_us: int, width_us: int) -> list[Bucket]:
        """Count, least, mean and greatest good value of a point by stretches of `width_us`.

        Stretches count from `from_us`; the last may reach to `to_us` only.
        """

        def both(manifest: Manifest) -> list[Bucket]:
            found: dict[int, tuple[int, float, float, float]] = {}
            if parts := self._parts(manifest, from_us, to_us):
                found = read_buckets(self._duck(), parts, point, from_us, to_us, width_us=width_us)
            fresh = self._journalled(point, from_us, to_us, manifest.n)
            good = fresh.pick(fresh.code == 0)
            numbers = (good.t_us - from_us) // width_us
            for number in np.unique(numbers).tolist():
                values = good.value[numbers == number]
                part = (
                    len(values), float(values.min()), float(values.sum()), float(values.max())
                )  # fmt: skip
                found[number] = _merged(found[number], part) if number in found else part
            return [
                Bucket(from_us + number * width_us, count, least, total / count, greatest)
                for number, (count, least, total, greatest) in sorted(found.items())
            ]

        return self._consistent(both)

    def latest(
        self, points: Collection[str] | None = None, max_rows: int = 7_200
    ) -> dict[str, Sample]:
        """The newest sample by capture time of each point, from the journal's tail.

        Meant for filling a cache at start; a point that is not among the last `max_rows` commits
        is missing from the answer.

        Args:
            points: Only these; every point ever journalled, if None.
            max_rows: How far to look back [commits].
        """
        with self._mutex:
            names = self._reader.names()
            missing = {i for i, name in names.items() if points is None or name in points}
            wanted = frozenset(missing)
            newest: dict[int, tuple[int, Columns]] = {}
            before_n, stop_n = self._reader.last_n() + 1, self._reader.last_n() - max_rows
            while missing and before_n > max(stop_n, 1):
                first_n = max(before_n - _TAIL_PAGE, stop_n, 1)
                rows = self._reader.raw_rows(first_n - 1, before_n - first_n)
                corrections = self._reader.corrections()
                for row in rows:
                    columns = row_columns(row, corrections, _EVER)
                    for k, (point, t_us) in enumerate(
                        zip(columns.point.tolist(), columns.t_us.tolist(), strict=True)
                    ):
                        held = newest.get(point)
                        if point in wanted and (held is None or t_us >= held[0]):
                            newest[point] = (t_us, columns.pick(np.array([k])))
                missing -= newest.keys()
                before_n = first_n
            return {names[point]: next(_samples(one, names)) for point, (_, one) in newest.items()}

    def close(self) -> None:
        """Close the files."""
        with self._mutex:
            self._reader.close()
            if self._duckdb is not None:
                self._duckdb.close()

    def _consistent(self, work: Callable[[Manifest], _Result]) -> _Result:
        with self._mutex:
            # The manifest first: what it says is archived is taken from the archive, the rest
            # from the journal, where it still lies. A file that was replaced meanwhile is swept
            # an hour later; then the newer manifest names another.
            try:
                return work(Manifest.read(self._folder))
            except FileNotFoundError:
                return work(Manifest.read(self._folder))

    def _parts(self, manifest: Manifest, from_us: int, to_us: int) -> list[Path]:
        return [self._folder / file.name for file in manifest.overlapping(from_us, to_us)]

    def _duck(self) -> "duckdb.DuckDBPyConnection":
        if self._duckdb is None:
            self._duckdb = connect()
        return self._duckdb

    def _journalled(self, point: str, from_us: int, to_us: int, archived_n: int) -> Columns:
        number = self._reader.point_id(point)
        if number is None:
            return Columns.none()
        parts = []
        for row, choose, corrections in journal_rows(self._reader, from_us, to_us, archived_n):
            found = point_columns(row, number, corrections, _EVER, choose)
            if len(found):
                parts.append(found.pick((found.t_us >= from_us) & (found.t_us < to_us)))
        joined = Columns.joined(parts)
        joined.point[:] = 0
        return joined


def _merged(
    a: tuple[int, float, float, float], b: tuple[int, float, float, float]
) -> tuple[int, float, float, float]:
    return a[0] + b[0], min(a[1], b[1]), a[2] + b[2], max(a[3], b[3])


def _samples(columns: Columns, names: dict[int, str]) -> Iterator[Sample]:
    for point, t_us, value, code in zip(
        columns.point.tolist(),
        columns.t_us.tolist(),
        columns.value.tolist(),
        columns.code.tolist(),
        strict=True,
    ):
        known = value == value  # noqa: PLR0124 (NaN is the only value unlike itself)
        yield Sample(names[point], t_us, value if known else None, *meaning(code))
