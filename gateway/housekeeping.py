"""Once an hour: closed hours go to the archive, and rows nobody needs leave the journal."""

import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Final

from gateway.clock import Clock
from gateway.historian.errors import JournalError
from gateway.historian.journal import Journal
from gateway.historian.retention import prune
from gateway.paths import ARCHIVE

INTERVAL_S: Final = 3600.0

_LOG = logging.getLogger(__name__)

InWriter = Callable[[Callable[[], int]], Coroutine[Any, Any, int]]


class Housekeeper:
    """Archives and prunes while the clock can be believed.

    Args:
        data: The site's data directory.
        journal: The journal, whose rows leave it.
        clock: Which hours are closed.
        cursors: The commit each reader of the journal has passed.
        in_writer: Runs a function in the journal's writer thread, between two commits.
    """

    def __init__(
        self,
        data: Path,
        journal: Journal,
        clock: Clock,
        cursors: Callable[[], Sequence[int]],
        in_writer: InWriter,
    ) -> None:
        self._data = data
        self._journal = journal
        self._clock = clock
        self._cursors = cursors
        self._in_writer = in_writer
        self.last_error: str | None = None

    async def run(self, interval_s: float = INTERVAL_S) -> None:
        """Work every `interval_s` until cancelled; a failure is told and tried again."""
        while True:
            await asyncio.sleep(interval_s)
            if self._clock.now().synchronised:
                self.last_error = await self._work()
                if self.last_error is not None:
                    _LOG.error("archive: %s", self.last_error)

    async def _work(self) -> str | None:
        # A process of its own: its memory and its load on the disk are not the gateway's.
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway.historian.archive", str(self._data),
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            _, errors = await process.communicate()
        except asyncio.CancelledError:
            process.terminate()
            await process.wait()
            raise
        if process.returncode != 0:
            return errors.decode(errors="replace").strip()[-500:]
        try:
            while await self._in_writer(self._prune):
                pass
        except JournalError as err:
            return str(err)
        return None

    def _prune(self) -> int:
        now_us = self._clock.now().utc_us
        return prune(self._journal, self._data / ARCHIVE, self._cursors(), now_us)
