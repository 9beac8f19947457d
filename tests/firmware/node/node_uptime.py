import uptime
from hand import HandBoard
from support import equal


def test_time_starts_at_zero_and_goes_on_over_the_wrap():
    board = HandBoard()
    board.now_ms = (1 << 30) - 1000
    clock = uptime.Uptime(board.ticks_ms)
    equal(clock.ms(), 0)
    board.now_ms = 500
    equal(clock.ms(), 1500)


def test_28_days_cross_two_wraps_and_never_go_back():
    board = HandBoard()
    clock = uptime.Uptime(board.ticks_ms)
    last = wraps = 0
    for hour in range(1, 28 * 24 + 1):
        before = board.now_ms
        board.now_ms = hour * 3600000 & ((1 << 30) - 1)
        wraps += board.now_ms < before
        assert clock.ms() == hour * 3600000 > last
        last = clock.ms()
    equal(wraps, 2)
