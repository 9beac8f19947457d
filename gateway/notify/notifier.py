"""Notifier: people are told of every alarm that is theirs, at least once, whatever happens.

It reads the journal's alarm events with a cursor of its own; what was told before it was on disk
comes in by itself. Nothing here waits for a service, and no page waits for a sick disk.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent.alarms.events import AlarmEvent
from agent.alarms.standing import AlarmView
from agent.errors import NotAllowedError
from gateway.clock import Clock
from gateway.config import Config
from gateway.notify.courier import CourierStatus, Deliver
from gateway.notify.daily import Daily
from gateway.notify.duties import Duties
from gateway.notify.events import Events
from gateway.notify.issuing import Issuing
from gateway.notify.ledger import Ledger
from gateway.notify.notice import Notice
from gateway.notify.post import Post
from gateway.notify.roster import Roster
from gateway.notify.sender import send
from gateway.notify.texts import load_texts
from gateway.notify.wording import Wording

LOOK_S: Final = 5.0
"""How often standing alarms are looked at where nothing happens [s]."""

LEAST_LOOK_US: Final = 1_000_000
"""They are looked at no more often than this [µs]."""

FAILING_US: Final = 300_000_000
"""A message that could not be delivered for so long raises an alarm [µs]."""

_RECENT: Final = 2000
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Around:
    """What the notifier asks of the gateway.

    Args:
        active: Every alarm that is not normal.
        boards: How many boards the site has, and how many of them are not heard.
    """

    active: Callable[[], Sequence[AlarmView]]
    boards: Callable[[], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class NotifyStatus:
    """How notification fares.

    Args:
        recipients: Each recipient.
        problems: In plain words.
        cases: Alarms nobody has acknowledged that somebody was told of.
        is_failing: Somebody could not be told for a while.
        can_tell: The last attempt at one recipient at least did not fail, and the program goes on;
            a site that tells nobody by its own will has nobody to miss.
    """

    recipients: Sequence[CourierStatus]
    problems: tuple[str, ...] = ()
    cases: int = 0
    is_failing: bool = False
    can_tell: bool = True


class Notifier:
    """The notification of a site.

    Args:
        config: The site.
        ledger: File of the notifier.
        journal: File of the journal.
        clock: What time it is.
        around: The gateway.
        deliver: Sends.

    Attributes:
        ledger: The notifier's file, which the horn shares.

    Raises:
        LedgerError: Its file cannot be opened.
    """

    def __init__(
        self,
        config: Config,
        ledger: Path,
        journal: Path,
        clock: Clock,
        around: Around,
        deliver: Deliver = send,
    ) -> None:
        self._texts = load_texts()
        self._clock = clock
        self._around = around
        self.ledger = self._ledger = Ledger(ledger)
        self._post = Post(self._ledger, clock.now, deliver)
        self._issuing = Issuing(self._ledger, self._post, clock.now)
        self._duties = Duties(self._ledger, self._issuing, clock)
        self._events = Events(journal, self._ledger, self._stored)
        self._daily = Daily(self._ledger, self._test)
        self._early: deque[AlarmEvent] = deque()
        self._wake = asyncio.Event()
        self._looked_us = -LEAST_LOOK_US
        self._problem: str | None = None
        self.use(config)
        self._restore()

    def use(self, config: Config) -> None:
        """Tell people as this site has it, from now on."""
        self._config = config
        self._roster, wording = Roster(config), Wording(config, self._texts)
        self._post.use(config, wording)
        self._issuing.use(self._roster, wording)
        self._duties.use(self._roster)

    def told(self, events: Sequence[AlarmEvent]) -> None:
        """Alarm events the moment they may be told; those not on disk are acted on at once."""
        self._early.extend(event for event in events if event.unjournalled)
        self._wake.set()

    def committed(self) -> None:
        """Something is on disk."""
        self._events.committed()

    async def run(self) -> None:
        """Tell people until cancelled."""
        async with asyncio.TaskGroup() as group:
            ledger = group.create_task(self._ledger.run(), name="notify ledger")
            try:
                async with asyncio.TaskGroup() as working:
                    working.create_task(self._post.run(), name="post")
                    working.create_task(self._events.run(), name="notify reader")
                    working.create_task(self._attend(), name="notify")
            finally:
                ledger.cancel()

    def status(self) -> NotifyStatus:
        """How notification fares."""
        recipients = self._post.status()
        now_us = self._clock.now().utc_us
        late = (
            one.oldest_us is not None and now_us - one.oldest_us >= FAILING_US for one in recipients
        )
        return NotifyStatus(
            recipients,
            tuple(self._problems()),
            self._duties.open_cases(),
            any(late) or self._problem is not None,
            self._problem is None and not (recipients and all(one.why for one in recipients)),
        )

    def held(self, recipient: str) -> int:
        """How many messages wait for a recipient's next digest."""
        return self._issuing.held(recipient)

    async def notices(self, limit: int, before: int | None = None) -> list[Notice]:
        """What was sent to whom with what result, the newest first.

        Raises:
            LedgerError: It cannot be read.
        """
        await self._ledger.kept()
        return await asyncio.to_thread(self._ledger.notices, limit, before)

    def test(self, recipient: str, person: str) -> Notice:
        """Send a test message because somebody asked.

        Raises:
            NotAllowedError: There is no such recipient.
        """
        if recipient not in self._roster.recipients:
            known = ", ".join(self._roster.recipients) or "there are none"
            raise NotAllowedError(f"there is no recipient {recipient!r}; use one of: {known}")
        return self._test(recipient, person)

    def _test(self, recipient: str, person: str | None) -> Notice:
        unseen = sum(view.unseen for view in self._around.active())
        boards, silent = self._around.boards()
        return self._issuing.test(
            recipient, unseen=unseen, boards=boards, silent=silent, person=person
        )

    def _restore(self) -> None:
        self._post.restore(self._ledger.unfinished())
        self._issuing.restore(self._ledger.notices(_RECENT))
        self._duties.restore()
        self._daily.restore()
        self._events.restore()

    async def _attend(self) -> None:
        while True:
            try:
                self._turn()
                self._problem = None
            except Exception as err:  # noqa: BLE001 -- told in health; the next turn tries again
                _LOG.error("notification failed on something", exc_info=err)
                self._problem = f"the program failed ({type(err).__name__}); see the log"
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._wake.wait()
            except TimeoutError:
                continue
            finally:
                self._wake.clear()

    def _turn(self) -> None:
        if self._early:
            events = list(self._early)
            self._early.clear()
            self._duties.take(events, stored=False)
        now_us = self._clock.now().mono_us
        if now_us - self._looked_us >= LEAST_LOOK_US:  # in a flood, events alone tell enough
            self._looked_us = now_us
            self._duties.look(self._around.active(), whole=self._events.is_whole)
        self._issuing.digests()
        self._daily.look(self._config, self._roster, self._clock.now())

    def _stored(self, events: Sequence[AlarmEvent]) -> None:
        self._duties.take(events, stored=True)
        self._wake.set()

    def _problems(self) -> list[str]:
        words = []
        if not self._config.recipient and not self._config.notify.nobody:
            words.append(
                "nobody is notified of alarms: the site's file has no [[recipient]]; add one, or"
                " say [notify] nobody = true"
            )
        if self._problem is not None:
            words.append(f"notification: {self._problem}")
        if self._duties.failed:
            words.append(
                f"notification: the program failed on {self._duties.failed} events; see the log"
            )
        if self._events.problem is not None:
            words.append(f"notification cannot read the alarm journal: {self._events.problem}")
        if self._ledger.problem is not None:
            words.append(
                f"notification: {self._ledger.problem}; messages go out all the same, and may"
                " come twice after a crash"
            )
        if unread := len(self._ledger.unread):
            words.append(
                f"notification: {unread} entries of notify.sqlite cannot be read and are left out;"
                " see the log"
            )
        if self._ledger.begun_anew:
            words.append("notification: notify.sqlite was damaged and put aside; see *.damaged")
        return words + [
            f"recipient {one.recipient}: {one.why}; {one.waiting} wait"
            for one in self._post.status()
            if one.why
        ]
