"""Shelves, second persons and times out of service, told as stories."""

from dataclasses import replace

import pytest

from agent.alarms.deeds import Act
from agent.alarms.handling import Handling
from agent.errors import NotAllowedError, UnknownAlarmError

S = 1_000_000
H = 3600
FIRE = "temp_high:yard.c0150.temp_1_degc"
GAS = "co_high:yard.c0150.co_ppm"
PRE = "temp_pre:yard.c0150.temp_1_degc"
SILENT = "board_silent:b0150"
HANDLING = Handling(
    longest_shelf_us=8 * H * S,
    agree_within_us=600 * S,
    second_person=frozenset({"fire", "gas", "people"}),
    realarm_after_us={"fire": 4 * H * S},
)


@pytest.fixture
def burning(story_of):
    story = story_of(handling=HANDLING)
    story.hears(0, 51.0)
    story.hears(60, 51.0)
    story.hears(120, 51.0)
    return story


def edges(events):
    return [(e.edge, e.visibility) for e in events if e.condition != "board_silent"]


def test_a_shelf_ends_by_itself_and_what_was_not_seen_is_announced(burning):
    (shelved,) = burning.does(Act.SHELVE, PRE, 200, why="sun on the wall", for_s=H)
    assert (shelved.edge, shelved.person, shelved.comment) == ("shelved", "aoki", "sun on the wall")
    assert shelved.until_us == (200 + H) * S
    assert burning.view(PRE).hidden_until_us == (200 + H) * S
    assert burning.ticks(200 + H - 1) == []
    assert edges(burning.ticks(200 + H)) == [("shelf_expired", "shown"), ("realarmed", "shown")]
    assert burning.view(PRE).unseen


def test_while_shelved_it_is_judged_and_its_return_waits_to_be_seen(burning):
    burning.does(Act.SHELVE, PRE, 200, for_s=H)
    cleared = burning.hears(300, 20.0) + burning.hears(2100, 20.0)
    assert [(e.edge, e.visibility) for e in cleared if e.alarm_id == PRE] == [
        ("cleared", "shelved")
    ]
    burning.ticks(200 + H)
    assert burning.view(PRE).state == "returned_unacknowledged"


def test_a_seen_alarm_comes_back_from_its_shelf_without_a_page(burning):
    burning.acknowledge(PRE, 130)
    burning.does(Act.SHELVE, PRE, 200, for_s=H)
    assert edges(burning.ticks(200 + H)) == [("shelf_expired", "shown")]


def test_what_does_not_stand_can_be_shelved_before_it_rises(story_of):
    story = story_of(handling=HANDLING)
    story.hears(0, 20.0)
    story.does(Act.SHELVE, PRE, 1, for_s=H)
    story.hears(10, 46.0)
    (raised,) = story.hears(70, 46.0)
    assert (raised.edge, raised.visibility) == ("raised", "shelved")


@pytest.mark.parametrize(
    ("person", "why", "for_s", "says"),
    [(" ", "why", H, "nobody is named"), ("aoki", "  ", H, "no reason"),
     ("aoki", "why", 0, "0 min is no time"), ("aoki", "why", 9 * H, "9 h is too long")],
)  # fmt: skip
def test_a_shelf_has_a_person_a_reason_and_an_end(burning, person, why, for_s, says):
    with pytest.raises(NotAllowedError, match=says):
        burning.does(Act.SHELVE, PRE, 200, person, why, for_s)
    assert burning.view(PRE).visibility == "shown"


def test_only_what_can_exist_is_hidden(burning):
    for act in (Act.SHELVE, Act.TAKE_OUT, Act.UNSHELVE, Act.PUT_BACK):
        with pytest.raises(UnknownAlarmError):
            burning.does(act, "temp_high:elsewhere", 200, for_s=H)


