"""Where each sink stands in the journal, and what its destination would never take."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.sinks.errors import SinkError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS cursor (
  sink TEXT PRIMARY KEY, live_n INTEGER NOT NULL, alarm_id INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS gap (
  sink TEXT NOT NULL, after_n INTEGER NOT NULL, to_n INTEGER NOT NULL, PRIMARY KEY (sink, after_n)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS quarantine (
  id INTEGER PRIMARY KEY, sink TEXT NOT NULL, n INTEGER NOT NULL, line TEXT NOT NULL,
  reason TEXT NOT NULL, UNIQUE (sink, n, line)
);
"""


@dataclass(frozen=True, slots=True)
class Gap:
    """Commits passed over to stay live: those above `after_n` up to `to_n` are still to be sent."""

    after_n: int
    to_n: int


@dataclass(frozen=True, slots=True)
class Position:
    """What a sink has sent: every commit up to `live_n` that lies in no gap.

    Args:
        alarm_id: Alarm events have a cursor of their own, because they go first.
    """

    live_n: int = 0
    alarm_id: int = 0
    gaps: tuple[Gap, ...] = ()

    @property
    def passed_n(self) -> int:
        """Everything up to this commit has been sent; retention may have it."""
        return min([self.live_n, *(gap.after_n for gap in self.gaps)])

    @property
    def history_rows(self) -> int:
        """How many commits lie in gaps."""
        return sum(gap.to_n - gap.after_n for gap in self.gaps)


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A line its destination refused for itself, kept with the reason."""

    n: int
    line: str
    reason: str


class Cursors:
    """The small file that all sinks share. One thread at a time.

    Args:
        path: The file; made if it does not exist.

    Raises:
        SinkError: It cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode = WAL").fetchone()
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise self._words(error) from error

    def position(self, sink: str) -> Position:
        """Where a sink stands; at the journal's beginning if it is new."""
        found = self._read("SELECT live_n, alarm_id FROM cursor WHERE sink = ?", (sink,))
        gaps = self._read("SELECT after_n, to_n FROM gap WHERE sink = ? ORDER BY after_n", (sink,))
        if not found:
            return Position()
        return Position(found[0][0], found[0][1], tuple(Gap(*gap) for gap in gaps))

    def save(self, sink: str, position: Position, quarantined: Iterable[Quarantined] = ()) -> None:
        """Move a sink on, in one transaction with what had to be left behind."""
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                "INSERT OR REPLACE INTO cursor VALUES (?, ?, ?)",
                (sink, position.live_n, position.alarm_id),
            )
            connection.execute("DELETE FROM gap WHERE sink = ?", (sink,))
            connection.executemany(
                "INSERT INTO gap VALUES (?, ?, ?)",
                [(sink, gap.after_n, gap.to_n) for gap in position.gaps],
            )
            connection.executemany(
                "INSERT OR IGNORE INTO quarantine (sink, n, line, reason) VALUES (?, ?, ?, ?)",
                [(sink, q.n, q.line, q.reason) for q in quarantined],
            )
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise self._words(error) from error

    def quarantined(self, sink: str, limit: int = 100) -> list[Quarantined]:
        """The newest lines a sink had to leave behind, newest first."""
        rows = self._read(
            "SELECT n, line, reason FROM quarantine WHERE sink = ? ORDER BY id DESC LIMIT ?",
            (sink, limit),
        )
        return [Quarantined(*row) for row in rows]

    def count_quarantined(self, sink: str) -> int:
        """How many lines a sink had to leave behind."""
        return int(self._read("SELECT count(*) FROM quarantine WHERE sink = ?", (sink,))[0][0])

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _read(self, sql: str, values: tuple[str | int, ...]) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._words(error) from error

    def _words(self, error: sqlite3.Error) -> SinkError:
        return SinkError(f"{self._path}: the sinks' cursors cannot be kept ({error})")
