"""Facts: what a message says of an alarm, whether an event or the standing alarm told it."""

import msgspec

from agent.alarms.events import AlarmEvent
from agent.alarms.standing import AlarmView
from agent.alarms.visibility import OVER_RANGE, may_suppress


class Facts(msgspec.Struct, frozen=True):
    """One alarm, as far as people are told of it.

    Args:
        alarm_id: ``<condition>:<source>``.
        condition: Id of the condition.
        source: The point, board or part it is about.
        store: The container or silo, if any.
        klass: What it is about.
        priority: How quickly somebody has to act.
        raised_us: When it was raised, UTC [µs].
        value: The value that raised it, in `unit`; None where it is not known.
        limit: The limit, in `unit`.
        unit: Unit of value and limit.
        reason: Reason word of the sample, where it is known.
        from_history: Its cause was captured long before it arrived.
        unjournalled: It was told before it was on disk.
        group: Id of the alarm it is grouped under, if any.
        neighbours: Stores beside its store.
        coverage: What its store stands for, in words.
        guidance: Key of its response card, where it is known.
    """

    alarm_id: str
    condition: str
    source: str
    store: str | None
    klass: str
    priority: str
    raised_us: int
    value: float | None = None
    limit: float | None = None
    unit: str | None = None
    reason: str | None = None
    from_history: bool = False
    unjournalled: bool = False
    group: str | None = None
    neighbours: tuple[str, ...] = ()
    coverage: str | None = None
    guidance: str | None = None

    @property
    def urgent(self) -> bool:
        """Whether nothing may hold its page back: fire, gas, people, and over range.

        An event does not say why its value is unknown; with a limit it may be over range.
        """
        unknown = self.limit is not None and self.value is None and self.reason is None
        return unknown or not may_suppress(self.klass, self.reason)

    @property
    def is_over_range(self) -> bool:
        """Whether the value is beyond what the sensor can measure."""
        return self.reason == OVER_RANGE or (self.limit is not None and self.value is None)

    @property
    def cause(self) -> str:
        """Name of this raising of this alarm."""
        return f"{self.alarm_id}|{self.raised_us}"


def of_event(event: AlarmEvent) -> Facts:
    """The facts of an event; what it tells happened at its own time."""
    return Facts(
        event.alarm_id,
        event.condition,
        event.source,
        event.store,
        event.klass,
        event.priority,
        event.t_us,
        event.value,
        event.limit,
        event.unit,
        None,
        event.from_history,
        event.unjournalled,
        event.group,
        tuple(event.neighbours),
        event.coverage,
    )


def of_view(view: AlarmView) -> Facts:
    """The facts of an alarm that stands."""
    return Facts(
        view.alarm_id,
        view.condition,
        view.source,
        view.store,
        view.klass,
        view.priority,
        view.raised_us,
        view.value,
        view.limit,
        view.unit,
        view.reason,
        view.from_history,
        False,
        view.group,
        tuple(view.neighbours),
        view.coverage,
        view.guidance,
    )
