"""Daily: every recipient gets a test message a day, so that a dead way is found before a fire."""

from collections.abc import Callable

from gateway.clock import Now
from gateway.config import Config
from gateway.notify.ledger import KEEP_US, Ledger
from gateway.notify.notice import Notice
from gateway.notify.roster import Roster


class Daily:
    """Remembers across restarts who was tested on which local day.

    Args:
        ledger: Keeps that.
        test: Sends a test message to a recipient.
    """

    def __init__(self, ledger: Ledger, test: Callable[[str, str | None], Notice]) -> None:
        self._ledger = ledger
        self._test = test
        self._days: dict[str, str] = {}
        self._purged = ""

    def restore(self) -> None:
        """Go on from what is on disk."""
        self._days = self._ledger.memos("tested", str)

    def look(self, config: Config, roster: Roster, now: Now) -> None:
        """Send what is due today; without a clock that can be believed nothing is."""
        local = roster.local(now)
        if local is None:
            return
        today, clock = local.date().isoformat(), local.strftime("%H:%M")
        if self._purged != today:
            self._purged = today
            self._ledger.purge(now.utc_us - KEEP_US)
        for name, settings in roster.recipients.items():
            due = clock >= (settings.test_at or config.notify.test_at)
            if due and self._days.get(name, "") < today:
                self._days[name] = today
                self._ledger.note("tested", name, today)
                self._test(name, None)
