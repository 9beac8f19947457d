"""Exposure: what people breathe where they work, as the mean over the last eight hours.

Rule 1: A minute counts with the highest value it had, so that the order and the number of its
samples mean nothing. A value from the future, or of a clock that is not right, is of no minute.
Rule 2: Of a minute nobody knows, nothing is assumed. Where too few are known the mean is given as
the least it can be, and is doubtful: it can raise an alarm and never return one.
Rule 3: What is over the range of its cell was more than any limit, as long as it is in the mean.
"""

import json
import math
from collections.abc import Iterable
from typing import Final

from agent.alarms.conditions import WORKPLACE
from agent.alarms.verdicts import CLOCK_REASONS
from agent.samples import Quality, Sample

MINUTE_US: Final = 60_000_000
MINUTES: Final = 480
"""Eight hours [min]."""

LEAST_KNOWN: Final = 0.75
"""Part of the eight hours that must be known for a mean that may return an alarm."""

CO: Final = "co_ppm"
MEAN: Final = "co_8h_ppm"
"""The mean's name beside it."""

_AHEAD_US: Final = 60_000_000
_DECIMALS: Final = 2


class _Air:
    """The minutes of one point."""

    __slots__ = ("doubted", "newest", "values")

    def __init__(self) -> None:
        self.newest = -1
        self.values: dict[int, float] = {}
        self.doubted: set[int] = set()

    def take(self, sample: Sample) -> bool:
        """Count a sample; returns whether the newest minute so far is over with it."""
        minute = sample.t_us // MINUTE_US
        value = math.inf if sample.reason == "over_range" else sample.value
        over = self.newest >= 0 and minute > self.newest
        if minute > self.newest - MINUTES and value is not None:
            known = self.values.get(minute, -math.inf)
            self.values[minute] = max(known, round(value, _DECIMALS))
            if sample.quality is not Quality.GOOD and sample.reason not in CLOCK_REASONS:
                self.doubted.add(minute)
        return over

    def go_on(self, minute: int) -> None:
        """The minute is the newest from now on; what lies eight hours before it is forgotten."""
        self.newest = max(self.newest, minute)
        least = self.newest - MINUTES
        for old in [m for m in self.values if m <= least]:
            del self.values[old]
            self.doubted.discard(old)

    def mean(self, point: str) -> Sample | None:
        """The mean up to the end of the newest minute; None where nothing at all is known."""
        inside = {m: v for m, v in self.values.items() if m <= self.newest}
        if not inside:
            return None
        t_us = (self.newest + 1) * MINUTE_US
        total = math.fsum(inside.values())
        if math.isinf(total):
            return Sample(point, t_us, None, Quality.UNCERTAIN, "over_range")
        believed = len(inside.keys() - self.doubted)
        if believed >= LEAST_KNOWN * MINUTES:
            return Sample(point, t_us, total / len(inside))
        return Sample(point, t_us, total / MINUTES, Quality.UNCERTAIN, "learning")


class Exposure:
    """The air of every workplace."""

    def __init__(self) -> None:
        self._airs: dict[str, _Air] = {}
        self._changed: set[str] = set()

    def asks_for(self, point: str) -> bool:
        """Whether a point is of CO at a workplace."""
        return point.startswith(WORKPLACE) and point.endswith(f".{CO}")

    def on_samples(self, samples: Iterable[Sample], now_us: int) -> list[Sample]:
        """What can be derived with these samples.

        Args:
            samples: Of any point; those of CO at workplaces count.
            now_us: The gateway's UTC [µs].

        Returns:
            A mean for each minute that is over.
        """
        derived: list[Sample] = []
        for sample in samples:
            point = sample.point
            if not self.asks_for(point):
                continue
            if sample.reason == "clock_unsynced" or sample.t_us > now_us + _AHEAD_US:
                continue
            air = self._airs.setdefault(point, _Air())
            if air.take(sample):
                mean = air.mean(point.removesuffix(CO) + MEAN)
                derived += [] if mean is None else [mean]
            air.go_on(sample.t_us // MINUTE_US)
            self._changed.add(point)
        return derived

    def restore(self, rows: dict[str, str]) -> None:
        """Take over point -> JSON text, in place of everything held."""
        self._airs = {}
        self._changed.clear()
        for point, text in rows.items():
            air = self._airs[point] = _Air()
            air.newest, values, doubted = json.loads(text)
            air.values = {m: math.inf if v is None else v for m, v in values}
            air.doubted = set(doubted)

    def touch(self) -> None:
        """Everything counts as changed."""
        self._changed.update(self._airs)

    def dirty(self) -> dict[str, str | None]:
        """Point -> JSON text of what changed since the last call."""
        rows: dict[str, str | None] = {}
        for point in self._changed:
            air = self._airs[point]
            values = [(m, None if math.isinf(v) else v) for m, v in sorted(air.values.items())]
            dumped = [air.newest, values, sorted(air.doubted)]
            rows[point] = json.dumps(dumped, separators=(",", ":"))
        self._changed.clear()
        return rows
