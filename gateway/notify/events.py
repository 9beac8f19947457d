"""Events: the journal's alarm events in order, each once, from a cursor that survives restarts."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from agent.alarms.events import AlarmEvent
from gateway.historian.errors import JournalError
from gateway.historian.reader import Reader
from gateway.notify.ledger import Ledger

READ_S: Final = 60.0
"""How often the journal is read where nothing was committed [s]."""

RETRY_S: Final = 5.0
"""How soon it is read again where it could not be [s]."""

_PAGE: Final = 500


class Events:
    """Reads in a task of its own, because a sick disk may hold it up.

    The cursor moves in the same breath as what is done about the events, so that both land on disk
    together or not at all.

    Args:
        journal: File of the journal.
        ledger: Keeps the cursor.
        take: Called with each page of events.
    """

    def __init__(
        self, journal: Path, ledger: Ledger, take: Callable[[Sequence[AlarmEvent]], None]
    ) -> None:
        self._journal = journal
        self._ledger = ledger
        self._take = take
        self._committed = asyncio.Event()
        self.is_whole = False
        self.problem: str | None = None

    def restore(self) -> None:
        """Go on from what is on disk."""
        self._cursor = self._ledger.memos("cursor", int).get("alarm_event")

    def committed(self) -> None:
        """There may be more."""
        self._committed.set()

    async def run(self) -> None:
        """Read until cancelled."""
        reader: Reader | None = None
        while True:
            self._committed.clear()
            more = False
            try:
                if reader is None:
                    reader = await asyncio.to_thread(Reader, self._journal)
                more = await self._read(reader)
                self.problem = None
            except JournalError as err:
                self.problem = str(err)
            if more:
                continue
            try:
                async with asyncio.timeout(READ_S if self.problem is None else RETRY_S):
                    await self._committed.wait()
            except TimeoutError:
                continue

    async def _read(self, reader: Reader) -> bool:
        """Read a page; whether there are more."""
        cursor = self._cursor
        if cursor is None:
            # What happened before anybody was to be told is history; what stands is announced.
            newest = await asyncio.to_thread(reader.alarm_events, 0, 1, newest_first=True)
            cursor = self._move(newest[0].id if newest else 0)
        page = await asyncio.to_thread(reader.alarm_events, cursor, _PAGE)
        if page:
            self._take([one.event for one in page])
            self._move(page[-1].id)
        self.is_whole = len(page) < _PAGE
        return not self.is_whole

    def _move(self, cursor: int) -> int:
        self._cursor = cursor
        self._ledger.note("cursor", "alarm_event", cursor)
        return cursor
