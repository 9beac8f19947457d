"""A feeder that stands while the unit runs, and a count that does not rise."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.alarms.conditions import Condition, While
from agent.alarms.memories import Guard
from agent.errors import BadConditionError
from agent.samples import Quality, Sample

RATE, TOTAL, POWER = (
    "unit1.coal.mass_rate_kg_per_s",
    "unit1.coal.mass_total_kg",
    "unit1.gross_kw",
)
STOPPED = Condition(
    id="stopped",
    kind="low",
    pattern=RATE,
    limit=0.1,
    unit="kg_per_s",
    deadband=0.1,
    on_delay_s=20,
    off_delay_s=20,
    klass="process",
    priority="high",
    during=While(POWER, 5000.0),
)
STILL = Condition(
    id="still",
    kind="still",
    pattern=TOTAL,
    unit="kg",
    deadband=0.5,
    on_delay_s=120,
    off_delay_s=60,
    klass="process",
    priority="medium",
    during=While(POWER, 5000.0),
)


def runs(story, from_s, to_s, *, rate=None, total=None, power=None, step_s=10):
    for t_s in range(from_s, to_s, step_s):
        if power is not None:
            story.hears(t_s, power, POWER)
        if rate is not None:
            story.hears(t_s, rate, RATE)
        if total is not None:
            story.hears(t_s, total(t_s) if callable(total) else total, TOTAL)


@pytest.mark.parametrize(
    ("power", "raised"),
    [
        pytest.param(80_000.0, True, id="unit runs"),
        pytest.param(0.0, False, id="unit stands"),
        pytest.param("comm_fail", True, id="nobody knows whether it runs"),
        pytest.param("over_range", True, id="more power than the meter can show"),
        pytest.param(None, True, id="power was never read"),
    ],
)
def test_a_feeder_that_stands(story_of, power, raised):
    story = story_of(STOPPED)
    runs(story, 0, 60, rate=0.0, power=power)
    assert story.edges("stopped") == ([("raised", 20)] if raised else [])


def test_a_unit_that_stops_takes_the_feeders_alarm_with_it(story_of):
    story = story_of(STOPPED)
    runs(story, 0, 60, rate=0.0, power=80_000.0)
    runs(story, 60, 120, rate=0.0, power=0.0)
    assert story.edges("stopped") == [("raised", 20), ("cleared", 80)]
    runs(story, 120, 180, rate=0.0, power=80_000.0)
    assert story.edges("stopped")[2:] == [("raised", 140)]


def test_a_late_rate_is_judged_by_the_power_of_its_own_time(story_of):
    story = story_of(STOPPED)
    runs(story, 0, 600, rate=9.0, power=0.0)
    runs(story, 600, 800, rate=9.0, power=80_000.0)
    runs(story, 910, 1200, rate=9.0, power=80_000.0)
    for t_s in range(305, 405, 10):
        story.hears(t_s, 0.0, RATE, at_s=1200)
    assert story.edges("stopped") == []
    for t_s in range(805, 905, 10):
        story.hears(t_s, 0.0, RATE, at_s=1300)
    assert [edge for edge, _ in story.edges("stopped")] == ["raised", "cleared"]


def test_a_count_that_does_not_rise(story_of):
    story = story_of(STILL)
    runs(story, 0, 300, total=lambda t_s: 1000.0 + t_s, power=80_000.0)
    assert story.edges("still") == []
    runs(story, 300, 600, total=1290.2, power=80_000.0)
    assert story.edges("still") == [("raised", 420)]
    runs(story, 600, 700, total=lambda t_s: 700.0 + t_s, power=80_000.0)
    assert story.edges("still") == [("raised", 420), ("cleared", 660)]


def test_a_count_that_was_set_back_does_not_stand(story_of):
    story = story_of(STILL)
    runs(story, 0, 100, total=5000.0, power=80_000.0)
    runs(story, 100, 200, total=lambda t_s: t_s - 100.0, power=80_000.0)
    assert story.edges("still") == []


@pytest.mark.parametrize("cut", range(0, 240, 10))
def test_a_restart_between_any_two_samples_changes_nothing(story_of, cut):
    told = []
    for kill in (None, cut):
        story = story_of(STOPPED, STILL)
        for t_s in range(0, 240, 10):
            if t_s == kill:
                story.restart()
            power = 0.0 if t_s < 40 else 80_000.0
            runs(story, t_s, t_s + 10, rate=0.0, total=70.0, power=power)
        told.append(story.events)
    assert told[0] == told[1]
    assert {e.condition for e in told[0]} == {"stopped", "still"}


def told(guard, t_us, value):
    bad = value is None
    quality = Quality.BAD if bad else Quality.GOOD
    guard.note(Sample("p", t_us, value, quality, "crc" if bad else None))


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.sampled_from([0.0, 9.0, None])),
        unique_by=lambda one: one[0],
        max_size=20,
    ),
    st.data(),
)
def test_a_guard_that_is_told_again_knows_nothing_else(samples, data):
    samples.sort()
    plain, repeated = Guard(While("p", 5.0)), Guard(While("p", 5.0))
    for n, (t_us, value) in enumerate(samples):
        told(plain, t_us, value)
        told(repeated, t_us, value)
        told(repeated, *samples[data.draw(st.integers(0, n))])
    for t_us, value in samples:
        assert plain.counts(t_us) is repeated.counts(t_us) is (value != 0.0)


def test_a_late_power_tells_of_its_own_instant():
    guard = Guard(While("p", 5.0))
    for t_us, value in ((10, 9.0), (30, 0.0), (20, 0.0), (5, 0.0)):
        told(guard, t_us, value)
    assert [guard.counts(t) for t in (4, 5, 9, 10, 20, 21, 30)] == [
        True, False, False, True, False, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize("klass", ["fire", "gas"])
def test_nothing_of_the_fuel_ladder_has_a_guard(conditions, klass):
    with pytest.raises(BadConditionError, match=r"hold back a .* alarm; remove it"):
        replace(conditions["temp_high"], klass=klass, during=While(POWER, 1.0))


@pytest.mark.parametrize("restarted", [False, True])
def test_a_clock_put_back_by_a_day_does_not_hold_back_a_feeder_for_a_day(story_of, restarted):
    """The unit stood and the count rose by a clock a day ahead; then by the right one it stands."""
    day_s = 86_400
    story = story_of(STILL)
    story.synchronised = False
    for t_s in range(day_s, day_s + 60, 10):
        story.hears(t_s, (0.0, "clock_unsynced"), POWER)
        story.hears(t_s, (float(t_s), "clock_unsynced"), TOTAL)
    story.synchronised = True
    for t_s in range(60, 400, 10):
        story.hears(t_s, 9000.0, POWER)
        story.hears(t_s, float(day_s + 50), TOTAL)
        if restarted:
            story.restart()
    assert [edge for edge, _ in story.edges("still")] == ["raised"]
