"""How a store stands: absent data is never normal."""

import pytest

from agent.alarms.stores import Standing, store_of

CALM = [("yard.c0150.temp_1_degc", 20.0), ("yard.c0150.co_ppm", 100.0)]


def heard(story, at_s, values):
    story.board_heard(at_s)
    for point, value in values:
        story.hears(at_s, value, point)


@pytest.mark.parametrize("store", ["c0150", "c0001"])
def test_a_store_without_data_is_unknown(story, store):
    status = story.engine.store_status(store)
    assert (status.standing, status.known, status.last_us) == (Standing.UNKNOWN, False, None)


def test_a_store_that_tells_everything_is_normal_until_it_is_silent(story):
    heard(story, 0, CALM)
    status = story.engine.store_status("c0150")
    assert (status.standing, status.known) == (Standing.NORMAL, True)
    story.ticks(181)
    assert story.engine.store_status("c0150").standing is Standing.UNKNOWN
    heard(story, 240, CALM)
    assert story.engine.store_status("c0150").standing is Standing.NORMAL


def test_one_missing_value_makes_it_unknown(story):
    heard(story, 0, [CALM[0], ("yard.c0150.co_ppm", "sensor_open")])
    assert story.engine.store_status("c0150").standing is Standing.UNKNOWN


def test_a_restart_keeps_how_it_stood(story):
    heard(story, 0, CALM)
    story.restart()
    assert story.engine.store_status("c0150").standing is Standing.NORMAL


def test_fire_comes_before_the_sensor_that_died_of_it(story):
    heard(story, 0, [("yard.c0150.temp_1_degc", 60.0)])
    heard(story, 60, [("yard.c0150.temp_1_degc", 60.0)])
    heard(story, 120, [("yard.c0150.temp_1_degc", "sensor_open")])
    status = story.engine.store_status("c0150")
    assert (status.standing, status.known, status.klass) == (Standing.ALARM, False, "fire")
    assert status.alarms[0] == "temp_high:yard.c0150.temp_1_degc"


def test_an_advisory_is_no_alarm_and_a_returned_fire_is_not_normal(story):
    heard(story, 0, [("yard.c0150.temp_1_degc", 46.0)])
    heard(story, 60, [("yard.c0150.temp_1_degc", 46.0)])
    assert story.engine.store_status("c0150").standing is Standing.ADVISORY
    for t_s, value in ((120, 51.0), (180, 51.0), (240, 20.0), (2040, 20.0)):
        heard(story, t_s, [("yard.c0150.temp_1_degc", value)])
    assert story.engine.store_status("c0150").standing is Standing.RETURNED


@pytest.mark.parametrize(
    ("point", "store"),
    [("yard.s1.co_ppm", "s1"), ("unit1.coal.mass_total_kg", None), ("yard.s1", None)],
)
def test_which_store_a_point_belongs_to(point, store):
    assert store_of(point) == store


def test_a_value_its_board_tells_no_more_is_not_green(story):
    """The board is heard on, for hours, and one of its values does not come any more."""
    story.board_heard(0)
    story.hears(0, 20.0)
    story.hears(0, 400.0, story.co)
    assert str(story.engine.store_status("c0150").standing) == "normal"
    for minute in range(1, 120):
        story.board_heard(minute * 60)
        story.hears(minute * 60, 20.0)
    assert str(story.engine.store_status("c0150").standing) == "unknown"


def test_what_a_board_held_back_for_days_is_not_the_present(story):
    story.board_heard(3 * 86_400)
    story.hears(0, 20.0, at_s=3 * 86_400)
    assert str(story.engine.store_status("c0150").standing) == "unknown"
    story.hears(3 * 86_400, 20.0)
    assert str(story.engine.store_status("c0150").standing) == "normal"
