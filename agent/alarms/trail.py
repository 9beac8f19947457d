"""Trail: the last hours of one value, for changes over a day and over half a day."""

import math
from array import array
from collections.abc import Iterable
from typing import Final

HOURS: Final = 27
"""A day and the hours its beginning is averaged over."""

_SMOOTH: Final = 3  # hours that are averaged at either end of a change
_LEAST_OF_DAY: Final = 18
_UNKNOWN: Final = math.nan  # inside only: an array has no None


class Trail:
    """Hourly means of one value, the newest last; None where an hour has none.

    Args:
        hours: Those of another trail, as `dump` gave them.
    """

    __slots__ = ("_hours",)

    def __init__(self, hours: Iterable[float | None] = ()) -> None:
        known = [_UNKNOWN if hour is None else hour for hour in hours]
        self._hours = array("d", known or [_UNKNOWN] * HOURS)

    def add(self, value: float | None, *, after: int = 0) -> None:
        """One more hour.

        Args:
            value: Its mean.
            after: How many hours without a value lie before it.
        """
        self._hours.extend([_UNKNOWN] * min(after, HOURS))
        self._hours.append(_UNKNOWN if value is None else value)
        del self._hours[:-HOURS]

    def change(self, over_h: int) -> float | None:
        """By how much the level rose over so many hours; None where either end is unknown."""
        now, before = self._level(HOURS), self._level(HOURS - over_h)
        return None if now is None or before is None else now - before

    def _level(self, until: int) -> float | None:
        """Mean of three hours; None unless two of them are known."""
        known = _known(self._hours[until - _SMOOTH : until])
        return sum(known) / len(known) if len(known) >= _SMOOTH - 1 else None

    def day(self) -> list[float | None]:
        """The last 24 hours, the newest last."""
        return self.dump()[HOURS - 24 :]

    def day_mean(self) -> float | None:
        """Mean of the last 24 hours; None unless three quarters of them are known."""
        known = _known(self._hours[HOURS - 24 :])
        return sum(known) / len(known) if len(known) >= _LEAST_OF_DAY else None

    def dump(self) -> list[float | None]:
        """JSON-ready state."""
        return [None if math.isnan(hour) else hour for hour in self._hours]


def _known(hours: "array[float]") -> list[float]:
    return [hour for hour in hours if not math.isnan(hour)]
