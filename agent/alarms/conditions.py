"""Condition: what counts as an alarm, as data."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Final

from agent.errors import BadConditionError


class Kind(StrEnum):
    """How a condition is judged."""

    HIGH = "high"
    LOW = "low"
    SILENCE = "silence"
    BAD = "bad"


class Klass(StrEnum):
    """What an alarm is about."""

    FIRE = "fire"
    GAS = "gas"
    PEOPLE = "people"
    PROCESS = "process"
    SYSTEM = "system"
    FAULT = "fault"
    ADVISORY = "advisory"


class Priority(StrEnum):
    """How quickly somebody has to act."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


LATCHING: Final = frozenset({Klass.FIRE, Klass.GAS, Klass.PEOPLE})
"""Classes whose alarms wait for a named reset unless the condition says otherwise."""


OF_SYSTEM: Final = frozenset({"meter_drift"})
"""Conditions the gateway finds in itself that have a guidance card of their own."""


@dataclass(frozen=True)
class Condition:
    """One condition over many points or boards.

    Args:
        id: Name in the site's configuration, part of every alarm id.
        kind: "high" or "low" limit, "silence" of a board, "bad" quality of a point.
        pattern: Points, or boards for silence. ``*`` stays within one dotted part; at the very
            end it matches the whole rest.
        klass: What the alarm is about.
        priority: How quickly somebody has to act.
        limit: A value at the limit is in alarm, in `unit`; for "high" and "low" only.
        unit: Unit of limit and deadband. Only points whose name ends in it are judged.
        deadband: How far inside the limit a value must be to return, in `unit`.
        on_delay_s: How long it must stand before it is raised, on sample time [s].
        on_samples: That many samples in a row raise it before the delay is over.
        off_delay_s: How long it must be back before it clears, on sample time [s].
        report_intervals: For silence: how many report intervals without a word.
        latching: Stays until reset by name; None means by class.

    Raises:
        BadConditionError: The parts contradict each other.
    """

    id: str
    kind: Kind
    pattern: str
    klass: Klass
    priority: Priority
    limit: float | None = None
    unit: str | None = None
    deadband: float = 0.0
    on_delay_s: float = 0.0
    on_samples: int | None = None
    off_delay_s: float = 0.0
    report_intervals: float = 3.0
    latching: bool | None = None
    _regex: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name, kind in (("kind", Kind), ("klass", Klass), ("priority", Priority)):
            value = getattr(self, name)
            try:
                object.__setattr__(self, name, kind(value))
            except ValueError:
                known = ", ".join(kind)
                raise BadConditionError(
                    f"alarm {self.id!r}: {name} {value!r} is unknown; use one of {known}"
                ) from None
        if not self.pattern:
            raise BadConditionError(f"alarm {self.id!r}: name the points or boards it is about")
        limited = self.kind in {Kind.HIGH, Kind.LOW}
        if limited and (self.limit is None or self.unit is None):
            raise BadConditionError(f"alarm {self.id!r}: a {self.kind} limit needs limit and unit")
        if not limited and self.limit is not None:
            raise BadConditionError(f"alarm {self.id!r}: {self.kind} takes no limit; remove it")
        if ":" in self.id:
            raise BadConditionError(f"alarm {self.id!r}: an id has no colon; rename it")
        for name in ("deadband", "on_delay_s", "off_delay_s"):
            if getattr(self, name) < 0:
                raise BadConditionError(f"alarm {self.id!r}: {name} is below 0; use 0 or more")
        if self.on_samples is not None and self.on_samples < 1:
            raise BadConditionError(f"alarm {self.id!r}: on_samples is below 1; use 1 or more")
        if self.report_intervals <= 1:
            raise BadConditionError(f"alarm {self.id!r}: report_intervals must be above 1")
        object.__setattr__(self, "_regex", _compiled(self.pattern))

    @cached_property
    def latches(self) -> bool:
        """Whether the alarm waits for a named reset after it returned."""
        return self.klass in LATCHING if self.latching is None else self.latching

    def covers(self, name: str) -> bool:
        """Whether a point or board is judged by this condition."""
        if self._regex.fullmatch(name) is None:
            return False
        return self.unit is None or name.endswith(f"_{self.unit}")


def _compiled(pattern: str) -> re.Pattern[str]:
    """``*`` within one part, a trailing ``*`` for the whole rest."""
    head, rest = (pattern[:-1], ".*") if pattern.endswith("*") else (pattern, "")
    return re.compile("[^.]*".join(re.escape(part) for part in head.split("*")) + rest)
