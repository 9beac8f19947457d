"""Points that no part of the engine asks for are passed over, and no others."""

from agent.alarms.conditions import Condition
from agent.alarms.engine import AlarmEngine
from agent.alarms.instant import Instant
from agent.samples import Sample

SECOND = 1_000_000
MIN = 60 * SECOND
POWER, LEVEL, AIR = "unit1.power_kw", "unit1.level_pct", "work.hall.co_ppm"
HIGH = Condition(
    id="high",
    kind="high",
    pattern=LEVEL,
    limit=90.0,
    unit="pct",
    deadband=2.0,
    klass="process",
    priority="high",
)


def fed(engine, point, values, step_us=SECOND):
    """The edges of one value after the other."""
    events = []
    for n, value in enumerate(values, 1):
        now = Instant(n * step_us, n * step_us, True, "boot")
        events += engine.on_samples([Sample(point, n * step_us, value)], now)
    return [event.edge for event in events]


def test_a_point_with_a_condition_is_judged_though_others_come_with_it():
    engine = AlarmEngine([HIGH], [])
    assert fed(engine, POWER, [1.0] * 3) == []
    now = Instant(9 * SECOND, 9 * SECOND, True, "boot")
    samples = [Sample(POWER, 9 * SECOND, 1.0), Sample(LEVEL, 9 * SECOND, 95.0)]
    assert [event.edge for event in engine.on_samples(samples, now)] == ["raised"]


def test_the_air_of_a_workplace_is_averaged_though_no_condition_is_about_it():
    engine = AlarmEngine([], [])
    fed(engine, AIR, [10.0] * 3, MIN)
    assert {sample.point for sample in engine.derived()} == {"work.hall.co_8h_ppm"}


def test_after_a_restore_a_point_is_met_again():
    engine = AlarmEngine([HIGH], [])
    fed(engine, POWER, [1.0] * 3)
    met = engine.dirty()
    assert met
    assert engine.dirty() == {}
    fed(engine, POWER, [1.0] * 3)
    assert engine.dirty() == {}
    engine.restore({})
    fed(engine, POWER, [1.0])
    assert engine.dirty().keys() == met.keys()
