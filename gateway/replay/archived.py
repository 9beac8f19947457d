"""What archived commits told the alarm engine, hour by hour."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from agent.samples import Sample
from gateway.historian.arrivals import commits_of
from gateway.historian.codec import meaning
from gateway.historian.manifest import Manifest, ToldFile
from gateway.historian.parquet import connect, read_commits, read_told
from gateway.historian.told import Told
from gateway.replay.recorded import Recorded, Take

if TYPE_CHECKING:
    import duckdb


def archived_commits(folder: Path, from_us: int, before_n: int, to_us: int) -> Iterator[Recorded]:
    """The commits of the archive, as far as they were written in [from_us, to_us).

    Times of samples are those that were learnt by the time they were archived.

    Args:
        folder: The archive's; it need not exist.
        from_us: Start, UTC [µs].
        before_n: Only commits before this one, which the journal still holds.
        to_us: End, not in it, UTC [µs].

    Raises:
        ArchiveError: A file cannot be read.
    """
    manifest = Manifest.read(folder)
    files = [
        file
        for file in manifest.told
        if file.last_us >= from_us and file.first_us < to_us and file.first_n < before_n
    ]
    if not files:
        return
    with closing(connect()) as connection:
        for file in files:
            try:
                found = _read(connection, folder, manifest, file)
            except FileNotFoundError:
                # Files were folded into one meanwhile; the newer manifest names it.
                manifest = Manifest.read(folder)
                found = _read(connection, folder, manifest, file)
            for commit in _commits(found, read_told(connection, folder / file.name)):
                if from_us <= commit.utc_us < to_us and commit.frame.n < before_n:
                    yield commit


def _read(
    connection: "duckdb.DuckDBPyConnection", folder: Path, manifest: Manifest, file: ToldFile
) -> dict[str, np.ndarray]:
    parts = [folder / part.name for part in manifest.with_commits(file.first_n, file.last_n)]
    return read_commits(connection, parts, file.first_n, file.last_n) if parts else {}


def _commits(found: dict[str, np.ndarray], arrivals: dict[str, np.ndarray]) -> Iterator[Recorded]:
    samples = _samples(found) if found else []
    ns, places = (found[name].tolist() if found else [] for name in ("n", "i"))
    for frame, utc_us, told in commits_of(arrivals):
        low, high = bisect_left(ns, frame.n), bisect_left(ns, frame.n + 1)
        take = _taking(places[low:high], samples[low:high])
        yield Recorded(frame, utc_us, iter(told), take)


def _taking(places: list[int], samples: list[Sample]) -> Take:
    def take(told: Told) -> tuple[Sample, ...]:
        if not told.size:
            return ()
        low = bisect_left(places, told.first)
        return tuple(samples[low : bisect_left(places, told.first + told.size, low)])

    return take


def _samples(found: Mapping[str, np.ndarray]) -> list[Sample]:
    meanings = {code: meaning(code) for code in np.unique(found["code"]).tolist()}
    columns = (found[name].tolist() for name in ("point", "t_us", "value", "code"))
    return [
        Sample(point, t_us, value if value == value else None, *meanings[code])  # noqa: PLR0124
        for point, t_us, value, code in zip(*columns, strict=True)
    ]
