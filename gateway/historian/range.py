"""Which rows of the journal may hold samples captured in a range of time."""

from collections.abc import Iterator
from typing import Final

from gateway.historian.codec import Head
from gateway.historian.columns import Choose
from gateway.historian.corrections import Corrections, Frame
from gateway.historian.reader import Reader
from gateway.historian.readrow import RawRow

WIDE_US: Final = 600_000_000
"""Rows that span more have an index of their own (schema.sql) [µs]."""

_PAGE: Final = 500


def journal_rows(
    reader: Reader, from_us: int, to_us: int, archived_n: int
) -> Iterator[tuple[RawRow, Choose | None, Corrections]]:
    """The rows, each once, with what to take of them and the corrections to read them by.

    Rows up to `archived_n` are in the archive, but for what then waited for its capture time.

    Args:
        reader: The journal.
        from_us: Start of the range, UTC [µs].
        to_us: End of the range, not in it, UTC [µs].
        archived_n: The archive holds everything up to this commit.
    """
    narrow = [
        n
        for (n,) in reader.execute(
            "SELECT n FROM journal WHERE first_us >= ? AND first_us < ? AND last_us >= ? "
            "AND last_us - first_us <= ? AND n > ?",
            (from_us - WIDE_US, to_us, from_us, WIDE_US, archived_n),
        )
    ]
    wide = [
        n
        for (n,) in reader.execute(
            "SELECT n FROM journal WHERE last_us - first_us > 600000000 AND last_us >= ? "
            "AND first_us < ? AND n > ?",
            (from_us, to_us, archived_n),
        )
    ]
    corrections = reader.corrections()
    moved = _moved(reader, corrections, from_us, to_us)

    def deferred(head: Head, frame: Frame) -> bool:
        return corrections.fix(head, frame, archived_n).pending

    for row in reader.raw_numbered(sorted({*narrow, *wide, *moved})):
        yield row, deferred if row.frame.n <= archived_n else None, corrections


def _moved(reader: Reader, corrections: Corrections, from_us: int, to_us: int) -> set[int]:
    # Rows whose samples may lie elsewhere than their journalled range says: there are few, so
    # their small columns are looked at one by one.
    found = set()
    for n, first_us, last_us, clock_us, boot_id in reader.execute(
        "SELECT n, first_us, last_us, utc_us - mono_us, boot_id FROM journal "
        "WHERE synchronised = 0 AND first_us IS NOT NULL"
    ):
        frame = Frame(n, str(boot_id), clock_us, synchronised=False)
        shift_us = corrections.shift_us(frame, 2**62) or 0
        if _overlaps(first_us, last_us, from_us, to_us) or _overlaps(
            first_us + shift_us, last_us + shift_us, from_us, to_us
        ):
            found.add(n)
    for n, first_us, last_us, board, stream, boot, first_up_us, last_up_us in reader.execute(
        "SELECT w.n, j.first_us, j.last_us, board, stream, boot, first_up_us, last_up_us "
        "FROM waiting w JOIN journal j ON j.n = w.n WHERE j.first_us IS NOT NULL"
    ):
        held = corrections.held(("board", str(board), str(stream), str(boot)))
        if _overlaps(first_us, last_us, from_us, to_us) or (
            held is not None
            and _overlaps(first_up_us + held.offset_us, last_up_us + held.offset_us, from_us, to_us)
        ):
            found.add(n)
    return found


def _overlaps(first_us: int, last_us: int, from_us: int, to_us: int) -> bool:
    return last_us >= from_us and first_us < to_us
