"""Journal and archive as one: the commits of a period, in order, each once."""

from collections.abc import Iterator
from pathlib import Path

from gateway.historian.reader import Reader
from gateway.replay.archived import archived_commits
from gateway.replay.recorded import Recorded, journal_commits


def recorded_commits(reader: Reader, archive: Path, from_us: int, to_us: int) -> Iterator[Recorded]:
    """The commits that were written in [from_us, to_us).

    What the journal holds without a gap is taken from it, what is older from the archive.

    Args:
        reader: Of the journal.
        archive: The archive's folder; it need not exist.
        from_us: Start, UTC [µs].
        to_us: End, not in it, UTC [µs].

    Raises:
        JournalError: The journal cannot be read.
        ArchiveError: The archive cannot be read.
    """
    whole_n = reader.execute(
        "SELECT coalesce(max(n), 1) FROM journal WHERE n - 1 NOT IN (SELECT n FROM journal)"
    )[0][0]
    yield from archived_commits(archive, from_us, whole_n, to_us)
    rows = reader.execute(
        "SELECT n FROM journal WHERE n >= ? AND utc_us >= ? ORDER BY n LIMIT 1", (whole_n, from_us)
    )
    if rows:
        yield from journal_commits(reader, rows[0][0], to_us)
