"""Samples that arrive after newer ones, or long after their capture."""

import pytest

from agent.alarms.intervals import recorded

DAY = 86_400


def quiet_until(story, end_s, step_s=600):
    for t_s in range(0, end_s + 1, step_s):
        story.hears(t_s, 20.0)


def told(story, condition="temp_high"):
    return [
        (e.edge, e.t_us // story.second, e.from_history)
        for e in story.events
        if e.condition == condition
    ]


def test_a_passed_excursion_is_paged_from_history_and_waits_to_be_seen(story):
    quiet_until(story, 36_000)
    story.hears(1000, 55.0, at_s=36_001)
    story.hears(1060, 56.0, at_s=36_001)
    assert told(story) == [("raised", 1060, True), ("cleared", 3000, True)]
    assert story.state(f"temp_high:{story.temp}") == "latched_unacknowledged"


def test_an_excursion_just_now_stands_although_live_samples_were_cool(story):
    quiet_until(story, 3600)
    story.hears(3010, 55.0, at_s=3601)
    story.hears(3070, 56.0, at_s=3601)
    assert told(story) == [("raised", 3070, True)]
    for t_s in (3660, 5399):
        story.hears(t_s, 20.0)
    assert story.state(f"temp_high:{story.temp}") == "unacknowledged"
    story.hears(5400, 20.0)
    assert told(story)[-1] == ("cleared", 5400, False)


def test_an_excursion_in_a_gap_that_later_samples_showed_over(story):
    story.hears(0, 49.0)
    for t_s in range(7200, 9601, 600):
        story.hears(t_s, 20.0)
    story.hears(1000, 55.0, at_s=9700)
    story.hears(1060, 56.0, at_s=9700)
    story.hears(1120, 57.0, at_s=9700)
    assert told(story) == [("raised", 1060, True), ("cleared", 9000, True)]
    assert story.state(f"temp_high:{story.temp}") == "latched_unacknowledged"


def test_an_excursion_is_told_once_however_often_it_is_sent(story):
    story.hears(0, 49.0)
    for t_s in range(7200, 9601, 600):
        story.hears(t_s, 20.0)
    for _ in range(3):
        for t_s in (1000, 1060, 1120):
            story.hears(t_s, 55.0, at_s=9700)
    assert len(told(story)) == 2


def test_an_excursion_whose_return_is_not_shown_yet_stands_until_it_is(story):
    story.hears(0, 49.0)
    story.hears(3000, 20.0)
    story.hears(1000, 55.0, at_s=3001)
    story.hears(1060, 55.0, at_s=3001)
    assert told(story) == [("raised", 1060, True)]
    story.hears(4799, 20.0)
    assert story.state(f"temp_high:{story.temp}") == "unacknowledged"
    story.hears(4800, 20.0)
    assert told(story)[-1] == ("cleared", 4800, False)


@pytest.mark.parametrize(
    "late",
    [
        pytest.param([(1000, 49.9), (1060, 20.0)], id="cool samples"),
        pytest.param([(1000, 55.0)], id="one hot sample alone"),
        pytest.param([(1000, 55.0), (1060, 20.0), (1120, 55.0)], id="a broken run"),
        pytest.param([(1000, 55.0), (1000, 55.0)], id="one hot sample twice"),
        pytest.param([(1000, "crc"), (1060, "sensor_open")], id="bad samples"),
    ],
)
def test_what_would_not_have_raised_is_ignored(story, late):
    quiet_until(story, 7200)
    for t_s, value in late:
        story.hears(t_s, value, at_s=7201)
    assert told(story) == []


def test_late_samples_never_touch_the_live_delays(story):
    story.hears(1000, 20.0)
    story.hears(2000, 51.0)
    story.hears(500, 20.0, at_s=2001)
    story.hears(2060, 51.0)
    assert told(story) == [("raised", 2060, False)]
    story.hears(2100, 20.0)
    story.hears(700, 49.0, at_s=2101)
    story.hears(3900, 20.0)
    assert told(story)[-1] == ("cleared", 3900, False)


def test_two_hot_samples_raise_in_either_order(story):
    story.hears(60, 51.0)
    story.hears(0, 51.0, at_s=61)
    assert [edge for edge, _ in story.edges("temp_high")] == ["raised"]


def test_a_cool_sample_between_keeps_an_older_hot_one_apart(story):
    story.hears(30, 20.0)
    story.hears(60, 51.0)
    story.hears(0, 51.0, at_s=61)
    assert story.edges("temp_high") == []


def test_a_backlog_in_order_is_judged_on_its_own_times_and_marked(story):
    """The gateway was down for an hour: no 'for ten minutes' fires all at once."""
    for t_s in (0, 30, 59):
        story.hears(t_s, 46.0, at_s=3600)
    assert story.edges("temp_pre") == []
    story.hears(60, 46.0, at_s=3600)
    assert told(story, "temp_pre") == [("raised", 60, True)]


def test_a_gateway_that_starts_two_days_in_the_past_still_alarms(story):
    quiet_until(story, 2 * DAY, 7200)
    story.synchronised = False
    story.hears(100, (55.0, "clock_unsynced"))
    story.hears(160, (55.0, "clock_unsynced"))
    assert story.state(f"temp_high:{story.temp}") == "unacknowledged"
    for t_s in range(220, 4000, 60):
        story.hears(t_s, (55.0, "clock_unsynced"))
    assert story.state(f"temp_high:{story.temp}") == "unacknowledged"
    story.synchronised = True
    story.hears(2 * DAY + 5000, 55.0)
    story.hears(2 * DAY + 5060, 20.0)
    story.hears(2 * DAY + 6860, 20.0)
    assert story.state(f"temp_high:{story.temp}") == "latched_unacknowledged"


def test_what_is_older_than_the_window_is_told_from_history(story):
    """The newest 256 samples can be set in order; what is older can only be judged by itself."""
    for n in range(400):
        story.hears(100_000 + 60 * n, 20.0)
    story.hears(50_000, 55.0, at_s=130_000)
    story.hears(50_060, 56.0, at_s=130_000)
    assert told(story) == [("raised", 50_060, True), ("cleared", 50_060, True)]
    assert story.state(f"temp_high:{story.temp}") == "latched_unacknowledged"
    for _ in range(2):
        story.hears(50_000, 55.0, at_s=130_001)
        story.hears(50_060, 55.0, at_s=130_001)
    story.ticks(130_002)
    assert len(told(story)) == 2


def test_what_is_older_than_the_window_stands_until_samples_show_the_return(story):
    for n in range(400):
        story.hears(100_000 + 2 * n, 20.0)
    story.hears(100_050, 55.0, at_s=101_000)
    story.hears(100_051, 56.0, at_s=101_000)
    assert told(story) == [("raised", 100_051, True)]
    story.restart()
    story.hears(102_400, 20.0)
    assert [edge for edge, *_ in told(story)] == ["raised", "cleared"]
    story.ticks(102_401)
    assert [edge for edge, *_ in told(story)] == ["raised", "cleared"]


def test_the_journal_is_told_where_late_samples_moved_an_interval(story):
    story.hears(600, 51.0)
    story.hears(660, 51.0)
    assert told(story) == [("raised", 660, False)]
    story.hears(0, 51.0, at_s=661)
    story.hears(60, 51.0, at_s=661)
    assert len(told(story)) == 1
    story.restart()
    story.ticks(662)
    story.ticks(663)
    _, corrected = (event for event in story.events if event.condition == "temp_high")
    assert (corrected.edge, corrected.state) == ("was_in_alarm", "unacknowledged")
    assert (corrected.t_from_us, corrected.t_to_us) == (60 * story.second, 660 * story.second)


def test_late_samples_that_break_a_run_take_the_alarm_back_but_not_out_of_sight(story):
    story.hears(0, 51.0)
    story.hears(60, 51.0)
    story.hears(30, 20.0, at_s=61)
    story.ticks(62)
    assert told(story) == [("raised", 60, False), ("cleared", 60, False)]
    assert story.state(f"temp_high:{story.temp}") == "latched_unacknowledged"
    assert recorded(story.events)[f"temp_high:{story.temp}"] == []
