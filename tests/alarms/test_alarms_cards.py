"""Ticks on response cards: who did what, kept while the alarm is not normal, never longer."""

import pytest

from agent.alarms.deeds import Act, Deed, carry_out
from agent.alarms.engine import AlarmEngine
from agent.errors import NotAllowedError

HOT = "temp_high:yard.c0150.temp_1_degc"


@pytest.fixture
def burning(story):
    """A fire alarm that stands."""
    for t_s in (0, 60):
        story.hears(t_s, 60.0)
    return story


def tick(story, t_s, step, person="aoki", comment=None, act=Act.TICK):
    deed = Deed(act, HOT, person, comment, step=step)
    return carry_out(story.engine, deed, story.instant(t_s))


def ticked(story):
    return [(one.step, one.person) for one in story.engine.cards.of(HOT)]


def test_a_tick_is_an_event_with_its_step_and_person(burning):
    (event,) = tick(burning, 70, 2, comment="row A closed")
    assert (event.edge, event.step, event.person, event.comment) == (
        "step_done", 2, "aoki", "row A closed",
    )  # fmt: skip
    assert (event.state, event.alarm_id) == ("unacknowledged", HOT)
    assert ticked(burning) == [(2, "aoki")]


def test_a_second_tick_changes_nothing_and_the_first_person_stays(burning):
    tick(burning, 70, 2)
    assert tick(burning, 80, 2, person="mori") == []
    assert ticked(burning) == [(2, "aoki")]


def test_a_tick_can_be_taken_back(burning):
    tick(burning, 70, 1)
    tick(burning, 75, 3)
    (event,) = tick(burning, 80, 1, person="mori", act=Act.UNTICK)
    assert (event.edge, event.step, event.person) == ("step_undone", 1, "mori")
    assert ticked(burning) == [(3, "aoki")]
    assert tick(burning, 90, 1, act=Act.UNTICK) == []


def test_ticks_survive_a_restart_and_a_change_of_the_site(burning):
    tick(burning, 70, 1)
    rows = burning.engine.dirty()
    assert rows[f"c|{HOT}"] is not None
    again = AlarmEngine(*burning._made_of)
    again.restore({key: text for key, text in rows.items() if text is not None})
    assert again.cards.of(HOT) == burning.engine.cards.of(HOT)
    other = AlarmEngine(*burning._made_of)
    again.carry_over(other)
    assert other.cards.of(HOT) == burning.engine.cards.of(HOT)
    assert f"c|{HOT}" in other.dirty()


def test_an_alarm_that_is_normal_again_has_no_ticks_the_next_time(burning):
    tick(burning, 70, 1)
    burning.engine.dirty()
    for t_s in range(120, 3000, 60):
        burning.hears(t_s, 20.0)
    burning.engine.acknowledge(HOT, "aoki", None, burning.instant(3000))
    assert ticked(burning) == [(1, "aoki")]
    burning.engine.reset(HOT, "aoki", None, burning.instant(3010))
    assert ticked(burning) == []
    assert burning.engine.dirty()[f"c|{HOT}"] is None
    for t_s in (3060, 3120):
        burning.hears(t_s, 60.0)
    assert ticked(burning) == []


def test_ticks_need_a_name_and_an_alarm(burning):
    with pytest.raises(NotAllowedError, match="nobody is named"):
        tick(burning, 70, 1, person=" ")
    deed = Deed(Act.TICK, "temp_high:yard.c0151.temp_1_degc", "aoki", step=1)
    with pytest.raises(NotAllowedError, match="no steps to tick"):
        carry_out(burning.engine, deed, burning.instant(70))
