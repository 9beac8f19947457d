import wallclock
from support import equal, fresh

NOON_S = wallclock.BUILT_S + 30 * 86400
NOON_US = NOON_S * 1000000


class Board:
    """A board with a real-time clock."""

    def __init__(self, rtc_s):
        self.now_ms = 0
        self.rtc = rtc_s

    def ms(self):
        return self.now_ms

    def rtc_s(self):
        return self.rtc

    def set_rtc_s(self, utc_s):
        self.rtc = utc_s


def at_power_on(rtc_s=0, path=None, known_s=0):
    board = Board(rtc_s)
    return board, wallclock.WallClock(path or fresh(), board.ms, rtc_s, known_s)


def test_a_board_that_heard_of_no_server_has_no_time_and_says_so():
    board, clock = at_power_on()
    board.now_ms = 86400000
    equal((clock.utc_us(), clock.state()), (None, {"clock_synchronised": False}))


def test_certificates_are_judged_by_the_latest_time_known():
    for rtc_s, known_s, floor_s in (
        (0, 0, wallclock.BUILT_S),
        (NOON_S, 0, NOON_S),
        (0, NOON_S, NOON_S),
        (NOON_S, NOON_S + 5, NOON_S + 5),
        (1609459200, 0, wallclock.BUILT_S),  # where an RP2 begins
    ):
        board, clock = at_power_on(rtc_s, known_s=known_s)
        equal(clock.floor_s(), floor_s)
        board.now_ms = 10000
        equal(clock.floor_s(), floor_s + 10)
        clock.set_rtc(board)
        equal(board.rtc, floor_s + 10)


def test_an_answer_gives_the_time_of_every_later_moment():
    board, clock = at_power_on()
    board.now_ms = 5000
    equal(clock.synchronise(NOON_US, 4000, 30), None)
    equal(clock.utc_us(), NOON_US + 1000000)
    equal(clock.state(), {"clock_synchronised": True, "clock_error_ms": 30})
    board.now_ms = 64000
    equal(clock.utc_us(), NOON_US + 60000000)


def test_a_time_that_may_be_off_by_a_second_is_no_time():
    board, clock = at_power_on()
    clock.synchronise(NOON_US, 0, 100)
    board.now_ms = 9000000
    assert clock.utc_us() is not None
    board.now_ms = 9020000
    equal((clock.utc_us(), clock.state()), (None, {"clock_synchronised": False}))


def test_a_measured_drift_is_taken_into_account_and_the_time_holds_longer():
    board, clock = at_power_on()
    clock.synchronise(NOON_US, 0, 10)
    board.now_ms = 3600000
    clock.synchronise(NOON_US + 3600144000, 3600000, 10)  # 40 ppm slow
    board.now_ms = 2 * 3600000
    assert abs(clock.utc_us() - (NOON_US + 2 * 3600144000)) < 1000, clock.utc_us() - NOON_US
    board.now_ms = 25 * 3600000
    assert clock.utc_us() is not None


def test_a_time_before_what_has_certainly_passed_is_refused():
    _, clock = at_power_on(NOON_S)
    assert "check the time server" in clock.synchronise(NOON_US - 2 * 86400 * 1000000, 0, 10)
    assert clock.synchronise((NOON_S + 50 * 365 * 86400) * 1000000, 0, 10) is not None
    equal((clock.utc_us(), clock.refused), (None, 2))
    equal(clock.synchronise(NOON_US - 3600 * 1000000, 0, 10), None)


def test_the_time_is_kept_only_when_a_certificate_was_valid_at_it_and_daily():
    path = fresh()
    board, clock = at_power_on(path=path)
    clock.synchronise(NOON_US, 0, 10)
    clock.keep()
    equal(at_power_on(path=path)[1].floor_s(), wallclock.BUILT_S)
    clock.confirm()  # of a handshake before the answer
    clock.keep()
    equal(at_power_on(path=path)[1].floor_s(), wallclock.BUILT_S)
    clock.set_rtc(board)
    clock.confirm()
    clock.keep()
    equal(at_power_on(path=path)[1].floor_s(), NOON_S)
    board.now_ms = 86399000
    clock.keep()
    equal(at_power_on(path=path)[1].floor_s(), NOON_S)
    board.now_ms = 86400000
    clock.keep()
    equal(at_power_on(path=path)[1].floor_s(), NOON_S + 86400)


def test_a_lying_time_server_does_not_lock_the_board_out():
    path = fresh()
    lie_us = NOON_US + 20 * 365 * 86400 * 1000000
    board, clock = at_power_on(0, path)
    clock.synchronise(lie_us, 0, 10)
    clock.set_rtc(board)
    equal(board.rtc, lie_us // 1000000)
    clock.distrust()  # the broker's certificate has expired by that time
    clock.keep()
    clock.set_rtc(board)
    equal((board.rtc, clock.utc_us()), (wallclock.BUILT_S, None))
    equal(at_power_on(0, path)[1].floor_s(), wallclock.BUILT_S)


def test_a_confirmed_time_stays_and_an_expired_certificate_stays_refused():
    board, clock = at_power_on()
    clock.synchronise(NOON_US, 0, 10)
    clock.set_rtc(board)
    clock.confirm()
    clock.distrust()
    equal((clock.floor_s(), clock.utc_us()), (NOON_S, NOON_US))
    clock.synchronise(NOON_US + 20 * 365 * 86400 * 1000000, 0, 10)  # a lie after the truth
    clock.set_rtc(board)
    clock.distrust()
    equal((clock.floor_s(), clock.utc_us()), (NOON_S, None))


def test_the_section_of_the_config():
    equal(wallclock.wrong({"ntp": ["10.0.0.1", "a.b:123"], "known_s": NOON_S}), [])
    for section in ({"ntp": "10.0.0.1"}, {"ntp": [""]}, {"known_s": "now"}, {"zone": "UTC"}):
        equal(len(wallclock.wrong(section)), 1)


def test_an_answer_that_comes_during_a_handshake_is_not_blamed_for_it():
    board, clock = at_power_on()
    clock.set_rtc(board)
    clock.synchronise(NOON_US, 0, 10)
    clock.distrust()  # the certificate begins after the build
    equal(clock.utc_us(), NOON_US)
