import sampler
from hand import HandBoard, new_guard
from support import equal


def judged(values, step_s=10, name="temp_1_degc"):
    """When reports became fast and slow, in seconds."""
    board = HandBoard()
    watch, told = new_guard(board, scan_ms=1000), []
    watch.rises = (1.0, 100.0)
    for number, value in enumerate(values):
        board.now_ms = 1000 * step_s * number
        board.reading = ({name: value}, {})
        before = watch.fast
        watch.step()
        if watch.fast != before:
            told.append((number * step_s, watch.fast))
    return told


def test_calm_values_stay_slow():
    equal(judged(20.0 + (number % 2) * 0.0625 for number in range(720)), [])


def test_a_steep_value_makes_reports_fast_until_all_was_calm_for_ten_minutes():
    rise = [20.0] * 60 + [20.0 + 0.05 * number for number in range(60)]
    told = judged(rise + [rise[-1]] * 180)
    equal([fast for _, fast in told], [True, False])
    equal(told[0][0], 800)
    assert told[1][0] >= 1200 + 600


def test_a_value_about_its_threshold_does_not_flap():
    ripple = (0.05, 0.0)
    rise = (20.0 + number * 0.034 / 6 + ripple[number % 37 < 18] for number in range(600))
    assert len(judged(rise)) <= 2


def test_co_has_its_own_threshold():
    equal(judged([5.0 + 4 * number for number in range(60)], name="co_ppm"), [(250, True)])
    equal(judged([5.0 + 1.5 * number for number in range(60)], name="co_ppm"), [])


def test_an_alarm_makes_reports_fast_at_once_and_the_sampler_follows():
    board = HandBoard()
    watch = new_guard(board)
    watch.rises = (1.0, 100.0)
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
