"""Aside: late samples of one condition on one point that have no place in its window."""

from typing import Any, Final

from agent.alarms.delays import Delays, Spans, Turn
from agent.alarms.verdicts import Verdict

_KEPT: Final = 8  # excursions, so that repeated old samples tell nothing twice


class Aside:
    """Samples older than the window, or of a time nobody knows, judged as they come.

    A sample older than the one before it starts anew.
    """

    __slots__ = ("_delays", "_found", "_last_us")

    def __init__(self) -> None:
        self._delays = Delays()
        self._last_us: int | None = None
        self._found: list[list[int]] = []

    def take(self, t_us: int, verdict: Verdict, spans: Spans, *, comparable: bool) -> Turn:
        """Judge a sample.

        Args:
            t_us: Capture time [µs].
            verdict: What it says.
            spans: The delays.
            comparable: Whether `t_us` rests on a right clock, so that a repeated one is known.
        """
        known = t_us == self._last_us or any(a <= t_us <= b for a, b in self._found)
        if comparable and known:
            return Turn.NONE
        if self._last_us is not None and t_us < self._last_us:
            self._delays = Delays()
        self._last_us = t_us
        since_us = self._delays.since_us
        turn = self._delays.take(t_us, verdict, spans)
        if turn is Turn.RAISED:
            self._found.append([t_us if since_us is None else since_us, t_us])
            del self._found[:-_KEPT]
        elif self._delays.active and verdict != Verdict.BACK:
            self._found[-1][1] = t_us
        return turn

    @property
    def raised_us(self) -> int:
        """When the excursion found last was raised, on sample time [µs]."""
        return self._delays.raised_us

    def forget(self) -> None:
        """What was found is held elsewhere now; the next excursion is a new one."""
        self._delays = Delays()

    def dump(self) -> list[Any]:
        """JSON-ready state."""
        return [self._delays.dump(), self._last_us, self._found]

    def load(self, dumped: list[Any]) -> None:
        """Take over what `dump` gave."""
        delays, self._last_us, self._found = dumped
        self._delays = Delays.load(delays)
