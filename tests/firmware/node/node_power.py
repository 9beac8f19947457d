"""A board on a battery: what keeps it awake, and what it announces before it sleeps."""

import asyncio

import config
import power
import sampler
from hand import HandBoard, new_guard
from support import equal, fresh, open_ring

GOOD = ({"temp_1_degc": 20.0, "temp_2_degc": 21.0, "co_ppm": 5.0}, {})
HOT = ({"temp_1_degc": 51.0, "temp_2_degc": 21.0, "co_ppm": 5.0}, {})
DEAD = ({"temp_2_degc": 21.0, "co_ppm": 5.0}, {"temp_1_degc": "sensor_open"})


class Sleeper(HandBoard):
    """A board that counts its sleeps."""

    def __init__(self):
        HandBoard.__init__(self)
        self.slept = []

    def deep_sleep(self, ms):
        self.slept.append((self.now_ms, ms))


def at_hand(busy=False, talk=None):
    board = Sleeper()
    watch = new_guard(board, latch=True)
    samples = sampler.Sampler(watch, open_ring(fresh()), report_ms=60000)
    section = {"mode": "battery", "sleep_s": 300, "awake_s": 30}
    if talk is not None:
        talk.samples = samples
    return board, samples, power.Power(section, board, watch, samples, talk, lambda: busy)


def scan(board, samples, reading, until_s):
    while board.now_ms < 1000 * until_s:
        board.reading = reading
        samples.scan()
        board.now_ms += 500


def test_it_sleeps_when_the_gateway_has_all():
    board, samples, sleeper = at_hand()
    assert not sleeper.may_sleep(0)
    scan(board, samples, GOOD, 3)
    assert not sleeper.may_sleep(board.now_ms)
    samples.ring.free(samples.ring.newest)
    assert sleeper.may_sleep(board.now_ms)
    equal(sleeper.state(), {"power": "battery", "sleep_s": 300})
    equal(samples.report_ms, 300000)


def test_it_sleeps_without_a_gateway_when_it_was_awake_for_long_enough():
    board, samples, sleeper = at_hand()
    scan(board, samples, GOOD, 29)
    assert not sleeper.may_sleep(board.now_ms)
    scan(board, samples, GOOD, 31)
    assert sleeper.may_sleep(board.now_ms)


def test_an_alarm_keeps_it_awake_silenced_or_latched():
    board, samples, sleeper = at_hand()
    scan(board, samples, HOT, 40)
    assert not sleeper.may_sleep(board.now_ms)
    samples.guard.ask("silence", 600000)
    scan(board, samples, GOOD, 80)
    equal(samples.guard.outputs.silenced, True)
    assert not sleeper.may_sleep(board.now_ms)
    samples.guard.ask("reset")
    scan(board, samples, GOOD, 82)
    assert sleeper.may_sleep(board.now_ms)


def test_a_missing_value_keeps_it_awake_until_its_fault_is_told():
    board, samples, sleeper = at_hand()
    scan(board, samples, DEAD, 5)
    samples.ring.free(samples.ring.newest)
    assert not sleeper.may_sleep(board.now_ms)
    scan(board, samples, DEAD, 12)
    equal(samples.guard.local.faults, ["temp_1_degc"])
    samples.ring.free(samples.ring.newest)
    assert sleeper.may_sleep(board.now_ms)


def test_a_hand_on_the_button_and_an_update_keep_it_awake():
    board, samples, sleeper = at_hand()
    scan(board, samples, GOOD, 40)
    board.pressed = True
    assert not sleeper.may_sleep(board.now_ms)
    board, samples, sleeper = at_hand(busy=True)
    scan(board, samples, GOOD, 40)
    assert not sleeper.may_sleep(board.now_ms)


class Talk:
    """A session that only says good-bye; what it saw then is kept."""

    connected = True

    samples = announced_ms = None

    async def leave(self, limit_s):
        self.announced_ms = self.samples.next_report_ms
        return True


def test_the_next_report_is_announced_before_the_sleep():
    talk = Talk()
    board, samples, sleeper = at_hand(talk=talk)
    scan(board, samples, GOOD, 40)
    power.POLL_S = 0.01

    async def story():
        task = asyncio.create_task(sleeper.run())
        for _ in range(500):
            if board.slept:
                break
            await asyncio.sleep(0.01)
        task.cancel()

    asyncio.run(story())
    equal((board.slept[0], talk.announced_ms), ((40000, 300000), 340000))
    assert samples.guard.stopped


def test_a_relay_that_must_be_held_and_a_battery_do_not_go_together():
    text = b'{"site":"s","board":"b","broker_host":"h","power":{"mode":"battery"}%s}'
    equal(len(config.load(text % b"")[1]), 1)
    equal(config.load(text % b',"outputs":{"relay":"energise"}')[1], [])
