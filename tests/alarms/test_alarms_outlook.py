"""Early warning in the engine: what it raises, and what it leaves alone."""

import pytest
from early_yard import (
    ALL,
    CO_HIGH,
    FAULT,
    HOUR_US,
    TEMP_HIGH,
    THREE,
    EarlyYard,
    cool,
    quiet,
    sent,
    smoulders_from,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.alarms.engine import AlarmEngine


def test_smouldering_is_told_long_before_its_plain_limit():
    yard = EarlyYard(ALL)
    begin = 10 * 24
    co = smoulders_from(begin)
    sent(yard, {"co_ppm": co}, 17 * 24)
    when = {e.condition: e.at_us / HOUR_US - begin for e in yard.events if e.edge == "raised"}
    assert when["co_slope_pre"] < when["co_slope"] < 15.0
    assert when["co_residual"] < 40.0
    assert when["co_high"] > 100.0
    assert when["co_slope"] < when["co_ahead"] < when["co_high"]
    assert not any(e.from_history for e in yard.events)


def test_what_is_learning_is_no_sensor_fault_and_its_store_is_watched():
    yard = EarlyYard(ALL)
    sent(yard, {"co_ppm": quiet}, 3 * 24)
    assert {s.reason for s in yard.derived if "residual" in s.point} == {"learning"}
    assert yard.events == []


def test_while_learning_the_ceiling_of_the_emission_model_holds():
    fresh, burning = EarlyYard(ALL), EarlyYard(ALL)
    sent(fresh, {"co_ppm": lambda hour: 400.0 + 12.0 * hour}, 3 * 24)
    sent(burning, {"co_ppm": lambda hour: 400.0 + 30.0 * hour}, 3 * 24)
    assert fresh.raised("co_residual") == fresh.raised("co_slope") == []
    assert burning.raised("co_residual") == ["yard.c1.co_residual_ppm"]
    assert burning.raised("co_slope") == ["yard.c1.co_slope_ppm_per_h"]


def test_an_alarm_of_the_learning_week_returns_and_learning_goes_on():
    def co(hour):
        return 400.0 + 30.0 * min(max(hour - 24.0, 0.0), 40.0)

    yard = EarlyYard(ALL)
    sent(yard, {"co_ppm": co}, 6 * 24)
    assert yard.raised("co_residual") == ["yard.c1.co_residual_ppm"]
    cleared = [e for e in yard.events if e.edge == "cleared" and e.condition == "co_residual"]
    assert [e.value < 60.0 for e in cleared] == [True]
    sent(yard, {"co_ppm": co}, 6 * 24)
    assert yard.values("co_residual_ppm")[-1].reason is None


def test_an_advisory_freezes_the_baseline_so_that_burning_never_becomes_usual():
    yard = EarlyYard(ALL)
    sent(yard, {"co_ppm": smoulders_from(10 * 24, doubling_h=1e6)}, 24 * 24)
    assert yard.raised("co_slope") == ["yard.c1.co_slope_ppm_per_h"]
    assert yard.last("co_slope_ppm_per_h") > 6.0


def test_sun_on_every_container_is_no_advisory_of_each():
    stores = [f"c{n}" for n in range(1, 13)]
    yard = EarlyYard(ALL, stores)

    def sunny(hour):
        return 20.0 + max(0.0, hour - 8 * 24) * 1.5 / 24.0

    for hours, temp in ((8 * 24, cool), (3 * 24, sunny)):
        yard.goes(hours, {"co_ppm": quiet, "temp_1_degc": temp}, step_h=1.0)
    assert yard.last("temp_rate_degc_per_day", "c7") == pytest.approx(1.5, abs=0.01)
    assert yard.raised("temp_rate_pre") == []


def test_one_container_that_warms_alone_is_an_advisory():
    stores = [f"c{n}" for n in range(1, 13)]
    yard = EarlyYard(ALL, stores)

    def warms(hour):
        return 20.0 + max(0.0, hour - 8 * 24) * 1.5 / 24.0

    courses = {"co_ppm": quiet, "temp_1_degc": cool, "yard.c7.temp_2_degc": warms}
    yard.goes(11 * 24, courses, step_h=1.0)
    assert yard.raised("temp_rate_pre") == ["yard.c7.temp_rate_own_degc_per_day"]


def test_common_mode_holds_back_neither_a_fire_class_rate_nor_a_plain_limit():
    stores = [f"c{n}" for n in range(1, 11)]
    yard = EarlyYard(ALL, stores)

    def hot(hour):
        return 20.0 + max(0.0, hour - 8 * 24) * 5.0 / 24.0

    def gas(hour):
        return 400.0 + max(0.0, hour - 8 * 24) * 30.0

    for hours, temp, co in ((8 * 24, cool, quiet), (7 * 24, hot, gas)):
        yard.goes(hours, {"co_ppm": co, "temp_1_degc": temp}, step_h=1.0)
    for condition in ("temp_rate", "co_slope", "co_residual", "temp_high", "co_high"):
        assert len(yard.raised(condition)) == 10, condition


def test_gas_over_range_says_nothing_here_and_alarms_by_its_limit():
    yard = EarlyYard(ALL)
    sent(yard, {"co_ppm": quiet}, 8 * 24)
    before = len(yard.values("co_residual_ppm"))
    sent(yard, {"co_ppm": lambda _: "over_range"}, 24)
    assert yard.raised("co_high") == ["yard.c1.co_ppm"]
    assert len(yard.values("co_residual_ppm")) - before <= 2
    assert all(s.value < 120.0 for s in yard.values("co_residual_ppm"))


def test_doubtful_gas_gives_no_warning_and_no_rest():
    yard = EarlyYard(ALL)
    sent(yard, {"co_ppm": smoulders_from(10 * 24)}, 12 * 24)
    standing = yard.raised("co_slope")
    sent(yard, {"co_ppm": lambda _: "sensor_open"}, 3 * 24)
    assert standing == ["yard.c1.co_slope_ppm_per_h"]
    assert not any(e.edge == "cleared" and e.condition == "co_slope" for e in yard.events)


courses_of_plain_values = st.lists(
    st.tuples(
        st.sampled_from(["c1", "c2", "c3"]),
        st.sampled_from([("temp_1_degc", 20.0), ("temp_1_degc", 51.0), ("co_ppm", 400.0),
                         ("co_ppm", 900.0), ("co_ppm", 3100.0), ("co_ppm", "over_range")]),
        st.sampled_from([0.25, 0.25, 1.0, 3.0]),
    ),
    min_size=20,
    max_size=120,
)  # fmt: skip


@settings(deadline=None)
@given(told=courses_of_plain_values)
def test_plain_limits_alarm_as_if_there_were_no_early_warning(told):
    plain = (TEMP_HIGH, CO_HIGH, FAULT)
    alone, beside = EarlyYard(plain, THREE), EarlyYard(ALL, THREE)
    alone.engine = AlarmEngine(plain, [])
    for yard in (alone, beside):
        for store, (value, number), pause_h in told:
            yard.hear_and_wait(f"yard.{store}.{value}", number, pause_h)
    edges = [
        [(e.alarm_id, e.edge, e.t_us) for e in yard.events if e.edge in {"raised", "cleared"}]
        for yard in (alone, beside)
    ]
    ids = {c.id for c in plain}
    assert edges[0] == [e for e in edges[1] if e[0].partition(":")[0] in ids]
