"""The broker misses a board: an alarm of its own, distinct from silence."""

import pytest

from agent.alarms.conditions import Condition
from agent.alarms.silence import BoardDuty

GONE = Condition(
    id="gone", kind="last_gasp", pattern="*", on_delay_s=30, klass="fault", priority="high"
)
SILENT = Condition(
    id="silent", kind="silence", pattern="*", report_intervals=3, klass="fault", priority="high"
)


@pytest.fixture
def yard(story_of):
    story = story_of(GONE, SILENT)
    story.board_heard(0)

    def says(at_s, *, online):
        return story.tell(
            story.engine.on_board_presence("b0150", story.instant(at_s), online=online)
        )

    story.says = says
    return story


def test_a_board_that_is_missed_is_told_long_before_it_is_silent(yard):
    yard.says(10, online=False)
    yard.ticks(39)
    assert yard.events == []
    yard.ticks(40)
    yard.ticks(41)
    yard.ticks(181)
    assert yard.edges("gone") == [("raised", 40)]
    assert yard.edges("silent") == [("raised", 181)]
    assert yard.engine.active()[0].store == "c0150"
    yard.says(200, online=True)
    assert yard.edges("gone") == [("raised", 40), ("cleared", 200)]
    assert yard.state("silent:b0150") == "unacknowledged"


def test_a_board_that_is_back_within_the_delay_is_no_alarm(yard):
    yard.says(10, online=False)
    yard.says(25, online=True)
    yard.ticks(100)
    assert yard.edges("gone") == []


def test_told_twice_counts_from_the_first(yard):
    yard.says(10, online=False)
    yard.says(35, online=False)
    yard.ticks(40)
    assert yard.edges("gone") == [("raised", 40)]


def test_a_restart_forgets_neither_the_board_nor_the_time(yard):
    yard.says(10, online=False)
    yard.restart()
    yard.ticks(39)
    assert yard.events == []
    yard.ticks(40)
    yard.restart()
    yard.ticks(60)
    assert yard.edges("gone") == [("raised", 40)]
    yard.says(70, online=True)
    yard.restart()
    yard.ticks(200)
    assert yard.edges("gone") == [("raised", 40), ("cleared", 70)]


def test_a_machine_that_restarts_without_the_time_says_it_at_once(yard):
    yard.says(10, online=False)
    yard.synchronised = False
    yard.restart(boot_id="boot2", boot_s=20)
    yard.ticks(21)
    assert yard.edges("gone") == [("raised", 21)]


def test_a_board_nobody_knows_is_passed_over(yard):
    now = yard.instant(0)
    assert yard.engine.on_board_presence("b9999", now, online=False) == []


def test_a_board_that_left_the_site_leaves_no_alarm_in_alarm(yard, story_of):
    yard.says(10, online=False)
    yard.ticks(60)
    yard.commit()
    after = story_of(GONE, SILENT, boards=(BoardDuty("b0001", 1),))
    after.engine.restore(yard.rows)
    after.ticks(61)
    assert after.edges("gone") == [("cleared", 61)]
