"""Reminders: what was acknowledged and still stands has to be seen again after a while."""

from collections.abc import Mapping

from agent.alarms.book import AlarmBook
from agent.alarms.events import AlarmEvent
from agent.alarms.instant import Instant
from agent.alarms.standing import Cause


class Reminders:
    """When acknowledged alarms come back.

    Args:
        book: Where the alarms stand; how long ago each was acknowledged is stored there.
        after_us: Class -> after how long [µs]; other classes never do.
    """

    def __init__(self, book: AlarmBook, after_us: Mapping[str, int]) -> None:
        self._book = book
        self._after_us = after_us

    def on_tick(self, now: Instant) -> list[AlarmEvent]:
        """Bring back what is due."""
        events: list[AlarmEvent] = []
        for alarm in list(self._book):
            if alarm.seen is None:
                continue
            elapsed_us = alarm.seen.elapsed_us(now)
            if alarm.seen.unsaved:
                self._book.changed(alarm.id)
            due_us = self._after_us.get(alarm.klass)
            if due_us is not None and elapsed_us >= due_us:
                events += self._book.again(alarm.id, Cause(now.utc_us, now.utc_us))
        return events
