"""Reader: the journal in commit order, each sample good exactly once, at its right time."""

import sqlite3
from collections.abc import Callable, Container, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

from agent.alarms.events import AlarmEvent
from gateway.historian import files
from gateway.historian.alarms import StoredAlarm, alarm_events, events_about, events_of
from gateway.historian.chain import Chained, Link, chained, noted
from gateway.historian.codec import unpack, unpack_extras
from gateway.historian.corrections import Corrections, Effective, Frame, Key, key_from
from gateway.historian.errors import JournalError
from gateway.historian.readrow import RawRow, ReadRow, plain_row, read_row
from gateway.historian.reads import Picks

__all__ = ["RawRow", "ReadRow", "Reader"]

_Result = TypeVar("_Result")
_PAGE: Final = 200
_SELECT: Final = "SELECT n, boot_id, utc_us, mono_us, synchronised, packed, extras FROM journal"
_PAGE_OF_ROWS: Final = _SELECT + " WHERE n > ? ORDER BY n LIMIT ?"
_PAGE_WITH_ALARMS: Final = (
    "SELECT n, boot_id, utc_us, mono_us, synchronised, packed, extras,"
    " EXISTS (SELECT 1 FROM alarm_event AS a WHERE a.n = journal.n) FROM journal"
    " WHERE n > ? ORDER BY n LIMIT ?"
)


class _Names(dict[int, str]):
    """Point names by id; asked for anew where one is not known yet."""

    def __init__(self, ask: Callable[[], object]) -> None:
        super().__init__()
        self._ask = ask

    def __missing__(self, number: int) -> str:
        self._ask()
        if number not in self:
            raise KeyError(number)
        return self[number]


