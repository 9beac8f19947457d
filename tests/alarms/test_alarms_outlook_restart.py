"""What early warning has learnt: over kills, history, wrong clocks, other fuel, other rules."""

import pytest
from early_yard import AIR, ALL, HOUR_US, THREE, EarlyYard, cool, of, quiet, sent, smoulders_from
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.alarms.instant import Instant


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
