import clockwork
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
    clock = wallclock.WallClock(board.ms)
    clockwork.restore(clock, path or fresh(), rtc_s, known_s)
    return board, clock


def floor_s(path):
    """What a board that starts now takes for certain."""
    return clockwork.floor_s(at_power_on(path=path)[1])


def test_a_board_that_heard_of_no_server_has_no_time_and_says_so():
    board, clock = at_power_on()
    board.now_ms = 86400000
    equal(clock.utc_us(), None)


def test_certificates_are_judged_by_the_latest_time_known():
    for rtc_s, known_s, floor_s in (
        (0, 0, wallclock.BUILT_S),
        (NOON_S, 0, NOON_S),
        (0, NOON_S, NOON_S),
        (NOON_S, NOON_S + 5, NOON_S + 5),
        (1609459200, 0, wallclock.BUILT_S),  # where an RP2 begins
    ):
        board, clock = at_power_on(rtc_s, known_s=known_s)
        equal(clockwork.floor_s(clock), floor_s)
        board.now_ms = 10000
        equal(clockwork.floor_s(clock), floor_s + 10)
        clockwork.set_rtc(clock, board)
        equal(board.rtc, floor_s + 10)


def test_an_answer_gives_the_time_of_every_later_moment():
    board, clock = at_power_on()
    board.now_ms = 5000
    equal(clockwork.synchronise(clock, NOON_US, 4000, 30), None)
    equal(clock.utc_us(), NOON_US + 1000000)
    equal(clock.error(board.now_ms), 30)
    board.now_ms = 64000
    equal(clock.utc_us(), NOON_US + 60000000)


def test_a_time_that_may_be_off_by_a_second_is_no_time():
    board, clock = at_power_on()
    clockwork.synchronise(clock, NOON_US, 0, 100)
    board.now_ms = 9000000
    assert clock.utc_us() is not None
    board.now_ms = 9020000
    equal(clock.utc_us(), None)


def test_a_measured_drift_is_taken_into_account_and_the_time_holds_longer():
    board, clock = at_power_on()
    clockwork.synchronise(clock, NOON_US, 0, 10)
    board.now_ms = 3600000
    clockwork.synchronise(clock, NOON_US + 3600144000, 3600000, 10)  # 40 ppm slow
    board.now_ms = 2 * 3600000
    assert abs(clock.utc_us() - (NOON_US + 2 * 3600144000)) < 1000, clock.utc_us() - NOON_US
    board.now_ms = 25 * 3600000
    assert clock.utc_us() is not None


def test_a_time_before_what_has_certainly_passed_is_refused():
    _, clock = at_power_on(NOON_S)
    assert "check the time server" in clockwork.synchronise(
        clock, NOON_US - 2 * 86400 * 1000000, 0, 10
    )
    assert clockwork.synchronise(clock, (NOON_S + 50 * 365 * 86400) * 1000000, 0, 10) is not None
    equal(clock.utc_us(), None)
    equal(clockwork.synchronise(clock, NOON_US - 3600 * 1000000, 0, 10), None)


def test_the_time_is_kept_only_when_a_certificate_was_valid_at_it_and_daily():
    path = fresh()
    board, clock = at_power_on(path=path)
    clockwork.synchronise(clock, NOON_US, 0, 10)
    clockwork.keep(clock, path)
    equal(floor_s(path), wallclock.BUILT_S)
    clockwork.confirm(clock)  # of a handshake before the answer
    clockwork.keep(clock, path)
    equal(floor_s(path), wallclock.BUILT_S)
    clockwork.set_rtc(clock, board)
    clockwork.confirm(clock)
    clockwork.keep(clock, path)
    equal(floor_s(path), NOON_S)
    board.now_ms = 86399000
    clockwork.keep(clock, path)
    equal(floor_s(path), NOON_S)
    board.now_ms = 86400000
    clockwork.keep(clock, path)
    equal(floor_s(path), NOON_S + 86400)


def test_a_lying_time_server_does_not_lock_the_board_out():
    path = fresh()
    lie_us = NOON_US + 20 * 365 * 86400 * 1000000
    board, clock = at_power_on(0, path)
    clockwork.synchronise(clock, lie_us, 0, 10)
    clockwork.set_rtc(clock, board)
    equal(board.rtc, lie_us // 1000000)
    clockwork.distrust(clock)  # the broker's certificate has expired by that time
    clockwork.keep(clock, path)
    clockwork.set_rtc(clock, board)
    equal((board.rtc, clock.utc_us()), (wallclock.BUILT_S, None))
    equal(floor_s(path), wallclock.BUILT_S)


def test_a_confirmed_time_stays_and_an_expired_certificate_stays_refused():
    board, clock = at_power_on()
    clockwork.synchronise(clock, NOON_US, 0, 10)
    clockwork.set_rtc(clock, board)
    clockwork.confirm(clock)
    clockwork.distrust(clock)
    equal((clockwork.floor_s(clock), clock.utc_us()), (NOON_S, NOON_US))
    clockwork.synchronise(
        clock, NOON_US + 20 * 365 * 86400 * 1000000, 0, 10
    )  # a lie after the truth
    clockwork.set_rtc(clock, board)
    clockwork.distrust(clock)
    equal((clockwork.floor_s(clock), clock.utc_us()), (NOON_S, None))


def test_the_section_of_the_config():
    equal(clockwork.wrong({"ntp": ["10.0.0.1", "a.b:123"], "known_s": NOON_S}), [])
    for section in ({"ntp": "10.0.0.1"}, {"ntp": [""]}, {"known_s": "now"}, {"zone": "UTC"}):
        equal(len(clockwork.wrong(section)), 1)


def test_an_answer_that_comes_during_a_handshake_is_not_blamed_for_it():
    board, clock = at_power_on()
    clockwork.set_rtc(clock, board)
    clockwork.synchronise(clock, NOON_US, 0, 10)
    clockwork.distrust(clock)  # the certificate begins after the build
    equal(clock.utc_us(), NOON_US)
