"""Ahead: where a value goes if it keeps rising as now, with how sure that is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

_SURE: Final = 1.96
_LEAST_HOURS: Final = 18


@dataclass(frozen=True, slots=True)
class Ahead:
    """A straight line through the last day.

    Args:
        level: Value now [unit of the value].
        per_h: Its slope [unit/h].
        per_h_error: Standard error of the slope, neighbouring hours taken as not independent.
    """

    level: float
    per_h: float
    per_h_error: float

    def hours_to(self, limit: float) -> tuple[float, float, float | None] | None:
        """Time to a high limit with its 95 % interval [h].

        Returns:
            Best estimate, earliest, latest (None: perhaps never); None where the value does not
            rise; zeros where it is at the limit already.
        """
        left = limit - self.level
        if left <= 0.0:
            return 0.0, 0.0, 0.0
        if self.per_h <= 0.0:
            return None
        slowest = self.per_h - _SURE * self.per_h_error
        latest = left / slowest if slowest > 0.0 else None
        return left / self.per_h, left / (self.per_h + _SURE * self.per_h_error), latest

    def at_least(self, after_h: float) -> float:
        """What the value will have reached by then with 97.5 % confidence."""
        return self.level + (self.per_h - _SURE * self.per_h_error) * after_h


def ahead(hours: Sequence[float | None]) -> Ahead | None:
    """The line through hourly values, newest last; None where too few are known.

    Args:
        hours: One value an hour, at most a day is of use.
    """
    known = [(n, v) for n, v in enumerate(hours) if v is not None]
    count = len(known)
    if count < _LEAST_HOURS:
        return None
    mean_h = sum([n for n, _ in known]) / count
    mean = sum([v for _, v in known]) / count
    away = [(n - mean_h, v - mean) for n, v in known]
    spread = sum([n * n for n, _ in away])
    per_h = sum([n * v for n, v in away]) / spread
    errors = [v - per_h * n for n, v in away]
    squares = sum([e * e for e in errors])
    level = mean + per_h * (len(hours) - 1 - mean_h)
    if squares <= 0.0:
        return Ahead(level, per_h, 0.0)
    alike = sum([a * b for a, b in pairwise(errors)]) / squares
    alike = min(max(alike, 0.0), 0.9)
    variance = squares / (count - 2) * (1.0 + alike) / (1.0 - alike) / spread
    return Ahead(level, per_h, math.sqrt(variance))
