"""AlarmBook: every alarm that is not normal, and what people do with it."""

import json
from collections.abc import Callable, Iterator
from typing import Final

from agent.alarms.conditions import Klass, Priority
from agent.alarms.events import AlarmEvent
from agent.alarms.hides import Hidden, Hides
from agent.alarms.instant import Instant
from agent.alarms.standing import Alarm, AlarmView, Cause
from agent.alarms.states import IN_ALARM, Event, State
from agent.alarms.visibility import may_suppress
from agent.errors import NotAllowedError, UnknownAlarmError

_PRIORITIES: Final = {str(priority): rank for rank, priority in enumerate(Priority)}
_CLASSES: Final = {str(klass): rank for rank, klass in enumerate(Klass)}


class AlarmBook:
    """The alarms that are not normal; one that is normal again is forgotten here.

    Args:
        describe: An alarm as it could be raised, or None where nothing could raise that id.
        hides: What hides alarms.
    """

    def __init__(self, describe: Callable[[str], Alarm | None], hides: Hides) -> None:
        self._describe = describe
        self._hides = hides
        self._alarms: dict[str, Alarm] = {}
        self._dirty: set[str] = set()

    def __iter__(self) -> Iterator[Alarm]:
        return iter(self._alarms.values())

    def state(self, alarm_id: str) -> State:
        """Process state; normal for an alarm that does not stand."""
        alarm = self._alarms.get(alarm_id)
        return State.NORMAL if alarm is None else alarm.state

    def in_alarm(self, alarm_id: str) -> bool:
        """Whether the condition of an alarm stands."""
        return self.state(alarm_id) in IN_ALARM

    def raised(self, alarm: Alarm, cause: Cause) -> list[AlarmEvent]:
        """A condition stands.

        Args:
            alarm: The alarm as it is described now; takes the place of an older description.
            cause: What raised it.
        """
        standing = self._alarms.get(alarm.id)
        if standing is not None:
            if standing.state in IN_ALARM:
                return []
            alarm.state = standing.state
        self._alarms[alarm.id] = alarm
        return self._apply(alarm, Event.RAISED, cause)

    def cleared(self, alarm_id: str, cause: Cause) -> list[AlarmEvent]:
        """A condition returned."""
        alarm = self._alarms.get(alarm_id)
        return [] if alarm is None else self._apply(alarm, Event.CLEARED, cause)

    def told(self, alarm: Alarm, edge: str, cause: Cause) -> AlarmEvent:
        """An event that changes no state, about an alarm that stands or not."""
        alarm = self._alarms.get(alarm.id, alarm)
        return alarm.told(edge, cause, self._hidden(alarm))

    def suppress(self, alarm_id: str, cause_id: str, cause: Cause) -> list[AlarmEvent]:
        """A cause hides an alarm by design, whether the alarm stands already or not.

        Fire, gas and people alarms and what is over range are never hidden so: for them, and for
        an alarm that nothing could raise, this does nothing.

        Args:
            alarm_id: The alarm.
            cause_id: What hides it, such as the alarm of a dead access point.
            cause: Since when.
        """
        alarm = self._alarms.get(alarm_id) or self._describe(alarm_id)
        if alarm is None or not may_suppress(alarm.klass, alarm.reason):
            return []
        first = self._hides.suppress(alarm_id, cause_id, cause.at_us)
        return [self.told(alarm, "suppressed", cause)] if first else []

    def unsuppress(self, alarm_id: str, cause_id: str, cause: Cause) -> list[AlarmEvent]:
        """A cause that hid an alarm is over; others may go on hiding it."""
        if not self._hides.unsuppress(alarm_id, cause_id):
            return []
        alarm = self._alarms.get(alarm_id) or self._describe(alarm_id)
        return [] if alarm is None else [self.told(alarm, "unsuppressed", cause)]

    def by_person(
        self, event: Event, alarm_id: str, person: str, comment: str | None, now: Instant
    ) -> list[AlarmEvent]:
        """A person acknowledges or resets.

        Raises:
            UnknownAlarmError: No such alarm can exist.
            NotAllowedError: Nobody is named, or the state does not allow it.
        """
        if not person.strip():
            raise NotAllowedError(f"{alarm_id}: nobody is named; log in to {_verb(event)} it")
        alarm = self._alarms.get(alarm_id)
        if alarm is None:
            if self._describe(alarm_id) is None:
                raise UnknownAlarmError(f"there is no alarm {alarm_id!r}; see the list of alarms")
            raise NotAllowedError(f"{alarm_id}: it is normal: there is nothing to {_verb(event)}")
        cause = Cause(now.utc_us, now.utc_us, person=person, comment=comment)
        try:
            return self._apply(alarm, event, cause)
        except NotAllowedError as refused:
            raise NotAllowedError(f"{alarm_id}: {refused}") from None

    def _apply(self, alarm: Alarm, event: Event, cause: Cause) -> list[AlarmEvent]:
        if not alarm.apply(event, cause):
            return []
        if alarm.state is State.NORMAL:
            del self._alarms[alarm.id]
        self._dirty.add(alarm.id)
        return [alarm.told(event, cause, self._hidden(alarm))]

    def _hidden(self, alarm: Alarm) -> Hidden:
        return self._hides.of(alarm.id, alarm.klass, alarm.reason)

    def views(self, source: str | None = None) -> list[AlarmView]:
        """What is not normal, of one source or of all: worst first, then oldest."""
        chosen = [a for a in self if source is None or a.source == source]
        return [a.view(self._hidden(a)) for a in sorted(chosen, key=_worst_first)]

    def restore(self, rows: dict[str, str]) -> None:
        """Take over alarm id -> JSON text, in place of everything held."""
        self._alarms = {key: Alarm.load(json.loads(text)) for key, text in rows.items()}
        self._dirty.clear()

    def touch(self) -> None:
        """Everything counts as changed."""
        self._dirty.update(self._alarms)

    def dirty(self) -> dict[str, str | None]:
        """Alarm id -> JSON text of what changed since the last call; None if normal again."""
        changed: dict[str, str | None] = {}
        for alarm_id in self._dirty:
            alarm = self._alarms.get(alarm_id)
            changed[alarm_id] = None if alarm is None else json.dumps(alarm.dump())
        self._dirty.clear()
        return changed


def _worst_first(alarm: Alarm) -> tuple[int, int, int, str]:
    return (_PRIORITIES[alarm.priority], _CLASSES[alarm.klass], alarm.raised_us, alarm.id)


def _verb(event: Event) -> str:
    return {Event.ACKNOWLEDGED: "acknowledge"}.get(event, str(event))
