import asyncio
import struct

import datagram
import ntp
import stamps
import wallclock
from support import equal, fresh

NONCE = b"\x01\x02\x03\x04\x05\x06\x07\x08"
NOON_S = wallclock.BUILT_S + 30 * 86400


def stamp(utc_us):
    seconds = (utc_us // 1000000 + 2208988800) & 0xFFFFFFFF
    return struct.pack(">II", seconds, (utc_us % 1000000 << 32) // 1000000 + 1)


def answer(nonce=NONCE, first=0x24, stratum=2, received_us=None, sent_us=None, kiss=b"    "):
    sent_us = NOON_S * 1000000 if sent_us is None else sent_us
    received_us = sent_us - 300 if received_us is None else received_us
    head = bytes([first, stratum, 6, 0xEC]) + b"\x00" * 8 + kiss + b"\x00" * 8
    return head + nonce + stamp(received_us) + stamp(sent_us)


def refused(data, kind=ValueError):
    try:
        stamps.read(data, NONCE)
    except kind:
        return True
    return False


def test_an_answer_is_read():
    equal(stamps.read(answer(), NONCE), (NOON_S * 1000000, 300))
    equal(stamps.read(answer(sent_us=NOON_S * 1000000 + 250000), NONCE)[0] % 1000000, 250000)


def test_the_next_era_of_the_protocol_is_understood():
    later_us = 2147483648 * 1000000  # in 2038; the protocol's seconds began anew in 2036
    equal(stamps.read(answer(sent_us=later_us), NONCE)[0], later_us)


def test_what_is_not_to_be_trusted_is_refused():
    noon_us = NOON_S * 1000000
    for data in (
        b"",
        answer()[:47],
        answer(nonce=b"x" * 8),
        answer(first=0x23),  # a client
        answer(first=0x25),  # a broadcast
        answer(first=0xE4),  # not synchronised
        answer(stratum=16),
        answer(received_us=noon_us + 1000),
        answer(received_us=noon_us - 3000000),
    ):
        assert refused(data), data
    assert refused(answer(stratum=0, kiss=b"DENY"), stamps.KissOfDeathError)


class Server:
    """A time server as the network shows it; its waits move the time."""

    def __init__(self, delay_ms=40, **fields):
        self.delay_ms = delay_ms
        self.fields = fields
        self.now_ms = 0
        self.asked = []
        self.said = []
        self.open = 0

    def ms(self):
        return self.now_ms

    def open_datagrams(self, address, port):
        self.asked.append((address, port))
        self.open += 1
        return self

    def send(self, data):
        self.due_ms = self.now_ms + self.delay_ms
        self.nonce = data[40:]

    def recv(self, _size):
        self.now_ms += 1
        if self.now_ms < self.due_ms:
            return None
        return answer(self.nonce, **self.fields)

    def close(self):
        self.open -= 1


def ask(server, names=("10.0.0.1",), times=1):
    """Ask so often; what was taken each time, and the clock."""
    server.clock = wallclock.WallClock(server.ms)
    talk, servers = Talk(server), list(names)

    async def often():
        took = []
        for _ in range(times):
            took += [await ntp.ask(talk, servers)]
        return took

    original, pause = datagram.open_datagrams, ntp._POLL_S
    datagram.open_datagrams, ntp._POLL_S = server.open_datagrams, 0
    try:
        return asyncio.run(often()), server.clock
    finally:
        datagram.open_datagrams, ntp._POLL_S = original, pause
        equal(server.open, 0)


class Talk:
    """What a session lends."""

    def __init__(self, server):
        self.clock = server.clock
        self.now_ms = server.ms
        self.say = server.said.append
        self.settings = {"ring": fresh()}


def test_the_clock_is_set_by_half_of_the_way():
    server = Server(delay_ms=40)
    took, clock = ask(server)
    equal(took, [True])
    assert abs(clock.utc_us() - (NOON_S * 1000000 + 20000)) < 1000, clock.utc_us()
    equal(clock.error(server.now_ms), 20)


def test_a_slow_and_a_silent_server_are_not_believed():
    for delay_ms in (1100, 100000):
        server = Server(delay_ms)
        took, clock = ask(server)
        equal((took, clock.utc_us(), len(server.said)), ([False], None, 1))
        assert server.now_ms <= 2001


def test_a_kiss_of_death_is_obeyed():
    server = Server(stratum=0, kiss=b"DENY")
    took, _ = ask(server, ("10.0.0.1", "10.0.0.2:1123"), times=3)
    equal(took, [False] * 3)
    equal(server.asked, [("10.0.0.1", 123), ("10.0.0.2", 1123)])


def test_an_impossible_time_is_told_and_not_taken():
    server = Server(sent_us=(NOON_S + 50 * 365 * 86400) * 1000000)
    took, clock = ask(server)
    equal((took, clock.utc_us()), ([False], None))
    assert "check the time server" in server.said[0]
