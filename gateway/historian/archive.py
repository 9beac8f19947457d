"""Closed hours to Parquet, in a process of its own: ``python -m gateway.historian.archive DIR``.

Its memory is returned when it ends, so that the gateway's stays small.
"""

import fcntl
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from agent.errors import HinobanError
from gateway.clock import SystemTime
from gateway.historian.arrivals import Arrivals
from gateway.historian.codec import Head
from gateway.historian.columns import Columns, is_plain, row_columns
from gateway.historian.corrections import Corrections, Frame, Key, batch_key
from gateway.historian.errors import ArchiveError
from gateway.historian.manifest import HOUR_US, HourFile, Manifest, ToldFile
from gateway.historian.parquet import fold_files, write_file, write_told
from gateway.historian.reader import Reader
from gateway.historian.readrow import RawRow

JOURNAL_NAME: Final = "journal.sqlite"
ARCHIVE_NAME: Final = "archive"
GRACE_US: Final = 300_000_000
"""How long after its end an hour is closed [µs]; what comes later goes to an addendum."""
FOLD_AT: Final = 8
"""Files of an hour at which they are folded into one."""
_CHUNK_SAMPLES: Final = 4_000_000
_PAGE: Final = 500
_TOLD: Final = "told"
"""Arrivals lie in a folder of their own: what looks for samples finds nothing else."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a run did.

    Args:
        n: The archive now holds everything up to this commit.
    """

    n: int
    samples: int
    files: int
    folded: int


