"""Latch, silence, reset and restart, as an operator expects of an alarm panel."""

import alarm
import memory
from support import VALUES, equal

LIMITS = {"temp_degc": 50.0, "co_ppm": 3000.0}
HOT, COLD = {"temp_1_degc": 51.0}, {"temp_1_degc": 20.0}


def local(latch=True):
    return alarm.LocalAlarm(LIMITS, 10000, 10000, latch=latch)


def seconds(state, first, last, v, bad=None):
    told = []
    for second in range(first, last):
        state.tick(second * 1000)
        told += [edge[:3] for edge in state.evaluate(dict(v), dict(bad or {}), second * 1000)]
    return told


def test_the_horn_goes_on_when_the_condition_is_over():
    state = local()
    seconds(state, 0, 1, HOT)
    equal(seconds(state, 1, 30, COLD), [("temp_high", "cleared", "temp_1_degc")])
    equal((state.sounding(), state.active()), ("temp_high", False))
    state.silence(30000, 60000)
    equal((state.sounding(), state.shown()), (None, "temp_high"))
    equal(state.reset_latch(), 1)
    equal((state.shown(), state.saved), (None, []))


def test_without_the_latch_it_falls_silent_by_itself():
    state = local(latch=False)
    seconds(state, 0, 1, HOT)
    seconds(state, 1, 30, COLD)
    equal((state.sounding(), state.shown(), state.saved), (None, None, []))


def test_a_silence_stops_the_horn_and_not_the_lamp_and_expires():
    state = local()
    seconds(state, 0, 1, HOT)
    edges = state.silence(1000, 60000)
    equal(edges, [("temp_high", "silenced", "temp_1_degc", None, 50.0)])
    equal(state.silence(1000, 60000), [])
    seconds(state, 1, 61, HOT)
    equal((state.sounding(), state.shown()), (None, "temp_high"))
    seconds(state, 61, 62, HOT)
    equal(state.sounding(), "temp_high")


def test_a_new_alarm_sounds_again_at_once():
    state = local()
    seconds(state, 0, 1, HOT)
    state.silence(1000, 600000)
    seconds(state, 1, 2, dict(HOT, temp_2_degc=50.0))
    equal(state.sounding(), "temp_high")
    state.silence(2000, 600000)
    seconds(state, 2, 3, dict(HOT, temp_2_degc=50.0, co_ppm=3000.0))
    equal((state.sounding(), state.shown()), ("co_high", "co_high"))


def test_a_latched_alarm_that_comes_back_sounds_again():
    state = local()
    seconds(state, 0, 1, HOT)
    state.silence(1000, 600000)
    seconds(state, 1, 20, COLD)
    equal((state.sounding(), state.shown()), (None, "temp_high"))
    equal(seconds(state, 20, 21, HOT), [("temp_high", "raised", "temp_1_degc")])
    equal((state.sounding(), len(state.standing)), ("temp_high", 1))


def test_a_reset_never_ends_an_alarm_that_stands():
    state = local()
    seconds(state, 0, 1, HOT)
    equal(state.reset_latch(), 0)
    equal(state.sounding(), "temp_high")
    state.silence(1000, 600000)
    equal((state.reset_latch(), state.shown()), (0, "temp_high"))


def test_a_restart_keeps_alarms_latches_and_faults():
    state = local()
    seconds(state, 0, 1, dict(HOT, co_ppm=3000.0))
    seconds(state, 1, 20, {"co_ppm": 5.0}, {"temp_1_degc": "sensor_open"})
    state.silence(20000, 600000)
    again = local()
    edges = memory.restore(again, state.saved, VALUES)
    equal(edges, [("temp_high", "raised", "temp_1_degc", None, 50.0)])
    equal((again.sounding(), again.faults), ("temp_high", ["temp_1_degc"]))
    equal(again.saved[1:2], [["co_high", "co_ppm", alarm.LATCHED, False]])
    told = seconds(again, 0, 20, dict(COLD, co_ppm=5.0))
    equal(
        told,
        [("temp_high", "cleared", "temp_1_degc"), ("sensor_fault", "cleared", "temp_1_degc")],
    )


def test_a_restart_takes_only_what_makes_sense():
    good = ["temp_high", "temp_1_degc", alarm.SOUNDING, False]
    for rows in (
        None,
        {},
        [None],
        [["temp_high"]],
        [["temp_high", "temp_9_degc", 1, False]],
        [["co_high", "temp_1_degc", 1, False]],
        [["temp_high", "temp_1_degc", 7, False]],
        [["sensor_fault", "temp_9_degc", 0, False]],
    ):
        state = local()
        equal((memory.restore(state, rows, VALUES), state.standing, state.faults), ([], [], []))
    state = local()
    equal(len(memory.restore(state, [good, good], VALUES)), 1)
    equal(len(state.standing), 1)


def test_a_sensor_that_dies_near_its_limit_is_an_alarm():
    for point, near, far in (("temp_1_degc", 45.0, 44.9), ("co_ppm", 2400.0, 2399.0)):
        for value, dies in ((near, True), (far, False)):
            state = local(latch=False)
            seconds(state, 0, 5, {point: value})
            told = seconds(state, 5, 20, {}, {point: "sensor_open"})
            raised = [edge for edge in told if edge[0] != "sensor_fault"]
            equal(len(raised), 1 if dies else 0)
            equal(state.sounding() is not None, dies)


def test_a_sensor_that_rose_and_died_is_an_alarm_that_latches():
    state = local(latch=False)
    for minute in range(7):
        seconds(state, 60 * minute, 60 * minute + 1, {"temp_1_degc": 20.0 + 2 * minute})
    told = seconds(state, 361, 380, {}, {"temp_1_degc": "crc"})
    equal([edge[:2] for edge in told if edge[0] == "temp_high"], [("temp_high", "raised")])
    equal(state.saved[0], ["temp_high", "temp_1_degc", alarm.SOUNDING, True])
    seconds(state, 380, 400, COLD)
    equal((state.active(), state.sounding()), (False, "temp_high"))


def test_a_doubtful_number_raises_and_never_clears():
    state = local()
    seconds(state, 0, 1, {"co_ppm": 3100.0}, {"co_ppm": "low_o2"})
    equal((state.sounding(), state.faults), ("co_high", []))
    equal(seconds(state, 1, 60, {"co_ppm": 5.0}, {"co_ppm": "low_o2"}), [])
    equal(seconds(state, 60, 80, {"co_ppm": 5.0}), [("co_high", "cleared", "co_ppm")])


def test_what_is_missing_is_not_below():
    state = local()
    seconds(state, 0, 1, HOT)
    seconds(state, 1, 9, COLD)
    seconds(state, 9, 12, {}, {"temp_1_degc": "crc"})
    equal(seconds(state, 12, 22, COLD), [])
    equal(seconds(state, 22, 23, COLD), [("temp_high", "cleared", "temp_1_degc")])


def test_other_limits_are_judged_from_the_next_reading_on():
    state = local()
    state.limits = {"temp_degc": 40.0, "co_ppm": 1000.0}
    seconds(state, 0, 1, {"temp_1_degc": 40.0, "co_ppm": 999.0})
    equal([row[0] for row in state.saved], ["temp_high"])
