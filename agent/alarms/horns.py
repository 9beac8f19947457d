"""Horns: the alarms boards raise by themselves, on their own limits."""

import json
from typing import Final

from agent.alarms.book import AlarmBook
from agent.alarms.conditions import LATCHING, Klass, Priority
from agent.alarms.events import AlarmEvent
from agent.alarms.instant import Instant
from agent.alarms.points import FUTURE_US
from agent.alarms.standing import Alarm, Cause

HORN: Final = "board_horn"
"""Condition id of a board's own limit alarm."""

SENSOR_FAULT: Final = "board_sensor_fault"
"""Condition id of a board's own fault report."""

OF_BOARDS: Final = frozenset({HORN, SENSOR_FAULT})
"""Conditions that boards judge by themselves."""

_KINDS: Final = {
    "temp_high": (HORN, Klass.FIRE, Priority.CRITICAL),
    "co_high": (HORN, Klass.GAS, Priority.CRITICAL),
    "sensor_fault": (SENSOR_FAULT, Klass.FAULT, Priority.HIGH),
}
_UNHEARD_OF: Final = (HORN, Klass.FIRE, Priority.CRITICAL)  # a newer board's word, on the safe side


class Horns:
    """Edges of boards' own alarms, in any order of arrival.

    Args:
        book: Where the alarms stand.
    """

    def __init__(self, book: AlarmBook) -> None:
        self._book = book
        self._newest_us: dict[str, int] = {}
        self._dirty: set[str] = set()

    def edge(
        self,
        condition: str,
        edge: str,
        point: str,
        cause: Cause,
        now: Instant,
        *,
        store: str | None,
        limit: float | None,
    ) -> list[AlarmEvent]:
        """Take one edge.

        Args:
            condition: The board's word: "temp_high", "co_high" or "sensor_fault".
            edge: "raised", "cleared" or "silenced".
            point: The point it is about.
            cause: When and with what value.
            now: When it arrived.
            store: The store it belongs to.
            limit: The board's limit in the point's unit.
        """
        alarm = _described(_KINDS.get(condition, _UNHEARD_OF), point, store)
        alarm.limit, alarm.unit = limit, unit_of(point) if limit is not None else None
        if edge == "silenced":
            return [self._book.told(alarm, edge, cause)]
        newest_us = self._newest_us.get(alarm.id)
        if newest_us is not None and now.synchronised and newest_us - now.utc_us > FUTURE_US:
            newest_us = None  # that edge had a wrong clock itself
        older = newest_us is not None and cause.t_us < newest_us
        if not older:
            self._newest_us[alarm.id] = cause.t_us
            self._dirty.add(alarm.id)
        if edge == "cleared":
            return [] if older else self._book.cleared(alarm.id, cause)
        if not older:
            return self._book.raised(alarm, cause)
        # Overtaken by a newer edge: if that was a return, the alarm still has to be seen.
        if self._book.in_alarm(alarm.id):
            return []
        cause.from_history = True
        return self._book.raised(alarm, cause) + self._book.cleared(alarm.id, cause)

    @staticmethod
    def describe(alarm_id: str, store: str | None) -> Alarm | None:
        """An alarm as a board may raise it, on the safe side; None if no board could.

        Args:
            alarm_id: ``<condition>:<point>``.
            store: The store it belongs to.
        """
        name, _, source = alarm_id.partition(":")
        if name not in OF_BOARDS:
            return None
        fault = _KINDS["sensor_fault"]
        return _described(fault if name == SENSOR_FAULT else _UNHEARD_OF, source, store)

    def restore(self, rows: dict[str, str]) -> None:
        """Take over alarm id -> JSON text, in place of everything held."""
        self._newest_us = {key: json.loads(text) for key, text in rows.items()}
        self._dirty.clear()

    def touch(self) -> None:
        """Everything counts as changed."""
        self._dirty.update(self._newest_us)

    def dirty(self) -> dict[str, str | None]:
        """Alarm id -> JSON text of what changed since the last call."""
        changed: dict[str, str | None] = {k: json.dumps(self._newest_us[k]) for k in self._dirty}
        self._dirty.clear()
        return changed


def _described(kind: tuple[str, Klass, Priority], point: str, store: str | None) -> Alarm:
    name, klass, priority = kind
    return Alarm(
        condition=name,
        source=point,
        klass=str(klass),
        priority=str(priority),
        latching=klass in LATCHING,
        guidance="bad" if klass is Klass.FAULT else str(klass),
        store=store,
    )


def unit_of(point: str) -> str | None:
    """The unit a point's name ends in, as far as it is one word; "kg_per_s" keeps its parts."""
    value = point.rpartition(".")[2]
    head, per, tail = value.rpartition("_per_")
    if per:
        return f"{head.rpartition('_')[2]}_per_{tail}"
    return value.rpartition("_")[2] or None


def from_history(t_us: int, now: Instant, late_us: int) -> bool:
    """Whether something captured at `t_us` arrived later than `late_us`, as far as is known."""
    return now.synchronised and now.utc_us - t_us > late_us
