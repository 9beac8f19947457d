"""HeldAlarms: every alarm that is not normal, as it is held and stored."""

import json
from collections.abc import Iterator, Sequence

from agent.alarms.hides import Hidden, Hides
from agent.alarms.ranks import worst_first
from agent.alarms.standing import Alarm, AlarmView
from agent.alarms.states import IN_ALARM, State


class HeldAlarms:
    """The alarms that are not normal; one that is normal again is forgotten here.

    Args:
        hides: What hides alarms.
    """

    def __init__(self, hides: Hides) -> None:
        self._hides = hides
        self._alarms: dict[str, Alarm] = {}
        self._dirty: set[str] = set()
        self._of_store: dict[str, list[Alarm]] | None = None  # made when it is asked for

    def __iter__(self) -> Iterator[Alarm]:
        return iter(self._alarms.values())

    def state(self, alarm_id: str) -> State:
        """Process state; normal for an alarm that does not stand."""
        alarm = self._alarms.get(alarm_id)
        return State.NORMAL if alarm is None else alarm.state

    def in_alarm(self, alarm_id: str) -> bool:
        """Whether the condition of an alarm stands."""
        return self.state(alarm_id) in IN_ALARM

    def get(self, alarm_id: str) -> Alarm | None:
        """An alarm that is not normal."""
        return self._alarms.get(alarm_id)

    def of_store(self, store: str) -> Sequence[Alarm]:
        """The alarms of one store that are not normal."""
        if self._of_store is None:
            self._of_store = {}
            for alarm in self:
                if alarm.store is not None:
                    self._of_store.setdefault(alarm.store, []).append(alarm)
        return self._of_store.get(store, ())

    def group(self, alarm_id: str, group: str | None) -> None:
        """An alarm that stands belongs under another one from now on, or under none."""
        alarm = self._alarms.get(alarm_id)
        if alarm is not None and alarm.group != group:
            alarm.group = group
            self._dirty.add(alarm_id)

    def changed(self, alarm_id: str) -> None:
        """What is stored of an alarm changed."""
        self._dirty.add(alarm_id)
        self._of_store = None

    def views(self, source: str | None = None) -> list[AlarmView]:
        """What is not normal, of one source or of all: worst first, then oldest."""
        chosen = [a for a in self if source is None or a.source == source]
        return [a.view(self._hidden(a)) for a in sorted(chosen, key=worst_first)]

    def restore(self, rows: dict[str, str]) -> None:
        """Take over alarm id -> JSON text, in place of everything held."""
        held = [Alarm.load(json.loads(text)) for text in rows.values()]
        # In the order in which they came: what happens to several is told in the same order.
        held.sort(key=lambda alarm: (alarm.place, alarm.id))
        self._alarms = {alarm.id: alarm for alarm in held}
        self._of_store = None
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

    def _hidden(self, alarm: Alarm) -> Hidden:
        return self._hides.of(alarm.id, alarm.source, alarm.store, alarm.klass, alarm.reason)
