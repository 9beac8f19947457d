"""A part of the engine that fails keeps no other from its work."""

from collections.abc import Iterator, Mapping

import pytest

from agent.alarms.outlook import OutlookSpec
from agent.alarms.yard import Yard

FIRE = f"temp_high:{'yard.c0150.temp_1_degc'}"


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
