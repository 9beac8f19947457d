"""Early warning in the engine: what it raises, what it leaves alone, what survives a restart."""

import math

import pytest
from early_yard import AIR, HOUR_US, EarlyYard, of
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.alarms.conditions import Condition
from agent.alarms.instant import Instant

HOUR_S = 3600


def early(name, point, klass, limit, deadband):
    return Condition(
        name,
        "high",
        f"yard.*.{point}",
        klass,
        "high",
        limit=limit,
        unit=next(u for u in ("degc_per_day", "ppm_per_h", "ppm") if point.endswith(u)),
        deadband=deadband,
        on_delay_s=2 * HOUR_S,
        off_delay_s=6 * HOUR_S,
    )


RESIDUAL = early("co_residual", "co_residual_ppm", "fire", 120.0, 60.0)
SLOPE = early("co_slope", "co_slope_ppm_per_h", "fire", 3.0, 1.5)
RATE = early("temp_rate", "temp_rate_degc_per_day", "fire", 2.0, 0.5)
RATE_PRE = early("temp_rate_pre", "temp_rate_own_degc_per_day", "advisory", 1.0, 0.25)
SLOPE_PRE = early("co_slope_pre", "co_slope_own_ppm_per_h", "advisory", 1.5, 0.75)
AHEAD = early("co_ahead", "co_ahead_ppm", "advisory", 3000.0, 300.0)
TEMP_HIGH = Condition("temp_high", "high", "yard.*.temp_*_degc", "fire", "critical", limit=50.0,
                      unit="degc", deadband=2.0, on_samples=2, on_delay_s=60)  # fmt: skip
CO_HIGH = Condition("co_high", "high", "yard.*.co_ppm", "gas", "critical", limit=3000.0,
                    unit="ppm", deadband=300.0, on_delay_s=60)  # fmt: skip
FAULT = Condition("sensor_fault", "bad", "yard.*", "fault", "high")
ALL = (RESIDUAL, SLOPE, RATE, RATE_PRE, SLOPE_PRE, AHEAD, TEMP_HIGH, CO_HIGH, FAULT)


THREE = ("c1", "c2", "c3")


def quiet(_hour):
    return 400.0


def cool(_hour):
    return 20.0


def smoulders_from(begin, doubling_h=38.0):
    """CO of a store in which something begins to smoulder: 7 ppm/h at first."""

    def co(hour):
        past = max(0.0, hour - begin)
        return round(400.0 + 7.0 * doubling_h / math.log(2.0) * (2.0 ** (past / doubling_h) - 1.0))

    return co


def sent(yard, courses, hours):
    """A long time with every value of a store as it goes."""
    yard.goes(hours, {"temp_1_degc": cool, AIR: cool, **courses})


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


def test_another_load_learns_anew():
    yard = EarlyYard(ALL, loads={"c1": "lot-7 2026-05-01"})
    sent(yard, {"co_ppm": quiet}, 8 * 24)
    yard.restart()
    sent(yard, {"co_ppm": quiet}, 3)
    assert yard.values("co_residual_ppm")[-1].reason is None
    yard.loads = {"c1": "lot-8 2026-06-11"}
    yard.restart()
    sent(yard, {"co_ppm": quiet}, 2 * 24)
    assert yard.values("co_residual_ppm")[-1].reason == "learning"


def test_a_clock_that_was_ahead_stops_nothing_for_long():
    yard = EarlyYard(ALL)
    sent(yard, {"co_ppm": quiet}, 8 * 24)
    year = 365 * 24
    wrong = Instant(round((yard.hour + year) * HOUR_US), 0, True, "boot")
    yard.engine.on_samples([of("yard.c1.co_ppm", yard.hour + year, 400.0)], wrong)
    before = len(yard.values("co_residual_ppm"))
    sent(yard, {"co_ppm": quiet}, 3 * 24)
    assert len(yard.values("co_residual_ppm")) - before > 24


def test_a_sample_from_the_future_belongs_to_no_hour():
    yard = EarlyYard(ALL)
    sent(yard, {"co_ppm": quiet}, 3 * 24)
    told = len(yard.derived)
    yard.hears("yard.c1.co_ppm", 900.0, hour=yard.hour + 100.0)
    assert len(yard.derived) == told
    sent(yard, {"co_ppm": quiet}, 24)
    assert len(yard.derived) > told


def test_history_behind_what_is_live_is_derived_as_if_it_had_come_in_time():
    in_time, with_gap = EarlyYard(ALL), EarlyYard(ALL)
    co = smoulders_from(10 * 24)
    for yard in (in_time, with_gap):
        sent(yard, {"co_ppm": co}, 10 * 24 + 2)
    gap_h = 9.0
    begin = with_gap.hour
    with_gap.hour += gap_h
    with_gap.hears("yard.c1.co_ppm", co(with_gap.hour))
    for n in range(round(gap_h * 4)):
        hour = begin + n / 4.0
        for point, value in (("co_ppm", co(hour)), ("temp_1_degc", 20.0)):
            with_gap.hears(f"yard.c1.{point}", value, hour)
        with_gap.hears(AIR, 20.0, hour)
    sent(in_time, {"co_ppm": co}, 40)
    sent(with_gap, {"co_ppm": co}, 40 - gap_h)
    assert with_gap.derived == in_time.derived
    assert {e.condition for e in with_gap.events} == {e.condition for e in in_time.events}


COURSES = {
    "co_ppm": smoulders_from(7.5 * 24),
    "temp_1_degc": cool,
    "yard.c2.temp_2_degc": lambda hour: 20.0 + max(0.0, hour - 170.0) / 10.0,
    AIR: cool,
}


@pytest.fixture(scope="module")
def after_a_week() -> dict[str, str]:
    """What three stores have stored after a week."""
    yard = EarlyYard(ALL, THREE)
    yard.goes(7 * 24, COURSES)
    yard.restart()
    return yard.rows


@settings(max_examples=20, deadline=None)
@given(cuts=st.lists(st.integers(1, 30 * 12), min_size=1, max_size=12))
def test_a_kill_between_any_two_samples_changes_nothing(after_a_week, cuts):
    steady, killed = EarlyYard(ALL, THREE), EarlyYard(ALL, THREE)
    for yard in (steady, killed):
        yard.hour = 7.0 * 24
        yard.rows = dict(after_a_week)
        yard.engine.restore(yard.rows)
    steady.goes(30, COURSES)
    sent_before = 0
    for cut in [*sorted(cuts), 30 * 12]:
        killed.goes((cut - sent_before) // 3 / 4.0, COURSES)
        sent_before = cut - (cut - sent_before) % 3
        killed.restart()
    assert killed.derived == steady.derived
    assert killed.events == steady.events != []


def test_other_conditions_go_on_with_what_was_learnt():
    yard = EarlyYard(ALL)
    sent(yard, {"co_ppm": quiet}, 8 * 24)
    successor = yard.new_engine()
    yard.engine.carry_over(successor)
    yard.engine = successor
    rows = {key for key, text in yard.engine.dirty().items() if text is not None}
    assert {"o|over|c1", "o|hours|c1", "o|over|", "o|hours|", "o|common|"} <= rows
    sent(yard, {"co_ppm": quiet}, 3)
    assert yard.values("co_residual_ppm")[-1].reason is None
