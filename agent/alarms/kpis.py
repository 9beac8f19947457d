"""AlarmKpis: how one operator position fared with its alarms over a period.

Times are those of recording, see `agent.alarms.kpis_history` for what counts as an alarm. A figure
belongs to the part of the period for which there is a journal (`coverage`): rates are per covered
time, and what is not covered is unknown, never 0. Floods, windows and standing alarms that began
before the period go on into it, so that counts and times of its parts add up to those of the whole.
"""

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from agent.alarms.events import AlarmEvent
from agent.alarms.kpis_figures import (
    AlarmKpis,
    Answers,
    BadActor,
    Figure,
    Hiding,
    PriorityShare,
)
from agent.alarms.kpis_history import AlarmHistory, Standing, history_of
from agent.alarms.kpis_table import KpiTable, Target
from agent.alarms.kpis_windows import (
    Stretch,
    crowded,
    floods,
    length_us,
    most_at_once,
    overlap,
    peak,
)
from agent.alarms.visibility import Visibility

DAY_US: Final = 86_400_000_000

_ONLY_GROWS: Final = frozenset(
    {"peak_per_10_min", "chattering", "stale", "unauthorised_suppressions"}
)
"""Figures that more coverage could only make greater: what exceeds its target does so for good."""


def alarm_kpis(
    events: Iterable[AlarmEvent],
    covered: Iterable[Stretch],
    from_us: int,
    to_us: int,
    table: KpiTable,
) -> AlarmKpis:
    """The figures of the period [from_us, to_us).

    Args:
        events: All alarm events of the journal up to `to_us`, in its order; later ones are left
            out, none is kept for longer than it is looked at.
        covered: When there was a journal, ascending and apart from each other.
        from_us: Start, UTC [µs].
        to_us: End, not in it, UTC [µs].
        table: Definitions and targets.

    Raises:
        ValueError: The period is empty.
    """
    if from_us >= to_us:
        raise ValueError(f"the period from {from_us} µs to {to_us} µs is empty; swap its ends")
    history = history_of(events, from_us, to_us, table.chattering_window_us)
    within = overlap(covered, from_us, to_us)
    coverage = length_us(within) / (to_us - from_us)
    told = [event for event in history.told if event.at_us >= from_us]
    crowds = floods(
        history.instants, table.rate_window_us, table.flood_starts_above, table.flood_ends_below
    )
    flood_us = sum(length_us(overlap(within, flood.from_us, flood.to_us)) for flood in crowds)
    chattering = _chattering(history, from_us, table)
    stale = [stay for stay in history.standing if _stale_parts(stay, within, table.stale_after_us)]
    values: dict[str, float | None] = dict.fromkeys(table.targets)
    if within:
        covered_us = length_us(within)
        values |= {
            "average_per_day": len(told) * DAY_US / covered_us,
            "average_per_10_min": len(told) * table.rate_window_us / covered_us,
            "peak_per_10_min": peak(history.instants, table.rate_window_us, within),
            "flood_share": flood_us / covered_us,
            "chattering": len(chattering),
            "stale": _most_stale(stale, within, table.stale_after_us),
            "unauthorised_suppressions": len(history.unauthorised),
        }
    known = coverage > 0.0
    judged = coverage >= table.least_coverage
    return AlarmKpis(
        from_us=from_us,
        to_us=to_us,
        coverage=coverage,
        alarms=len(told) if known else None,
        figures=tuple(_figure(n, values[n], t, judged=judged) for n, t in table.targets.items()),
        priorities=_priorities(told, table, known=known, judged=judged),
        bad_actors=_bad_actors(told, table.bad_actors),
        floods=tuple(Stretch(f.from_us, min(f.to_us, to_us)) for f in crowds if f.to_us > from_us),
        flood_s=flood_us / 1e6 if known else None,
        chattering=chattering,
        stale=tuple(stale),
        answers=_answers(history, known=known),
        hidden=_hidden(history) if known else None,
        hidings=tuple(_hiding(event) for event in history.hidings),
        table=table.version,
    )


def _figure(name: str, value: float | None, target: Target, *, judged: bool) -> Figure:
    if value is None:
        return Figure(name, None, target, None)
    holds = target.holds(value)
    settled = judged or (name in _ONLY_GROWS and not holds)
    return Figure(name, value, target, holds if settled else None)


def _chattering(history: AlarmHistory, from_us: int, table: KpiTable) -> tuple[str, ...]:
    by_alarm: dict[str, list[int]] = {}
    for event in history.told:
        by_alarm.setdefault(event.alarm_id, []).append(event.at_us)
    return tuple(
        sorted(
            alarm_id
            for alarm_id, instants in by_alarm.items()
            for last_us in crowded(instants, table.chattering_window_us, table.chattering_count)[
                -1:
            ]
            if last_us >= from_us
        )
    )


def _most_stale(stale: Iterable[Standing], within: Sequence[Stretch], after_us: int) -> int:
    return most_at_once(part for stay in stale for part in _stale_parts(stay, within, after_us))


def _stale_parts(stay: Standing, within: Sequence[Stretch], after_us: int) -> list[Stretch]:
    since_us = stay.span.from_us + after_us
    return [
        part
        for shown in stay.shown
        for part in overlap(within, max(since_us, shown.from_us), shown.to_us)
    ]


def _priorities(
    told: Sequence[AlarmEvent], table: KpiTable, *, known: bool, judged: bool
) -> tuple[PriorityShare, ...]:
    counts = Counter("high" if e.priority == "critical" else e.priority for e in told)
    found = []
    for priority, target in table.priorities.items():
        share = counts[priority] / len(told) if told and known else None
        met = None
        if share is not None and judged:
            met = abs(share - target) <= table.tolerance
        count = counts[priority] if known else None
        found.append(PriorityShare(priority, count, share, target, met))
    return tuple(found)


def _bad_actors(told: Sequence[AlarmEvent], most: int) -> tuple[BadActor, ...]:
    counts = Counter(event.alarm_id for event in told)
    last = {event.alarm_id: event for event in told}
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most]
    return tuple(
        BadActor(
            alarm_id,
            last[alarm_id].condition,
            last[alarm_id].source,
            last[alarm_id].priority,
            count,
            count / len(told),
        )
        for alarm_id, count in ranked
    )


def _answers(history: AlarmHistory, *, known: bool) -> Answers:
    if not known:
        return Answers(None, None, None, None, None)
    waited = sorted(answer.waited_us / 1e6 for answer in history.answers)
    waiting = len(history.unanswered)
    if not waited:
        return Answers(0, None, None, None, waiting)
    p90 = waited[math.ceil(0.9 * len(waited)) - 1]
    return Answers(len(waited), statistics.median(waited), p90, waited[-1], waiting)


def _hidden(history: AlarmHistory) -> dict[str, int]:
    counts = Counter(event.visibility for event in history.unseen)
    return {str(one): counts[one] for one in Visibility if one is not Visibility.SHOWN}


def _hiding(event: AlarmEvent) -> Hiding:
    return Hiding(
        event.alarm_id,
        event.edge,
        event.at_us,
        event.until_us,
        event.person,
        event.second,
        event.comment,
    )
