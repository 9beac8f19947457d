"""Boards and containers move: whose history is whose, and what nobody knows afterwards."""

import pytest

from agent.alarms.conditions import Condition
from agent.alarms.engine import AlarmEngine
from agent.alarms.rounds import Entry
from agent.alarms.silence import BoardDuty
from agent.alarms.stores import Standing
from agent.alarms.walking import close_round, enter_round
from agent.alarms.yard import Place, Yard
from agent.errors import NotAllowedError

S = 1_000_000
VALUES = ("temp_1_degc", "co_ppm")
OLD, NEW = "c0150", "c0151"
HOT = f"temp_high:yard.{OLD}.temp_1_degc"
GONE = Condition("gone", "last_gasp", "*", "fault", "high")


@pytest.fixture
def yard(story_of, conditions):
    """A story whose board can be moved by a restart with another site's file."""
    story = story_of(*conditions.values(), GONE)
    made = story._made_of[0]

    def at(store, values=VALUES):
        yard = Yard([Place(f"c{n:04d}", "A", n) for n in range(148, 153)], [store])
        return AlarmEngine(made, [BoardDuty("b0150", 60 * S, store, values)], yard=yard)

    def moves(store, values=VALUES):
        story.commit()
        story.engine = at(store, values)
        story.engine.restore(story.rows)

    story.engine, story.moves = at(OLD), moves
    return story


def reports(story, store, t_s, temp=20.0, co=10.0):
    story.board_heard(t_s)
    story.hears(t_s, temp, f"yard.{store}.temp_1_degc")
    story.hears(t_s, co, f"yard.{store}.co_ppm")


def standing(story, store):
    return story.engine.store_status(store).standing


def test_the_old_store_is_unknown_and_the_new_one_until_it_was_told_of(yard):
    reports(yard, OLD, 0)
    assert standing(yard, OLD) is Standing.NORMAL
    yard.moves(NEW)
    assert (standing(yard, OLD), standing(yard, NEW)) == (Standing.UNKNOWN, Standing.UNKNOWN)
    reports(yard, NEW, 100)
    assert (standing(yard, OLD), standing(yard, NEW)) == (Standing.UNKNOWN, Standing.NORMAL)


def test_good_values_of_an_earlier_stay_are_no_news(yard):
    reports(yard, OLD, 0)
    yard.moves(NEW)
    reports(yard, NEW, 100)
    yard.moves(OLD)
    assert standing(yard, OLD) is Standing.UNKNOWN
    yard.board_heard(200)
    yard.hears(200, 20.0, f"yard.{OLD}.temp_1_degc")
    assert standing(yard, OLD) is Standing.UNKNOWN  # its CO is of the earlier stay
    yard.hears(200, 10.0, f"yard.{OLD}.co_ppm")
    assert standing(yard, OLD) is Standing.NORMAL


def test_what_the_board_no_longer_has_to_tell_is_not_waited_for(yard):
    reports(yard, OLD, 0)
    yard.moves(OLD, values=("temp_1_degc",))
    yard.hears(60, "sensor_open", f"yard.{OLD}.co_ppm")
    yard.board_heard(60)
    yard.hears(60, 20.0, f"yard.{OLD}.temp_1_degc")
    assert "sensor_fault:yard.c0150.co_ppm" in yard.engine.store_status(OLD).alarms
    assert yard.engine.store_status(OLD).known


def test_a_value_that_was_never_told_keeps_a_store_unknown(yard):
    yard.board_heard(0)
    yard.hears(0, 20.0, f"yard.{OLD}.temp_1_degc")
    assert standing(yard, OLD) is Standing.UNKNOWN


def burning(yard):
    for t_s in (0, 60):
        reports(yard, OLD, t_s, temp=60.0)


def test_a_standing_alarm_stays_with_its_container(yard):
    burning(yard)
    yard.moves(NEW)
    for t_s in (120, 180, 240):
        reports(yard, NEW, t_s)
        yard.ticks(t_s)
    view = next(v for v in yard.engine.active() if v.alarm_id == HOT)
    assert (view.store, view.state) == (OLD, "unacknowledged")
    assert standing(yard, OLD) is Standing.ALARM
    assert standing(yard, NEW) is Standing.NORMAL


