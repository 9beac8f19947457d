"""Routes: whom an alarm concerns, by class, priority, area and hour; and the quiet hours."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from notified import RECIPIENTS, site

from gateway.clock import Now
from gateway.notify.facts import Facts
from gateway.notify.roster import Roster

ROUTES = (
    RECIPIENTS
    + """
[[recipient]]
id = "night"
[[route]]
id = "day"
classes = ["fire", "fault"]
from = "08:00"
to = "18:00"
weekdays = ["mon", "tue", "wed", "thu", "fri"]
recipients = ["shift"]
[[route]]
id = "watch"
classes = ["fire", "fault"]
from = "18:00"
to = "08:00"
weekdays = ["fri"]
recipients = ["night"]
[[route]]
id = "row_a"
rows = ["A"]
stores = ["s1"]
priorities = ["low"]
recipients = ["chief"]
"""
)


def facts(klass: str = "fault", priority: str = "high", **more: Any) -> Facts:
    given: dict[str, Any] = {"store": "c0150", **more}
    return Facts("x:y", "x", "y", klass=klass, priority=priority, raised_us=0, **given)


def at(local: str, *, right: bool = True) -> Now:
    moment = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("Asia/Tokyo"))
    return Now(round(moment.astimezone(UTC).timestamp() * 1e6), 0, right)


MONDAY = "2026-11-23T"
FRIDAY = "2026-11-27T"
SATURDAY = "2026-11-28T"


@pytest.mark.parametrize(
    ("when", "told"),
    [
        pytest.param(MONDAY + "08:00", ["day"], id="it begins with its minute"),
        pytest.param(MONDAY + "17:59", ["day"], id="and ends"),
        pytest.param(MONDAY + "18:00", [], id="with its minute"),
        pytest.param(FRIDAY + "23:00", ["watch"], id="a night belongs to its evening"),
        pytest.param(SATURDAY + "07:59", ["watch"], id="until the morning after"),
        pytest.param(SATURDAY + "08:00", [], id="and no longer"),
        pytest.param(FRIDAY + "07:00", [], id="the morning before is another night"),
    ],
)
def test_a_fault_goes_to_whoever_is_on_duty(tmp_path: Path, when: str, told: list[str]) -> None:
    roster = Roster(site(tmp_path, ROUTES))
    assert [way.route for way in roster.ways(facts(), at(when))] == told


def test_a_fire_finds_somebody_at_every_hour(tmp_path: Path) -> None:
    roster = Roster(site(tmp_path, ROUTES))
    nobody_on_duty = roster.ways(facts("fire"), at(SATURDAY + "12:00"))
    assert [way.route for way in nobody_on_duty] == ["day", "watch"]
    no_route = roster.ways(facts("gas"), at(MONDAY + "12:00"))
    assert no_route[0].told_until(0) == ("shift", "chief", "night")


def test_without_a_clock_that_can_be_believed_every_hour_counts(tmp_path: Path) -> None:
    roster = Roster(site(tmp_path, ROUTES))
    ways = roster.ways(facts(), at(SATURDAY + "12:00", right=False))
    assert [way.route for way in ways] == ["day", "watch"]


@pytest.mark.parametrize(
    ("store", "told"),
    [("c0001", ["row_a"]), ("s1", ["row_a"]), ("c0150", []), (None, [])],
)
def test_an_area_is_rows_and_patterns(tmp_path: Path, store: str | None, told: list[str]) -> None:
    roster = Roster(site(tmp_path, ROUTES))
    ways = roster.ways(facts("advisory", "low", store=store), at(MONDAY + "12:00"))
    assert [way.route for way in ways] == told


def test_over_range_is_told_like_a_fire_whatever_its_class(tmp_path: Path) -> None:
    roster = Roster(site(tmp_path, ROUTES))
    beyond = facts("process", "low", store=None, limit=5.0, reason="over_range")
    assert beyond.urgent
    assert roster.ways(beyond, at(SATURDAY + "12:00"))
    assert not facts("process", "low", limit=5.0, value=6.0).urgent


def test_urgent_ways_repeat_and_others_do_not(tmp_path: Path) -> None:
    roster = Roster(site(tmp_path, ROUTES))
    (fire,) = roster.ways(facts("fire"), at(MONDAY + "12:00"))
    (fault,) = roster.ways(facts(), at(MONDAY + "12:00"))
    assert (fire.repeat_us, fault.repeat_us) == (900_000_000, None)


def test_quiet_hours_are_local_and_go_past_midnight(tmp_path: Path) -> None:
    quiet = 'id = "shift"\nquiet_from = "22:00"\nquiet_to = "06:00"'
    roster = Roster(site(tmp_path, RECIPIENTS.replace('id = "shift"', quiet)))
    hours = ["21:59", "22:00", "05:59", "06:00"]
    found = [roster.is_quiet("shift", at(MONDAY + hour)) for hour in hours]
    assert found == [False, True, True, False]
    assert not roster.is_quiet("shift", at(MONDAY + "23:00", right=False))
    assert not roster.is_quiet("chief", at(MONDAY + "23:00"))
