"""Silence is elapsed time: across restarts, clock steps and gateways without a clock."""

import pytest

from agent.alarms.conditions import Condition
from agent.alarms.silence import BoardDuty

ALARM = "board_silent:b0150"


def test_silence_is_more_than_three_reports(story):
    story.board_heard(0)
    assert story.ticks(180) == []
    (event,) = story.ticks(180.000001)
    assert (event.edge, event.source, event.limit, event.unit) == ("raised", "b0150", 180.0, "s")
    assert story.ticks(500) == []


def test_anything_heard_clears_it(story):
    story.board_heard(0)
    story.ticks(200)
    (event,) = story.board_heard(300)
    assert (event.edge, event.state) == ("cleared", "returned_unacknowledged")


def test_a_board_never_heard_counts_from_the_first_tick(story):
    assert story.ticks(1000) == []
    assert story.ticks(1180) == []
    assert [e.edge for e in story.ticks(1181)] == ["raised"]


def test_an_unknown_board_is_nobody(story):
    assert story.engine.on_heard("b9999", story.instant(0)) == []


def test_a_step_of_the_clock_is_no_silence(story):
    story.board_heard(1000)
    before = story.instant(1100)
    stepped = type(before)(before.utc_us + 86_400_000_000, before.mono_us, True, before.boot_id)
    assert story.engine.on_tick(stepped) == []


@pytest.mark.parametrize("at_s", [30, 60, 100, 170])
def test_a_restart_of_the_process_changes_nothing(story, at_s):
    story.board_heard(0)
    story.ticks(at_s)
    story.restart()
    assert story.ticks(180) == []
    assert [e.edge for e in story.ticks(181)] == ["raised"]


def test_the_time_off_counts_when_both_clocks_are_right(story):
    story.board_heard(100)
    story.restart(boot_id="boot2", boot_s=1000)
    assert [e.edge for e in story.ticks(1001)] == ["raised"]


def test_without_a_clock_counting_goes_on_never_from_zero(story):
    story.board_heard(0)
    story.ticks(130)
    story.synchronised = False
    story.restart(boot_id="boot2", boot_s=500)
    assert story.ticks(501) == []
    assert story.ticks(551) == []
    assert [e.edge for e in story.ticks(552)] == ["raised"]


def test_a_clock_that_becomes_right_after_the_restart_tells_the_time_off(story):
    story.board_heard(0)
    story.synchronised = False
    story.restart(boot_id="boot2", boot_s=5000)
    assert story.ticks(5010) == []
    story.synchronised = True
    assert [e.edge for e in story.ticks(5020)] == ["raised"]


def test_restarts_one_after_another_do_not_keep_a_silent_board_quiet(story):
    story.synchronised = False
    story.board_heard(0)
    raised = []
    for boot in range(2, 8):
        story.restart(boot_id=f"boot{boot}", boot_s=boot * 1000)
        for second in range(0, 65, 5):
            raised += story.ticks(boot * 1000 + second)
    assert [e.edge for e in raised] == ["raised"]


def test_silence_standing_at_a_restart_is_neither_lost_nor_told_twice(story):
    story.board_heard(0)
    story.ticks(200)
    story.restart()
    assert story.state(ALARM) == "unacknowledged"
    assert story.ticks(400) == []
    assert [e.edge for e in story.board_heard(401)] == ["cleared"]


def test_a_board_that_reports_rarely_may_be_quiet_longer(story_of):
    story = story_of(boards=(BoardDuty("b0150", 3_600_000_000, "c0150"),))
    story.board_heard(0)
    assert story.ticks(10_800) == []
    assert [e.edge for e in story.ticks(10_801)] == ["raised"]


def test_a_board_that_goes_beyond_the_limit_and_dies_is_a_fire_alarm(story):
    story.board_heard(0)
    story.hears(0, 56.0)
    told = story.ticks(181)
    assert [(e.condition, e.edge) for e in told] == [
        ("board_silent", "raised"),
        ("temp_high", "raised"),
        ("temp_pre", "raised"),
    ]
    assert told[1].value == 56.0


def test_an_acknowledged_disconnect_leaves_the_stores_alarm_alone(story):
    story.board_heard(0)
    story.hears(0, 56.0)
    story.hears(60, 56.0)
    story.ticks(241)
    story.acknowledge(ALARM)
    assert story.state(ALARM) == "acknowledged"
    assert story.state(f"temp_high:{story.temp}") == "unacknowledged"


def test_a_workplace_whose_board_dies_in_bad_air_is_an_alarm(story_of, conditions):
    """The first minute above the limit was the last that the board told of."""
    people = Condition(
        "co_people", "high", "work.*.co_ppm", "people", "critical",
        limit=35.0, unit="ppm", on_delay_s=60,
    )  # fmt: skip
    duty = BoardDuty("b0900", 60_000_000, workplace="hall")
    story = story_of(people, conditions["board_silent"], boards=(duty,))
    story.tell(story.engine.on_heard("b0900", story.instant(0)))
    story.hears(0, 500.0, "work.hall.co_ppm")
    story.hears(0, 500.0, "work.gate.co_ppm")
    story.ticks(181)
    assert [e.source for e in story.events if e.klass == "people"] == ["work.hall.co_ppm"]
