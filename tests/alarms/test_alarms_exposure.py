"""Eight hours of the air that people breathe, from any order of samples."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.alarms.conditions import Condition
from agent.alarms.exposure import MINUTES, Exposure
from agent.samples import Quality, Sample

POINT, MEAN = "work.hall.co_ppm", "work.hall.co_8h_ppm"
MIN = 60_000_000
TWA = Condition(
    id="twa",
    kind="high",
    pattern="work.*.co_8h_ppm",
    limit=25.0,
    unit="ppm",
    deadband=2.0,
    klass="people",
    priority="high",
)
CEILING = Condition(
    id="ceiling",
    kind="high",
    pattern="work.*.co_ppm",
    limit=200.0,
    unit="ppm",
    klass="people",
    priority="critical",
)


def of(minute, value, reason=None):
    if reason is None:
        return Sample(POINT, minute * MIN, value)
    return Sample(POINT, minute * MIN, value, Quality.UNCERTAIN, reason)


def after(samples, at=None):
    """The mean after samples, told by the first sample of the next minute."""
    exposure = Exposure()
    last = max(s.t_us for s in samples) // MIN
    exposure.on_samples(samples, (last + 1) * MIN)
    derived = exposure.on_samples([of(last + 1, 0.0)], (last + 2) * MIN)
    return derived[-1]


def test_a_full_shift_is_a_mean():
    mean = after([of(m, 20.0 if m % 2 else 30.0) for m in range(MINUTES)])
    assert (mean.point, mean.value, mean.quality) == (MEAN, 25.0, Quality.GOOD)
    assert mean.t_us == MINUTES * MIN


def test_the_minutes_highest_counts_once_however_often_it_is_told():
    samples = [of(m, 10.0) for m in range(MINUTES)] + [of(7, 10.0)] * 50
    samples += [Sample(POINT, 7 * MIN + 30_000_000, 490.0)]
    assert after(samples).value == pytest.approx(11.0)


def test_eight_hours_ago_is_over():
    mean = after([of(0, 1000.0), *(of(m, 10.0) for m in range(1, MINUTES + 1))])
    assert mean.value == 10.0


def test_of_unknown_minutes_nothing_is_assumed():
    mean = after([of(m, 100.0) for m in range(100)])
    assert (mean.value, mean.reason) == (pytest.approx(100 * 100 / MINUTES), "learning")
    mean = after([of(m, 100.0) for m in range(math.ceil(0.75 * MINUTES))])
    assert (mean.value, mean.quality) == (100.0, Quality.GOOD)


def test_doubtful_minutes_count_and_prove_nothing():
    mean = after([of(m, 30.0, "expired_calibration") for m in range(MINUTES)])
    assert (mean.value, mean.quality) == (30.0, Quality.UNCERTAIN)


def test_over_range_is_more_than_any_limit_while_it_is_in_the_mean():
    mean = after([of(0, 1.0), of(1, None, "over_range"), of(2, 1.0)])
    assert (mean.value, mean.reason) == (None, "over_range")


def test_a_wrong_clock_moves_no_window():
    exposure = Exposure()
    exposure.on_samples([of(m, 30.0) for m in range(10)], 10 * MIN)
    far = [of(10**6, 1.0), of(900, 1.0, "clock_unsynced")]
    assert exposure.on_samples(far, 10 * MIN) == []
    (mean,) = exposure.on_samples([of(10, 30.0)], 10 * MIN)
    assert mean.value == pytest.approx(300 / MINUTES)


def test_other_points_are_passed_over():
    exposure = Exposure()
    for point in ("yard.c0001.co_ppm", "work.hall.o2_percent", "work.hall.co_8h_ppm"):
        samples = [Sample(point, m * MIN, 5.0) for m in range(3)]
        assert exposure.on_samples(samples, 3 * MIN) == []
    assert exposure.dirty() == {}


def test_short_peaks_alarm_before_the_shift_is_over(story_of):
    story = story_of(TWA, CEILING)
    for minute in range(200):
        story.hears(minute * 60, 80.0, POINT)
    # 80 ppm for 150 minutes is 25 ppm over eight hours, whatever the rest was.
    assert story.edges("twa") == [("raised", 150 * 60)]
    for minute in range(200, 200 + MINUTES):
        story.hears(minute * 60, 0.0, POINT)
    assert [edge for edge, _ in story.edges("twa")] == ["raised", "cleared"]
    assert story.edges("ceiling") == []
    assert {s.point for s in story.engine.derived()} == {MEAN}


def test_a_kill_after_any_minute_changes_nothing(story_of):
    told = []
    for restarts in (False, True):
        story = story_of(TWA, CEILING)
        for minute in range(0, 400, 4):
            value = "over_range" if minute == 40 else 90.0
            for at in range(minute, minute + 4):
                story.hears(at * 60, value, POINT)
            if restarts:
                story.restart()
        told.append(story.events)
    assert told[0] == told[1]
    assert [e.edge for e in told[0] if e.condition == "twa"] == ["raised"]


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 5000)), min_size=1, max_size=40),
    st.randoms(use_true_random=False),
)
def test_any_order_and_repetition_of_one_shift_gives_one_mean(told, random):
    samples = [of(minute, float(value)) for minute, value in told]
    again = samples + samples[:5]
    random.shuffle(again)
    assert after(samples) == after(again)


@given(st.lists(st.floats(0, 5000), min_size=1, max_size=MINUTES))
def test_what_is_given_is_never_more_than_it_can_be(values):
    mean = after([of(m, value) for m, value in enumerate(values)])
    assert mean.value is not None
    assert mean.value <= max(values) + 0.01
    if mean.quality is Quality.UNCERTAIN:
        assert mean.value <= math.fsum(values) / MINUTES + 0.01
