"""What boards tell of their own horns, across steps of the clock."""

from agent.alarms.standing import Cause

DAY_S = 86_400
HORN = "board_horn:yard.c0150.temp_1_degc"


def edge(story, word, t_s, at_s):
    args = ("b0150", "temp_high", word, story.temp, 55.0, 50.0, round(t_s * story.second))
    return story.tell(story.engine.on_board_edge(*args, story.instant(at_s)))


def test_an_edge_timed_by_a_clock_a_day_ahead_hides_none_after_it(story):
    """The gateway starts with a wrong clock, which is then put right."""
    story.synchronised = False
    edge(story, "raised", DAY_S, DAY_S)
    story.synchronised = True
    assert [e.edge for e in edge(story, "cleared", 60, 60)] == ["cleared"]
    story.acknowledge(HORN, 61)
    again = edge(story, "raised", 120, 120)
    assert [(e.edge, e.from_history) for e in again] == [("raised", False)]
    assert story.state(HORN) == "unacknowledged"


def test_an_edge_that_was_overtaken_still_moves_nothing(story):
    edge(story, "raised", 60, 60)
    edge(story, "cleared", 90, 90)
    assert edge(story, "cleared", 70, 95) == []
    assert [e.edge for e in edge(story, "raised", 80, 96)] == ["raised", "cleared"]


def test_a_horn_whose_board_is_gone_returns_when_somebody_has_measured(story, story_of):
    """The board named no point, so nothing but its store tells what the alarm is about."""
    args = ("b0150", "temp_high", "raised", "", 55.0, 50.0, 0)
    story.tell(story.engine.on_board_edge(*args, story.instant(0)))
    without = story_of(boards=())
    story.engine.carry_over(without.engine)
    without.ticks(10)
    assert without.state("board_horn:b0150") == "unacknowledged"
    now = without.instant(20)
    without.engine.forget("c0150", Cause(now.utc_us, now.utc_us, person="aoki"), now)
    assert without.state("board_horn:b0150") == "latched_unacknowledged"
