"""Which rows may leave the journal: archived, passed by every reader, old enough."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from gateway.historian.corrections import Key
from gateway.historian.journal import Journal
from gateway.historian.manifest import Manifest
from gateway.historian.reader import Reader

DAY_US: Final = 86_400_000_000
_AT_ONCE: Final = 500


def prune(
    journal: Journal, archive: Path, cursors: Iterable[int], now_us: int, keep_days: float = 3.0
) -> int:
    """Remove rows nobody needs any more; alarm events and state stay. Call it in the writer.

    At most a few hundred rows at a time, so that no commit waits long: call it again while it
    removes any.

    Args:
        journal: The journal, open for writing.
        archive: The archive's folder.
        cursors: The commit each reader has passed; a reader that has not begun is at 0.
        now_us: The present, UTC [µs].
        keep_days: How long a row stays at least [days].

    Returns:
        How many rows were removed.
    """
    passed_n = min([Manifest.read(archive).n, *cursors])
    reader = Reader(journal.path)
    try:
        return journal.remove(_removable(reader, passed_n, now_us - round(keep_days * DAY_US)))
    finally:
        reader.close()


def _removable(reader: Reader, passed_n: int, before_us: int) -> list[int]:
    # A row whose samples wait for their capture time stays until it is known and passed on.
    corrections = reader.corrections()

    def open_at_passed(key: Key) -> bool:
        held = corrections.held(key)
        return held is None or held.n > passed_n

    waiting = {
        n
        for n, board, stream, boot in reader.execute(
            "SELECT n, board, stream, boot FROM waiting WHERE n <= ?", (passed_n,)
        )
        if open_at_passed(("board", str(board), str(stream), str(boot)))
    }
    removable: list[int] = []
    after_n = 0
    while len(removable) < _AT_ONCE and (
        rows := reader.execute(
            "SELECT n, synchronised, boot_id FROM journal "
            "WHERE n > ? AND n <= ? AND utc_us < ? ORDER BY n LIMIT ?",
            (after_n, passed_n, before_us, _AT_ONCE),
        )
    ):
        removable += [
            n
            for n, synchronised, boot_id in rows
            if n not in waiting and (synchronised or not open_at_passed(("clock", str(boot_id))))
        ]
        after_n = rows[-1][0]
    return removable
