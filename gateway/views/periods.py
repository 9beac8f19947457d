"""Which stretch of time a report is about: a week or month of the site, or two instants."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from agent.errors import HinobanError

_WEEK: Final = re.compile(r"(20\d{2})-?W(\d{2})")
_MONTH: Final = re.compile(r"(20\d{2})-(\d{2})")


class PeriodError(HinobanError):
    """A period that cannot be read, or has not begun."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How a person names a period; the last whole week where nothing is named.

    Args:
        week: ISO week such as "2026-W47", from Monday 00:00 in the site's zone.
        month: Month such as "2026-11", from the first day's 00:00 in the site's zone.
        from_us: Start instead, UTC [µs].
        to_us: End instead, UTC [µs].
    """

    week: str | None = None
    month: str | None = None
    from_us: int | None = None
    to_us: int | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """A period of a report.

    Args:
        from_us: Start, UTC [µs].
        to_us: End, not in it, UTC [µs].
        name: Such as "2026-W47".
        unfinished: It was cut at the present.
    """

    from_us: int
    to_us: int
    name: str
    unfinished: bool = False


def period_of(asked: Asked, zone: ZoneInfo, now_us: int) -> Period:
    """The period that was asked for.

    Args:
        asked: By the person.
        zone: Of the site.
        now_us: The present, UTC [µs]; no period reaches beyond it.

    Raises:
        PeriodError: It cannot be read, is empty or has not begun.
    """
    from_us, to_us = asked.from_us, asked.to_us
    if sum((bool(asked.week), bool(asked.month), (from_us, to_us) != (None, None))) > 1:
        raise PeriodError("a week, a month, and from and to are three ways to say it; give one")
    if (from_us is None) != (to_us is None):
        raise PeriodError("give both from and to, or a week such as 2026-W47")
    if from_us is not None and to_us is not None:
        name = f"{local_time(from_us, zone)} – {local_time(to_us, zone)}"
    else:
        first, after, name = _days(asked, now_us, zone)
        from_us, to_us = _midnight_us(first, zone), _midnight_us(after, zone)
    if from_us >= to_us:
        raise PeriodError(f"{name}: the end is not after the beginning; swap them")
    if from_us >= now_us:
        raise PeriodError(f"{name} has not begun by the clock of this machine")
    return Period(from_us, min(to_us, now_us), name, unfinished=to_us > now_us)


def instant_us(text: str, zone: ZoneInfo) -> int:
    """An instant a person typed, UTC [µs]; without a zone of its own it is the site's.

    Raises:
        PeriodError: It is none.
    """
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=zone)
        return (instant - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        raise PeriodError(f"{text!r} is no date; write such as 2026-11-16T08:00") from None


def local_time(t_us: int, zone: ZoneInfo) -> str:
    """An instant as the site's clocks show it, to the second."""
    local = (_EPOCH + timedelta(microseconds=t_us)).astimezone(zone)
    return local.strftime("%Y-%m-%d %H:%M:%S")


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _days(asked: Asked, now_us: int, zone: ZoneInfo) -> tuple[date, date, str]:
    if asked.month:
        first = _first(asked.month)
        return first, (first + timedelta(days=31)).replace(day=1), first.strftime("%Y-%m")
    monday = _monday(asked.week) if asked.week else _last_monday(now_us, zone)
    return monday, monday + timedelta(days=7), monday.strftime("%G-W%V")


def _monday(week: str) -> date:
    found = _WEEK.fullmatch(week.strip())
    try:
        if found is None:
            raise ValueError(week)
        return date.fromisocalendar(int(found[1]), int(found[2]), 1)
    except ValueError:
        raise PeriodError(f"{week!r} is no week; write such as 2026-W47") from None


def _first(month: str) -> date:
    found = _MONTH.fullmatch(month.strip())
    try:
        if found is None:
            raise ValueError(month)
        return date(int(found[1]), int(found[2]), 1)
    except ValueError:
        raise PeriodError(f"{month!r} is no month; write such as 2026-11") from None


def _last_monday(now_us: int, zone: ZoneInfo) -> date:
    today = (_EPOCH + timedelta(microseconds=now_us)).astimezone(zone).date()
    return today - timedelta(days=today.weekday() + 7)


def _midnight_us(day: date, zone: ZoneInfo) -> int:
    return (datetime.combine(day, time(), zone) - _EPOCH) // timedelta(microseconds=1)
