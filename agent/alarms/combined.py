"""Combined: gas that is fire, because something else of the same store stands beside it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from agent.alarms.book import AlarmBook
from agent.alarms.conditions import Condition, Kind, Klass
from agent.alarms.events import AlarmEvent
from agent.alarms.horns import HORN
from agent.alarms.standing import Alarm, Cause
from agent.alarms.states import IN_ALARM, UNSEEN

_OF_HEAT: Final = frozenset({"degc", "degc_per_day", "ppm_per_h"})
_RESIDUAL: Final = "co_residual"
_MOVING: Final = frozenset({"raised", "cleared", "acknowledged", "reset", "realarmed"})


class Combined:
    """Which gas alarms are fire-class, as the site's conditions say.

    Much CO alone can come from healthy sealed fuel, and is "gas: do not open". Together with a
    temperature, a slope or a residual of its own store it is a fire, and is announced again as one.
    It is gas again when a person has seen it and nothing stands beside it any more.

    Args:
        conditions: The site's conditions.
        book: Where the alarms stand.
    """

    def __init__(self, conditions: Sequence[Condition], book: AlarmBook) -> None:
        self._book = book
        heat = frozenset(c.id for c in conditions if _tells_of_heat(c)) | {HORN}
        gas = [c for c in conditions if c.klass is Klass.GAS]
        self._with = {c.id: heat if c.fire_with is None else c.fire_with for c in gas}
        # A board's own gas alarm follows the site's, whichever of them says more.
        self._with[HORN] = frozenset().union(*self._with.values()) if gas else heat
        self._moving = frozenset(self._with).union(*self._with.values())

    def dress(self, alarm: Alarm) -> None:
        """Give an alarm that is about to rise the class it has beside what stands."""
        if alarm.klass == Klass.GAS and self._is_fire(alarm):
            alarm.klass = alarm.guidance = str(Klass.FIRE)

    def after(self, events: Iterable[AlarmEvent]) -> list[AlarmEvent]:
        """What other alarms of the same stores become by events.

        Args:
            events: What just happened.
        """
        told: list[AlarmEvent] = []
        moved = {
            e.store: e
            for e in events
            if e.store is not None and e.edge in _MOVING and e.condition in self._moving
        }
        if not moved:
            return told
        concerned = [a for a in self._book if a.store in moved and self._is_gas(a)]
        order = {store: n for n, store in enumerate(moved)}
        for alarm in sorted(concerned, key=lambda a: (order[a.store or ""], a.id)):
            event = moved[alarm.store or ""]
            told += self._weigh(
                alarm, Cause(event.t_us, event.at_us, from_history=event.from_history)
            )
        return told

    def _weigh(self, alarm: Alarm, cause: Cause) -> list[AlarmEvent]:
        if alarm.state not in IN_ALARM:
            return []
        klass = str(Klass.FIRE if self._is_fire(alarm) else Klass.GAS)
        # Nothing comes down before somebody has seen how high it was.
        if klass == alarm.klass or (klass == Klass.GAS and alarm.state in UNSEEN):
            return []
        cause.value = alarm.value
        return self._book.weighed(replace(alarm, klass=klass, guidance=klass), cause)

    def _is_gas(self, alarm: Alarm) -> bool:
        if alarm.condition == HORN:
            return alarm.unit == "ppm"
        return alarm.condition in self._with

    def _is_fire(self, alarm: Alarm) -> bool:
        beside = self._with.get(alarm.condition, frozenset())
        return any(
            other.store == alarm.store
            and other.store is not None
            and other.state in IN_ALARM
            and other.condition in beside
            and not self._is_gas(other)
            for other in self._book
        )


def _tells_of_heat(condition: Condition) -> bool:
    if condition.kind is not Kind.HIGH:
        return False
    return condition.unit in _OF_HEAT or _RESIDUAL in condition.pattern
