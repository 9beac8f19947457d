"""Nothing that makes a crowd readable ever holds back fire, gas, people or over range."""

from contextlib import suppress
from dataclasses import replace

from early_yard import CONTAINER
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from many_boards import CO_HIGH, CO_PEOPLE, FAULT, SILENT, TEMP_HIGH, ManyBoards

from agent.alarms.conditions import Condition
from agent.alarms.crowd import CrowdSpec
from agent.alarms.events import AlarmEvent
from agent.alarms.flood import FloodLimits
from agent.alarms.inhibit_paths import Path, Settling
from agent.alarms.outlook import OutlookSpec
from agent.errors import NotAllowedError, UnknownAlarmError

BOARDS = 5
QUIET = ["advisory", "fault", "system", "process"]
RATE = Condition(
    id="co_rate",
    kind="high",
    pattern="yard.*.dust_ppm_per_h",
    limit=20.0,
    unit="ppm_per_h",
    klass="advisory",
    priority="medium",
)
OWN = [
    Condition(
        id=f"own_{value}",
        kind="high",
        pattern=f"yard.*.{value}",
        limit=1.0,
        unit=unit,
        klass="advisory",
        priority="medium",
    )
    for value, unit in (
        ("co_residual_own_ppm", "ppm"),
        ("co_slope_own_ppm_per_h", "ppm_per_h"),
        ("temp_rate_own_degc_per_day", "degc_per_day"),
    )
]
"""Advisories from which what the whole yard does is taken off."""
COMMON = OutlookSpec(
    {"container": CONTAINER}, {f"c{n:04d}": "container" for n in range(1, BOARDS + 1)}
)
PATTERNS = ["*", "*:*", "temp_high:*", "co_*:*", "board_silent:b0001", "path_lost:*", "up:gw"]


@st.composite
def paths(draw: st.DrawFn) -> tuple[Path, ...]:
    """Up to four paths, each behind one before it or none."""
    found: list[Path] = []
    for name in ["p1", "p2", "p3", "p4"][: draw(st.integers(0, 4))]:
        found.append(
            Path(
                id=name,
                kind=draw(st.sampled_from(["access_point", "power", "link"])),
                boards=tuple(draw(st.lists(st.sampled_from(["*", "b0001", "b000*"]), max_size=2))),
                behind=draw(st.sampled_from([None, *(path.id for path in found)])),
                known_by=tuple(draw(st.lists(st.sampled_from(PATTERNS), max_size=2))),
                brings=tuple(draw(st.lists(st.sampled_from(PATTERNS), max_size=2))),
                least_boards=draw(st.integers(2, 3)),
                least_share=draw(st.sampled_from([0.01, 0.5, 1.0])),
                within_s=draw(st.sampled_from([1.0, 600.0])),
            )
        )
    return tuple(found)


crowds = st.builds(
    CrowdSpec,
    paths=paths(),
    settling=st.builds(
        Settling,
        hold_intervals=st.sampled_from([0.0, 1.0, 10.0]),
        return_s=st.sampled_from([0.0, 60.0, 3600.0]),
    ),
    group_s=st.sampled_from([0.0, 600.0, 86_400.0]),
    flood=st.builds(FloodLimits, st.just(600_000_000), st.integers(0, 3), st.just(1)),
)
"""Any way to inhibit, group and count."""

stores = st.integers(1, BOARDS).map(lambda n: f"yard.c{n:04d}")
values = st.one_of(
    st.tuples(st.just("lives"), st.sampled_from([1, 30, 61, 200])),
    st.tuples(st.just("hours"), st.integers(1, 30), st.sampled_from([100.0, 900.0, 3100.0])),
    st.tuples(st.just("silent"), st.sets(st.integers(1, BOARDS))),
    st.tuples(st.just("gone"), st.integers(1, BOARDS)),
    st.tuples(st.just("system"), st.booleans()),
    st.tuples(st.just("temp"), stores, st.sampled_from([20.0, 49.9, 50.0, 70.0])),
    st.tuples(st.just("co"), stores, st.sampled_from([200.0, 3000.0, "over_range", "sensor_open"])),
    st.tuples(st.just("rate"), stores, st.sampled_from([5.0, 25.0, "over_range"])),
    st.tuples(st.just("people"), st.sampled_from([5.0, 60.0, "over_range"])),
    st.tuples(st.just("acknowledge"), stores),
    st.tuples(st.just("restart")),
)
"""Anything that can happen."""


