"""Track: one condition on one point; when it was in alarm follows from the samples alone.

Rule 3: Samples in order move the live delays. A sample that is not newer than the last takes its
place in the window, which is then judged once more as if all had come in order.
Rule 4: What has no place there, being older than the window or of an unknown time, is judged
aside. What that finds stands until samples of the window show the return.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from agent.alarms.aside import Aside
from agent.alarms.delays import Delays, Turn
from agent.alarms.intervals import Interval, joined, overlaps, without
from agent.alarms.rules import Outcome, Rule
from agent.alarms.verdicts import Verdict
from agent.alarms.window import Window

_FROM_HISTORY: Final = {Outcome.RAISE: Outcome.RAISE_FROM_HISTORY}


class Found(NamedTuple):
    """What judging a sample led to, on one track.

    Args:
        track: Whose condition it is.
        outcome: What to do about it.
        from_us: Since when the condition was in alarm, on sample time [µs].
        to_us: Until when; None while it lasts.
    """

    track: "Track"
    outcome: Outcome
    from_us: int
    to_us: int | None = None


class Track:
    """Delays of one condition on one point, and since when it was in alarm.

    Args:
        rule: The shared part.

    Attributes:
        delays: Where the samples have led to by now.
        value: Last value beyond the limit.
        reason: The reason word of that sample.
    """

    __slots__ = (
        "_aside",
        "_before",
        "_forced_us",
        "_held",
        "_quiet_us",
        "_told",
        "delays",
        "reason",
        "rule",
        "value",
    )

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.delays = Delays()
        self.value: float | None = None
        self.reason: str | None = None
        self._before: Delays | None = None  # right before the window; None for calm
        self._quiet_us: int | None = None  # since when all was back, up to the window
        self._forced_us: list[int] = []  # in alarm from there on for another reason than samples
        self._held: list[Interval] = []  # in alarm, as far as the window reaches
        self._told: list[Interval] = []  # the same as the journal has it
        self._aside: Aside | None = None

    @property
    def active(self) -> bool:
        """Whether the condition is in alarm."""
        return self.delays.active

    @property
    def is_calm(self) -> bool:
        """Whether one more sample that is back changes nothing, wherever it belongs."""
        return self.delays.is_calm and self._before is None and not self._forced_us

    @property
    def is_settled(self) -> bool:
        """Whether the journal tells when it was in alarm."""
        return self._told == self._held

    # ── Samples in order ──────────────────────────────────────────────────────────────────

    def live(self, t_us: int, verdict: Verdict) -> Found | None:
        """Judge a sample that is newer than all before."""
        turn = self.delays.take(t_us, verdict, self.rule.spans)
        if turn is Turn.NONE:
            return None
        return self._raised(t_us) if turn is Turn.RAISED else self._cleared(t_us)

    def went_silent(self, last_us: int) -> Found | None:
        """The point's board fell silent: a run beyond the limit that was pending is an alarm.

        Args:
            last_us: Capture time of the newest sample [µs].
        """
        if self.delays.is_calm or self.delays.active:
            return None
        self._forced_us.append(last_us)
        self.delays.force(last_us)
        return self._raised(last_us)

    def adopt(self, t_us: int) -> None:
        """Go on with an alarm that stands, of a condition that was away and is back.

        Args:
            t_us: From when on [µs].
        """
        self._forced_us.append(t_us)
        self.delays.force(t_us)
        self._raised(t_us)

    def _raised(self, t_us: int) -> Found:
        self._held.append((t_us, None))
        self._told.append((t_us, None))
        return Found(self, Outcome.RAISE, t_us)

    def _cleared(self, t_us: int) -> Found:
        self._held[-1] = (self._held[-1][0], t_us)
        self._told[-1] = (self._told[-1][0], t_us)
        return Found(self, Outcome.CLEAR, self._told[-1][0], t_us)

    # ── Samples late ──────────────────────────────────────────────────────────────────────

    def rejudge(self, window: Window, place: int) -> Iterator[Found]:
        """Judge all of the window as if it had come in order.

        Args:
            window: Of the point.
            place: Which of the point's conditions this is.
        """
        self._lead(window, place)
        told, lasts = self._told, bool(self._told) and self._told[-1][1] is None
        if lasts and not self.active:
            since_us = told[-1][0]
            to_us = max((b for _, b in self._held if b is not None), default=since_us)
            told[-1] = (since_us, max(since_us, to_us))
            yield Found(self, Outcome.CLEAR, since_us, told[-1][1])
        elif self.active and not lasts:
            ends_us = [b for _, b in told if b is not None]
            told.append((max([self.delays.raised_us, *ends_us]), None))
            yield Found(self, Outcome.RAISE, told[-1][0])
        if not self.active:
            for span in self._held:
                if not overlaps(span, told):
                    told.append(span)
                    yield Found(self, Outcome.PASSED_IN_HISTORY, *span)
        self._told = joined(told)

    def _lead(self, window: Window, place: int) -> None:
        before = self._before
        self.delays = Delays() if before is None else before.copy()
        self._held = joined(self.delays.lead(window.said(place), self._forced_us, self.rule.spans))

    def aside(
        self, t_us: int, verdict: Verdict, window: Window, place: int, unknown_us: int | None
    ) -> Iterator[Found]:
        """Judge a sample that has no place in the window.

        Args:
            t_us: Capture time [µs].
            verdict: What the sample says.
            window: Of the point.
            place: Which of the point's conditions this is.
            unknown_us: For a sample of unknown time the newest time known, else None [µs].
        """
        if unknown_us is not None and self.active:
            return
        if self._aside is None:
            if verdict is not Verdict.BEYOND:
                return
            self._aside = Aside()
        turn = self._aside.take(t_us, verdict, self.rule.spans, comparable=unknown_us is None)
        if turn is Turn.CLEARED:
            yield Found(self, Outcome.WAS_IN_ALARM, self._aside.raised_us, t_us)
        if turn is not Turn.RAISED:
            return
        if unknown_us is not None:
            self._aside.forget()
            self._forced_us.append(unknown_us)
        elif self._has_returned_since(t_us, window.start_us):
            yield Found(self, Outcome.PASSED_IN_HISTORY, t_us, t_us)
            return
        else:
            self._aside.forget()
            before = self._before = self._before or Delays()
            before.force(t_us)
        for found in self.rejudge(window, place):
            yield found._replace(outcome=_FROM_HISTORY.get(found.outcome, found.outcome))

    def _has_returned_since(self, t_us: int, start_us: int | None) -> bool:
        if self._quiet_us is None or start_us is None or t_us >= self._quiet_us:
            return False
        return start_us - self._quiet_us >= self.rule.spans.off_us

    def settle(self) -> list[Found]:
        """What the journal must be told so that it has when this was in alarm."""
        if self.is_settled:
            return []
        told, held = self._told, self._held
        self._told = list(held)
        more = [Found(self, Outcome.WAS_IN_ALARM, a, b) for a, b in without(held, told)]
        less = [Found(self, Outcome.WAS_NOT_IN_ALARM, a, b) for a, b in without(told, held)]
        return more + less

    # ── What leaves the window ────────────────────────────────────────────────────────────

    def leave(self, gone: Window, place: int) -> list[Found]:
        """Samples at the old end of the window are let go.

        Returns:
            What the journal must be told before it is forgotten here.
        """
        start_us = gone.times[-1]
        verdicts = [] if not gone.odd else list(gone.said(place))
        for t_us, verdict in verdicts:
            if verdict == Verdict.BACK:
                self._quiet_us = t_us if self._quiet_us is None else self._quiet_us
            elif verdict != Verdict.UNKNOWN:
                self._quiet_us = None
        if not verdicts and self._quiet_us is None:
            self._quiet_us = gone.times[0]
        forced_us = [t_us for t_us in self._forced_us if t_us <= start_us]
        if verdicts or self._before is not None or forced_us:
            before = self._before or Delays()
            before.lead(gone.said(place), forced_us, self.rule.spans)
            self._before = None if before.is_calm else before
            self._forced_us = [t_us for t_us in self._forced_us if t_us > start_us]
        found = self.settle()
        if self._held:
            self._held = [(a, b) for a, b in self._held if b is None or b > start_us]
            self._told = list(self._held)
        return found

    def move(self, by_us: int) -> None:
        """The clock under the samples was put right: delays go on from what had elapsed [µs]."""
        self.delays.move(by_us)
        self._before = None if self.delays.is_calm else self.delays.copy()
        self._forced_us, self._quiet_us = [], None
        self._held = [(self.delays.raised_us, None)] if self.active else []
        self._told = list(self._held)

    # ── What survives a restart ───────────────────────────────────────────────────────────

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing to `dump`, which is so for nearly all."""
        said = self.value is not None or self.reason is not None
        return not (said or self._told or self._forced_us or self._aside)

    def dump(self) -> list[Any]:
        """JSON-ready state of what changes with samples."""
        aside = None if self._aside is None else self._aside.dump()
        live = [self.delays.dump(), self.value, self.reason, self.rule.spans.dump()]
        return [live, self._told, self._forced_us, aside]

    def was_led_by(self, dumped: list[Any]) -> bool:
        """Whether what `dump` gave was judged by the delays that hold now."""
        live, *_ = dumped
        return bool(live[-1] == self.rule.spans.dump())

    def go_on(self, dumped: list[Any] | None) -> None:
        """Take over where the delays stood, judged by others: the past is not judged again."""
        if dumped is None:
            return
        (delays, self.value, self.reason, _), *_ = dumped
        self.delays = Delays.load(delays)
        self.move(0)

    def dump_start(self) -> list[Any] | None:
        """JSON-ready state of what changes with the window's start only; None for none."""
        if self._before is None and self._quiet_us is None:
            return None
        return [None if self._before is None else self._before.dump(), self._quiet_us]

    def load(
        self, dumped: list[Any] | None, start: list[Any] | None, window: Window, place: int
    ) -> None:
        """Take over what `dump` and `dump_start` gave, and the window."""
        if start is not None:
            before, self._quiet_us = start
            self._before = None if before is None else Delays.load(before)
        if dumped is not None:
            (_, self.value, self.reason, _), told, self._forced_us, aside = dumped
            self._told = [(a, b) for a, b in told]
            if aside is not None:
                self._aside = Aside()
                self._aside.load(aside)
        if window.odd or not self.is_calm:
            self._lead(window, place)
