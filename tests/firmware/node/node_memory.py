import controls
import files
import memory
import sampler
from hand import HandBoard, new_guard
from support import VALUES, equal, fresh

BOUNDS = {"temp_degc": 50, "co_ppm": 3000, "silence_min": 10, "report_s_max": 600}
HOT, COLD = {"temp_1_degc": 51.0}, {"temp_1_degc": 20.0}


def keeper(path, board=None):
    board = board or HandBoard()
    watch = new_guard(board, latch=False, scan_ms=1000)
    watch.local.off_ms = 0
    return board, watch, sampler.Sampler(watch, None, report_ms=60000, alarms=path + "/alarms")


def scan(board, samples, second, reading):
    board.now_ms, board.reading = 1000 * second, (dict(reading), {})
    samples.scan()


def kept(path):
    return files.read_sealed(path + "/alarms")


def test_an_alarm_is_written_at_once_and_what_flutters_once_a_minute():
    path = fresh()
    board, watch, samples = keeper(path)
    for second in range(120):
        scan(board, samples, second, HOT if second % 2 else COLD)
        if second == 1:
            equal(kept(path), [["temp_high", "temp_1_degc", 1, False]])
    assert samples.alarm_writes <= 5, samples.alarm_writes
    scan(board, samples, 300, COLD)
    equal(kept(path), watch.local.saved)


def test_nothing_is_written_for_what_flash_has_already():
    path = fresh()
    board, _, samples = keeper(path)
    scan(board, samples, 0, HOT)
    equal(samples.alarm_writes, 1)
    board, watch, samples = keeper(path)
    memory.restore(watch.local, kept(path), VALUES)
    samples.alarms_kept = kept(path)
    scan(board, samples, 600, HOT)
    equal(samples.alarm_writes, 0)


def test_broken_flash_stops_nothing():
    board, watch, samples = keeper("/nowhere/at/all")
    scan(board, samples, 0, HOT)
    equal((watch.outputs.horn, samples.store_failures), (1, 1))
    assert not memory.keep_orders("/nowhere/at/all", {"report_s": 60})
    equal(memory.orders("/nowhere/at/all"), {})


def test_a_damaged_file_is_as_none():
    path = fresh()
    files.write(path + "/set", b"\xff\xfe")
    equal(memory.orders(path), {})


def hands(path, bounds=None):
    watch = new_guard(HandBoard(), latch=True)
    samples = sampler.Sampler(watch, None, report_ms=60000)
    settings = {"bounds": bounds or BOUNDS, "ring": path}
    return watch, samples, controls.Controls(settings, watch, samples)


def test_limits_within_the_bounds_are_kept_over_a_restart():
    path = fresh()
    watch, _, given = hands(path)
    equal(given.limits(45, 1000), None)
    watch.step()
    equal(watch.local.limits, {"temp_degc": 45, "co_ppm": 1000})
    watch, _, given = hands(path)
    given.restore()
    watch.step()
    equal(watch.local.limits, {"temp_degc": 45, "co_ppm": 1000})


def test_limits_beyond_the_bounds_are_refused_in_words():
    watch, _, given = hands(fresh())
    for limits in ((51, 3000), (50, 3001), (20, 3000), (50, 10)):
        assert "site's bound" in given.limits(*limits)
    watch.step()
    equal(watch.local.limits, {"temp_degc": 50.0, "co_ppm": 3000.0})


def test_bounds_that_came_down_hold_for_what_was_set_before():
    path = fresh()
    hands(path)[2].limits(49, 2900)
    watch, _, given = hands(path, dict(BOUNDS, temp_degc=45))
    given.restore()
    watch.step()
    equal(watch.local.limits["temp_degc"], 50.0)


def test_an_interval_is_kept_and_bounded():
    path = fresh()
    _, samples, given = hands(path)
    assert "3600" in given.interval(3600)
    equal(given.interval(30), None)
    equal(samples.normal_ms, 30000)
    _, samples, given = hands(path)
    given.restore()
    equal(samples.normal_ms, 30000)


def test_no_silence_is_longer_than_the_bound():
    watch, _, given = hands(fresh())
    watch.local.evaluate(HOT, {}, 0)
    for minutes in (0, -1, 10.1, 600):
        assert "at most 10" in given.silence(minutes)
    watch.step()
    equal(watch.local.sounding(), "temp_high")
    equal(given.silence(10), None)
    watch.step()
    equal(watch.local.sounding(), None)
    equal(watch.local.standing[0].until_ms, 600000)


def test_a_test_and_a_reset_reach_the_guard():
    watch, _, given = hands(fresh())
    watch.local.evaluate(HOT, {}, 0)
    for now_ms in (0, 20000):
        watch.local.evaluate(COLD, {}, now_ms + 1000)
    equal((given.test(), given.reset_latch()), (None, None))
    watch.step()
    equal((watch.outputs.test, watch.outputs.condition), (1, None))
    for _ in range(8):
        given.test()
    assert "send it again" in given.test()
