"""Prospects: when a store's values reach their plain limits, and how much early warning knows."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from agent.alarms.conditions import LATCHING, Condition, Kind
from agent.alarms.foresight import Foresight
from agent.alarms.time_to_limit import Ahead


@dataclass(frozen=True, slots=True)
class Prospect:
    """When one value reaches a limit, if it goes on as over the last day.

    Args:
        point: The value.
        condition: Whose limit.
        limit: The limit, in `unit`.
        unit: Unit of limit and level.
        level: The value now, by the line through the last day.
        per_h: How fast it rises [unit/h].
        hours: Until it is at the limit; None where it does not rise [h].
        earliest_h: Lower end of the 95 % interval of that; None where it does not rise [h].
        latest_h: Upper end; None where it is perhaps never [h].
    """

    point: str
    condition: str
    limit: float
    unit: str
    level: float
    per_h: float
    hours: float | None
    earliest_h: float | None
    latest_h: float | None


@dataclass(frozen=True, slots=True)
class EarlyWarning:
    """How far early warning knows one store.

    Args:
        store: Its id.
        learning: Its baseline is not full: the ceiling of the emission model holds.
        share_learnt: Which part of seven days is in its baseline, 0 to 1.
        frozen: The baseline waits for an alarm or advisory to go.
        prospects: When its values reach the limits of fire, gas and people alarms.
    """

    store: str
    learning: bool
    share_learnt: float
    frozen: bool
    prospects: tuple[Prospect, ...]

    def as_dict(self) -> dict[str, Any]:
        """As JSON-ready fields."""
        return asdict(self)


def early_warning(
    store: str, foresight: Foresight | None, conditions: Callable[[str], Iterable[Condition]]
) -> EarlyWarning:
    """What can be said of a store ahead of its limits.

    Args:
        store: Its id.
        foresight: What was derived of it; None before its first sample.
        conditions: Those that judge a point.
    """
    if foresight is None:
        return EarlyWarning(store, learning=True, share_learnt=0.0, frozen=False, prospects=())
    lines = {f"yard.{store}.{value}": line for value, line in foresight.ahead().items()}
    prospects = [
        _prospect(point, line, condition, condition.limit, condition.unit)
        for point, line in sorted(lines.items())
        for condition in conditions(point)
        if condition.kind is Kind.HIGH and condition.klass in LATCHING
        if condition.limit is not None and condition.unit is not None
    ]
    learnt = round(foresight.share_learnt, 3)
    return EarlyWarning(store, foresight.learning, learnt, foresight.frozen, tuple(prospects))


def _prospect(point: str, line: Ahead, condition: Condition, limit: float, unit: str) -> Prospect:
    times = line.hours_to(limit)
    best, earliest, latest = (None, None, None) if times is None else times
    return Prospect(
        point,
        condition.id,
        limit,
        unit,
        round(line.level, 2),
        round(line.per_h, 4),
        _tenths(best),
        _tenths(earliest),
        _tenths(latest),
    )


def _tenths(hours: float | None) -> float | None:
    return None if hours is None else round(hours, 1)
