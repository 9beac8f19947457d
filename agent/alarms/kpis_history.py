"""AlarmHistory: what an operator position was told and did, read from alarm events.

Rule 1: Everything is timed by when the gateway recorded it (`at_us`), which is when it was shown:
an excursion from history loads the operator when it is told, not when it was measured. What came
first is the order of the journal, which a clock that was put back does not change.
Rule 2: Every "raised" of an alarm that did not stand, and every "realarmed", counts as one alarm if
it was shown: of every class, the gateway's own and advisories included, again after it had returned
(acknowledged or not), and from history. Boards' own alarms count as the gateway tells them, once.
Rule 3: A "raised" of an alarm that stands is a repeat, such as an announcement after a restart; no
other edge is an alarm either.
Rule 4: A "raised" while shelved, suppressed or out of service is counted apart.
Rule 5: An alarm stands from its "raised" to its "cleared", whoever has seen it; one that has
returned and waits for a reset does not stand. It is stale only while it is shown.
Rule 6: An alarm is unanswered from when it was first told to the next "acknowledged", over returns.
Rule 7: A hiding is authorised by the person named with it, suppression by design by the site's
configuration, which never is for fire, gas and people.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from agent.alarms.events import AlarmEvent
from agent.alarms.kpis_windows import Stretch
from agent.alarms.visibility import NEVER_SUPPRESSED, HideEvent, Visibility

FOREVER_US: Final = 2**62
"""End of what has not ended yet."""

_BY_PERSON: Final = frozenset({HideEvent.SHELVED, HideEvent.OUT_OF_SERVICE})


@dataclass(frozen=True, slots=True)
class Standing:
    """One stay of an alarm in its condition; `span` ends at `FOREVER_US` while it stands.

    Args:
        alarm_id: Of which alarm.
        span: From when to when.
        shown: The parts of it in which it was shown.
    """

    alarm_id: str
    span: Stretch
    shown: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """An acknowledgement: of which alarm, when [µs], and how long it had waited [µs]."""

    alarm_id: str
    at_us: int
    waited_us: int


@dataclass(slots=True)
class AlarmHistory:
    """What happened; but for `instants` only what reaches into the period.

    Args:
        instants: When alarms were told, by rule 2, since ever [µs].
        told: The alarms that were told in the period or up to `before_us` earlier.
        unseen: Alarms that rose while hidden, by rule 4.
        standing: From when to when alarms stood.
        answers: Acknowledgements of alarms known to have been told.
        unanswered: Alarm -> since when it waits [µs], at the end.
        hidings: What people hid.
        unauthorised: Hidings that nobody is named for, and those that may never be.
    """

    instants: list[int] = field(default_factory=list)
    told: list[AlarmEvent] = field(default_factory=list)
    unseen: list[AlarmEvent] = field(default_factory=list)
    standing: list[Standing] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    unanswered: dict[str, int] = field(default_factory=dict)
    hidings: list[AlarmEvent] = field(default_factory=list)
    unauthorised: list[AlarmEvent] = field(default_factory=list)


@dataclass(slots=True)
class _Stay:
    """An alarm that stands: since when, since when shown (None while hidden), and shown before."""

    since_us: int
    shown_us: int | None = None
    shown: list[Stretch] = field(default_factory=list)

    def turn(self, visibility: str, at_us: int) -> None:
        visible = visibility == Visibility.SHOWN
        if visible and self.shown_us is None:
            self.shown_us = at_us
        elif not visible and self.shown_us is not None:
            self.shown.append(Stretch(self.shown_us, max(self.shown_us, at_us)))
            self.shown_us = None

    def end(self, alarm_id: str, at_us: int) -> Standing:
        shown = list(self.shown)
        if self.shown_us is not None:
            shown.append(Stretch(self.shown_us, max(self.shown_us, at_us)))
        return Standing(alarm_id, Stretch(self.since_us, max(self.since_us, at_us)), tuple(shown))


def history_of(
    events: Iterable[AlarmEvent], from_us: int, until_us: int, before_us: int = 0
) -> AlarmHistory:
    """Read events, of the whole journal where possible; they are not kept.

    Args:
        events: Those of one alarm in the order of the journal.
        from_us: Start of the period, UTC [µs].
        until_us: Only what was recorded before counts, UTC [µs].
        before_us: How long before the period alarms are kept in `told` [µs].
    """
    history = AlarmHistory()
    stays: dict[str, _Stay] = {}
    for event in events:
        if event.at_us < until_us:
            _take(history, stays, event, from_us, before_us)
    left = [stay.end(alarm_id, FOREVER_US) for alarm_id, stay in stays.items()]
    history.standing = sorted([*history.standing, *left], key=lambda s: (s.span, s.alarm_id))
    history.instants.sort()
    for kept in (history.told, history.unseen, history.hidings, history.unauthorised):
        kept.sort(key=lambda event: (event.at_us, event.alarm_id))
    return history


def _take(
    history: AlarmHistory,
    stays: dict[str, _Stay],
    event: AlarmEvent,
    from_us: int,
    before_us: int,
) -> None:
    alarm_id, edge, at_us = event.alarm_id, event.edge, event.at_us
    stay = stays.get(alarm_id)
    risen = edge == "raised" and stay is None
    if risen:
        stay = stays[alarm_id] = _Stay(at_us)
    if stay is not None:
        stay.turn(event.visibility, at_us)
    if risen or edge == "realarmed":
        if event.visibility == Visibility.SHOWN:
            history.instants.append(at_us)
            history.unanswered.setdefault(alarm_id, at_us)
            if at_us >= from_us - before_us:
                history.told.append(event)
        elif at_us >= from_us:
            history.unseen.append(event)
    elif edge == "cleared" and stay is not None:
        stood = stays.pop(alarm_id).end(alarm_id, at_us)
        if stood.span.to_us > from_us:
            history.standing.append(stood)
    elif edge == "acknowledged" and alarm_id in history.unanswered:
        waited_us = max(0, at_us - history.unanswered.pop(alarm_id))
        if at_us >= from_us:
            history.answers.append(Answer(alarm_id, at_us, waited_us))
    elif at_us >= from_us:
        _hiding(history, event)


def _hiding(history: AlarmHistory, event: AlarmEvent) -> None:
    if event.edge in _BY_PERSON:
        history.hidings.append(event)
        if not event.person:
            history.unauthorised.append(event)
    elif event.edge == HideEvent.SUPPRESSED and event.klass in NEVER_SUPPRESSED:
        history.unauthorised.append(event)
