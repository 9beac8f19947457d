import alarm
import pace
import sampler
import trend
from support import HandBoard, equal, new_guard


def test_a_slope_needs_a_minute_and_follows_the_window():
    known = trend.Trend()
    equal((known.per_min("a", 0), known.last("a")), (None, None))
    for second in range(0, 3600, 10):
        known.note("a", 20.0 + second / 60, 1000 * second)
        slope = known.per_min("a", 1000 * second)
        assert (slope is None) == (second < 60), second
        assert slope is None or abs(slope - 1) < 0.001, slope
    equal(known.last("a"), 20.0 + 3590 / 60)


def test_a_slope_forgets_what_is_older_than_its_window():
    known = trend.Trend()
    known.note("a", 90.0, 0)
    for second in range(600, 900, 10):
        known.note("a", 20.0, 1000 * second)
    equal(known.per_min("a", 890000), 0)
    equal(known.per_min("b", 890000), None)


def test_a_gap_leaves_no_slope_of_before():
    known = trend.Trend()
    for second in range(0, 300, 10):
        known.note("a", 20.0, 1000 * second)
    known.note("b", 1.0, 86400000)
    equal(known.per_min("a", 86400000), None)


def judged(values, step_s=10, name="temp_1_degc"):
    """When reports became fast and slow, in seconds."""
    local = alarm.LocalAlarm({"temp_degc": 50.0, "co_ppm": 3000.0}, 10000, 10000)
    speed, told = pace.Pace(0.2, 20.0), []
    for number, value in enumerate(values):
        now_ms = 1000 * step_s * number
        local.evaluate({name: value}, {}, now_ms)
        before = speed.fast
        if speed.judge(local, now_ms) != before:
            told.append((number * step_s, speed.fast))
    return told


def test_calm_values_stay_slow():
    equal(judged(20.0 + (number % 2) * 0.0625 for number in range(720)), [])


def test_a_steep_value_makes_reports_fast_until_all_was_calm_for_ten_minutes():
    rise = [20.0] * 60 + [20.0 + 0.05 * number for number in range(60)]
    told = judged(rise + [rise[-1]] * 180)
    equal([fast for _, fast in told], [True, False])
    assert 600 < told[0][0] <= 900
    assert told[1][0] >= 1200 + 600


def test_a_value_about_its_threshold_does_not_flap():
    ripple = (0.05, 0.0)
    rise = (20.0 + number * 0.2 / 6 + ripple[number % 37 < 18] for number in range(600))
    assert len(judged(rise)) <= 2


def test_co_has_its_own_threshold():
    equal(len(judged([5.0 + 4 * number for number in range(60)], name="co_ppm")), 1)
    equal(judged([5.0 + 2 * number for number in range(60)], name="co_ppm"), [])


def test_an_alarm_makes_reports_fast_at_once_and_the_sampler_follows():
    board = HandBoard()
    watch = new_guard(board)
    watch.pace = pace.Pace(0.2, 20.0)
    samples = sampler.Sampler(watch, None, report_ms=60000, fast_ms=10000)
    due = []
    for second in range(900):
        board.now_ms = 1000 * second
        board.reading = ({"temp_1_degc": 51.0 if 70 <= second < 90 else 20.0}, {})
        before = samples.next_report_ms
        samples.scan()
        if samples.next_report_ms > before:
            due.append(second)
    equal(due[:3], [0, 60, 80])
    assert due[3:10] == [90, 100, 110, 120, 130, 140, 150], due
    equal(samples.report_ms, 60000)
    assert due[-1] - due[-2] == 60
    samples.set_interval(5000)
    samples.scan()
    equal((samples.report_ms, samples.fast_ms), (5000, 5000))
