"""Alarm: one alarm that is not normal, and its view for pages and messages."""

from dataclasses import asdict, dataclass
from typing import Any

from agent.alarms.conditions import Condition, Kind, Klass, Priority
from agent.alarms.events import AlarmEvent
from agent.alarms.hides import Hidden
from agent.alarms.states import IN_ALARM, UNSEEN, Event, State, after


@dataclass(frozen=True, slots=True)
class AlarmView:
    """One alarm that is not normal, as shown.

    Args:
        alarm_id: ``<condition>:<source>``.
        condition: Id of the condition, "board_horn", or the gateway's own.
        source: The point, board or part the alarm is about.
        store: The container or silo it belongs to, if any.
        klass: What it is about.
        priority: How quickly somebody has to act.
        state: Process state.
        latching: It waits for a named reset after it returned.
        raised_us: When it was last raised, UTC [µs].
        value: The value that raised it, in `unit`; None where it is not known (over range).
        limit: The limit, in `unit`.
        unit: Unit of value and limit.
        reason: Reason word of the sample that raised it, such as "sensor_open".
        last_edge: The last thing that happened to it.
        last_edge_us: When, UTC [µs].
        acknowledged_by: Who acknowledged it since it was last raised.
        acknowledged_us: When, UTC [µs].
        comment: What that person wrote.
        from_history: Its cause was captured long before it arrived.
        guidance: Key of its texts in the guidance catalogue.
        group: Id of the alarm it is grouped under, if any.
        neighbours: Stores beside its store.
        coverage: What its store stands for, in words.
        visibility: Whether it is shown, and if not, why.
        hidden_by: The person, or the causes, that hide it.
        hidden_until_us: When that ends by itself, UTC [µs].
        hidden_why: In the words of the person who hid it.
    """

    alarm_id: str
    condition: str
    source: str
    store: str | None
    klass: str
    priority: str
    state: str
    latching: bool
    raised_us: int
    value: float | None
    limit: float | None
    unit: str | None
    reason: str | None
    last_edge: str
    last_edge_us: int
    acknowledged_by: str | None
    acknowledged_us: int | None
    comment: str | None
    from_history: bool
    guidance: str
    group: str | None
    neighbours: tuple[str, ...]
    coverage: str | None
    visibility: str
    hidden_by: str | None
    hidden_until_us: int | None
    hidden_why: str | None

    @property
    def in_alarm(self) -> bool:
        """Whether the condition itself stands."""
        return self.state in IN_ALARM

    @property
    def unseen(self) -> bool:
        """Whether it waits for somebody to acknowledge."""
        return self.state in UNSEEN

    def as_dict(self) -> dict[str, Any]:
        """The view as JSON-ready fields."""
        return asdict(self)


@dataclass(slots=True)
class Cause:
    """What makes an alarm move.

    Args:
        t_us: When it happened, UTC [µs].
        at_us: When the gateway recorded it, UTC [µs].
        value: Value in the alarm's unit.
        reason: Reason word of the sample.
        from_history: It was captured long before it arrived.
        person: Who did it.
        comment: What the person wrote.
    """

    t_us: int
    at_us: int
    value: float | None = None
    reason: str | None = None
    from_history: bool = False
    person: str | None = None
    comment: str | None = None


@dataclass(slots=True)
class Alarm:
    """One alarm's process state and what the journal and the page need to know about it.

    Everything stands here, not in the condition, so that an alarm outlives a changed
    configuration.
    """

    condition: str
    source: str
    klass: str
    priority: str
    latching: bool
    guidance: str
    store: str | None = None
    limit: float | None = None
    unit: str | None = None
    state: State = State.NORMAL
    raised_us: int = 0
    value: float | None = None
    reason: str | None = None
    last_edge: str = ""
    last_edge_us: int = 0
    acknowledged_by: str | None = None
    acknowledged_us: int | None = None
    comment: str | None = None
    from_history: bool = False
    group: str | None = None
    neighbours: tuple[str, ...] = ()
    coverage: str | None = None

    @property
    def id(self) -> str:
        """``<condition>:<source>``."""
        return f"{self.condition}:{self.source}"

    def apply(self, event: Event, cause: Cause) -> bool:
        """Move through the table.

        Returns:
            Whether anything changed.

        Raises:
            NotAllowedError: A person asked for something this state does not allow.
        """
        then = after(self.state, event, latching=self.latching)
        if then is None:
            return False
        self.state = then
        self.last_edge, self.last_edge_us = str(event), cause.t_us
        if event is Event.RAISED:
            self.raised_us, self.value, self.reason = cause.t_us, cause.value, cause.reason
            self.from_history = cause.from_history
            self.acknowledged_by = self.acknowledged_us = self.comment = None
        elif event is Event.ACKNOWLEDGED:
            self.acknowledged_by, self.acknowledged_us = cause.person, cause.t_us
            self.comment = cause.comment
        return True

    def told(self, edge: str, cause: Cause, hidden: Hidden) -> AlarmEvent:
        """An event about this alarm in its present state.

        Args:
            edge: What happened.
            cause: What made it happen.
            hidden: How visible the alarm is now.
        """
        return AlarmEvent(
            alarm_id=self.id,
            edge=str(edge),
            condition=self.condition,
            source=self.source,
            klass=self.klass,
            priority=self.priority,
            t_us=cause.t_us,
            at_us=cause.at_us,
            state=str(self.state),
            value=cause.value,
            limit=self.limit,
            unit=self.unit,
            person=cause.person,
            comment=cause.comment,
            from_history=cause.from_history,
            store=self.store,
            group=self.group,
            visibility=str(hidden.visibility),
            until_us=hidden.until_us,
            neighbours=self.neighbours,
            coverage=self.coverage,
        )

    def view(self, hidden: Hidden) -> AlarmView:
        """The alarm as shown, or hidden."""
        fields = asdict(self)
        fields["state"] = str(self.state)
        return AlarmView(
            alarm_id=self.id,
            **fields,
            visibility=str(hidden.visibility),
            hidden_by=hidden.by,
            hidden_until_us=hidden.until_us,
            hidden_why=hidden.why,
        )

    def dump(self) -> dict[str, Any]:
        """JSON-ready state."""
        return asdict(self)

    @classmethod
    def load(cls, dumped: dict[str, Any]) -> "Alarm":
        """The alarm `dump` described."""
        return cls(
            **{
                **dumped,
                "state": State(dumped["state"]),
                "neighbours": tuple(dumped.get("neighbours", ())),
                "klass": str(Klass(dumped["klass"])),
                "priority": str(Priority(dumped["priority"])),
            }
        )


def described(condition: Condition, source: str, store: str | None) -> Alarm:
    """A normal alarm of a condition, with all that later changes of the site must not take away.

    Args:
        condition: What it is about.
        source: The point or board.
        store: The store it belongs to, if any.
    """
    special = condition.kind in {Kind.BAD, Kind.SILENCE}
    return Alarm(
        condition=condition.id,
        source=source,
        klass=str(condition.klass),
        priority=str(condition.priority),
        latching=condition.latches,
        guidance=str(condition.kind if special else condition.klass),
        store=store,
        limit=condition.limit,
        unit=condition.unit,
    )