def test_a_shelf_outlives_restarts_and_steps_of_the_clock(burning):
    burning.does(Act.SHELVE, PRE, 200, for_s=H)
    burning.restart("boot2", boot_s=1000)
    assert burning.view(PRE).visibility == "shelved"
    burning.synchronised = False  # UTC is years behind: half an hour by the monotonic clock
    burning.boot_s = -1_000_000
    burning.restart("boot3", boot_s=-1_000_000)
    assert edges(burning.ticks(-1_000_000 + 1800)) == []
    burning.synchronised = True
    assert edges(burning.ticks(200 + H + 1))[0] == ("shelf_expired", "shown")


def test_a_step_of_the_clock_ends_no_shelf(burning):
    burning.does(Act.SHELVE, PRE, 200, for_s=H)
    burning.boot_s = 10 * H  # UTC jumps by ten hours; the monotonic clock does not
    assert edges(burning.ticks(10 * H + 300)) == []
    assert burning.view(PRE).hidden_until_us == (10 * H + 200 + H) * S
    assert edges(burning.ticks(10 * H + 200 + H))[0] == ("shelf_expired", "shown")


def test_a_fire_alarm_is_hidden_by_two_people_only(burning):
    (asked,) = burning.does(Act.SHELVE, FIRE, 200, "aoki", "hot work", H)
    assert (asked.edge, asked.visibility, asked.until_us) == (
        "shelved_requested", "shown", 800 * S,
    )  # fmt: skip
    for same in ("aoki", "AOKI ", ""):
        with pytest.raises(NotAllowedError, match="a second person"):
            burning.does(Act.SHELVE, FIRE, 210, same, agrees=True)
    with pytest.raises(NotAllowedError, match="nobody asks"):
        burning.does(Act.TAKE_OUT, FIRE, 210, "sato", agrees=True)
    burning.restart()
    (shelved,) = burning.does(Act.SHELVE, FIRE, 220, "sato", agrees=True)
    assert (shelved.person, shelved.second, shelved.comment) == ("aoki", "sato", "hot work")
    assert shelved.until_us == (220 + H) * S
    assert burning.view(FIRE).visibility == "shelved"


def test_gas_that_one_person_shelved_is_shown_when_it_becomes_fire(story_of):
    story = story_of(handling=replace(HANDLING, second_person=frozenset({"fire"})))
    for t_s in (0, 60):
        story.hears(t_s, 4000.0, point=story.co)
    story.does(Act.SHELVE, GAS, 70, for_s=H)
    assert (story.view(GAS).klass, story.view(GAS).visibility) == ("gas", "shelved")
    story.hears(80, 51.0)
    told = story.hears(140, 51.0)
    assert (GAS, "realarmed", "fire", "shown") in {
        (e.alarm_id, e.edge, e.klass, e.visibility) for e in told
    }
    assert story.view(GAS).can_acknowledge


def test_a_hidden_fire_is_a_fire_for_its_store(burning):
    burning.does(Act.SHELVE, FIRE, 200, for_s=H)
    burning.does(Act.SHELVE, FIRE, 210, "sato", agrees=True)
    assert burning.view(FIRE).visibility == "shelved"
    assert burning.engine.store_status("c0150").standing == "alarm"


def test_nobody_changes_a_request_under_the_eyes_of_the_second_person(burning):
    burning.does(Act.SHELVE, FIRE, 200, "aoki", "probe test", 60)
    for person in ("aoki", "mori"):
        with pytest.raises(NotAllowedError, match=r"aoki asks for 1 min already.*after 10 min"):
            burning.does(Act.SHELVE, FIRE, 210, person, "x", H)
    (shelved,) = burning.does(Act.SHELVE, FIRE, 220, "sato", agrees=True)
    assert (shelved.comment, shelved.until_us) == ("probe test", 280 * S)


def test_a_request_lapses(burning):
    burning.does(Act.SHELVE, FIRE, 200, "aoki", "hot work", H)
    with pytest.raises(NotAllowedError, match="nobody asks"):
        burning.does(Act.SHELVE, FIRE, 800, "sato", agrees=True)
    assert edges(burning.ticks(801)) == [("request_expired", "shown")]
    assert burning.engine.hiding.views() == []


