"""Hours that take samples in any order, and wait for history after a gap."""

from hypothesis import given
from hypothesis import strategies as st

from agent.alarms.open_hours import HOUR_US, QUARTER_US, OpenHours, mean

MINUTE_US = 60_000_000
NOON = 12


def told(*samples: tuple[float, float | None], phase_us: int = 0) -> tuple[OpenHours, dict]:
    """Hours told of CO at minutes after noon, and those of them that are over."""
    hours, over = OpenHours(phase_us), {}
    for minute, number in samples:
        hours.add("co_ppm", round(NOON * HOUR_US + minute * MINUTE_US), number)
        over.update((hour, mean(found, "co_ppm")) for hour, found in hours.over())
    return hours, over


def test_the_first_sample_of_each_quarter_counts():
    _, over = told((0, 100.0), (7, 900.0), (15, 200.0), (30, 300.0), (45, 400.0), (75, 0.0))
    assert over == {NOON: 250.0}


def test_an_hour_is_over_a_quarter_after_its_end():
    early, over = told((0, 100.0), (74, 100.0))
    assert over == {}
    assert early.known_us(NOON) == NOON * HOUR_US + 75 * MINUTE_US
    _, over = told((0, 100.0), (75, 100.0))
    assert over == {NOON: 100.0}


def test_hours_of_stores_begin_at_minutes_of_their_own():
    _, over = told((0, 1.0), (20, 100.0), (94, 3.0), phase_us=20 * MINUTE_US)
    assert over == {NOON - 1: 1.0}
    _, over = told((0, 1.0), (20, 100.0), (70, 2.0), (95, 3.0), phase_us=20 * MINUTE_US)
    assert over == {NOON - 1: 1.0, NOON: 51.0}


def test_one_sample_over_range_makes_the_mean_unknown():
    _, over = told((0, 100.0), (15, None), (30, 100.0), (75, 0.0))
    assert over == {NOON: None}


def test_what_is_late_changes_no_hour_that_is_over():
    hours, over = told((0, 100.0), (75, 200.0))
    assert hours.add("co_ppm", NOON * HOUR_US + 20 * MINUTE_US, 900.0) is None
    assert over == {NOON: 100.0}


def test_after_a_gap_hours_wait_for_the_history_behind_what_is_live():
    silent_h = 6
    live = 60 * silent_h + 10
    history = [(minute, 100.0 + minute) for minute in range(15, live, 15)]
    _, over = told((0, 100.0), (live, 500.0), *history, (live + 29, 500.0))
    assert over == {}
    _, over = told((0, 100.0), (live, 500.0), *history, (live + 30, 500.0))
    assert over == {NOON + n: 122.5 + 60 * n for n in range(silent_h)}


def test_reports_once_an_hour_are_no_gaps():
    _, over = told(*((60 * n, float(n)) for n in range(5)))
    assert over == {NOON: 0.0, NOON + 1: 1.0, NOON + 2: 2.0}


def test_a_longer_history_than_can_be_held_keeps_its_newest_hours():
    hours, _ = told((0, 1.0))
    for hour in range(NOON - 200, NOON):
        hours.add("co_ppm", hour * HOUR_US, 5.0)
    assert len(hours.dump()[0]) == 96


@given(st.data())
def test_neither_order_nor_repetition_within_the_wait_changes_anything(data):
    numbers = data.draw(st.lists(st.sampled_from([10.0, 20.0, 30.0, None]), min_size=8, max_size=8))
    samples = [(8 * n, number) for n, number in enumerate(numbers)]
    mixed = data.draw(st.permutations(samples + samples[:3]))
    _, in_order = told(*samples, (120, 1.0))
    _, out_of_order = told(*mixed, (120, 1.0))
    assert out_of_order == in_order != {}


@given(st.data())
def test_a_restart_between_any_two_samples_changes_nothing(data):
    minutes = data.draw(st.lists(st.integers(0, 400), min_size=1, max_size=30))
    whole, restarted = OpenHours(0), OpenHours(0)
    for minute in minutes:
        over = []
        for hours in (whole, restarted):
            hours.add("co_ppm", NOON * HOUR_US + minute * MINUTE_US, float(minute))
            over.append(list(hours.over()))
        assert over[0] == over[1]
        dumped, restarted = restarted.dump(), OpenHours(0)
        restarted.load(dumped)


def test_the_quarter_a_sample_counts_for_is_told():
    hours = OpenHours(0)
    begin_us = NOON * HOUR_US
    assert hours.add("co_ppm", begin_us + 60, 1.0) == (begin_us + 60, begin_us + QUARTER_US)
    assert hours.add("co_ppm", begin_us + 90, 2.0) == (begin_us + 60, begin_us + QUARTER_US)
    assert hours.add("co_ppm", begin_us + 30, 3.0) == (begin_us + 30, begin_us + QUARTER_US)
