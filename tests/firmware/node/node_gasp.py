import gasp
from scratch import equal


def story(steps, point="temp_1_degc"):
    """The seconds at which the last gasp is told, over (second, value or reason) steps."""
    state, told = gasp.Gasp(10000), []
    for second, value in steps:
        known = {} if isinstance(value, str) else {point: value}
        bad = {point: value} if isinstance(value, str) else {}
        if state.judge(known, bad, second * 1000):
            told.append(second)
    return told


def dead(first, last, reason="sensor_open"):
    return [(second, reason) for second in range(first, last)]


RISE = [(second, 20 + second * 0.1) for second in range(100)]


def test_a_sensor_that_rose_and_died_is_told_once():
    equal(story(RISE + dead(100, 300)), [110])


def test_a_calm_sensor_that_dies_is_only_a_fault():
    equal(story([(second, 45.0) for second in range(100)] + dead(100, 300)), [])
    falling = [(second, 40 - second * 0.1) for second in range(100)]
    equal(story(falling + dead(100, 300)), [])


def test_a_moment_without_a_value_is_no_death():
    alive = [(109, 30.0)]
    equal(story(RISE + dead(100, 109, "crc") + alive + dead(110, 119)), [])


def test_a_slow_rise_is_left_to_the_gateway():
    slow = [(minute * 60, 20 + minute * 0.1) for minute in range(200)]
    equal(story(slow + dead(12000, 12020)), [])


def test_the_rise_is_remembered_for_five_minutes():
    last = [(299, 30.0)]
    equal(story(RISE + last + dead(300, 320)), [310])
    plateau = [(second, 30.0) for second in range(100, 1000, 10)]
    equal(story(RISE + plateau + dead(1000, 1020)), [])


def test_a_rise_over_a_long_silence_is_not_one():
    back = [(1000, 30.0)]
    equal(story([(0, 20.0)] + dead(1, 20) + back + dead(1001, 1020)), [])  # noqa: RUF005


def test_co_that_rose_and_died():
    rise = [(second, second * 10) for second in range(60)]
    equal(story(rise + dead(60, 100), "co_ppm"), [70])
    equal(story(rise + dead(60, 100, "over_range"), "co_ppm"), [])


def test_a_value_of_another_unit_is_left_alone():
    equal(story(RISE + dead(100, 120), "o2_percent"), [])


def test_a_doubtful_number_is_alive():
    state = gasp.Gasp(10000)
    for second, value in RISE:
        equal(state.judge({"temp_1_degc": value}, {"temp_1_degc": "learning"}, second * 1000), [])
    equal(state.judge({}, {"temp_1_degc": "crc"}, 100000), [])
    equal(state.judge({}, {"temp_1_degc": "crc"}, 110000), ["temp_1_degc"])


def test_it_may_rise_and_die_again():
    again = [(second, 20 + (second - 200) * 0.1) for second in range(200, 300)]
    equal(story(RISE + dead(100, 120) + again + dead(300, 320)), [110, 310])


def test_a_sensor_that_flickers_while_it_rises_is_told():
    flicker = [(0, 20.0)]
    for second in range(30, 300, 30):
        flicker += dead(second - 25, second) + [(second, 20.0 + second / 30)]  # noqa: RUF005
    equal(story(flicker + dead(275, 300)), [165, 195, 225, 255, 285])
