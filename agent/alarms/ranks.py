"""Ranks: which of two alarms is the worse."""

from typing import Final

from agent.alarms.conditions import Klass, Priority
from agent.alarms.standing import Alarm

_PRIORITIES: Final = {str(priority): rank for rank, priority in enumerate(Priority)}
_CLASSES: Final = {str(klass): rank for rank, klass in enumerate(Klass)}


def worst_first(alarm: Alarm) -> tuple[int, int, int, str]:
    """The order of a list of alarms: worst first, then oldest."""
    return (_PRIORITIES[alarm.priority], _CLASSES[alarm.klass], alarm.raised_us, alarm.id)


def is_worse(alarm: Alarm, than: Alarm) -> bool:
    """Whether an alarm has a worse class or a higher priority than another."""
    return (
        _CLASSES[alarm.klass] < _CLASSES[than.klass]
        or _PRIORITIES[alarm.priority] < _PRIORITIES[than.priority]
    )
