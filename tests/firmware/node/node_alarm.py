import alarm
from support import equal

LIMITS = {"temp_degc": 50.0, "co_ppm": 3000.0}


def local():
    return alarm.LocalAlarm(LIMITS, off_ms=10000, fault_ms=10000, latch=False)


def story(steps, point="temp_1_degc"):
    """Edges of one value over (second, value or reason) steps."""
    state, told = local(), []
    for second, value in steps:
        known = {} if isinstance(value, str) else {point: value}
        bad = {point: value} if isinstance(value, str) else {}
        for condition, edge, _, _, _ in state.evaluate(known, bad, second * 1000):
            told.append((second, condition, edge))
    return told, state.sounding()


def test_on_at_the_limit_and_not_below():
    equal(story([(0, 49.99)]), ([], None))
    equal(story([(0, 50.0)]), ([(0, "temp_high", "raised")], "temp_high"))
    equal(story([(0, 2999.9)], "co_ppm"), ([], None))
    equal(story([(0, 3000)], "co_ppm"), ([(0, "co_high", "raised")], "co_high"))


def test_off_only_below_the_lower_threshold_and_after_the_delay():
    steps = [(0, 50.0), (1, 48.0), (30, 48.0), (31, 47.9), (40, 47.9)]
    longer = list(steps)
    longer.append((41, 47.9))
    equal(story(steps), ([(0, "temp_high", "raised")], "temp_high"))
    equal(story(longer)[0][1:], [(41, "temp_high", "cleared")])
    equal(story(longer)[1], None)
    co = [(0, 3000), (1, 2700), (20, 2700), (21, 2699), (31, 2699)]
    equal(story(co, "co_ppm")[0][1:], [(31, "co_high", "cleared")])


def test_a_value_that_comes_back_starts_the_delay_anew():
    steps = [(0, 51), (1, 40), (9, 49), (10, 40), (19, 40)]
    equal(story(steps), ([(0, "temp_high", "raised")], "temp_high"))


def test_no_second_edge_while_it_stands():
    equal(story([(0, 51), (1, 55), (2, 49), (3, 60)])[0], [(0, "temp_high", "raised")])


def test_a_sensor_that_rises_and_dies_stays_an_alarm():
    told, sounding = story([(0, 51)] + [(s, "sensor_open") for s in range(1, 100)])
    equal(told, [(0, "temp_high", "raised"), (11, "sensor_fault", "raised")])
    equal(sounding, "temp_high")


def test_a_cell_above_its_range_is_above_every_limit():
    state = local()
    edges = state.evaluate({}, {"co_ppm": "over_range"}, 0)
    equal(edges, [("co_high", "raised", "co_ppm", None, 3000.0)])
    equal(state.evaluate({}, {"co_ppm": "over_range"}, 60000), [])
    equal(state.sounding(), "co_high")


def test_a_fault_is_told_but_does_not_sound():
    told, sounding = story([(0, "crc"), (9, "crc"), (10, "crc"), (11, 20.0), (21, 20.0)])
    equal(told, [(10, "sensor_fault", "raised"), (21, "sensor_fault", "cleared")])
    equal(sounding, None)


def test_values_are_judged_one_by_one():
    state = local()
    state.evaluate({"temp_1_degc": 51, "temp_2_degc": 20, "co_ppm": 3500}, {}, 0)
    equal([row[:2] for row in state.saved], [["temp_high", "temp_1_degc"], ["co_high", "co_ppm"]])
    for now_ms in (1000, 11000):
        state.evaluate({"temp_1_degc": 20, "temp_2_degc": 20, "co_ppm": 3500}, {}, now_ms)
    equal(state.sounding(), "co_high")


def test_a_value_of_another_unit_is_left_alone():
    equal(local().evaluate({"o2_percent": 99999.0}, {}, 0), [])
