"""Courier: brings one recipient's notices to their service, urgent ones first, for ever if need be.

Every attempt is on disk before it is made and its result after. What may have arrived is sent
again under its own number, with the word "repeat".
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from agent.errors import HinobanError
from gateway.clock import Now
from gateway.config_notify import Recipient
from gateway.notify.addresses import AddressError, address_of
from gateway.notify.ledger import Ledger
from gateway.notify.limited import HangingError, limited
from gateway.notify.notice import Notice, Progress
from gateway.notify.sender import Result, send

FIRST_WAIT_S: Final = 2.0
"""Pause after the first failure of a notice [s]; doubled with each."""

LONGEST_WAIT_S: Final = {True: 60.0, False: 300.0}
"""Urgent or not -> the longest pause between two attempts [s]."""

MOST_HANGING: Final = 3
"""Threads that may hang at one service; then it is asked again only once one has ended."""

_PROGRESS: Final = {
    Result.SENT: Progress.SENT,
    Result.REFUSED: Progress.REFUSED,
    Result.DOUBTFUL: Progress.DOUBTFUL,
}
_LOG: Final = logging.getLogger(__name__)

Deliver = Callable[[str, str, str], tuple[Result, str]]
"""Sends title and body to an address and says how that ended; blocks."""


@dataclass(frozen=True, slots=True)
class CourierStatus:
    """How a recipient can be reached.

    Args:
        recipient: Their id.
        waiting: Notices that still have to be sent.
        urgent: Those of them that are urgent.
        oldest_us: When the oldest of them was made, UTC [µs].
        sent: Notices sent since the gateway started.
        hanging: Threads that hang at the service.
        why: Why the last attempt failed; empty once one has worked.
    """

    recipient: str
    waiting: int
    urgent: int
    oldest_us: int | None
    sent: int
    hanging: int
    why: str


class Courier:
    """One recipient's notices.

    Args:
        settings: The recipient.
        ledger: Keeps every attempt.
        as_sent: Puts a notice into the words that go out now.
        now: The instant.
        timeout_s: After this the service counts as hanging [s].
        deliver: Sends.
    """

    def __init__(
        self,
        settings: Recipient,
        ledger: Ledger,
        as_sent: Callable[[Notice, int], tuple[str, str]],
        now: Callable[[], Now],
        timeout_s: float,
        deliver: Deliver = send,
    ) -> None:
        self._ledger = ledger
        self._now = now
        self._deliver = deliver
        self._open: dict[int, Notice] = {}
        self._due_us: dict[int, int] = {}
        self._wake = asyncio.Event()
        self._hanging = self._sent = 0
        self._why = ""
        self.use(settings, as_sent, timeout_s)

    def use(
        self,
        settings: Recipient,
        as_sent: Callable[[Notice, int], tuple[str, str]],
        timeout_s: float,
    ) -> None:
        """Other settings from now on; what failed is tried again at once."""
        self._settings, self._as_sent, self._timeout_s = settings, as_sent, timeout_s
        self._due_us.clear()
        self._wake.set()

    def add(self, notice: Notice) -> None:
        """One more to send."""
        self._open[notice.number] = notice
        self._wake.set()

    def waiting(self) -> int:
        """How many wait that are not urgent."""
        return sum(not notice.urgent for notice in self._open.values())

    def tells_of(self, alarm_id: str) -> bool:
        """Whether something of an alarm still has to be sent."""
        return any(notice.alarm_id == alarm_id for notice in self._open.values())

    def withdraw(self, why: str) -> None:
        """Give up what is open: there is no such recipient any more."""
        for notice in self._open.values():
            notice.progress, notice.why = Progress.WITHDRAWN, why
            self._ledger.put(notice)
        self._open.clear()

    def status(self) -> CourierStatus:
        """How the recipient can be reached."""
        notices = self._open.values()
        return CourierStatus(
            self._settings.id,
            len(notices),
            sum(notice.urgent for notice in notices),
            min((notice.made_us for notice in notices), default=None),
            self._sent,
            self._hanging,
            self._why,
        )

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            self._wake.clear()
            notice, wait_s = self._next()
            if notice is None:
                await self._woken(wait_s)
            else:
                await self._attempt(notice)

    def _next(self) -> tuple[Notice | None, float | None]:
        """What to try now: the urgent, then the least tried, then the oldest; else how long not."""
        if self._hanging >= MOST_HANGING or not self._open:
            return None, None
        mono_us = self._now().mono_us
        due = [n for n in self._open.values() if self._due_us.get(n.number, 0) <= mono_us]
        if due:
            return min(due, key=lambda n: (not n.urgent, n.attempts, n.number)), None
        soonest_us = min(self._due_us[number] for number in self._open)
        return None, (soonest_us - mono_us) / 1e6

    async def _woken(self, wait_s: float | None) -> None:
        try:
            async with asyncio.timeout(wait_s):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _attempt(self, notice: Notice) -> None:
        now = self._now()
        title, body = self._as_sent(notice, now.utc_us)
        notice.progress, notice.tried_us = Progress.TRYING, now.utc_us
        notice.attempts += 1
        self._ledger.put(notice)
        await self._ledger.kept()
        result, why = await self._sending(title, body)
        if notice.number not in self._open:
            return  # withdrawn meanwhile
        notice.progress, notice.why = _PROGRESS[result], why
        notice.doubted |= result is Result.DOUBTFUL
        self._ledger.put(notice)
        self._why = why
        if result is Result.SENT:
            self._sent += 1
            del self._open[notice.number]
            self._due_us.pop(notice.number, None)
            # The service is there: whatever else waits need not wait any longer.
            self._due_us.clear()
        else:
            wait_s = min(FIRST_WAIT_S * 2 ** (notice.attempts - 1), LONGEST_WAIT_S[notice.urgent])
            self._due_us[notice.number] = self._now().mono_us + round(wait_s * 1e6)

    async def _sending(self, title: str, body: str) -> tuple[Result, str]:
        self._hanging += 1  # until the thread ends, however late
        ended = False

        def done() -> None:
            nonlocal ended
            if not ended:
                ended = True
                self._hanging -= 1
                self._wake.set()

        try:
            address = address_of(self._settings)
        except AddressError as err:
            done()
            return Result.REFUSED, str(err)
        sending: Awaitable[tuple[Result, str]] = limited(
            lambda: self._deliver(address, title, body),
            self._timeout_s,
            done,
        )
        try:
            return await sending
        except HangingError:
            return Result.DOUBTFUL, f"the service hangs for more than {self._timeout_s:g} s"
        except HinobanError as err:
            return Result.REFUSED, str(err)
        except Exception as err:  # noqa: BLE001 -- a fault of one service is not to end the rest
            # Its words may hold the address.
            _LOG.error("notifying %s failed with %s", self._settings.id, type(err).__name__)
            return Result.DOUBTFUL, f"the program failed ({type(err).__name__})"