class Reader:
    """Reads a journal, from any thread (one at a time) or process, while it is being written.

    Args:
        path: The journal's file.

    Raises:
        JournalError: There is no journal, or it is of a newer version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = files.connect_reader(path)
        self._names = _Names(self.names)
        self._corrections = Corrections()
        self._seen: tuple[int, int] = (-1, -1)
        self._picks: Picks | None = None

    def rows(
        self,
        after_n: int = 0,
        limit: int = 1000,
        points: Container[str] | None = None,
        *,
        side_by_side: bool = False,
    ) -> Iterator[ReadRow]:
        """The rows after `after_n` in commit order, at most `limit`.

        Args:
            after_n: The reader's cursor.
            limit: Most rows.
            points: Only samples of these are unpacked; None for all.
            side_by_side: Give them as `ReadRow.reads` where all of a row are good and final, and
                no alarm events: for those who follow a few points.

        Raises:
            JournalError: The file cannot be read.
        """
        picks = self._picking(points) if side_by_side and points is not None else None
        query = _PAGE_WITH_ALARMS if picks is None else _PAGE_OF_ROWS
        while limit > 0:
            asked = min(limit, _PAGE)
            page = self.execute(query, (after_n, asked))
            if not page:
                return
            first_n, after_n = page[0][0], page[-1][0]
            # A page that is not full was the end: what came since is for the next call.
            limit = limit - asked if len(page) == asked else 0
            alarmed = picks is None and any(row[-1] for row in page)
            alarms = self._alarms(first_n, after_n) if alarmed else {}
            corrections = None
            for columns in page:
                plain = None if picks is None else plain_row(columns, picks)
                if plain is not None:
                    yield plain
                    continue
                if corrections is None:
                    # Of an instant after the rows were read: none up to the last is missed.
                    corrections = self.corrections()
                row = _raw_row(*columns[:7])
                events = tuple(alarms.get(row.frame.n, ()))
                yield read_row(row, corrections, self._names, events, self.raw_of_key, points)

    def raw_rows(self, after_n: int, limit: int) -> Iterator[RawRow]:
        """Rows as they lie on disk, in commit order."""
        return self._raw(_PAGE_OF_ROWS, (after_n, limit))

    def raw_of_key(self, key: Key, before_n: int) -> Iterator[RawRow]:
        """The rows before `before_n` that may hold batches a correction of `key` is about."""
        if key[0] == "clock":
            which = "boot_id = ? AND synchronised = 0"
        else:
            which = "n IN (SELECT n FROM waiting WHERE board = ? AND stream = ? AND boot = ?)"
        after_n = 0
        while page := list(
            self._raw(
                f"{_SELECT} WHERE {which} AND n > ? AND n < ? ORDER BY n LIMIT ?",
                (*key[1:], after_n, before_n, _PAGE),
            )
        ):
            yield from page
            after_n = page[-1].frame.n

    def raw_numbered(self, ns: Iterable[int]) -> Iterator[RawRow]:
        """The rows of these numbers, those that exist."""
        for n in ns:
            yield from self._raw(_SELECT + " WHERE n = ?", (n,))

    def execute(self, sql: str, values: tuple[str | int, ...] = ()) -> list[tuple[Any, ...]]:
        """Rows of the journal's small columns, for queries.

        Raises:
            JournalError: The file cannot be read.
        """
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise JournalError(files.words(self.path, error)) from error

    def last_n(self) -> int:
        """Number of the newest commit; 0 before the first."""
        return int(self.execute("SELECT coalesce(max(n), 0) FROM journal")[0][0])

    def names(self) -> dict[int, str]:
        """Point names by the ids the columns use."""
        known = len(self._names)
        rows = self._query(
            lambda: self._connection.execute(
                "SELECT id, name FROM point WHERE id > ? ORDER BY id", (known,)
            ).fetchall()
        )
        self._names.update(rows)
        return self._names

    def point_id(self, point: str) -> int | None:
        """The id of a point; None if it was never journalled."""
        found = self.execute("SELECT id FROM point WHERE name = ?", (point,))
        return found[0][0] if found else None

    def state(self, kind: str) -> dict[str, str]:
        """The state rows of a kind: key -> JSON text."""
        return self._query(
            lambda: dict(
                self._connection.execute("SELECT key, json FROM state WHERE kind = ?", (kind,))
            )
        )

    def alarm_events(
        self,
        after: int = 0,
        limit: int = 100,
        since_us: int | None = None,
        until_us: int | None = None,
        *,
        newest_first: bool = False,
    ) -> list[StoredAlarm]:
        """A page of the alarm journal, see `gateway.historian.alarms.alarm_events`."""
        return self._query(
            lambda: alarm_events(
                self._connection, after, limit, since_us, until_us, newest_first=newest_first
            )
        )

    def events_about(self, alarm_id: str) -> list[AlarmEvent]:
        """Every event of one alarm, in the order they were committed."""
        return self._query(lambda: events_about(self._connection, alarm_id))

    def chained_alarms(self, after: int, limit: int) -> list[Chained]:
        """Alarm events after a number as they lie on disk, with their digests.

        Raises:
            JournalError: The journal cannot be read, or is of a version that had no chain.
        """
        if files.version_of(self.path, self._connection) < files.CHAINED_SINCE:
            raise JournalError(
                f"{self.path}: the alarm events are not chained yet; start this gateway with it"
            )
        return self._query(lambda: chained(self._connection, after, limit))

    def chain_link(self, key: str) -> Link:
        """A place in the chain of alarm events, see `gateway.historian.chain.noted`."""
        return self._query(lambda: noted(self._connection, key))

    def corrections(self) -> Corrections:
        """Every correction on disk by now."""
        seen = self.execute("SELECT count(*), coalesce(max(n), 0) FROM correction")[0]
        return self._corrected(*seen)

    def integrity(self) -> list[str]:
        """What SQLite finds wrong with its own file; empty when all is well."""
        rows = self._query(lambda: self._connection.execute("PRAGMA integrity_check").fetchall())
        return [str(text) for (text,) in rows if text != "ok"]

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _picking(self, points: Container[str]) -> Picks:
        if self._picks is None or self._picks.wanted is not points:
            self._picks = Picks(points, self._names)
        return self._picks

    def _corrected(self, count: int, last: int) -> Corrections:
        """The corrections on disk, read again where there are others than were seen."""
        if (count, last) != self._seen:
            rows = self._query(
                lambda: self._connection.execute(
                    "SELECT key, n, offset_us FROM correction"
                ).fetchall()
            )
            self._corrections = Corrections(
                {key_from(key): Effective(n, offset_us) for key, n, offset_us in rows}
            )
            self._seen = (count, last)
        return self._corrections

    def _alarms(self, first_n: int, last_n: int) -> dict[int, list[AlarmEvent]]:
        return self._query(lambda: events_of(self._connection, first_n, last_n))

    def _raw(self, sql: str, values: tuple[str | int, ...]) -> Iterator[RawRow]:
        return (_raw_row(*columns) for columns in self.execute(sql, values))

    def _query(self, work: Callable[[], _Result]) -> _Result:
        try:
            return work()
        except sqlite3.Error as error:
            raise JournalError(files.words(self.path, error)) from error


def _raw_row(
    n: int,
    boot_id: str,
    utc_us: int,
    mono_us: int,
    synchronised: int,
    packed: bytes | None,
    extras: bytes | None,
) -> RawRow:
    return RawRow(
        Frame(n, boot_id, utc_us - mono_us, bool(synchronised)),
        utc_us,
        mono_us,
        None if packed is None else unpack(packed),
        unpack_extras(extras),
    )
