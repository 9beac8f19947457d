"""Intervals: from when to when something was in alarm, and how that is told again."""

from collections.abc import Iterable
from typing import Final

from agent.alarms.events import AlarmEvent

Interval = tuple[int, int | None]
"""From, to (the end itself not within), UTC [µs]; None while it lasts."""

WAS_IN_ALARM: Final = "was_in_alarm"
"""Edge: late samples showed that it was in alarm from `t_from_us` to `t_to_us`."""

WAS_NOT_IN_ALARM: Final = "was_not_in_alarm"
"""Edge: late samples showed that it was not, though that had been journalled."""

_OPEN: Final = 2**63 - 1


def recorded(events: Iterable[AlarmEvent]) -> dict[str, list[Interval]]:
    """Alarm id -> when it was in alarm, as its events in the order of the journal tell it."""
    spans: dict[str, list[Interval]] = {}
    for event in events:
        known = spans.setdefault(event.alarm_id, [])
        since = event.t_us if event.t_from_us is None else event.t_from_us
        if event.edge in {"raised", WAS_IN_ALARM}:
            known = [*known, (since, event.t_to_us)]
        elif event.edge == "cleared":
            known = [(a, event.t_us if b is None else b) for a, b in known]
        elif event.edge == WAS_NOT_IN_ALARM:
            known = without(known, [(since, event.t_to_us)])
        spans[event.alarm_id] = joined(known)
    return spans


def joined(spans: Iterable[Interval]) -> list[Interval]:
    """The same time, in order, without overlaps, touching or empty stretches."""
    ends: list[list[int]] = []
    for since, to in sorted((a, _OPEN if b is None else b) for a, b in spans):
        if to <= since:
            continue
        if ends and since <= ends[-1][1]:
            ends[-1][1] = max(ends[-1][1], to)
        else:
            ends.append([since, to])
    return [(since, None if to == _OPEN else to) for since, to in ends]


def overlaps(span: Interval, others: Iterable[Interval]) -> bool:
    """Whether a stretch shares any time with others, or begins where one of them ends."""
    since, to = span
    return any((b is None or since <= b) and (to is None or a <= to) for a, b in others)


def without(spans: Iterable[Interval], taken: Iterable[Interval]) -> list[Interval]:
    """The time of `spans` that is in none of `taken`; both joined."""
    left: list[Interval] = []
    for since, last in spans:
        here, to = since, _OPEN if last is None else last
        for a, last_taken in taken:
            b = _OPEN if last_taken is None else last_taken
            if b <= here or a >= to:
                continue
            left.append((here, a))
            here = b
        left.append((here, None if to == _OPEN else to))
    return joined(left)
