"""Rules of the site's alarm conditions, beyond what a single key can break."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from agent.alarms.conditions import Condition, Kind, Klass, Priority, While
from agent.alarms.horns import HORN
from agent.errors import BadConditionError
from agent.samples import REASONS
from gateway.config import Config
from gateway.config_alarms import Alarm
from gateway.config_broken import Broken, unknown
from gateway.people_limits import limit_of, people_limits
from gateway.units import UNITS

_BOARDS: Final = frozenset({"silence", "last_gasp"})


def condition(alarm: Alarm) -> Condition:
    """A condition as the engine takes it.

    Raises:
        BadConditionError: Its parts contradict each other.
    """
    pattern = alarm.boards if alarm.kind in _BOARDS else alarm.points
    during = alarm.during
    return Condition(
        id=alarm.id,
        kind=Kind(alarm.kind),
        pattern=pattern or "",
        klass=Klass(alarm.klass),
        priority=Priority(alarm.priority),
        limit=limit_of(alarm),
        unit=alarm.unit,
        deadband=alarm.deadband,
        on_delay_s=alarm.on_delay_s,
        on_samples=alarm.on_samples,
        off_delay_s=alarm.off_delay_s,
        report_intervals=alarm.report_intervals,
        reasons=None if alarm.reasons is None else frozenset(alarm.reasons),
        during=None if during is None else While(during.point, during.at_least),
        fire_with=None if alarm.fire_with is None else frozenset(alarm.fire_with),
        guide=alarm.guide,
    )


def conditions_that_hold(config: Config) -> list[Condition]:
    """The site's conditions as far as they hold; what is wrong with others is told elsewhere."""
    held = []
    for alarm in config.alarm:
        with suppress(BadConditionError):
            held.append(condition(alarm))
    return held


def broken_alarms(config: Config, points: set[str]) -> Iterator[Broken]:
    """Every rule that the site's conditions break.

    Args:
        config: The site.
        points: Every point that a meter or board feeds, or that the gateway derives.
    """
    ids = {alarm.id for alarm in config.alarm} | {HORN}
    for n, alarm in enumerate(config.alarm):
        found = [*_limit(n, alarm), *_references(n, alarm, ids, points)]
        yield from found
        if not found:
            try:
                condition(alarm)
            except BadConditionError as err:
                reason, _, remedy = str(err).partition(": ")[2].partition("; ")
                yield Broken(("alarm", n), repr(alarm.id), reason, remedy.capitalize())


def _limit(n: int, alarm: Alarm) -> Iterator[Broken]:
    over = "boards" if alarm.kind in _BOARDS else "points"
    if getattr(alarm, over) is None:
        yield Broken(
            ("alarm", n),
            "",
            f"a {alarm.kind} alarm needs '{over}'",
            f'Add {over} = "…" with a pattern',
        )
    if alarm.unit is not None and alarm.unit not in UNITS:
        yield unknown(("alarm", n, "unit"), alarm.unit, "unit", UNITS)
        return
    if alarm.limit_from is not None:
        yield from _from_table(n, alarm, alarm.limit_from)
        return
    if alarm.kind not in {"high", "low"}:
        return
    if alarm.limit is None or alarm.unit is None:
        yield Broken(("alarm", n), "", f"a {alarm.kind} alarm needs 'limit' and 'unit'", "Add both")
    elif alarm.points is not None and not alarm.points.endswith((f"_{alarm.unit}", "*")):
        yield Broken(
            ("alarm", n, "unit"),
            repr(alarm.unit),
            f"the points {alarm.points!r} are in another unit",
            "Give the limit in the unit the points' names end in",
        )


def _from_table(n: int, alarm: Alarm, name: str) -> Iterator[Broken]:
    known = people_limits().get(name)
    if known is None:
        yield unknown(("alarm", n, "limit_from"), name, "limit for people", people_limits())
    elif alarm.limit is not None:
        yield Broken(
            ("alarm", n, "limit"),
            repr(alarm.limit),
            f"'limit_from' gives {known.value:g} {known.unit} already",
            "Give one of the two",
        )
    elif alarm.klass != "people":
        yield Broken(
            ("alarm", n, "limit_from"),
            repr(name),
            "the table is for people, and fuel is judged by limits of its own",
            "Use class = 'people', or give 'limit'",
        )
    elif alarm.unit != known.unit:
        yield Broken(
            ("alarm", n, "unit"),
            repr(alarm.unit),
            f"{name} is in {known.unit}",
            f"Use unit = '{known.unit}'",
        )


def _references(n: int, alarm: Alarm, ids: set[str], points: set[str]) -> Iterator[Broken]:
    for reason in alarm.reasons or ():
        if reason not in REASONS:
            yield unknown(("alarm", n, "reasons"), reason, "reason", REASONS)
    for other in alarm.fire_with or ():
        if other not in ids:
            yield unknown(("alarm", n, "fire_with"), other, "alarm", ids)
    if alarm.during is not None and alarm.during.point not in points:
        path = ("alarm", n, "while", "point")
        yield unknown(path, alarm.during.point, "point of a meter or board", points)
