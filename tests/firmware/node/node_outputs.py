import alarm
import outputs
from hand import HandBoard
from support import equal

LIMITS = {"temp_degc": 50.0, "co_ppm": 3000.0}


def local(hot=False):
    state = alarm.LocalAlarm(LIMITS, 10000, 10000)
    state.evaluate({"temp_1_degc": 60.0 if hot else 20.0}, {}, 0)
    return state


def shown(fail_safe, hot):
    board = HandBoard()
    outputs.Outputs(board, fail_safe).update(local(hot), 0)
    return board.shown[-1]


def test_a_dead_board_and_an_alarm_open_the_relay():
    equal(shown(True, hot=False)["relay"], 1)
    equal(shown(True, hot=True)["relay"], 0)


def test_a_relay_that_is_to_close_on_an_alarm():
    equal(shown(False, hot=False)["relay"], 0)
    equal(shown(False, hot=True)["relay"], 1)


def test_nothing_is_shown_twice_and_what_is_refused_is_tried_again():
    board = HandBoard()
    panel = outputs.Outputs(board)
    calm, hot = local(), local(hot=True)
    for now_ms in range(0, 500, 50):
        panel.update(calm, now_ms)
    equal(len(board.shown), 1)
    board.takes = False
    assert not panel.update(hot, 500)
    board.takes = True
    assert panel.update(hot, 550)
    equal([levels["horn"] for levels in board.shown], [0, 1])
