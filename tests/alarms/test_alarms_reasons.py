"""Doubt with a name: low oxygen and an expired calibration are alarms, and no fault of a sensor."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.alarms.conditions import Condition
from agent.alarms.engine import AlarmEngine
from agent.alarms.instant import Instant
from agent.alarms.stores import Standing
from agent.samples import Sample

S = 1_000_000
LOW_O2 = Condition(
    id="co_low_o2",
    kind="bad",
    pattern="yard.*.co_ppm",
    klass="fault",
    priority="medium",
    reasons=frozenset({"low_o2"}),
    on_delay_s=60,
    off_delay_s=600,
    guide="low_o2",
)
EXPIRED = Condition(
    id="expired",
    kind="bad",
    pattern="*",
    klass="fault",
    priority="low",
    reasons=frozenset({"expired_calibration"}),
    off_delay_s=60,
    guide="calibration",
)


@pytest.fixture
def yard(story_of, conditions):
    return story_of(*conditions.values(), LOW_O2, EXPIRED)


def hears_co(story, from_s, to_s, value):
    for t_s in range(from_s, to_s, 60):
        story.board_heard(t_s)
        story.hears(t_s, 20.0)
        story.hears(t_s, value, story.co)


def test_a_cell_without_oxygen_is_an_alarm_and_keeps_its_store_from_green(yard):
    hears_co(yard, 0, 180, (180.0, "low_o2"))
    assert yard.edges("co_low_o2") == [("raised", 60)]
    assert yard.edges("sensor_fault") == []
    assert yard.engine.store_status("c0150").standing is Standing.UNKNOWN
    view = next(v for v in yard.engine.active() if v.condition == "co_low_o2")
    assert (view.guidance, view.reason) == ("low_o2", "low_o2")
    hears_co(yard, 180, 1000, 180.0)
    assert [edge for edge, _ in yard.edges("co_low_o2")] == ["raised", "cleared"]
    assert yard.engine.store_status("c0150").standing is Standing.NORMAL


def test_a_doubtful_co_alarms_and_never_returns_one(yard):
    hears_co(yard, 0, 120, (3400.0, "low_o2"))
    assert [e.klass for e in yard.events if e.condition == "co_high"] == ["gas"]
    hears_co(yard, 120, 3600, (100.0, "low_o2"))
    assert [edge for edge, _ in yard.edges("co_high")] == ["raised"]
    hears_co(yard, 3600, 5000, 100.0)
    assert [edge for edge, _ in yard.edges("co_high")] == ["raised", "cleared"]


def test_an_expired_calibration_is_of_low_priority_and_no_fault(yard):
    yard.hears(0, (20.0, "expired_calibration"))
    (event,) = yard.events
    assert (event.condition, event.klass, event.priority) == ("expired", "fault", "low")
    yard.hears(60, (60.0, "expired_calibration"))
    yard.hears(120, (60.0, "expired_calibration"))
    assert [e.condition for e in yard.events[1:]] == ["temp_high", "temp_pre"]


def test_another_doubt_hides_whether_the_first_is_over(yard):
    yard.hears(0, (20.0, "expired_calibration"))
    for t_s in range(60, 600, 60):
        yard.hears(t_s, "crc")
    assert [edge for edge, _ in yard.edges("expired")] == ["raised"]
    for t_s in range(600, 720, 60):
        yard.hears(t_s, 20.0)
    assert [edge for edge, _ in yard.edges("expired")] == ["raised", "cleared"]


@given(
    st.frozensets(st.sampled_from(["temp_high", "temp_pre", "board_horn", "co_low_o2"])),
    st.lists(st.sampled_from([100.0, 3000.0, 5000.0]), min_size=2, max_size=12),
    st.lists(st.sampled_from([20.0, 46.0, 60.0]), min_size=12, max_size=12),
)
def test_whatever_makes_gas_fire_3000_ppm_is_raised_all_the_same(fire_with, ppm, degc):
    co_high = Condition(
        "co_high", "high", "yard.*.co_ppm", "gas", "critical",
        limit=3000.0, unit="ppm", deadband=300.0, on_delay_s=60, off_delay_s=60,
    )  # fmt: skip
    pre = Condition(
        "temp_pre", "high", "yard.*.temp_*_degc", "advisory", "medium", limit=45.0, unit="degc"
    )

    def raised(one):
        engine = AlarmEngine([one, pre, LOW_O2], [])
        told = []
        for n, (co, temp) in enumerate(zip(ppm, degc, strict=False)):
            t_us = n * 60 * S
            samples = [
                Sample("yard.c1.temp_1_degc", t_us, temp),
                Sample("yard.c1.co_ppm", t_us, co),
            ]
            told += engine.on_samples(samples, Instant(t_us, t_us, True, "boot"))
        ours = [e for e in told if e.condition == "co_high"]
        return [(e.edge, e.t_us) for e in ours if e.edge in {"raised", "cleared"}]

    assert raised(replace(co_high, fire_with=fire_with)) == raised(
        replace(co_high, fire_with=frozenset())
    )
