"""Patterns, refusals, and the example site's conditions."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from agent.alarms.conditions import Condition
from agent.alarms.engine import AlarmEngine
from agent.alarms.silence import BoardDuty
from agent.errors import BadConditionError

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("pattern", "name", "covered"),
    [
        ("yard.*.temp_*_degc", "yard.c0001.temp_1_degc", True),
        ("yard.*.temp_*_degc", "yard.c0001.temp_16_degc", True),
        ("yard.*.temp_*_degc", "yard.c0001.co_ppm", False),
        ("yard.*.temp_*_degc", "yard.c0001.deep.temp_1_degc", False),
        ("yard.*", "yard.c0001.temp_1_degc", True),
        ("yard.*", "unit1.coal.mass_total_kg", False),
        ("unit1.*", "unit1.gross_kw", True),
        ("unit1.*", "unit1.coal.mass_total_kg", True),
        ("unit1.*", "unit10.gross_kw", False),
        ("*", "b0150", True),
        ("b01*", "b0150", True),
        ("b01*", "b0025", False),
        ("yard.c0001.co_ppm", "yard.c0001.co_ppm", True),
        ("yard.c0001.co_ppm", "yard.c0001xco_ppm", False),
        ("yard.[a-z].co_ppm", "yard.a.co_ppm", False),
    ],
)
def test_a_star_stays_in_its_part_and_the_last_takes_the_rest(pattern, name, covered):
    condition = Condition("c", "bad", pattern, "fault", "low")
    assert condition.covers(name) is covered


def test_a_limit_judges_only_points_in_its_unit(conditions):
    wide = replace(conditions["temp_high"], pattern="yard.*")
    assert wide.covers("yard.c0150.temp_1_degc")
    assert not wide.covers("yard.c0150.co_ppm")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "sideways"}, "sideways.*use one of high, low"),
        ({"klass": "smoke"}, "smoke.*use one of fire"),
        ({"priority": "urgent"}, "urgent.*use one of critical"),
        ({"limit": None}, "needs limit and unit"),
        ({"unit": None}, "needs limit and unit"),
        ({"kind": "bad"}, "takes no limit"),
        ({"pattern": ""}, "name the points or boards"),
        ({"deadband": -1.0}, "deadband is below 0"),
        ({"on_samples": 0}, "on_samples is below 1"),
        ({"report_intervals": 1.0}, "above 1"),
        ({"id": "a:b"}, "no colon"),
    ],
)
def test_a_condition_that_contradicts_itself_is_refused(conditions, change, words):
    with pytest.raises(BadConditionError, match=words):
        replace(conditions["temp_high"], **change)


@pytest.mark.parametrize(
    ("klass", "latching", "latches"),
    [
        ("fire", None, True),
        ("gas", None, True),
        ("people", None, True),
        ("advisory", None, False),
        ("fault", None, False),
        ("fire", False, False),
        ("process", True, True),
    ],
)
def test_which_alarms_latch(conditions, klass, latching, latches):
    points = "work.*.air_degc" if klass == "people" else "yard.*"
    one = replace(conditions["temp_high"], klass=klass, latching=latching, pattern=points)
    assert one.latches is latches


def test_ids_are_unique(conditions):
    high = conditions["temp_high"]
    with pytest.raises(BadConditionError, match=r"temp_high.*twice"):
        AlarmEngine([high, high], [])
    with pytest.raises(BadConditionError, match=r"board_horn.*reserved"):
        AlarmEngine([replace(high, id="board_horn")], [])
    with pytest.raises(BadConditionError, match="share an id"):
        AlarmEngine([], [BoardDuty("b1", 1), BoardDuty("b1", 2)])


def test_the_example_sites_alarms_are_conditions():
    text = (ROOT / "gateway/deploy/example-plant.toml").read_text()
    people = tomllib.loads((ROOT / "agent/tables/people.toml").read_text())["limit"]
    rows = tomllib.loads(text)["alarm"]
    made = [
        Condition(
            id=row["id"],
            kind=row["kind"],
            pattern=row.get("points") or row["boards"],
            klass=row["class"],
            priority=row["priority"],
            limit=people[row["limit_from"]]["value"] if "limit_from" in row else row.get("limit"),
            unit=row.get("unit"),
            on_delay_s=row.get("on_delay_s", 0.0),
            reasons=frozenset(row["reasons"]) if "reasons" in row else None,
            guide=row.get("guide"),
        )
        for row in rows
    ]
    AlarmEngine(made, [])
    by_id = {c.id: c for c in made}
    assert by_id["temp_high"].latches
    assert by_id["sensor_fault"].covers("yard.c0150.co_ppm")
    assert by_id["meter_fault"].covers("unit1.coal.mass_total_kg")


@pytest.mark.parametrize(
    ("klass", "pattern", "point", "covered"),
    [
        ("people", "work.*.co_ppm", "work.hall.co_ppm", True),
        ("gas", "*", "yard.c0001.co_ppm", True),
        ("gas", "*", "work.hall.co_ppm", False),
        ("fire", "*", "work.hall.co_ppm", False),
        ("fault", "*", "work.hall.co_ppm", True),
    ],
)
def test_the_ladders_of_fuel_and_of_people_never_mix(klass, pattern, point, covered):
    one = Condition("c", "high", pattern, klass, "high", limit=25.0, unit="ppm")
    assert one.covers(point) is covered


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"klass": "people"}, "people are judged where they work; begin the points with 'work.'"),
        ({"pattern": "work.*.co_ppm", "unit": "ppm"}, "fire limits are for fuel; use class people"),
        ({"reasons": frozenset({"crc"})}, "high takes no reasons"),
        ({"guide": "poem"}, "guide 'poem' is unknown; use one of balance"),
        ({"kind": "still", "limit": None, "on_delay_s": 0}, "still for a time; give on_delay_s"),
        ({"fire_with": frozenset()}, "fire_with is for class gas"),
    ],
)
def test_what_a_kind_or_class_does_not_take_is_refused(conditions, change, words):
    with pytest.raises(BadConditionError, match=words):
        replace(conditions["temp_high"], **change)
