"""Ledger: what was promised, tried and done, on disk before and after every attempt.

The notifier goes on from memory; the ledger writes behind it, one transaction for all that changed.
Whoever needs it on disk waits for that, but only for a moment: a sick disk holds up no page.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from agent.errors import HinobanError
from gateway.notify.notice import Notice

PATIENCE_S: Final = 0.5
"""How long anything waits for the disk [s]."""

RETRY_S: Final = 1.0
BLOCK: Final = 100
"""Numbers reserved on disk ahead of their use, for when the disk is sick."""

KEEP_US: Final = 400 * 86_400_000_000
"""How long what became of a notice is kept [µs]."""

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS notice (
  number INTEGER PRIMARY KEY, open INTEGER NOT NULL, made_us INTEGER NOT NULL, json TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS notice_open ON notice (number) WHERE open;
CREATE TABLE IF NOT EXISTS memo (
  kind TEXT NOT NULL, key TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY (kind, key)
) WITHOUT ROWID;
"""

_LOG: Final = logging.getLogger(__name__)
_Row = tuple[str, str]
_Kept = TypeVar("_Kept")


class LedgerError(HinobanError):
    """The ledger cannot be used at all."""


class Ledger:
    """The file of the notifier. Everything but `notices` is called in the loop.

    Args:
        path: The file; made if it does not exist.
        patience_s: See `PATIENCE_S`.

    Attributes:
        unread: Entries that cannot be read, of another release say; they are passed over.

    Raises:
        LedgerError: It cannot be opened; one that is damaged is put aside and begun anew.
    """

    def __init__(self, path: Path, patience_s: float = PATIENCE_S) -> None:
        self._path = path
        self._patience_s = patience_s
        self.problem: str | None = None
        self.begun_anew = False
        self.unread: set[object] = set()
        self._connection = self._opened()
        self._thread = ThreadPoolExecutor(1, "notify-ledger")
        self._dirty: dict[_Row, str | None] = {}
        self._asked = self._done = 0
        self._work = asyncio.Event()
        self._moved = asyncio.Condition()
        self._next, self._reserved = self._numbers()

    def number(self) -> int:
        """The next number; never given before, whatever the disk did meanwhile."""
        number, self._next = self._next, self._next + 1
        if self._reserved - self._next < BLOCK // 2:
            self._reserve(self._next + BLOCK)
        return number

    def put(self, notice: Notice) -> None:
        """Keep a notice as it is now."""
        text = msgspec.json.encode(notice).decode()
        self._change(("", str(notice.number)), text)

    def note(self, kind: str, key: str, value: object) -> None:
        """Keep something else under kind and key."""
        self._change((kind, key), msgspec.json.encode(value).decode())

    def forget(self, kind: str, key: str) -> None:
        """Keep it no longer."""
        self._change((kind, key), None)

    def purge(self, before_us: int) -> None:
        """Let go of finished notices made before this, UTC [µs]."""
        self._change(("purge", ""), str(before_us))

    async def kept(self) -> bool:
        """Wait until everything so far is on disk, at most for a moment; whether it is."""
        mine = self._asked
        if self._done == mine or self.problem is not None:
            return self._done == mine
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience_s), self._moved:
                await self._moved.wait_for(lambda: self._done >= mine or self.problem is not None)
        if self._done < mine and self.problem is None:
            self.problem = f"writing takes longer than {self._patience_s:g} s"
        return self._done >= mine

    async def run(self) -> None:
        """Write until cancelled; then write what is left."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                await self._work.wait()
                self._work.clear()
                mine, rows, self._dirty = self._asked, self._dirty, {}
                try:
                    await loop.run_in_executor(self._thread, self._write, rows)
                except sqlite3.Error as err:
                    await self._failed(err, rows)
                except BaseException:
                    self._dirty = rows | self._dirty
                    raise
                else:
                    await self._written(mine)
        finally:
            self._finish()

    def memos(self, kind: str, of: type[_Kept]) -> dict[str, _Kept]:
        """What was kept of a kind when the ledger was opened, by key."""
        rows = self._connection.execute("SELECT key, json FROM memo WHERE kind = ?", (kind,))
        return dict(self._readable(rows, of))

    def unfinished(self) -> list[Notice]:
        """The notices that were still to be sent when the ledger was opened."""
        found = self._connection.execute(
            "SELECT number, json FROM notice WHERE open ORDER BY number"
        )
        return [notice for _, notice in self._readable(found, Notice)]

    def notices(self, limit: int, before: int | None = None) -> list[Notice]:
        """Notices on disk, the newest first; from any thread.

        Raises:
            LedgerError: The file cannot be read.
        """
        try:
            reader = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)
            try:
                rows = reader.execute(
                    "SELECT number, json FROM notice WHERE number < ? ORDER BY number DESC LIMIT ?",
                    (before or 2**62, limit),
                ).fetchall()
            finally:
                reader.close()
        except sqlite3.Error as err:
            raise LedgerError(f"{self._path}: what was sent cannot be read ({err})") from err
        return [notice for _, notice in self._readable(rows, Notice)]

    def _readable(
        self, rows: Iterable[tuple[str, str]], of: type[_Kept]
    ) -> Iterator[tuple[str, _Kept]]:
        for key, text in rows:
            try:
                yield key, msgspec.json.decode(text, type=of)
            except msgspec.MsgspecError as err:
                # One entry is not to keep a gateway from starting: what stands is told anew.
                self.unread.add(key)
                _LOG.error("%s: entry %s cannot be read: %s", self._path.name, key, err)

    def _change(self, row: _Row, text: str | None) -> None:
        self._dirty[row] = text
        self._asked += 1
        self._work.set()

    def _opened(self) -> sqlite3.Connection:
        try:
            return _connect(self._path)
        except sqlite3.DatabaseError as err:
            if isinstance(err, sqlite3.OperationalError):
                raise LedgerError(f"{self._path}: {err}; check the disk and its rights") from err
            for file in self._files():
                file.replace(file.with_name(f"{file.name}.damaged"))
            self.begun_anew = True
            return _connect(self._path)

    def _files(self) -> Iterator[Path]:
        for end in ("", "-wal", "-shm"):
            file = self._path.with_name(self._path.name + end)
            if file.exists():
                yield file

    def _numbers(self) -> tuple[int, int]:
        (last,) = self._connection.execute("SELECT coalesce(max(number), 0) FROM notice").fetchone()
        reserved = self.memos("number", int).get("reserved", 1)
        return max(last + 1, reserved), reserved

    def _reserve(self, up_to: int) -> None:
        self._reserved = up_to
        self.note("number", "reserved", up_to)

    async def _failed(self, err: sqlite3.Error, rows: dict[_Row, str | None]) -> None:
        self._dirty = rows | self._dirty
        self.problem = f"{self._path.name} cannot be written ({err})"
        async with self._moved:
            self._moved.notify_all()
        await asyncio.sleep(RETRY_S)
        self._work.set()

    async def _written(self, up_to: int) -> None:
        self._done = up_to
        if self._done == self._asked:
            self.problem = None
        async with self._moved:
            self._moved.notify_all()

    def _finish(self) -> None:
        """An orderly end leaves no gap in the numbers, and nothing unwritten where the disk can."""
        self.note("number", "reserved", self._next)
        self._thread.submit(self._last_words, self._dirty)
        self._thread.shutdown(wait=True)

    def _last_words(self, rows: dict[_Row, str | None]) -> None:
        with suppress(sqlite3.Error):
            self._write(rows)
        self._connection.close()

    def _write(self, rows: dict[_Row, str | None]) -> None:
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            for (kind, key), text in rows.items():
                if kind == "" and text is not None:
                    notice = msgspec.json.decode(text, type=Notice)
                    connection.execute(
                        "INSERT OR REPLACE INTO notice VALUES (?, ?, ?, ?)",
                        (notice.number, notice.is_open, notice.made_us, text),
                    )
                elif kind == "purge":
                    connection.execute("DELETE FROM notice WHERE NOT open AND made_us < ?", (text,))
                elif text is None:
                    connection.execute("DELETE FROM memo WHERE kind = ? AND key = ?", (kind, key))
                else:
                    connection.execute(
                        "INSERT OR REPLACE INTO memo VALUES (?, ?, ?)", (kind, key, text)
                    )
            connection.execute("COMMIT")
        except sqlite3.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=1)
    connection.execute("PRAGMA journal_mode = WAL").fetchone()
    connection.execute("PRAGMA synchronous = FULL")
    connection.executescript(_SCHEMA)
    return connection
