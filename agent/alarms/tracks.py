"""Track: one condition on one point, its delays counted on sample time.

Rule 1: Samples in order move the live state. A run beyond the limit raises after `on_us` or
`on_samples`, whichever is first; a run that is back clears after `off_us`.
Rule 2: An unknown sample breaks no run and returns nothing; but a point that went beyond its
limit and then died is an alarm once the delay is over.
Rule 3: A sample older than the live ones never moves the live delays. Right in front of a
pending run it belongs to that run; else it is judged in a window of its own, from history.
Rule 4: An excursion found in history stands until live samples have shown its return.
"""

import sys
from enum import IntEnum
from typing import Any, Final

from agent.alarms.conditions import Condition
from agent.alarms.memories import Memories
from agent.alarms.verdicts import Verdict, judge_for

_KEPT_EXCURSIONS: Final = 8  # of each track, so that repeated old samples tell nothing twice


class Outcome(IntEnum):
    """What judging a sample led to."""

    NOTHING = 0
    RAISE = 1
    CLEAR = 2
    RAISE_FROM_HISTORY = 3
    """Found in late samples, and nothing since has shown a return."""
    PASSED_IN_HISTORY = 4
    """Found in late samples; later ones had already shown its return."""


class Rule:
    """What all tracks of one condition share.

    Args:
        condition: A condition over points.
        memories: What conditions remember of samples before; its own where None.
    """

    __slots__ = ("condition", "judge", "off_us", "on_samples", "on_us")

    def __init__(self, condition: Condition, memories: Memories | None = None) -> None:
        self.condition = condition
        self.judge = judge_for(condition, memories)
        self.on_us = round(condition.on_delay_s * 1e6)
        self.off_us = round(condition.off_delay_s * 1e6)
        self.on_samples = condition.on_samples or sys.maxsize


