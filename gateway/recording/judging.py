"""Judging: one item at a time, and what happens to those that cannot be judged."""

import logging
from collections.abc import Callable
from typing import Final

from agent.errors import HinobanError
from gateway.clock import Clock
from gateway.recording.commits import Health, Judged
from gateway.recording.desk import Desk, Outcome
from gateway.recording.items import Awaited, Item, SystemCondition

_LOG: Final = logging.getLogger(__name__)
_LOG_EVERY: Final = 1000
_WORDS: Final = 500


class Judging:
    """The desk, guarded: nothing that comes stops what comes after it.

    Args:
        desk: Judges items.
        clock: Reads their monotonic times.
        health: Where what was refused is counted.
        failed: Called when the program failed on an item, which is a fault of the gateway.
    """

    def __init__(
        self, desk: Desk, clock: Clock, health: Health, failed: Callable[[], None]
    ) -> None:
        self._desk = desk
        self._clock = clock
        self._health = health
        self._failed = failed

    def take(self, item: Item) -> Judged:
        """Judge an item; one that cannot be judged is counted, logged and done with."""
        judged = Judged(item, Outcome())
        if item.is_settled:
            return judged
        try:
            self._desk.take(item, self._clock, judged.outcome)
        except Exception as err:  # noqa: BLE001 -- one bad item is not to stop every alarm
            if not item.refused:
                item.refuse(err)
                self._note(item, err)
        if faults := self._desk.faults:
            for fault in faults:
                self._note(item, fault)
            faults.clear()
        return judged

    def spoil(self, item: Item, err: Exception) -> None:
        """The journal can never hold what an item gave."""
        _LOG.error("an item cannot be written and is left out: %s", str(err)[:_WORDS])
        item.spoil(self._desk.site)
        self._count(self._health.failed, type(err).__name__)

    def _note(self, item: Item, err: Exception) -> None:
        if not isinstance(err, HinobanError):
            name = type(err).__name__
            if self._count(self._health.failed, name):
                _LOG.error("the program failed on %s", type(item).__name__, exc_info=err)
            if not isinstance(item, SystemCondition):
                self._failed()
        elif not isinstance(item, Awaited):  # there the person is told
            reason = getattr(err, "reason", type(err).__name__)
            if self._count(self._health.refused, reason):
                _LOG.warning("refused (%s): %s", reason, str(err)[:_WORDS])

    @staticmethod
    def _count(counts: dict[str, int], reason: str) -> bool:
        """Count; whether this one is worth a line in the log."""
        counts[reason] = counts.get(reason, 0) + 1
        return counts[reason] % _LOG_EVERY == 1
