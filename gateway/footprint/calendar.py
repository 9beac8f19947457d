"""Calendar: settlement periods, and days, months and fiscal years cut at the legal midnight."""

import tomllib
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agent.cofiring.plant import Plant
from gateway.footprint.tables import DIRECTORY

LONG: Final = ("day", "month", "fiscal_year")
"""Kinds of periods that are cut at the legal midnight, shortest first."""

KINDS: Final = ("settlement", *LONG)
"""Kinds of periods that are made of slots, shortest first."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)

Span = tuple[int, int]
"""Start and end of a period, UTC [µs]."""


class Calendar:
    """The periods of one unit.

    Args:
        plant: Its time zone, fiscal year and settlement period.
    """

    def __init__(self, plant: Plant) -> None:
        self._zone = ZoneInfo(plant.timezone)
        self._first_month = plant.fiscal_month
        self._settlement_us = plant.settlement_us
        self._last: dict[str, Span] = {}

    def span(self, kind: str, t_us: int) -> Span:
        """The period of a kind that an instant lies in."""
        if kind == "settlement":
            start = t_us - t_us % self._settlement_us
            return start, start + self._settlement_us
        last = self._last.get(kind)
        if last is None or not last[0] <= t_us < last[1]:
            last = self._last[kind] = self._long(kind, t_us)
        return last

    def _long(self, kind: str, t_us: int) -> Span:
        day = datetime.fromtimestamp(t_us // 1_000_000, self._zone).date()
        if kind == "day":
            return self._midnight(day), self._midnight(day + _DAY)
        first = day.replace(day=1)
        if kind == "month":
            return self._midnight(first), self._midnight(_months_on(first, 1))
        back = (first.month - self._first_month) % 12
        year = _months_on(first, -back)
        return self._midnight(year), self._midnight(_months_on(year, 12))

    def spans(self, kind: str, from_us: int, to_us: int) -> list[Span]:
        """The periods of a kind that a range touches, in time order."""
        found = []
        while from_us < to_us:
            found.append(self.span(kind, from_us))
            from_us = found[-1][1]
        return found

    def spanned(self, kind: str, instants_us: Iterable[int]) -> list[Span]:
        """The periods of a kind that some instants lie in, in time order."""
        found: list[Span] = []
        for t_us in sorted(instants_us):
            if not found or t_us >= found[-1][1]:
                found.append(self.span(kind, t_us))
        return found

    def day_before(self, t_us: int) -> str:
        """The last legal day that had ended at an instant, ISO 8601."""
        start_us = self.span("day", t_us)[0]
        return datetime.fromtimestamp(start_us // 1_000_000 - 1, self._zone).date().isoformat()

    def _midnight(self, day: date) -> int:
        local = datetime.combine(day, time.min, self._zone)
        return (local.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)


def fiscal_month(timezone: str) -> int:
    """Month in which the fiscal year begins where a time zone is in force, 1 … 12."""
    document = tomllib.loads((DIRECTORY / "calendars.toml").read_text(encoding="utf-8"))
    entry = document["fiscal_year"].get(timezone)
    return int(entry["month"]) if entry else 1


def standard_offset_us(timezone: str) -> int:
    """By how much a day of a time zone begins before that of UTC, by standard time [µs]."""
    zone = ZoneInfo(timezone)
    offsets = [datetime(2026, month, 1, tzinfo=zone).utcoffset() for month in (1, 7)]
    return min(offset or timedelta() for offset in offsets) // timedelta(microseconds=1)


def fits(timezone: str, settlement_us: int) -> bool:
    """Whether every legal midnight of a time zone ends a settlement period.

    An unknown zone fits: what is wrong with it is told elsewhere.
    """
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return True
    offsets = [datetime(2026, month, 1, tzinfo=zone).utcoffset() for month in (1, 7)]
    return all(
        (o or timedelta()) // timedelta(microseconds=1) % settlement_us == 0 for o in offsets
    )


def _months_on(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)
