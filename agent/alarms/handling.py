"""Handling: how long people may hide alarms, who has to agree, and what comes back when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from agent.alarms.conditions import Klass
from agent.errors import BadHandlingError

_TIMES: Final = ("longest_shelf", "agree_within")
_ORIGIN: Final = ("unit", "source", "mark", "valid_from")


@dataclass(frozen=True, slots=True)
class Handling:
    """What people may do with alarms. Where nothing is said, nothing may be shelved.

    Args:
        longest_shelf_us: The longest time an alarm may be shelved [µs].
        agree_within_us: How long a second person has to agree [µs].
        second_person: Classes that are only shelved or taken out of service by two people.
        realarm_after_us: Class -> after so long an acknowledged alarm that stands has to be seen
            again [µs]. Other classes never.
    """

    longest_shelf_us: int = 0
    agree_within_us: int = 0
    second_person: frozenset[str] = frozenset()
    realarm_after_us: Mapping[str, int] = field(default_factory=dict)


def read_handling(table: Mapping[str, Any]) -> Handling:
    """The content of ``agent/tables/alarm_handling.toml``.

    Raises:
        BadHandlingError: An entry is missing, without origin, or cannot be.
    """
    shelf_us, agree_us = (_time_us(name, table.get(name)) for name in _TIMES)
    again = table.get("realarm_after", {})
    classes = _entry("second_person", table.get("second_person"))["value"]
    for klass in (*classes, *again):
        if klass not in set(Klass):
            raise BadHandlingError(
                f"alarm handling: there is no class {klass!r}; use one of {', '.join(Klass)}"
            )
    return Handling(
        longest_shelf_us=shelf_us,
        agree_within_us=agree_us,
        second_person=frozenset(classes),
        realarm_after_us={klass: _time_us(klass, entry) for klass, entry in again.items()},
    )


def _time_us(name: str, entry: Any) -> int:
    value = _entry(name, entry)["value"]
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise BadHandlingError(f"alarm handling: {name} is {value!r} s; give a time above 0")
    return round(value * 1e6)


def _entry(name: str, entry: Any) -> Mapping[str, Any]:
    if not isinstance(entry, Mapping) or "value" not in entry:
        raise BadHandlingError(f"alarm handling: {name} is missing; add it with its value")
    missing = [word for word in _ORIGIN if not str(entry.get(word, ""))]
    if missing:
        raise BadHandlingError(f"alarm handling: {name} has no {', '.join(missing)}; add it")
    return entry
