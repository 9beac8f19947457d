"""The journal: one row per commit, on disk before anything is acknowledged."""

import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Self

from gateway.historian import files
from gateway.historian.alarms import StoredAlarm, alarm_events
from gateway.historian.chain import Link, append, noted
from gateway.historian.codec import Extras, pack, pack_extras, waits
from gateway.historian.corrections import key_of, key_text
from gateway.historian.coverage import write_coverage
from gateway.historian.errors import JournalError
from gateway.historian.rows import Basis, Batch, Commit

_UPTIME: Final = Basis.UPTIME


class Journal:
    """The only writer of a journal. Calls block; they may come from any thread, one at a time.

    Args:
        path: The file; made if it does not exist. A lock file and SQLite's own lie beside it.

    Raises:
        JournalError: It cannot be opened, another gateway writes it, or it is of a newer version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._mutex = threading.Lock()
        self._lock = files.WriterLock(path)
        self._connection: sqlite3.Connection | None = None
        self._n = 0
        self._end = Link()
        self._points: dict[str, int] = {}
        try:
            self._connected()
        except JournalError:
            self._lock.release()
            raise

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or make the journal at `path`."""
        return cls(path)

    def commit(self, commit: Commit) -> int:
        """Write everything of a commit in one transaction, on disk when this returns.

        Returns:
            The commit's number.

        Raises:
            JournalError: Nothing of it was written, or whether it was is unknown: read the state
                back and evaluate the batch again. The journal stays usable once the cause is gone.
        """
        with self._mutex:
            try:
                connection = self._connected()
                connection.execute("BEGIN IMMEDIATE")
                n = self._write(connection, commit)
                end = append(connection, self._end, n, commit.alarm_events)
                connection.execute("COMMIT")
            except (sqlite3.Error, OverflowError) as error:
                self._disconnect()
                raise JournalError(files.words(self.path, error)) from error
            except BaseException:
                self._disconnect()
                raise
            self._n, self._end = n, end
            return n

    def state(self, kind: str) -> dict[str, str]:
        """The state rows of a kind: key -> JSON text."""
        rows = self._read("SELECT key, json FROM state WHERE kind = ?", (kind,))
        return {str(key): str(text) for key, text in rows}

    def point_names(self) -> tuple[str, ...]:
        """Every point that was ever journalled, in the order of its first sample."""
        return tuple(str(name) for (name,) in self._read("SELECT name FROM point ORDER BY id"))

    def last_n(self) -> int:
        """Number of the newest commit; 0 before the first."""
        return int(self._read("SELECT coalesce(max(n), 0) FROM journal")[0][0])

    def awaits_clock(self, boot_id: str) -> bool:
        """Whether commits of a boot on its unsynchronised clock lack their correction."""
        unsynchronised = "SELECT 1 FROM journal WHERE boot_id = ? AND synchronised = 0 LIMIT 1"
        corrected = "SELECT 1 FROM correction WHERE key = ?"
        return bool(self._read(unsynchronised, (boot_id,))) and not self._read(
            corrected, (key_text(("clock", boot_id)),)
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
        with self._mutex:
            try:
                return alarm_events(
                    self._connected(), after, limit, since_us, until_us, newest_first=newest_first
                )
            except sqlite3.Error as error:
                raise JournalError(files.words(self.path, error)) from error

    def remove(self, ns: Iterable[int]) -> int:
        """Remove rows, for retention; never the newest, whose number the next one follows.

        Returns:
            How many were removed.
        """
        with self._mutex:
            try:
                connection = self._connected()
                doomed = [(n,) for n in ns if n != self._n]
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany("DELETE FROM journal WHERE n = ?", doomed)
                connection.executemany("DELETE FROM waiting WHERE n = ?", doomed)
                connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._disconnect()
                raise JournalError(files.words(self.path, error)) from error
            return len(doomed)

    def close(self) -> None:
        """Close the file and let another gateway write it."""
        with self._mutex:
            self._disconnect()
            self._lock.release()

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = files.connect_writer(self.path)
            self._n = int(
                connection.execute("SELECT coalesce(max(n), 0) FROM journal").fetchone()[0]
            )
            self._end = noted(connection, "end")
            self._points = dict(connection.execute("SELECT name, id FROM point"))
            self._connection = connection
        return self._connection

    def _disconnect(self) -> None:
        # After a failure nothing in memory is trusted: closing rolls back, the next call reads
        # point ids and the last number from the file again.
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except sqlite3.Error as error:
                raise JournalError(files.words(self.path, error)) from error

    def _read(self, sql: str, values: tuple[str, ...] = ()) -> list[tuple[str | int, ...]]:
        with self._mutex:
            try:
                return self._connected().execute(sql, values).fetchall()
            except sqlite3.Error as error:
                raise JournalError(files.words(self.path, error)) from error

    def _write(self, connection: sqlite3.Connection, commit: Commit) -> int:
        n = self._n + 1
        self._name_points(connection, commit.batches)
        times = [sample.t_us for batch in commit.batches for sample in batch.samples]
        connection.execute(
            "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                n,
                commit.boot_id,
                commit.utc_us,
                commit.mono_us,
                commit.synchronised,
                min(times, default=None),
                max(times, default=None),
                pack(commit.batches, self._points) if commit.batches else None,
                pack_extras(
                    Extras(
                        commit.bookings,
                        commit.corrections,
                        commit.ticks_us,
                        commit.deeds,
                        commit.heard,
                    )
                ),
            ),
        )
        _write_waiting(connection, n, commit.batches)
        _write_corrections(connection, n, commit)
        write_coverage(connection, commit)
        connection.executemany(
            "DELETE FROM state WHERE kind = ? AND key = ?",
            [row for row, text in commit.state.items() if text is None],
        )
        connection.executemany(
            "INSERT OR REPLACE INTO state VALUES (?, ?, ?)",
            [(*row, text) for row, text in commit.state.items() if text is not None],
        )
        return n

    def _name_points(self, connection: sqlite3.Connection, batches: tuple[Batch, ...]) -> None:
        points = self._points
        met = [sample.point for batch in batches for sample in batch.samples]
        for point in [point for point in met if point not in points]:
            if point not in points:  # nor met a second time in this commit
                number = len(points) + 1
                connection.execute("INSERT INTO point VALUES (?, ?)", (number, point))
                points[point] = number


def _write_waiting(connection: sqlite3.Connection, n: int, batches: tuple[Batch, ...]) -> None:
    for batch in (batch for batch in batches if batch.basis is _UPTIME):
        origin = batch.origin
        if origin.up_ms is not None and waits(batch):
            up_us = origin.up_ms * 1000
            connection.execute(
                "INSERT INTO waiting VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "first_up_us = min(first_up_us, excluded.first_up_us), "
                "last_up_us = max(last_up_us, excluded.last_up_us)",
                (origin.name, str(origin.stream), origin.boot or 0, n, up_us, up_us),
            )


def _write_corrections(connection: sqlite3.Connection, n: int, commit: Commit) -> None:
    for correction in commit.corrections:
        connection.execute(
            "INSERT OR IGNORE INTO correction VALUES (?, ?, ?)",
            (key_text(key_of(correction)), n, correction.offset_us),
        )
