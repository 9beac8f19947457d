"""The one thread that writes the journal, seen from the event loop."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from sqlite3 import DatabaseError, OperationalError
from typing import Final

from gateway.historian.errors import JournalError
from gateway.historian.journal import Journal
from gateway.historian.rows import Commit
from gateway.recording.desk import KINDS

LAST_WORDS_S: Final = 2.0
"""How long a stopping gateway waits for each of its last commits [s]."""


@dataclass(frozen=True, slots=True)
class OnDisk:
    """What the journal holds: the number of its last commit and the state rows of that."""

    last_n: int
    rows: Mapping[str, dict[str, str]]

    def state(self, kind: str) -> dict[str, str]:
        """Key -> JSON text of a kind."""
        return self.rows[kind]


class JournalThread:
    """Commits one after the other, off the event loop.

    Args:
        journal: Where commits go.
        slow_after_s: A commit that takes longer is slow [s].
        on_slow: Called in the event loop when a commit turns out to be slow.
    """

    def __init__(self, journal: Journal, slow_after_s: float, on_slow: Callable[[], None]) -> None:
        self._journal = journal
        self._slow_after_s = slow_after_s
        self._on_slow = on_slow
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._writing: Future[int] | None = None
        self.was_slow = False

    async def commit(self, commit: Commit) -> int:
        """Write a commit; cancelled meanwhile, it goes on, and `finish` learns its number.

        Raises:
            JournalError: The journal could not be written.
        """
        self._writing = self._thread.submit(self._journal.commit, commit)
        writing = asyncio.wrap_future(self._writing)
        writing.add_done_callback(_looked_at)
        self.was_slow = False
        done, _ = await asyncio.wait({writing}, timeout=self._slow_after_s)
        if not done:
            self.was_slow = True
            self._on_slow()
            await asyncio.wait({writing})
        self._writing = None
        return writing.result()

    async def read(self) -> OnDisk:
        """What is on disk.

        Raises:
            JournalError: It cannot be read.
        """
        return await asyncio.wrap_future(self._thread.submit(self._read))

    async def run(self, work: Callable[[], int]) -> int:
        """Run a function between two commits."""
        return await asyncio.wrap_future(self._thread.submit(work))

    def finish(self, commit: Commit, after_n: int) -> int:
        """Write one of the last commits, unless that happened already; blocks.

        Args:
            commit: The commit.
            after_n: Number of the commit before it.

        Returns:
            The commit's number.

        Raises:
            JournalError: The journal could not be written.
            TimeoutError: The disk does not answer.
        """
        writing, self._writing = self._writing, None
        if writing is not None:
            try:
                return writing.result(LAST_WORDS_S)
            except JournalError:
                pass  # it may be on disk all the same, which is looked at next
        return self._thread.submit(self._commit_once, commit, after_n).result(LAST_WORDS_S)

    def stop(self) -> None:
        """Take no more; what hangs in the disk is not waited for."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _commit_once(self, commit: Commit, after_n: int) -> int:
        last_n = self._journal.last_n()
        return last_n if last_n > after_n else self._journal.commit(commit)

    def _read(self) -> OnDisk:
        return OnDisk(self._journal.last_n(), {kind: self._journal.state(kind) for kind in KINDS})


def is_of_the_disk(err: Exception) -> bool:
    """Whether another attempt at a commit may go well; else something in it is at fault."""
    cause = err.__cause__
    return isinstance(err, JournalError) and (
        isinstance(cause, OperationalError) or type(cause) is DatabaseError or cause is None
    )


def _looked_at(future: "asyncio.Future[int]") -> None:
    # After a cancellation `finish` reads the result; asyncio need not complain about it.
    if not future.cancelled():
        future.exception()