def test_a_site_may_let_one_person_shelve_a_fire_alarm(story_of):
    story = story_of(handling=Handling(longest_shelf_us=H * S))
    story.hears(0, 51.0)
    story.hears(60, 51.0)
    assert edges(story.does(Act.SHELVE, FIRE, 70, for_s=60)) == [("shelved", "shelved")]


def test_out_of_service_does_not_end_by_itself_and_says_when_it_is_late(burning):
    burning.acknowledge(PRE, 130)
    (out,) = burning.does(Act.TAKE_OUT, PRE, 200, why="probe is replaced", for_s=H)
    assert (out.edge, out.visibility, out.until_us) == (
        "out_of_service", "out_of_service", (200 + H) * S,
    )  # fmt: skip
    (late,) = burning.ticks(200 + H)
    assert (late.condition, late.source, late.edge) == ("service_overdue", PRE, "raised")
    assert burning.view(PRE).visibility == "out_of_service"
    assert [e.edge for e in burning.does(Act.TAKE_OUT, PRE, 4000, for_s=H)] == [
        "out_of_service", "cleared",
    ]  # fmt: skip
    assert edges(burning.does(Act.PUT_BACK, PRE, 4100)) == [("returned_to_service", "shown")]


def test_a_store_out_of_service_still_shows_its_fire(burning):
    (out,) = burning.does(Act.TAKE_OUT, "c0150", 200, for_s=H)
    assert (out.alarm_id, out.source, out.klass) == ("of_source:c0150", "c0150", "system")
    assert burning.view(PRE).visibility == "out_of_service"
    assert burning.view(FIRE).visibility == "shown"
    burning.board_heard(200)
    (silent,) = [e for e in burning.ticks(200 + 181) if e.condition == "board_silent"]
    assert silent.visibility == "out_of_service"
    back = burning.does(Act.PUT_BACK, "c0150", 400)
    assert {(e.edge, e.alarm_id) for e in back} == {
        ("returned_to_service", "of_source:c0150"), ("realarmed", PRE), ("realarmed", SILENT),
    }  # fmt: skip


def test_out_of_service_goes_before_a_shelf_which_goes_on_below(burning):
    burning.does(Act.SHELVE, PRE, 200, for_s=H)
    burning.does(Act.TAKE_OUT, PRE, 300, for_s=H)
    assert burning.view(PRE).visibility == "out_of_service"
    assert edges(burning.does(Act.PUT_BACK, PRE, 400)) == [("returned_to_service", "shelved")]
    assert {v.what for v in burning.engine.hiding.views()} == {"shelved"}


def test_the_list_of_what_is_hidden_names_everything(burning):
    burning.does(Act.SHELVE, PRE, 200, why="sun", for_s=H)
    burning.does(Act.TAKE_OUT, "b0150", 210, why="moved", for_s=H)
    burning.does(Act.SHELVE, FIRE, 220, why="hot work", for_s=H)
    assert [(v.target, v.what, v.why) for v in burning.engine.hiding.views()] == [
        ("b0150", "out_of_service", "moved"),
        (FIRE, "shelved_requested", "hot work"),
        (PRE, "shelved", "sun"),
    ]


def test_a_shelf_of_a_condition_that_was_taken_out_ends_with_a_word(story_of, conditions):
    story = story_of(handling=HANDLING)
    story.hears(0, 20.0)
    story.does(Act.SHELVE, PRE, 1, for_s=H)
    story.reconfigures(*(c for c in conditions.values() if c.id != "temp_pre"))
    (ended,) = story.ticks(1 + H)
    assert (ended.alarm_id, ended.edge, ended.klass) == (PRE, "shelf_expired", "advisory")
    assert story.engine.hiding.views() == []
