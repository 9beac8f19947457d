"""AlarmEvent: one line of the alarm journal."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class AlarmEvent:
    """Something that happened to an alarm, as journalled, streamed and shown.

    Args:
        alarm_id: ``<condition>:<point or board>``, such as ``temp_high:yard.c0150.temp_1_degc``.
        edge: What happened: "raised", "cleared", "acknowledged", "reset", "silenced",
            "suppressed", "unsuppressed". Readers take an edge they do not know as information.
        condition: Id of the condition in the site's configuration (or "board_horn").
        source: The point or board the alarm is about.
        klass: "fire", "gas", "people", "fault", "process", "advisory" or "system".
        priority: "critical", "high", "medium" or "low".
        t_us: When it happened, on sample time where a sample caused it, UTC [µs].
        at_us: When the gateway recorded it, UTC [µs].
        state: Process state after the event, in the words of `agent.alarms.states.State`.
        value: The value that caused it, if one did, in `unit`.
        limit: The limit it crossed, if any, in `unit`.
        unit: Unit of value and limit.
        person: Who acknowledged or reset.
        comment: What the person wrote.
        from_history: The cause was captured long before it arrived.
        store: The container or silo it belongs to, if any.
        group: Id of the alarm it is grouped under, if any.
        visibility: Whether it is shown after the event, in the words of
            `agent.alarms.visibility.Visibility`.
        second: The second person, where two had to agree.
        until_us: When what was done ends by itself, UTC [µs].
        neighbours: Stores beside its store.
        coverage: What its store stands for, in words; of a failed path, the stores behind it.
        t_from_us: Since when it was in alarm, where that is not `t_us`; for a stretch of time told
            again (see `agent.alarms.intervals`) its beginning, UTC [µs].
        t_to_us: The end of such a stretch; until when it was in alarm, of one that is raised from
            history and over already, UTC [µs].
        step: Number of the step of its response card that a person ticked.
        unjournalled: It was told before it was on disk, because the disk is sick.
    """

    alarm_id: str
    edge: str
    condition: str
    source: str
    klass: str
    priority: str
    t_us: int
    at_us: int
    state: str
    value: float | None = None
    limit: float | None = None
    unit: str | None = None
    person: str | None = None
    comment: str | None = None
    from_history: bool = False
    unjournalled: bool = False
    store: str | None = None
    group: str | None = None
    visibility: str = "shown"
    second: str | None = None
    until_us: int | None = None
    neighbours: tuple[str, ...] = ()
    coverage: str | None = None
    t_from_us: int | None = None
    t_to_us: int | None = None
    step: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """The event as JSON-ready fields."""
        return asdict(self)