def do(yard: ManyBoards, what: tuple) -> None:
    match what:
        case ("lives", seconds):
            yard.run(yard.now_s + seconds)
        case ("hours", hours, co_ppm):
            yard.lives_hours(hours, co_ppm)
        case ("silent", numbers):
            yard.silent = {f"b{n:04d}" for n in numbers}
        case ("gone", n):
            yard.tell(yard.engine.on_board_presence(f"b{n:04d}", yard.now, online=False))
        case ("system", active):
            yard.tell(yard.engine.system("up", "gw", active, yard.now))
        case ("temp", store, value):
            for _ in range(2):
                yard.run(yard.now_s + 1)
                yard.measures(f"{store}.temp_1_degc", value)
        case ("co", store, value):
            measure(yard, f"{store}.co_ppm", value)
        case ("rate", store, value):
            measure(yard, f"{store}.dust_ppm_per_h", value)
        case ("people", value):
            measure(yard, "work.loading.co_ppm", value)
        case ("acknowledge", store):
            with suppress(NotAllowedError, UnknownAlarmError):
                yard.tell(
                    yard.engine.acknowledge(f"co_high:{store}.co_ppm", "aoki", None, yard.now)
                )
        case ("restart",):
            yard.restart()


def measure(yard: ManyBoards, point: str, value: float | str) -> None:
    if isinstance(value, str):
        yard.measures(point, None, value)
    else:
        yard.measures(point, value)


def of_class(condition: Condition, klass: str) -> Condition:
    """A condition of another class; what makes gas fire is the same with and without foresight."""
    beside = frozenset({TEMP_HIGH.id}) if klass == "gas" else None
    return replace(condition, klass=klass, fire_with=beside)


def on_limits(yard: ManyBoards) -> list[tuple[int, AlarmEvent]]:
    """All that was told of limits and of people, and when; what it is grouped under apart."""
    return [
        (second, replace(event, group=None))
        for second, event in yard.told
        if event.condition in {TEMP_HIGH.id, CO_HIGH.id, CO_PEOPLE.id, RATE.id}
    ]


def shown(yard: ManyBoards) -> dict[str, str]:
    return {
        view.alarm_id: view.visibility
        for view in yard.engine.active()
        if view.condition in {TEMP_HIGH.id, CO_HIGH.id, CO_PEOPLE.id, RATE.id}
    }


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    crowd=crowds,
    classes=st.tuples(*(st.sampled_from(["fire", "gas", *QUIET]) for _ in range(4))),
    outlook=st.none() | st.just(COMMON),
    history=st.lists(values, min_size=1, max_size=25),
)
def test_limits_and_people_are_told_as_if_nothing_were_inhibited(crowd, classes, outlook, history):
    kinds = zip((TEMP_HIGH, CO_HIGH, RATE, SILENT), classes, strict=True)
    conditions = [CO_PEOPLE, FAULT, *(of_class(c, klass) for c, klass in kinds)]
    plain = ManyBoards(BOARDS, CrowdSpec(), conditions)
    crowded = ManyBoards(BOARDS, crowd, [*conditions, *OWN], outlook)
    for what in history:
        for yard in (plain, crowded):
            do(yard, what)
        assert on_limits(crowded) == on_limits(plain)
        assert shown(crowded) == shown(plain)
        assert set(shown(crowded).values()) <= {"shown"}
        # Every silence there is stands in the list of either, shown or not.
        silent = [
            {v.alarm_id for v in yard.engine.active() if v.condition == SILENT.id and v.in_alarm}
            for yard in (plain, crowded)
        ]
        assert silent[0] == silent[1]
