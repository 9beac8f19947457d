"""Condition: what counts as an alarm, as data."""

import re
from collections.abc import Iterator
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
    STILL = "still"
    """A count that does not rise."""
    LAST_GASP = "last_gasp"
    """A board that the broker, by the board's last will, says is gone."""


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

NEVER_HELD_BACK: Final = LATCHING
"""Classes that no other point's value may switch off."""

ABOUT_BOARDS: Final = frozenset({Kind.SILENCE, Kind.LAST_GASP})
"""Kinds that are about boards, not points."""

OF_SYSTEM: Final = frozenset(
    {
        "account_failed",
        "broker_lost",
        "certificate_ends",
        "clock_step",
        "cursor_lag",
        "disk_low",
        "horn_failed",
        "journal_failed",
        "judging_failed",
        "meter_drift",
        "notification_failed",
        "path_lost",
        "round_overdue",
        "service_overdue",
    }
)
"""Conditions the gateway finds in itself that have a guidance card of their own."""

OWN_GUIDES: Final = frozenset(
    {"balance", "calibration", "early_sign", "early_warning", "feeder", "low_o2"}
)
"""Guidance cards that a condition may name instead of that of its kind or class."""

WORKPLACE: Final = "work."
"""How points of places where people work begin; fuel stands nowhere there."""


@dataclass(frozen=True, slots=True)
class While:
    """When a condition counts: while another point is at or above a value.

    Args:
        point: The other point, such as the unit's power.
        at_least: From this value on the condition counts, in that point's unit. While the point is
            not known the condition counts: what nobody knows holds nothing back.
    """

    point: str
    at_least: float


@dataclass(frozen=True)
class Condition:
    """One condition over many points or boards.

    Args:
        id: Name in the site's configuration, part of every alarm id.
        kind: "high" or "low" limit, "silence" or "last_gasp" of a board, "bad" quality of a point,
            "still" for a count that does not rise.
        pattern: Points, or boards for silence and last gasp. ``*`` stays within one dotted part; at
            the very end it matches the whole rest.
        klass: What the alarm is about. Points of workplaces are judged for people only, and people
            only at workplaces: the two ladders of limits never mix.
        priority: How quickly somebody has to act.
        limit: A value at the limit is in alarm, in `unit`; for "high" and "low" only.
        unit: Unit of limit and deadband. Only points whose name ends in it are judged.
        deadband: How far inside the limit a value must be to return, in `unit`; for "still" the
            rise that counts as one.
        on_delay_s: How long it must stand before it is raised, on sample time [s]; for a last gasp
            elapsed time [s].
        on_samples: That many samples in a row raise it before the delay is over.
        off_delay_s: How long it must be back before it clears, on sample time [s].
        report_intervals: For silence: how many report intervals without a word.
        latching: Stays until reset by name; None means by class.
        reasons: For "bad": the reasons it is about; None for every one that is a fault.
        during: When it counts; None for always.
        fire_with: For gas: conditions of the same store that make it fire; None for every
            condition there on temperature, residual or slope.
        guide: One of `OWN_GUIDES`; None for the guidance of its kind or class.
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
    reasons: frozenset[str] | None = None
    during: While | None = None
    fire_with: frozenset[str] | None = None
    guide: str | None = None
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
        for wrong in _contradictions(self):
            raise BadConditionError(f"alarm {self.id!r}: {wrong}")
        object.__setattr__(self, "_regex", _compiled(self.pattern))

    @property
    def about_boards(self) -> bool:
        """Whether its pattern names boards, not points."""
        return self.kind in ABOUT_BOARDS

    @property
    def guidance(self) -> str:
        """Key of its texts in the guidance catalogue."""
        own = self.about_boards or self.kind is Kind.BAD
        return self.guide or str(self.kind if own else self.klass)

    @cached_property
    def latches(self) -> bool:
        """Whether the alarm waits for a named reset after it returned."""
        return self.klass in LATCHING if self.latching is None else self.latching

    def covers(self, name: str) -> bool:
        """Whether a point or board is judged by this condition."""
        if self._regex.fullmatch(name) is None:
            return False
        if self.klass in NEVER_HELD_BACK and name.startswith(WORKPLACE) != (
            self.klass is Klass.PEOPLE
        ):
            return False
        return self.unit is None or name.endswith(f"_{self.unit}")


def _contradictions(one: Condition) -> Iterator[str]:
    """Every rule that a condition's parts break together, with its remedy."""
    if not one.pattern:
        yield "name the points or boards it is about"
    if ":" in one.id:
        yield "an id has no colon; rename it"
    for name in ("deadband", "on_delay_s", "off_delay_s"):
        if getattr(one, name) < 0:
            yield f"{name} is below 0; use 0 or more"
    if one.on_samples is not None and one.on_samples < 1:
        yield "on_samples is below 1; use 1 or more"
    if one.report_intervals <= 1:
        yield "report_intervals must be above 1"
    if one.guide is not None and one.guide not in OWN_GUIDES:
        yield f"guide {one.guide!r} is unknown; use one of {', '.join(sorted(OWN_GUIDES))}"
    yield from _against_the_kind(one)
    yield from _against_the_class(one)


def _against_the_kind(one: Condition) -> Iterator[str]:
    limited = one.kind in {Kind.HIGH, Kind.LOW}
    if limited and (one.limit is None or one.unit is None):
        yield f"a {one.kind} limit needs limit and unit"
    if not limited and one.limit is not None:
        yield f"{one.kind} takes no limit; remove it"
    if one.kind is Kind.STILL and not one.on_delay_s:
        yield "a count is still for a time; give on_delay_s"
    if one.reasons is not None and one.kind is not Kind.BAD:
        yield f"{one.kind} takes no reasons; remove them"
    if one.during is not None and one.about_boards:
        yield f"{one.kind} takes no 'while'; remove it"


def _against_the_class(one: Condition) -> Iterator[str]:
    if one.fire_with is not None and one.klass is not Klass.GAS:
        yield "fire_with is for class gas; remove it"
    if one.during is not None and one.klass in NEVER_HELD_BACK:
        yield f"'while' would hold back a {one.klass} alarm; remove it"
    work = one.pattern.startswith(WORKPLACE)
    if one.klass is Klass.PEOPLE and not work:
        yield f"people are judged where they work; begin the points with {WORKPLACE!r}"
    if one.klass in {Klass.FIRE, Klass.GAS} and work:
        yield f"{one.klass} limits are for fuel; use class people for {one.pattern!r}"


def _compiled(pattern: str) -> re.Pattern[str]:
    """``*`` within one part, a trailing ``*`` for the whole rest."""
    head, rest = (pattern[:-1], ".*") if pattern.endswith("*") else (pattern, "")
    return re.compile("[^.]*".join(re.escape(part) for part in head.split("*")) + rest)