def archive(journal: Path, folder: Path, now_us: int, fold_at: int = FOLD_AT) -> Done:
    """Bring closed hours from the journal to the archive, and fold addenda in.

    Args:
        journal: The journal's file; it may be in use.
        folder: The archive's folder; made if it does not exist.
        now_us: The present, UTC [µs]: hours that ended `GRACE_US` ago are closed.
        fold_at: Fold the files of an hour into one when there are so many.

    Raises:
        ArchiveError: Another run is under way, or files cannot be written.
        JournalError: The journal cannot be read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _only_one(folder), _reading(journal) as reader:
        manifest = Manifest.read(folder)
        _sweep(folder, manifest)
        boundary_us = (now_us - GRACE_US) // HOUR_US * HOUR_US
        samples = files = 0
        for last_n, columns, arrivals in _chunks(reader, manifest.n, boundary_us):
            new = _write_hours(folder, columns, manifest.n, last_n, reader.names())
            told = _write_told(folder, arrivals, last_n)
            manifest = msgspec.structs.replace(
                manifest, n=last_n, files=manifest.files + new, told=manifest.told + told
            )
            manifest.write(folder)
            samples += len(columns)
            files += len(new)
        manifest, folded = _fold(folder, manifest, fold_at)
        return Done(manifest.n, samples, files, folded)


def _chunks(
    reader: Reader, after_n: int, boundary_us: int
) -> Iterator[tuple[int, Columns, Arrivals]]:
    # A chunk ends with the hour it was committed in, so that most hours are one file from the
    # start, or when it grows too large for memory.
    parts: list[Columns] = []
    arrivals = Arrivals()
    size, hour = 0, None
    while page := list(reader.raw_rows(after_n, _PAGE)):
        corrections = reader.corrections()
        for row in page:
            if row.frame.synchronised:
                if row.utc_us >= boundary_us:
                    if parts:
                        yield after_n, Columns.joined(parts), arrivals
                    return
                row_hour = row.utc_us // HOUR_US
                if parts and (size >= _CHUNK_SAMPLES or row_hour != hour):
                    yield after_n, Columns.joined(parts), arrivals
                    parts, size, arrivals = [], 0, Arrivals()
                hour = row_hour
            for columns in _settled(row, corrections, reader):
                parts.append(columns)
                size += len(columns)
            arrivals.take(row)
            after_n = row.frame.n
    if parts:
        yield after_n, Columns.joined(parts), arrivals


def _settled(row: RawRow, corrections: Corrections, reader: Reader) -> Iterator[Columns]:
    # What a reader in commit order sees for good at this row: its samples but for those that
    # wait for their capture time, and earlier ones whose time this row makes known.
    n = row.frame.n
    if is_plain(row):
        yield row_columns(row, corrections, n)
    else:
        yield row_columns(
            row, corrections, n, lambda head, frame: not corrections.fix(head, frame, n).pending
        )
    for key in corrections.starting_at(n):
        for old in reader.raw_of_key(key, n):
            yield row_columns(old, corrections, n, partial(_is_about, key))


def _is_about(key: Key, head: Head, frame: Frame) -> bool:
    return batch_key(head, frame) == key


def _write_hours(
    folder: Path, columns: Columns, after_n: int, last_n: int, names: dict[int, str]
) -> tuple[HourFile, ...]:
    hours = columns.t_us // HOUR_US
    written = []
    for hour in np.unique(hours).tolist():
        part = columns.pick(hours == hour)
        name = _name(hour, f"{after_n + 1}-{last_n}")
        write_file(folder / name, part, names)
        written.append(
            HourFile(
                hour * HOUR_US,
                name,
                len(part),
                int(part.t_us.min()),
                int(part.t_us.max()),
                int(part.n.min()),
                int(part.n.max()),
            )
        )
    return tuple(written)


def _write_told(folder: Path, arrivals: Arrivals, last_n: int) -> tuple[ToldFile, ...]:
    if not arrivals:
        return ()
    hour = arrivals.first_us // HOUR_US
    name = f"{_TOLD}/{_name(hour, f'{arrivals.first_n}-{last_n}')}"
    write_told(folder / name, arrivals.columns())
    return (ToldFile(name, arrivals.first_n, last_n, arrivals.first_us, arrivals.last_us),)


def _fold(folder: Path, manifest: Manifest, fold_at: int) -> tuple[Manifest, int]:
    # The files replaced stay for queries that hold the old manifest; the next run sweeps them.
    by_hour: dict[int, list[HourFile]] = {}
    for file in manifest.files:
        by_hour.setdefault(file.hour_us, []).append(file)
    folded = 0
    for hour_us, parts in by_hour.items():
        if len(parts) < max(fold_at, 2):
            continue
        name = _name(hour_us // HOUR_US, f"folded-{manifest.n}")
        rows = fold_files(folder / name, [folder / part.name for part in parts])
        whole = HourFile(
            hour_us,
            name,
            rows,
            min(part.first_us for part in parts),
            max(part.last_us for part in parts),
            min(part.first_n for part in parts),
            max(part.last_n for part in parts),
        )
        if rows != sum(part.rows for part in parts):
            raise ArchiveError(f"{folder / name}: {rows} samples, fewer or more than its parts")
        rest = tuple(file for file in manifest.files if file.hour_us != hour_us)
        manifest = msgspec.structs.replace(manifest, files=(*rest, whole))
        manifest.write(folder)
        folded += 1
    return manifest, folded


def _name(hour: int, suffix: str) -> str:
    start = datetime.fromtimestamp(hour * 3600, UTC)
    return f"{start:%Y-%m-%d}/{start:%H}.{suffix}.parquet"


def _sweep(folder: Path, manifest: Manifest) -> None:
    # What a run that was cut off left behind, and what an earlier one replaced.
    listed = {folder / file.name for file in manifest.files}
    listed |= {folder / file.name for file in manifest.told}
    made = (path for under in ("", f"{_TOLD}/") for path in folder.glob(f"{under}*/*"))
    for path in made:
        if path.suffix in {".parquet", ".tmp"} and path not in listed:
            path.unlink()


class _only_one:  # noqa: N801 (reads as a word in the with statement)
    def __init__(self, folder: Path) -> None:
        self._path = folder / "lock"

    def __enter__(self) -> None:
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise ArchiveError(f"{self._path.parent}: another run is under way") from None

    def __exit__(self, *_: object) -> None:
        os.close(self._file)


class _reading:  # noqa: N801 (reads as a word in the with statement)
    def __init__(self, journal: Path) -> None:
        self._reader = Reader(journal)

    def __enter__(self) -> Reader:
        return self._reader

    def __exit__(self, *_: object) -> None:
        self._reader.close()


def main(arguments: list[str]) -> int:
    """Archive the journal in a data folder; ``--fold`` folds every addendum in.

    Returns:
        Exit code: 0, or 1 with the reason on standard error.
    """
    fold_at = 2 if "--fold" in arguments else FOLD_AT
    folders = [Path(word) for word in arguments if not word.startswith("--")]
    if len(folders) != 1:
        sys.stderr.write("usage: python -m gateway.historian.archive [--fold] DIR\n")
        return 1
    try:
        done = archive(
            folders[0] / JOURNAL_NAME,
            folders[0] / ARCHIVE_NAME,
            SystemTime("assume").utc_us(),
            fold_at,
        )
    except (HinobanError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(
        f"archived up to commit {done.n}: {done.samples} samples in {done.files} new files, "
        f"{done.folded} hours folded\n"
    )
    return 0


if __name__ == "__main__":
    os.nice(10)  # this process only: polling and alarms come first
    sys.exit(main(sys.argv[1:]))
