"""Alarms, what hides them and their journal, as the API tells them."""

from dataclasses import dataclass
from typing import Annotated

from agent.alarms.events import AlarmEvent
from agent.alarms.hides import HideView
from gateway.http.moments import Moment, named


@dataclass(frozen=True, slots=True)
class AlarmView:
    """An alarm that stands, or waits to be acknowledged or reset.

    Args:
        place: The store, board or meter it is about, as people call it.
        state: Process state, in the words of `agent.alarms.states.State`.
        present: Whether its cause stands now.
        value: The newest value of its point, in `unit`; None where it is not known.
        latched: It stays until a named person resets it.
        reason: Why its value is not good, or not known.
        can_acknowledge: A person may acknowledge it now.
        can_reset: A person may reset it now.
        guidance: What to do, step by step, as keys of the message catalogue or plain text.
        group: Id of the alarm it is grouped under, if any.
        neighbours: Stores beside its store.
        coverage: What its store stands for, in words.
        visibility: "shown", or why it is not: "shelved", "suppressed", "out_of_service".
        hidden_by: The person, or the causes, that hide it.
        hidden_until_us: When that ends by itself.
        hidden_why: In the words of the person who hid it.
    """

    id: str
    condition: str
    source: str
    store: str | None
    place: str
    klass: Annotated[str, named("class")]
    priority: str
    state: str
    present: bool
    raised_us: Annotated[Moment, named("raised_utc")]
    value: float | None
    limit: float | None
    unit: str | None
    can_acknowledge: bool
    can_reset: bool
    latched: bool
    reason: str | None = None
    acknowledged_by: str | None = None
    comment: str | None = None
    from_history: bool = False
    unjournalled: bool = False
    guidance: tuple[str, ...] = ()
    group: str | None = None
    neighbours: tuple[str, ...] = ()
    coverage: str | None = None
    visibility: str = "shown"
    hidden_by: str | None = None
    hidden_until_us: Annotated[Moment | None, named("hidden_until_utc")] = None
    hidden_why: str | None = None


@dataclass(frozen=True, slots=True)
class HiddenView:
    """One thing that hides an alarm or source, or is asked for.

    Args:
        target: The alarm's id, or a point, board or store.
        what: "shelved", "suppressed", "out_of_service", "shelved_requested",
            "out_of_service_requested".
        by: The person, or the cause.
        second: Who agreed, where two had to.
        why: In that person's words.
        until_us: When it ends or lapses by itself, or is expected to end.
        for_s: For how long it was set, or is asked for [s].
    """

    target: str
    what: str
    by: str
    second: str | None
    why: str | None
    since_us: Annotated[Moment, named("since_utc")]
    until_us: Annotated[Moment | None, named("until_utc")]
    for_s: float | None

    @staticmethod
    def of(hide: HideView) -> "HiddenView":
        """The view of one thing."""
        return HiddenView(
            target=hide.target,
            what=hide.what,
            by=hide.by,
            second=hide.second,
            why=hide.why,
            since_us=hide.since_us,
            until_us=hide.until_us,
            for_s=None if hide.span_us is None else hide.span_us / 1e6,
        )


@dataclass(frozen=True, slots=True)
class IntervalView:
    """A stretch of time in alarm; `to_us` is None while it lasts."""

    from_us: Annotated[Moment, named("from_utc")]
    to_us: Annotated[Moment | None, named("to_utc")]


@dataclass(frozen=True, slots=True)
class EventView:
    """One line of the alarm journal; `n` is its number there, None before it is on disk."""

    n: int | None
    alarm_id: str
    edge: str
    condition: str
    source: str
    klass: Annotated[str, named("class")]
    priority: str
    t_us: Annotated[Moment, named("t_utc")]
    at_us: Annotated[Moment, named("at_utc")]
    state: str
    value: float | None
    limit: float | None
    unit: str | None
    person: str | None
    comment: str | None
    from_history: bool
    unjournalled: bool
    store: str | None
    group: str | None
    visibility: str
    second: str | None
    until_us: Annotated[Moment | None, named("until_utc")]
    neighbours: tuple[str, ...]
    coverage: str | None
    t_from_us: Annotated[Moment | None, named("t_from_utc")]
    t_to_us: Annotated[Moment | None, named("t_to_utc")]
    step: int | None

    @staticmethod
    def of(event: AlarmEvent, n: int | None) -> "EventView":
        """The line that an event makes."""
        return EventView(n=n, **event.as_dict())
