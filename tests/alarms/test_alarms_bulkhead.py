"""A part of the engine that fails keeps no other from its work."""

import json
from collections.abc import Iterator, Mapping

import pytest

from agent.alarms.outlook import OutlookSpec
from agent.alarms.yard import Yard

FIRE = "temp_high:yard.c0150.temp_1_degc"


class Unreadable(Mapping):
    """What early warning rests on, broken."""

    def __getitem__(self, key):
        raise ZeroDivisionError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class Muddled(Yard):
    """A yard that fails whenever it is asked."""

    def neighbours(self, store):
        raise ZeroDivisionError(store)


PARTS = {
    "early warning": {"outlook": OutlookSpec({}, Unreadable())},
    "yard": {"yard": Muddled()},
}


@pytest.mark.parametrize("part", PARTS)
def test_a_fire_is_told_whatever_else_fails(story_of, part):
    story, faults = story_of(**PARTS[part]), []
    story.engine.bulkhead.contain(faults.append)
    story.hears(0, 55.0)
    story.hears(60, 55.0)
    assert ("raised", 60.0) in story.edges("temp_high")
    assert story.state(FIRE) == "unacknowledged"
    assert {type(fault) for fault in faults} == {ZeroDivisionError}


def test_ticks_go_on_whatever_fails_in_one(story_of):
    story, faults = story_of(), []
    story.engine.bulkhead.contain(faults.append)
    story.board_heard(0)
    story.engine.crowd.on_tick = lambda now: 1 / 0
    story.ticks(1)
    story.ticks(181)
    assert [edge for edge, _ in story.edges("board_silent")] == ["raised"]
    assert len(faults) == 2


def test_without_anybody_to_tell_a_fault_is_raised(story_of):
    story = story_of(**PARTS["yard"])
    story.hears(0, 55.0)
    with pytest.raises(ZeroDivisionError):
        story.hears(60, 55.0)


@pytest.mark.parametrize("part", ["f", "j", "p", "b"])
def test_a_row_that_cannot_be_read_keeps_no_gateway_from_starting(story, story_of, part):
    """All but that row is taken over, and the alarms stand as before."""
    story.board_heard(0)
    for t_s in (0, 60):
        story.hears(t_s, 55.0)
        story.hears(t_s, 20.0, "yard.c0001.temp_1_degc")
    story.commit()
    active, faults = story.engine.active(), []
    broken = next(key for key in story.rows if key.startswith(f"{part}|"))
    engine = (again := story_of()).engine
    engine.bulkhead.contain(faults.append)
    engine.restore({**story.rows, broken: '{"of": "another release"}'})
    assert engine.active() == active
    assert len(faults) == 1
    again.hears(120, 55.0, "yard.c0001.temp_1_degc")
    again.hears(180, 55.0, "yard.c0001.temp_1_degc")
    assert again.state("temp_high:yard.c0001.temp_1_degc") == "unacknowledged"


def test_an_alarm_of_a_newer_release_is_read_and_one_in_ruins_is_not_dropped(story):
    for t_s in (0, 60):
        story.hears(t_s, 55.0)
    story.commit()
    key = f"a|{FIRE}"
    newer = {**json.loads(story.rows[key]), "of_a_newer_release": 1}
    story.engine.restore({**story.rows, key: json.dumps(newer)})
    assert story.state(FIRE) == "unacknowledged"
    story.engine.bulkhead.contain([].append)
    with pytest.raises(KeyError):
        story.engine.restore({**story.rows, key: "{}"})
