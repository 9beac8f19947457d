"""Opening the journal's file: one writer, any number of readers, one schema version."""

import fcntl
import os
import sqlite3
from importlib import resources
from pathlib import Path
from typing import Final

from gateway.historian.chain import APPEND_ONLY, chain_all
from gateway.historian.coverage import cover_all
from gateway.historian.errors import JournalError

SCHEMA_VERSION: Final = 2
CHAINED_SINCE: Final = 2
"""Version since which alarm events are chained."""
_VERSION: Final = f"PRAGMA user_version = {SCHEMA_VERSION}"
_CHECKPOINT_PAGES: Final = 2_000
_PAGE_CACHE_KIB: Final = 2_000


class WriterLock:
    """Held while a gateway writes a journal: a second one on the same directory is refused.

    Args:
        journal: Path of the journal; the lock is a file beside it.

    Raises:
        JournalError: Another process holds it, or the directory cannot be written.
    """

    def __init__(self, journal: Path) -> None:
        path = journal.with_name(journal.name + ".lock")
        try:
            journal.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise JournalError(
                f"{path}: {error.strerror}; the journal needs a place to write"
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._file, 32, 0).decode(errors="replace").strip()
            os.close(self._file)
            raise JournalError(
                f"{journal}: another gateway (process {holder or 'unknown'}) writes this journal; "
                "stop it, or give this one a directory of its own"
            ) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Let another gateway write."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def connect_writer(path: Path) -> sqlite3.Connection:
    """The journal for writing, made if it does not exist.

    Raises:
        JournalError: It cannot be opened, or is of a newer version.
    """
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        raise JournalError(words(path, error)) from error
    try:
        connection.execute("PRAGMA journal_mode = WAL").fetchone()
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        connection.execute(f"PRAGMA cache_size = -{_PAGE_CACHE_KIB}")
        version = version_of(path, connection)
        # One transaction: a journal that is half made, or half of a version, is never left behind.
        if version == 0:
            schema = resources.files("gateway.historian").joinpath("schema.sql").read_text()
            connection.executescript(
                f"BEGIN IMMEDIATE; {schema} {' '.join(APPEND_ONLY)} {_VERSION}; COMMIT;"
            )
        elif version == 1:
            connection.execute("BEGIN IMMEDIATE")
            chain_all(connection)
            cover_all(connection)
            for statement in (*APPEND_ONLY, _VERSION, "COMMIT"):
                connection.execute(statement)
    except sqlite3.Error as error:
        connection.close()
        raise JournalError(words(path, error)) from error
    except JournalError:
        connection.close()
        raise
    return connection


def connect_reader(path: Path) -> sqlite3.Connection:
    """The journal for reading, from any process; also while nobody writes it.

    Raises:
        JournalError: There is none, or it is of another version.
    """
    if not path.exists():
        raise JournalError(f"{path}: there is no journal; has the gateway run with this directory?")
    try:
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.execute("PRAGMA query_only = ON")
        connection.execute(f"PRAGMA cache_size = -{_PAGE_CACHE_KIB}")
    except sqlite3.Error as error:
        raise JournalError(words(path, error)) from error
    try:
        if version_of(path, connection) == 0:
            raise JournalError(f"{path}: not a journal, or one that was never begun")
    except sqlite3.Error as error:
        connection.close()
        raise JournalError(words(path, error)) from error
    except JournalError:
        connection.close()
        raise
    return connection


def words(path: Path, error: Exception) -> str:
    """What an error of SQLite means to whoever runs the gateway."""
    text = str(error)
    for sign, remedy in _REMEDIES:
        if sign in text:
            return f"{path}: {remedy} ({text})"
    return f"{path}: the journal cannot be used ({text})"


_REMEDIES: Final = (
    ("disk is full", "the disk is full; free some space, nothing is acknowledged until then"),
    ("readonly", "the disk is read-only; remount or replace it"),
    ("disk I/O error", "the disk fails on reading or writing; replace it"),
    ("malformed", "the journal is damaged; run `hinoban verify journal` and keep the file"),
    ("not a database", "this file is no journal; move it away"),
    ("locked", "another program holds the journal; close it"),
    ("unable to open", "the file cannot be opened; check that the directory exists and its owner"),
)


def version_of(path: Path, connection: sqlite3.Connection) -> int:
    """Version of an open journal; 0 where it was never begun.

    Raises:
        JournalError: It is newer than this program.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > SCHEMA_VERSION:
        raise JournalError(
            f"{path}: written by a newer Hinoban (journal version {version}, this one knows up to "
            f"{SCHEMA_VERSION}); install that version or a newer one"
        )
    return version
