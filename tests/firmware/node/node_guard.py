"""The guard: button, wishes, outputs and a scan that nothing stops."""

import guard
import outputs
import record
from hand import HandBoard, new_guard
from support import VALUES, equal

GOOD = ({"temp_1_degc": 20.0, "temp_2_degc": 21.0, "co_ppm": 5.0}, {})
HOT = ({"temp_1_degc": 51.0, "temp_2_degc": 21.0, "co_ppm": 5.0}, {})


def run(board, watch, until_ms, reading=None, step_ms=50):
    """Let the guard tick on its beat; the reading stays the same."""
    while board.now_ms < until_ms:
        board.reading = reading
        watch.step()
        board.now_ms += step_ms


def test_the_relay_is_held_while_all_is_well_and_falls_on_an_alarm():
    board = HandBoard()
    watch = new_guard(board, latch=True)
    run(board, watch, 1000, GOOD)
    equal((watch.outputs.relay, watch.outputs.horn, watch.outputs.lamp), (1, 0, outputs.DARK))
    run(board, watch, 2000, HOT)
    equal((watch.outputs.relay, watch.outputs.horn, watch.outputs.lamp), (0, 1, outputs.FLASHING))
    watch.ask("silence", 60000)
    run(board, watch, 3000, HOT)
    equal((watch.outputs.relay, watch.outputs.horn, watch.outputs.lamp), (0, 0, outputs.STEADY))


def press(board, watch, ms):
    board.pressed = True
    run(board, watch, board.now_ms + ms, GOOD)
    board.pressed = False
    run(board, watch, board.now_ms + 200, GOOD)


def test_short_presses_silence_and_then_reset():
    board = HandBoard()
    watch = new_guard(board, latch=True)
    run(board, watch, 1000, HOT)
    run(board, watch, 15000, GOOD)
    equal(watch.outputs.horn, 1)
    press(board, watch, 200)
    equal((watch.outputs.horn, watch.outputs.condition), (0, "temp_high"))
    press(board, watch, 200)
    equal((watch.outputs.condition, watch.outputs.relay), (None, 1))
    equal(
        [item.alarm[1] for item in watch.take()[1] if item.alarm[0] == "temp_high"],
        ["raised", "cleared", "silenced"],
    )


def test_a_long_press_tests_horn_and_lamp_once():
    board = HandBoard()
    watch = new_guard(board)
    run(board, watch, 1000, GOOD)
    press(board, watch, 30000)
    tests = [levels["test"] for levels in board.shown]
    equal(tests, [0, 1, 0])
    equal([levels["horn"] for levels in board.shown], [0, 0, 0])


def test_bounces_are_no_press():
    board = HandBoard()
    watch = new_guard(board, latch=True)
    run(board, watch, 1000, HOT)
    for number in range(40):
        board.pressed = number % 2 == 0
        run(board, watch, board.now_ms + 50, HOT)
    equal(watch.outputs.horn, 1)


def test_a_button_that_hangs_does_not_silence_what_comes():
    board = HandBoard()
    watch = new_guard(board, latch=True)
    board.pressed = True
    run(board, watch, 60000, GOOD)
    run(board, watch, 61000, HOT)
    equal(watch.outputs.horn, 1)


def test_an_alarm_is_never_hidden_by_a_test():
    board = HandBoard()
    watch = new_guard(board, latch=True)
    run(board, watch, 1000, GOOD)
    watch.ask("test", 5000)
    run(board, watch, 2000, HOT)
    equal((watch.outputs.horn, watch.outputs.test), (1, 1))
    run(board, watch, 9000, HOT)
    equal((watch.outputs.horn, watch.outputs.test), (1, 0))


def test_wishes_are_bounded_and_done_in_their_order():
    board = HandBoard()
    watch = new_guard(board, latch=True)
    equal([watch.ask("reset") for _ in range(9)], [True] * 8 + [False])
    run(board, watch, 1000, HOT)
    assert watch.ask("limits", 60.0, 2000.0)
    run(board, watch, 2000, HOT)
    equal(watch.local.limits, {"temp_degc": 60.0, "co_ppm": 2000.0})


