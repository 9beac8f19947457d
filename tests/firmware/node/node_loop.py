import loop
from scratch import equal


def told(current_ma, seconds=0.0, gas=False):
    one = loop.Loop(0, 100, gas=gas)
    one.judge(current_ma, 1000)
    return one.judge(current_ma, 1000 + int(seconds * 1000))


def test_a_value_by_the_current():
    for current_ma, expected in (
        (3.59, (None, "out_of_range")),
        (3.6, (None, "out_of_range")),
        (3.79, (None, "out_of_range")),
        (3.8, (-1.25, None)),
        (4.0, (0.0, None)),
        (12.0, (50.0, None)),
        (20.0, (100.0, None)),
        (20.51, (None, "over_range")),
        (21.0, (None, "over_range")),
        (21.01, (None, "out_of_range")),
    ):
        value, reason = told(current_ma)
        equal((None if value is None else round(value, 6), reason), expected)


def test_a_fault_takes_four_seconds():
    equal(told(3.5, 3.9), (None, "out_of_range"))
    equal(told(3.5, 4.0), (None, "sensor_open"))
    equal(told(22.0, 3.9), (None, "out_of_range"))
    equal(told(22.0, 4.0), (None, "sensor_short"))


def test_saturation_is_no_fault_however_long():
    equal(told(3.7, 3600), (None, "out_of_range"))
    equal(told(20.8, 3600), (None, "over_range"))


def test_a_cell_is_above_its_range_from_20_ma_on():
    for current_ma in (20.0, 20.5, 21.0, 21.1, 23.0):
        equal(told(current_ma, 0, gas=True), (None, "over_range"))
        equal(told(current_ma, 60, gas=True), (None, "over_range"))
    equal(told(19.99, 0, gas=True)[1], None)
    equal(told(3.0, 4, gas=True), (None, "sensor_open"))


def test_a_current_that_comes_back_starts_the_four_seconds_anew():
    one = loop.Loop(0, 100, gas=False)
    for now_ms, current_ma, reason in (
        (0, 3.0, "out_of_range"),
        (3000, 3.7, "out_of_range"),
        (4000, 3.0, "out_of_range"),
        (7999, 3.0, "out_of_range"),
        (8000, 3.0, "sensor_open"),
        (9000, 4.0, None),
        (10000, 3.0, "out_of_range"),
    ):
        equal(one.judge(current_ma, now_ms)[1], reason)
