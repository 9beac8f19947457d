"""Alarm: one alarm that is not normal, and its view for pages and messages."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from agent.alarms.conditions import Condition, Klass, Priority
from agent.alarms.elapsed import Elapsed
from agent.alarms.events import AlarmEvent
from agent.alarms.hides import Hidden
from agent.alarms.states import IN_ALARM, TABLE, UNSEEN, Event, Go, State, after
from agent.alarms.terms import SAVE_EACH_US
from agent.alarms.visibility import HANDS_OFF, Visibility


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

    @property
    def can_acknowledge(self) -> bool:
        """Whether a person may acknowledge it now."""
        return self.unseen and HANDS_OFF[Visibility(self.visibility)] is None

    @property
    def can_reset(self) -> bool:
        """Whether a person may reset it now."""
        reset = isinstance(TABLE[State(self.state)][Event.RESET], Go)
        return reset and HANDS_OFF[Visibility(self.visibility)] is None

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
        second: The second person, where two had to agree.
        until_us: When what was done ends by itself, UTC [µs].
        from_us: Since when it was in alarm, where that is not `t_us`, UTC [µs].
        to_us: The end of a stretch of time that is told again, UTC [µs].
    """

    t_us: int
    at_us: int
    value: float | None = None
    reason: str | None = None
    from_history: bool = False
    person: str | None = None
    comment: str | None = None
    second: str | None = None
    until_us: int | None = None
    from_us: int | None = None
    to_us: int | None = None


@dataclass(slots=True)
class Alarm:
    """One alarm's process state and what the journal and the page need to know about it.

    Everything stands here, not in the condition, so that an alarm outlives a changed
    configuration. `place` is its place among those that stand. It is `untold` while it stands
    because it rose when it was suppressed by design and was never shown since; `seen` counts the
    time since it was acknowledged.
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
    place: int = 0
    untold: bool = False
    seen: Elapsed | None = None

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
        then = after(self.state, event, latching=self.latching, untold=self.untold)
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
        elif event is Event.REALARMED:
            self.acknowledged_by = self.acknowledged_us = self.comment = None
        if then is not State.ACKNOWLEDGED:
            self.seen = None
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
            second=cause.second,
            until_us=cause.until_us or hidden.until_us,
            neighbours=self.neighbours,
            coverage=self.coverage,
            t_from_us=cause.from_us,
            t_to_us=cause.to_us,
        )

    def view(self, hidden: Hidden) -> AlarmView:
        """The alarm as shown, or hidden."""
        shown = {name: getattr(self, name) for name in _SHOWN}
        return AlarmView(
            alarm_id=self.id,
            **shown,
            visibility=str(hidden.visibility),
            hidden_by=hidden.by,
            hidden_until_us=hidden.until_us,
            hidden_why=hidden.why,
        )

    def dump(self) -> dict[str, Any]:
        """JSON-ready state."""
        dumped = {name: getattr(self, name) for name in self.__slots__}
        return {**dumped, "seen": self.seen and self.seen.dump()}

    @classmethod
    def load(cls, dumped: dict[str, Any]) -> "Alarm":
        """The alarm `dump` described, be it of a newer release that knows more."""
        dumped = {name: dumped[name] for name in cls.__slots__ if name in dumped}
        seen = None
        if dumped.get("seen") is not None:
            seen = Elapsed(SAVE_EACH_US)
            seen.load(dumped["seen"])
        return cls(
            **{
                **dumped,
                "seen": seen,
                "state": State(dumped["state"]),
                "neighbours": tuple(dumped.get("neighbours", ())),
                "klass": str(Klass(dumped["klass"])),
                "priority": str(Priority(dumped["priority"])),
            }
        )


_SHOWN: Final = tuple(
    f.name for f in fields(Alarm) if f.name in {shown.name for shown in fields(AlarmView)}
)


def described(condition: Condition, source: str, store: str | None) -> Alarm:
    """A normal alarm of a condition, with all that later changes of the site must not take away.

    Args:
        condition: What it is about.
        source: The point or board.
        store: The store it belongs to, if any.
    """
    return Alarm(
        condition=condition.id,
        source=source,
        klass=str(condition.klass),
        priority=str(condition.priority),
        latching=condition.latches,
        guidance=condition.guidance,
        store=store,
        limit=condition.limit,
        unit=condition.unit,
    )
