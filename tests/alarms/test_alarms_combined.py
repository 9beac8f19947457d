"""CO beyond its limit is "gas: do not open", and fire beside heat of the same store."""

from dataclasses import replace

import pytest

from agent.alarms.conditions import Condition
from agent.errors import BadConditionError

RESIDUAL = Condition(
    id="co_residual",
    kind="high",
    pattern="yard.*.co_residual_ppm",
    limit=120.0,
    unit="ppm",
    klass="advisory",
    priority="medium",
)
ALARM = "co_high:yard.c0150.co_ppm"
RESIDUAL_POINT = "yard.c0150.co_residual_ppm"


@pytest.fixture
def yard(story_of, conditions):
    return story_of(conditions["co_high"], conditions["temp_pre"], RESIDUAL)


def gas(story, from_s=0, to_s=120, value=3200.0):
    for t_s in range(from_s, to_s, 60):
        story.hears(t_s, value, story.co)


def klass(story):
    return next(v.klass for v in story.engine.active() if v.alarm_id == ALARM)


def edges(story):
    return [(e.edge, e.klass) for e in story.events if e.alarm_id == ALARM]


def test_gas_alone_is_gas_and_is_paged(yard):
    gas(yard)
    assert edges(yard) == [("raised", "gas")]
    assert yard.events[0].priority == "critical"


def test_heat_that_joins_makes_it_fire_and_asks_to_be_seen_again(yard):
    gas(yard)
    yard.acknowledge(ALARM, 130)
    for t_s in (120, 180):
        yard.hears(t_s, 46.0)
    assert edges(yard)[-1] == ("realarmed", "fire")
    assert yard.state(ALARM) == "unacknowledged"
    assert next(v for v in yard.engine.active() if v.alarm_id == ALARM).guidance == "fire"


def test_gas_that_comes_where_heat_stands_is_fire_from_the_first_word(yard):
    for t_s in (0, 60):
        yard.hears(t_s, 46.0)
    gas(yard, 120, 240)
    assert edges(yard) == [("raised", "fire")]


def test_a_residual_counts_though_its_unit_is_that_of_gas(yard):
    gas(yard)
    yard.hears(130, 150.0, RESIDUAL_POINT)
    assert edges(yard)[-1] == ("realarmed", "fire")


def test_heat_of_another_store_says_nothing(yard):
    gas(yard)
    for t_s in (120, 180):
        yard.hears(t_s, 46.0, "yard.c0151.temp_1_degc")
    assert edges(yard) == [("raised", "gas")]


def test_it_comes_down_only_when_seen_and_when_the_heat_is_gone(yard):
    gas(yard)
    yard.hears(130, 150.0, RESIDUAL_POINT)
    yard.hears(200, 10.0, RESIDUAL_POINT)
    assert klass(yard) == "fire"
    yard.acknowledge(ALARM, 210)
    assert klass(yard) == "gas"
    assert edges(yard)[-1] == ("lowered", "gas")


def test_a_returned_fire_stays_one_until_its_reset(yard):
    gas(yard)
    yard.hears(130, 150.0, RESIDUAL_POINT)
    gas(yard, 180, 1000, 100.0)
    yard.hears(1000, 10.0, RESIDUAL_POINT)
    yard.acknowledge(ALARM, 1010)
    assert klass(yard) == "fire"
    yard.reset(ALARM, 1020)
    assert yard.state(ALARM) == "normal"


def test_a_site_may_name_others_or_nobody(story_of, conditions):
    for chosen, expected in (((), "gas"), (("temp_pre",), "fire"), (("co_residual",), "gas")):
        alone = replace(conditions["co_high"], fire_with=frozenset(chosen))
        story = story_of(alone, conditions["temp_pre"], RESIDUAL)
        gas(story)
        for t_s in (120, 180):
            story.hears(t_s, 46.0)
        assert klass(story) == expected
        assert story.edges("co_high")[0] == ("raised", 60)


@pytest.mark.parametrize("heat_first", [True, False])
def test_a_boards_own_alarm_follows_the_sites_rule(yard, heat_first):
    def horn():
        now = yard.instant(10)
        yard.tell(
            yard.engine.on_board_edge(
                "b0150", "co_high", "raised", yard.co, 3200.0, 3000.0, 10_000_000, now
            )
        )

    def heat():
        for t_s in (20, 80):
            yard.hears(t_s, 46.0)

    for happens in (heat, horn) if heat_first else (horn, heat):
        happens()
    assert [v.klass for v in yard.engine.active() if v.condition == "board_horn"] == ["fire"]


def test_a_restart_between_gas_and_heat_changes_nothing(yard):
    gas(yard)
    yard.restart()
    yard.hears(130, 150.0, RESIDUAL_POINT)
    yard.restart()
    assert klass(yard) == "fire"


def test_only_gas_can_become_fire(conditions):
    with pytest.raises(BadConditionError, match="fire_with is for class gas"):
        replace(conditions["temp_pre"], fire_with=frozenset({"x"}))