class Track:
    """Delays and counts of one condition on one point.

    Args:
        rule: The shared part.
    """

    __slots__ = (
        "active",
        "back_us",
        "before_us",
        "excursions",
        "late_last_us",
        "late_open",
        "late_run",
        "late_since_us",
        "reason",
        "rule",
        "run",
        "shown_us",
        "since_us",
        "value",
    )

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.active = False
        self.since_us: int | None = None  # first sample of the run beyond the limit
        self.run = 0
        self.before_us: int | None = None  # last sample judged before that run
        self.back_us: int | None = None  # first sample of the run that is back, or a later one
        self.shown_us: int | None = None  # one of that run after which it stayed back for off_us
        self.value: float | None = None  # last value beyond the limit
        self.reason: str | None = None
        self.late_since_us: int | None = None
        self.late_run = 0
        self.late_last_us: int | None = None
        self.late_open = False  # the excursion last found in history goes on
        self.excursions: list[list[int]] = []

    def live(self, t_us: int, verdict: Verdict, last_us: int | None) -> Outcome:
        """Judge a sample that is newer than all before.

        Args:
            t_us: Capture time [µs].
            verdict: What the sample says.
            last_us: Capture time of the sample before it [µs].
        """
        if self.active:
            return self._live_active(t_us, verdict)
        if verdict is Verdict.BACK:
            self.since_us = None
            if self.back_us is None:
                self.back_us = t_us
            elif t_us - self.back_us >= self.rule.off_us:
                self.shown_us, self.back_us = self.back_us, t_us
            return Outcome.NOTHING
        if verdict is Verdict.BAND:
            self.since_us = self.back_us = self.shown_us = None
            return Outcome.NOTHING
        if verdict is Verdict.BEYOND:
            self.back_us = self.shown_us = None
            if self.since_us is None:
                self.since_us, self.run, self.before_us = t_us, 0, last_us
            self.run += 1
        return self._raise_if_due(t_us)

    def _live_active(self, t_us: int, verdict: Verdict) -> Outcome:
        if verdict is Verdict.BEYOND or verdict is Verdict.BAND:
            self.back_us = None
        elif verdict is Verdict.BACK:
            if self.back_us is None:
                self.back_us = t_us
            if t_us - self.back_us >= self.rule.off_us:
                self.active = False
                self._remember(self.since_us, t_us)
                self.since_us, self.shown_us, self.back_us = None, self.back_us, t_us
                return Outcome.CLEAR
        return Outcome.NOTHING

    def _raise_if_due(self, t_us: int) -> Outcome:
        if self.since_us is None:
            return Outcome.NOTHING
        rule = self.rule
        if self.run < rule.on_samples and t_us - self.since_us < rule.on_us:
            return Outcome.NOTHING
        self.active = True
        return Outcome.RAISE

    def went_silent(self) -> Outcome:
        """The point's board fell silent: a run beyond the limit that was pending is an alarm."""
        if self.active or self.since_us is None:
            return Outcome.NOTHING
        self.active = True
        return Outcome.RAISE

    def is_quiet(self, t_us: int, verdict: Verdict) -> bool:
        """Whether a newest sample moves nothing at all, which is so for nearly every one."""
        return (
            verdict is Verdict.BACK
            and not self.active
            and self.back_us is not None
            and t_us - self.back_us < self.rule.off_us
        )

    def late(self, t_us: int, verdict: Verdict, last_us: int, *, comparable: bool) -> Outcome:
        """Judge a sample that is not newer than the last one.

        Args:
            t_us: Capture time [µs].
            verdict: What the sample says.
            last_us: Capture time of the newest sample [µs].
            comparable: Whether `t_us` rests on a right clock, so that it can be set in order.
        """
        if self.active or verdict is Verdict.UNKNOWN:
            return Outcome.NOTHING
        before_us, since_us = self.before_us, self.since_us
        if comparable and since_us is not None and (before_us is None or t_us > before_us):
            return self._join(t_us, verdict, since_us, last_us)
        return self._late_alone(t_us, verdict, comparable=comparable)

    def _join(self, t_us: int, verdict: Verdict, since_us: int, last_us: int) -> Outcome:
        if t_us >= since_us:
            return Outcome.NOTHING  # inside the pending run, which already counts as one
        if verdict is not Verdict.BEYOND:
            self.before_us = t_us
            return Outcome.NOTHING
        self.since_us = t_us
        self.run += 1
        return self._raise_if_due(last_us)

    def _late_alone(self, t_us: int, verdict: Verdict, *, comparable: bool) -> Outcome:
        if comparable and any(first <= t_us <= to for first, to in self.excursions):
            return Outcome.NOTHING
        if verdict is not Verdict.BEYOND:
            self._end_late_run()
            return Outcome.NOTHING
        previous_us = self.late_last_us
        if previous_us is not None and t_us < previous_us:
            self._end_late_run()
        elif previous_us == t_us and comparable:
            return Outcome.NOTHING
        self.late_last_us = t_us
        if self.late_open:
            self.excursions[-1][1] = t_us
            return Outcome.NOTHING
        if self.late_since_us is None:
            self.late_since_us, self.late_run = t_us, 0
        self.late_run += 1
        return self._late_raise_if_due(t_us, self.late_since_us, comparable=comparable)

    def _late_raise_if_due(self, t_us: int, since_us: int, *, comparable: bool) -> Outcome:
        rule = self.rule
        if self.late_run < rule.on_samples and t_us - since_us < rule.on_us:
            return Outcome.NOTHING
        if comparable and self.shown_us is not None and t_us < self.shown_us:
            self._remember(since_us, t_us)
            self.late_since_us, self.late_open = None, True
            return Outcome.PASSED_IN_HISTORY
        if self.back_us is not None and (self.back_us <= t_us or not comparable):
            self.back_us = None  # that return is not proven: it starts again
        self.active, self.since_us, self.shown_us = True, since_us, None
        self._end_late_run()
        return Outcome.RAISE_FROM_HISTORY

    def _end_late_run(self) -> None:
        self.late_since_us = self.late_last_us = None
        self.late_open = False

    def _remember(self, from_us: int | None, to_us: int) -> None:
        self.excursions.append([to_us if from_us is None else from_us, to_us])
        del self.excursions[:-_KEPT_EXCURSIONS]

    def move(self, by_us: int) -> None:
        """The clock under the samples was put right: delays go on from what had elapsed [µs]."""
        if self.since_us is not None:
            self.since_us += by_us
        if self.before_us is not None:
            self.before_us += by_us
        if self.back_us is not None:
            self.back_us += by_us
        if self.shown_us is not None:
            self.shown_us += by_us

    def dump(self) -> list[Any]:
        """JSON-ready state; the many quiet tracks are short."""
        quiet = not self.active and self.since_us is None and self.late_last_us is None
        if quiet and not self.excursions:
            return [self.back_us, self.shown_us]
        return [
            self.back_us,
            self.shown_us,
            self.active,
            self.since_us,
            self.run,
            self.before_us,
            self.value,
            self.reason,
            self.late_since_us,
            self.late_run,
            self.late_last_us,
            self.late_open,
            [list(excursion) for excursion in self.excursions],
        ]

    def load(self, dumped: list[Any]) -> None:
        """Take over what `dump` gave."""
        self.back_us, self.shown_us = dumped[:2]
        if len(dumped) == 2:
            return
        (
            _,
            _,
            self.active,
            self.since_us,
            self.run,
            self.before_us,
            self.value,
            self.reason,
            self.late_since_us,
            self.late_run,
            self.late_last_us,
            self.late_open,
            self.excursions,
        ) = dumped