def test_edges_nobody_takes_are_bounded_and_counted():
    board = HandBoard()
    watch = new_guard(board)
    for _ in range(100):
        watch.tell([("temp_high", "raised", "temp_1_degc", 51.0, 50.0)], 0, None)
    equal((len(watch.take()[1]), watch.ignored), (64, 36))


def test_a_reading_is_taken_once_and_of_many_the_newest():
    board = HandBoard()
    watch = new_guard(board)
    run(board, watch, 3000, GOOD)
    reading, edges = watch.take()
    assert isinstance(reading, record.Record)
    equal((reading.up_ms, edges), (2000, []))
    equal(watch.take(), (None, []))


class BrokenBoard(HandBoard):
    """A board whose sensors and outputs raise."""

    def read(self, values):
        raise OSError(5, "bus")

    def show(self, levels):
        if self.now_ms < 8000:
            raise OSError(5, "expander")
        return HandBoard.show(self, levels)


def test_a_part_that_raises_stops_no_other():
    board = BrokenBoard()
    watch = new_guard(board)
    run(board, watch, 5000)
    assert watch.failures
    equal(watch.scans, 0)
    watch.tell([("temp_high", "raised", "temp_1_degc", 51.0, 50.0)], 0, None)
    equal(len(watch.take()[1]), 1)
    run(board, watch, 9000)
    equal(len(board.shown), 1)


def test_sensors_that_say_nothing_become_faults_and_clear_nothing():
    board = HandBoard()
    watch = new_guard(board)
    run(board, watch, 1000, HOT)
    run(board, watch, 40000)
    equal(sorted(watch.local.faults), sorted(VALUES))
    equal(watch.outputs.condition, "temp_high")


def test_the_state_tells_of_alarms_and_of_sensors_that_died():
    board = HandBoard()
    watch = new_guard(board, latch=True)
    run(board, watch, 1000, GOOD)
    equal(watch.state(), {"alarm": None, "horn": 0, "silenced": False})
    near = ({"temp_1_degc": 46.0, "temp_2_degc": 21.0, "co_ppm": 5.0}, {})
    run(board, watch, 2000, near)
    dead = ({"temp_2_degc": 21.0, "co_ppm": 5.0}, {"temp_1_degc": "sensor_open"})
    run(board, watch, 20000, dead)
    told = {"alarm": "temp_high", "horn": 1, "silenced": False, "died": ["temp_1_degc"]}
    equal(watch.state(), told)


def test_missed_beats_are_left_out():
    board = HandBoard()
    watch = new_guard(board)
    run(board, watch, 1000, GOOD)
    board.now_ms = 100000
    run(board, watch, 101000, GOOD)
    equal(watch.scans, 2)


def test_the_lamp_flashes_on_an_alarm_and_blinks_on_a_fault():
    board = HandBoard()
    watch = new_guard(board, latch=True)
    run(board, watch, 4000, ({"temp_2_degc": 20.0, "co_ppm": 5.0}, {"temp_1_degc": "crc"}))
    equal(board.lit, [(0, False)])
    run(board, watch, 16000, ({"temp_2_degc": 20.0, "co_ppm": 5.0}, {"temp_1_degc": "crc"}))
    equal(board.lit[1:5], [(10000, True), (10100, False), (12000, True), (12100, False)])
    run(board, watch, 18000, HOT)
    flashes = [on for at, on in board.lit if at >= 16500]
    equal(flashes, [True, False] * (len(flashes) // 2))
    assert len(flashes) >= 4


def test_after_each_tick_the_supervisor_is_told():
    board = HandBoard()
    watch = new_guard(board)
    told = []
    watch.on_tick = told.append
    run(board, watch, 200, GOOD)
    equal(told, [0, 50, 100, 150])
    watch.stopped = True
    run(board, watch, 400, GOOD)
    equal(len(told), 4)
    equal(guard.TICK_MS, 50)
