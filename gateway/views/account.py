"""Account: the loop that keeps the account of fuels and factors, whatever becomes of it."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.clock import Clock
from gateway.footprint.accountant import Accountant
from gateway.footprint.live import Live
from gateway.footprint.site_key import SiteKey
from gateway.footprint.store import FootprintStore
from gateway.historian.reader import Reader
from gateway.notify.limited import DAEMONS
from gateway.paths import JOURNAL
from gateway.problems import UnavailableError
from gateway.site import Site

_LOG: Final = logging.getLogger(__name__)
_ROWS_A_STEP: Final = 500
_RETRY_S: Final = 5.0
_STEP_S: Final = 60.0
"""After this a step that has not ended is told of [s]; it is waited for all the same."""
_STOP_S: Final = 5.0
"""A step that is under way when the gateway ends may take so long [s]; it is made up for."""


class AccountError(UnavailableError):
    """The account of fuels and factors cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """How the account fares.

    Args:
        error: Why it stands still; None while it goes on.
        journal_n: Commits up to this one are in it; None while the database was never reached.
        closed_until_us: Minutes before this are closed, UTC [µs]; None likewise.
        conflicts: Reads left out because they contradict others; None likewise.
    """

    error: str | None = None
    journal_n: int | None = None
    closed_until_us: int | None = None
    conflicts: int | None = None


class Account:
    """Follows the journal for ever. A database that fails or hangs holds up nothing else.

    Args:
        site: Fuels, lots and tables.
        data: The site's data directory.
        clock: Nothing is issued while it cannot be believed.
        shown: Called in the loop after each step that reached the journal's end.
    """

    def __init__(self, site: Site, data: Path, clock: Clock, shown: Callable[[], None]) -> None:
        self._site, self._data, self._clock, self._shown = site, data, clock, shown
        self._opened: tuple[FootprintStore, Accountant] | None = None
        self._error: str | None = None

    async def run(self, interval_s: float) -> None:
        """Read on in the journal, issue what is due, show what is live; until cancelled."""
        while True:
            failure: Exception | None
            try:
                read, failure = await self._stepped()
                if read < _ROWS_A_STEP:
                    self._shown()
            except Exception as err:  # noqa: BLE001 -- an alarm must outlive a carbon bug
                read, failure = 0, err
            self._tell(failure)
            if failure is not None:
                await asyncio.sleep(_RETRY_S)
            elif read < _ROWS_A_STEP:
                await asyncio.sleep(interval_s)

    def status(self) -> AccountStatus:
        """How far the account is, and why it is not further."""
        if self._opened is None:
            return AccountStatus(self._error)
        return AccountStatus(self._error, **self._opened[1].status())

    def live(self) -> Live | None:
        """The trailing minutes, old or not; None before any."""
        return None if self._opened is None else self._opened[1].live()

    @property
    def store(self) -> FootprintStore:
        """The footprint database.

        Raises:
            AccountError: It was never reached.
        """
        if self._opened is None:
            reason = self._error or "it is being opened"
            raise AccountError(f"the footprint database cannot be read yet: {reason}; see health")
        return self._opened[0]

    def _tell(self, failure: Exception | None) -> None:
        if failure is None:
            self._error = None
            return
        away = isinstance(failure, UnavailableError)
        words = str(failure) if away else f"{type(failure).__name__}: {failure}"
        if words != self._error:
            if away:
                _LOG.warning("the account waits: %s", words)
            else:
                _LOG.error("the account stands still", exc_info=failure)
        self._error = words

    async def _stepped(self) -> tuple[int, Exception | None]:
        """A step in a thread of its own, which neither the loop nor the gateway's end waits for."""
        step = asyncio.get_running_loop().run_in_executor(DAEMONS, self._step)
        try:
            while not (await asyncio.wait({step}, timeout=_STEP_S))[0]:
                self._error = f"the footprint database does not answer for {_STEP_S:g} s or more"
        except asyncio.CancelledError:
            done, _ = await asyncio.wait({step}, timeout=_STOP_S)
            for each in done:
                each.exception()  # looked at: what was not kept is made up for
            raise
        return step.result()

    def _step(self) -> tuple[int, Exception | None]:
        """Read on; where the database fails, for the live figures only. The rows, and why not."""
        # Opened here and not before: a footprint database that is damaged stops no alarm.
        if self._opened is None:
            self._opened = self._open()
        accountant = self._opened[1]
        try:
            return accountant.step(_ROWS_A_STEP), None
        except Exception as err:  # noqa: BLE001 -- told by whoever asked for the step
            # The cursor has not moved: the same rows are read again.
            return accountant.watch(_ROWS_A_STEP), err

    def _open(self) -> tuple[FootprintStore, Accountant]:
        site, config = self._site, self._site.config
        store = FootprintStore.of(config)
        journal = Reader(self._data / JOURNAL)
        try:
            key = SiteKey.open(config.signing_key())
            parts = (site.tables, site.lots, journal, store, self._clock, key)
            return store, Accountant(config, *parts)
        except BaseException:
            journal.close()
            store.close()
            raise
