"""Post: the couriers of all recipients; one that hangs delays no other."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from gateway.clock import Now
from gateway.config import Config
from gateway.notify.courier import Courier, CourierStatus, Deliver
from gateway.notify.ledger import Ledger
from gateway.notify.notice import Notice, Progress
from gateway.notify.sender import send
from gateway.notify.wording import Wording


class Post:
    """Every recipient's courier, each in a task of its own.

    Args:
        ledger: Keeps every attempt.
        now: The instant.
        deliver: Sends.
    """

    def __init__(self, ledger: Ledger, now: Callable[[], Now], deliver: Deliver = send) -> None:
        self._ledger = ledger
        self._now = now
        self._deliver = deliver
        self._couriers: dict[str, Courier] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None

    def use(self, config: Config, wording: Wording) -> None:
        """Other recipients from now on; whoever is gone is told nothing more."""
        timeout_s = config.notify.timeout_s
        wanted = {one.id: one for one in config.recipient}
        for name in self._couriers.keys() - wanted.keys():
            self._couriers.pop(name).withdraw(f"there is no recipient {name} any more")
            if (task := self._tasks.pop(name, None)) is not None:
                task.cancel()
        for name, settings in wanted.items():
            if (courier := self._couriers.get(name)) is not None:
                courier.use(settings, wording.as_sent, timeout_s)
                continue
            self._couriers[name] = Courier(
                settings, self._ledger, wording.as_sent, self._now, timeout_s, self._deliver
            )
            self._start(name)

    def restore(self, notices: Sequence[Notice]) -> None:
        """Go on with what was not sent before; what was being sent then is doubtful."""
        for notice in notices:
            if notice.progress is Progress.TRYING:
                notice.progress, notice.doubted = Progress.DOUBTFUL, True
            if notice.recipient in self._couriers:
                self.add(notice)
            else:
                notice.progress = Progress.WITHDRAWN
                notice.why = f"there is no recipient {notice.recipient} any more"
                self._ledger.put(notice)

    def add(self, notice: Notice) -> None:
        """One more to send."""
        self._couriers[notice.recipient].add(notice)

    def waiting(self, recipient: str) -> int:
        """How many of a recipient's wait that are not urgent."""
        return self._couriers[recipient].waiting()

    def tells_of(self, recipient: str, alarm_id: str) -> bool:
        """Whether something of an alarm still has to be sent to a recipient."""
        return self._couriers[recipient].tells_of(alarm_id)

    def status(self) -> list[CourierStatus]:
        """How each recipient can be reached."""
        return [courier.status() for courier in self._couriers.values()]

    async def run(self) -> None:
        """Send until cancelled."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            for name in self._couriers:
                self._start(name)
            await asyncio.Event().wait()

    def _start(self, name: str) -> None:
        if self._group is not None:
            task = self._group.create_task(self._work(name), name=f"courier {name}")
            self._tasks[name] = task

    async def _work(self, name: str) -> None:
        # Cancelled for itself alone when its recipient is taken off the list.
        with suppress(asyncio.CancelledError):
            await self._couriers[name].run()
