"""AlarmHistory: what an operator position was told and did, read from alarm events.

Rule 1: Everything is timed by when the gateway recorded it (`at_us`), which is when it was shown:
an excursion from history loads the operator when it is told, not when it was measured.
Rule 2: Every "raised" of an alarm that did not stand counts as one alarm: of every class, the
gateway's own and advisories included, again after it had returned (acknowledged or not), and from
history. Boards' own alarms count as the gateway tells them, once.
Rule 3: A "raised" of an alarm that stands is a repeat, such as an announcement after a restart; no
other edge is an alarm either.
Rule 4: An alarm stands from its "raised" to its "cleared", whoever has seen it; one that has
returned and waits for a reset does not stand.
Rule 5: An alarm is unanswered from its first "raised" to the next "acknowledged", over returns.
Rule 6: A hiding is authorised by the person named with it, suppression by design by the site's
configuration. Events of one alarm at one instant keep the order of the journal.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final

from agent.alarms.events import AlarmEvent
from agent.alarms.kpis_windows import Stretch

HIDING: Final = frozenset({"shelved", "out_of_service"})
"""Edges by which a person hides an alarm."""

FOREVER_US: Final = 2**62
"""End of what has not ended yet."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One stay of an alarm in its condition; `span` ends at `FOREVER_US` while it stands."""

    alarm_id: str
    span: Stretch


@dataclass(frozen=True, slots=True)
class Answer:
    """An acknowledgement: of which alarm, when [µs], and how long it had waited [µs]."""

    alarm_id: str
    at_us: int
    waited_us: int


@dataclass(slots=True)
class AlarmHistory:
    """What happened, each list by time.

    Args:
        told: The alarms that counted, by rule 2.
        standing: From when to when each stood.
        answers: Acknowledgements of alarms known to have been raised.
        unanswered: Alarm -> since when it waits [µs], at the end.
        unauthorised: Hidings without a name.
    """

    told: list[AlarmEvent] = field(default_factory=list)
    standing: list[Standing] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    unanswered: dict[str, int] = field(default_factory=dict)
    unauthorised: list[AlarmEvent] = field(default_factory=list)


def history_of(events: Iterable[AlarmEvent], until_us: int) -> AlarmHistory:
    """Read events, of the whole journal where possible.

    Args:
        events: In the order of the journal; only those of one alarm at one instant need be.
        until_us: Only what was recorded before counts, UTC [µs].
    """
    history = AlarmHistory()
    stands: dict[str, int] = {}
    for event in sorted(events, key=attrgetter("at_us")):
        if event.at_us >= until_us:
            break
        alarm_id, at_us = event.alarm_id, event.at_us
        if event.edge == "raised" and alarm_id not in stands:
            stands[alarm_id] = at_us
            history.unanswered.setdefault(alarm_id, at_us)
            history.told.append(event)
        elif event.edge == "cleared" and alarm_id in stands:
            span = Stretch(stands.pop(alarm_id), at_us)
            history.standing.append(Standing(alarm_id, span))
        elif event.edge == "acknowledged" and alarm_id in history.unanswered:
            waited_us = at_us - history.unanswered.pop(alarm_id)
            history.answers.append(Answer(alarm_id, at_us, waited_us))
        elif event.edge in HIDING and not event.person:
            history.unauthorised.append(event)
    left = [Standing(alarm_id, Stretch(at, FOREVER_US)) for alarm_id, at in stands.items()]
    history.standing = sorted([*history.standing, *left], key=lambda s: (s.span, s.alarm_id))
    return history
