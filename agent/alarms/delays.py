"""Delays: where samples in order have led one condition on one point."""

import sys
from collections import deque
from collections.abc import Iterable
from enum import IntEnum

from agent.alarms.conditions import Condition
from agent.alarms.intervals import Interval
from agent.alarms.verdicts import Verdict

_UNKNOWN, _BACK, _BEYOND = int(Verdict.UNKNOWN), int(Verdict.BACK), int(Verdict.BEYOND)


class Turn(IntEnum):
    """What one sample changed."""

    NONE = 0
    RAISED = 1
    CLEARED = 2


class Spans:
    """How long a condition must stand, and be back.

    Args:
        condition: A condition over points.
    """

    __slots__ = ("off_us", "on_samples", "on_us")

    def __init__(self, condition: Condition) -> None:
        self.on_us = round(condition.on_delay_s * 1e6)
        self.off_us = round(condition.off_delay_s * 1e6)
        self.on_samples = condition.on_samples or sys.maxsize

    def dump(self) -> list[int]:
        """JSON-ready, to know them again."""
        return [self.on_us, self.off_us, self.on_samples]


class Delays:
    """A run beyond the limit, or back, and what it has led to.

    Rule 1: a run beyond the limit raises after `on_us` or `on_samples`, whichever is first; a run
    that is back clears after `off_us`.
    Rule 2: an unknown sample breaks no run and returns nothing; but a point that went beyond its
    limit and then died is an alarm once the delay is over.

    Attributes:
        active: The condition is in alarm.
        raised_us: Since when, on sample time [µs].
    """

    __slots__ = ("active", "back_us", "raised_us", "run", "since_us")

    def __init__(self) -> None:
        self.active = False
        self.raised_us = 0
        self.since_us: int | None = None  # first sample of the run beyond the limit
        self.run = 0
        self.back_us: int | None = None  # first sample of the run that is back

    @property
    def is_calm(self) -> bool:
        """Whether neither an alarm nor a run beyond the limit stands."""
        return not self.active and self.since_us is None

    def take(self, t_us: int, verdict: Verdict | int, spans: Spans) -> Turn:
        """Judge the next sample.

        Args:
            t_us: Capture time [µs], not before the last one.
            verdict: What the sample says.
            spans: The delays.
        """
        if self.active:
            return self._take_active(t_us, verdict, spans.off_us)
        if verdict == _BEYOND:
            if self.since_us is None:
                self.since_us, self.run = t_us, 0
            self.run += 1
        elif verdict != _UNKNOWN:
            self.since_us = None
            return Turn.NONE
        if self.since_us is None:
            return Turn.NONE
        if self.run < spans.on_samples and t_us - self.since_us < spans.on_us:
            return Turn.NONE
        self.force(t_us)
        return Turn.RAISED

    def _take_active(self, t_us: int, verdict: Verdict | int, off_us: int) -> Turn:
        if verdict == _BACK:
            if self.back_us is None:
                self.back_us = t_us
            if t_us - self.back_us >= off_us:
                self.active, self.since_us, self.back_us = False, None, None
                return Turn.CLEARED
        elif verdict != _UNKNOWN:
            self.back_us = None
        return Turn.NONE

    def lead(
        self, said: Iterable[tuple[int, int]], forced_us: Iterable[int], spans: Spans
    ) -> list[Interval]:
        """Judge many samples in order.

        Args:
            said: Capture time [µs] and verdict of each.
            forced_us: When to `force` between them [µs].
            spans: The delays.

        Returns:
            When it was in alarm, from what came before on.
        """
        found: list[Interval] = []
        waiting = deque(forced_us)
        for t_us, verdict in said:
            while waiting and waiting[0] < t_us:
                self.force(waiting.popleft())
            if verdict == (_BEYOND if self.active else _BACK):
                # As `take` would, for nearly all there are.
                if self.active:
                    self.back_us = None
                else:
                    self.since_us = None
            elif self.take(t_us, verdict, spans) is Turn.CLEARED:
                found.append((self.raised_us, t_us))
        for t_us in waiting:
            self.force(t_us)
        if self.active:
            found.append((self.raised_us, None))
        return found

    def force(self, t_us: int) -> None:
        """It is in alarm from here on, whatever the samples so far said; a return starts again."""
        if not self.active:
            self.active, self.raised_us = True, t_us
        self.back_us = None

    def move(self, by_us: int) -> None:
        """The clock under the samples was put right: what had elapsed stays elapsed [µs]."""
        if self.since_us is not None:
            self.since_us += by_us
        if self.back_us is not None:
            self.back_us += by_us

    def copy(self) -> "Delays":
        """The same, to be led elsewhere."""
        return Delays.load(self.dump())

    def dump(self) -> list[int | None]:
        """JSON-ready state."""
        return [int(self.active), self.raised_us, self.since_us, self.run, self.back_us]

    @classmethod
    def load(cls, dumped: list[int | None]) -> "Delays":
        """What `dump` gave."""
        made = cls()
        active, raised_us, made.since_us, run, made.back_us = dumped
        made.active, made.raised_us, made.run = bool(active), raised_us or 0, run or 0
        return made
