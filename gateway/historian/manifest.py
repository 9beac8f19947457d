"""The archive's table of contents: which rows it holds, in which files. Replaced by rename."""

import os
from pathlib import Path
from typing import Final, Self

import msgspec

from gateway.historian.errors import ArchiveError

HOUR_US: Final = 3_600_000_000
_NAME: Final = "manifest.json"
_VERSION: Final = 1


class HourFile(msgspec.Struct, frozen=True):
    """A Parquet file with samples of one hour.

    Args:
        hour_us: Start of the hour, UTC [µs].
        name: Path below the archive's folder.
        rows: How many samples it holds.
        first_us: Earliest capture in it, UTC [µs].
        last_us: Latest.
        first_n: The first commit with a sample in it; 0 where nobody noted it.
        last_n: The last one.
    """

    hour_us: int
    name: str
    rows: int
    first_us: int
    last_us: int
    first_n: int = 0
    last_n: int = 0


class ToldFile(msgspec.Struct, frozen=True):
    """A Parquet file of what commits told the alarm engine, in order.

    Args:
        name: Path below the archive's folder.
        first_n: The first commit.
        last_n: The last one.
        first_us: When the first was written, UTC [µs].
        last_us: When the last was.
    """

    name: str
    first_n: int
    last_n: int
    first_us: int
    last_us: int


class Manifest(msgspec.Struct, frozen=True):
    """What the archive holds.

    Args:
        n: Every sample of the commits up to it is in one of the files exactly once, but for
            those that then still waited for their capture time: they stay in the journal until
            the row that makes it known.
        files: All files of samples, by hour; those after the first of an hour are its addenda.
        told: The files of arrivals, by commit; archives of earlier versions have none.
    """

    n: int = 0
    files: tuple[HourFile, ...] = ()
    version: int = _VERSION
    told: tuple[ToldFile, ...] = ()

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The manifest of an archive; an empty one where none was written yet.

        Raises:
            ArchiveError: It cannot be read.
        """
        path = folder / _NAME
        try:
            found = msgspec.json.decode(path.read_bytes(), type=cls)
        except FileNotFoundError:
            return cls()
        except (OSError, msgspec.MsgspecError) as error:
            raise ArchiveError(f"{path}: cannot be read ({error}); restore it") from error
        if found.version > _VERSION:
            raise ArchiveError(f"{path}: written by a newer Hinoban; install that version")
        return found

    def write(self, folder: Path) -> None:
        """Replace the manifest of an archive, on disk when this returns."""
        path = folder / _NAME
        fresh = path.with_suffix(".tmp")
        fresh.write_bytes(msgspec.json.encode(self))
        sync(fresh)
        fresh.replace(path)
        sync(folder)

    def with_commits(self, first_n: int, last_n: int) -> list[HourFile]:
        """The files with samples of commits from `first_n` to `last_n`."""
        return [f for f in self.files if f.first_n <= last_n and f.last_n >= first_n]

    def overlapping(self, from_us: int, to_us: int) -> list[HourFile]:
        """The files with samples in [from_us, to_us)."""
        return [f for f in self.files if f.last_us >= from_us and f.first_us < to_us]


def sync(path: Path) -> None:
    """Wait until a file or folder is on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