def test_silence_and_last_gasp_go_with_the_board(yard):
    reports(yard, OLD, 0)
    yard.tell(yard.engine.on_board_presence("b0150", yard.instant(10), online=False))
    yard.ticks(181)
    assert {v.store for v in yard.engine.active()} == {OLD}
    yard.moves(NEW)
    views = {v.condition: v.store for v in yard.engine.active()}
    assert views == {"board_silent": NEW, "gone": NEW}
    yard.ticks(200)
    assert yard.edges("board_silent") == [("raised", 181)]
    assert yard.engine.store_status(OLD).alarms == ()
    reports(yard, NEW, 300)
    assert yard.edges("board_silent")[-1] == ("cleared", 300)


def test_how_long_a_board_was_silent_is_counted_on_through_its_move(yard):
    reports(yard, OLD, 0)
    yard.ticks(100)
    yard.moves(NEW)
    yard.ticks(180)
    assert yard.edges("board_silent") == []
    yard.ticks(181)
    assert yard.edges("board_silent") == [("raised", 181)]


def walks(yard, at_s, **reading):
    now = yard.instant(at_s)
    one = next(r for r in yard.engine.rounds.all() if r.open and OLD in r.stores)
    yard.tell(enter_round(yard.engine, one.id, Entry(OLD, "aoki", at_s * S, **reading), now))
    yard.tell(close_round(yard.engine, one.id, "aoki", "the rest is fine by eye", now))


def test_an_alarm_no_board_watches_returns_by_a_reading_and_a_name(yard):
    burning(yard)
    yard.acknowledge(HOT, 70)
    yard.moves(NEW)
    with pytest.raises(NotAllowedError, match="still in alarm"):
        yard.reset(HOT, 80)
    yard.engine.rounds.open(OLD, "aoki", yard.instant(90))
    walks(yard, 100, temp_degc=22.0)
    cleared = next(e for e in yard.events if e.edge == "cleared" and e.alarm_id == HOT)
    assert cleared.person == "aoki"
    assert yard.state(HOT) == "latched_acknowledged"
    yard.restart = None
    yard.moves(NEW)
    yard.reset(HOT, 110)
    assert yard.state(HOT) == "normal"
    assert standing(yard, OLD) is Standing.UNKNOWN


def test_a_board_that_comes_back_finds_nothing_of_before(yard):
    burning(yard)
    yard.moves(NEW)
    yard.engine.rounds.open(OLD, "aoki", yard.instant(90))
    walks(yard, 100, temp_degc=22.0)
    yard.moves(OLD)
    for t_s in (200, 260):
        reports(yard, OLD, t_s, temp=60.0)
    assert [edge for edge, _ in yard.edges("temp_high")] == ["raised", "cleared", "raised"]


def test_a_round_ends_no_alarm_that_a_board_watches(yard):
    burning(yard)
    yard.engine.rounds.open(OLD, "aoki", yard.instant(90))
    walks(yard, 100, temp_degc=22.0)
    assert yard.state(HOT) == "unacknowledged"
    assert [edge for edge, _ in yard.edges("temp_high")] == ["raised"]


def test_a_container_that_was_carried_elsewhere_keeps_its_history(yard, conditions):
    burning(yard)
    yard.commit()
    places = [Place("c0148", "A", 148), Place(OLD, "B", 7), Place("c0300", "B", 8)]
    moved = AlarmEngine(
        [*conditions.values(), GONE],
        [BoardDuty("b0150", 60 * S, OLD, VALUES)],
        yard=Yard(places, [OLD]),
    )
    moved.restore(yard.rows)
    assert moved.store_status(OLD).standing is Standing.ALARM
    assert moved.yard.neighbours(OLD) == ("c0300",)
    assert moved.store_status("c0148").standing is Standing.UNKNOWN
