"""OpenHours: what a store's sensors showed in the hours that are not over yet.

Rule 1: Of each quarter of an hour the first sample counts. So neither the order in which samples
come nor one that comes twice changes anything, and most samples change nothing at all.
Rule 2: An hour is over when a sample a quarter past its end is there. The hours of each store
begin at a minute of their own, so that not all of them are over at once.
Rule 3: After a gap boards send what is live first and history behind it: hours then wait for half
an hour of samples more, so that the history is in them.
Rule 4: A sample of an hour that is over is late: limits are judged on it, foresight is not.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

HOUR_US: Final = 3_600_000_000
QUARTER_US: Final = HOUR_US // 4

GAP_US: Final = 5 * QUARTER_US
"""A pause longer than this was no pause between two reports [µs]."""

_PATIENCE_US: Final = 2 * QUARTER_US
_MOST_HOURS: Final = 96  # held at once, while history comes

Readings = dict[str, list[list[Any] | None]]
"""Value name -> for each quarter its first sample as [capture time, number], or None."""


class OpenHours:
    """The hours of one store that still take samples.

    Args:
        phase_us: By how much its hours begin after those of the clock [µs].
    """

    __slots__ = ("_hours", "_next", "_phase_us", "_wait_us", "newest_us")

    def __init__(self, phase_us: int) -> None:
        self._phase_us = phase_us
        self._hours: dict[int, Readings] = {}
        self._next: int | None = None  # the first hour that is not over
        self._wait_us = 0  # until samples are as new as this, no hour is over
        self.newest_us: int | None = None

    def add(self, value: str, t_us: int, number: float | None) -> tuple[int, int] | None:
        """One sample.

        Args:
            value: Last part of its point, such as ``co_ppm``.
            t_us: Capture time [µs].
            number: What it says; None where it is above all that can be measured.

        Returns:
            Capture time of the sample that counts for its quarter, and the quarter's end [µs];
            None where its hour is over.
        """
        hour, into_us = divmod(t_us - self._phase_us, HOUR_US)
        if self._next is not None and hour < self._next:
            return None
        quarters = self._hours.setdefault(hour, {}).setdefault(value, [None] * 4)
        n = into_us // QUARTER_US
        held = quarters[n]
        if held is None or t_us < held[0] or (t_us == held[0] and _above(number, held[1])):
            held = quarters[n] = [t_us, number]
        if len(self._hours) > _MOST_HOURS:
            del self._hours[min(self._hours)]
        if self.newest_us is None or t_us > self.newest_us:
            if self.newest_us is not None and t_us - self.newest_us > GAP_US:
                self._wait_us = t_us + _PATIENCE_US
            self.newest_us = t_us
        return held[0], t_us - into_us % QUARTER_US + QUARTER_US

    def over(self) -> Iterator[tuple[int, Readings]]:
        """Take out the hours that are over, by their numbers since 1970, in order."""
        if self.newest_us is None or self.newest_us < self._wait_us:
            return
        until = (self.newest_us - self._phase_us - QUARTER_US) // HOUR_US
        if self._next is None and min(self._hours) >= until:
            return
        self._next = until if self._next is None else max(until, self._next)
        for hour in sorted(h for h in self._hours if h < until):
            yield hour, self._hours.pop(hour)

    def known_us(self, hour: int) -> int:
        """When an hour is over at the earliest, UTC [µs]."""
        return (hour + 1) * HOUR_US + self._phase_us + QUARTER_US

    def dump(self) -> list[Any]:
        """JSON-ready state."""
        return [list(self._hours.items()), self._next, self._wait_us, self.newest_us]

    def load(self, dumped: list[Any]) -> None:
        """Take over what `dump` gave."""
        hours, self._next, self._wait_us, self.newest_us = dumped
        self._hours = dict(hours)


def mean(readings: Mapping[str, list[list[Any] | None]], value: str) -> float | None:
    """Mean of one value over an hour; None where nothing is known, or one was over range."""
    numbers = [held[1] for held in readings.get(value, ()) if held is not None]
    if not numbers or None in numbers:
        return None
    return float(sum(numbers)) / len(numbers)


def _above(number: float | None, other: float | None) -> bool:
    return other is not None and (number is None or number > other)
