import asyncio
import json

import greet
import mqtt
import packets
import virtual
from support import equal


class Wire:
    """A broker's end of a connection; `answers` maps a packet's kind to what it does."""

    def __init__(self, **answers):
        self.answers = answers
        self.came = []
        self.closed = False
        self._data = b""
        self._there = asyncio.Event()
        self._decoder = packets.Decoder()

    async def read(self, count):
        while not self._data:
            self._there.clear()
            await self._there.wait()
            if self.closed:
                return b""
        data, self._data = self._data[:count], self._data[count:]
        return data

    def say(self, data):
        self._data += data
        self._there.set()

    def write(self, data):
        space = self._decoder.space()
        space[: len(data)] = data
        self._decoder.arrived(len(data))
        while True:
            packet = self._decoder.next()
            if packet is None:
                return
            kind, body = packet[0], bytes(packet[1])
            self.came.append((kind >> 4, body))
            answer = self.answers.get(f"k{kind >> 4}", DEFAULTS.get(kind >> 4))
            if answer is not None:
                answer(self, body)

    async def drain(self):
        if self.answers.get("stuck"):
            await asyncio.Event().wait()

    def close(self):
        self.closed = True
        self._there.set()

    async def wait_closed(self):
        pass


def connack(wire, _body, kept=0):
    wire.say(bytes([0x20, 2, kept, 0]))


def number_of(body):
    return body[2 + body[1] : 4 + body[1]]


def confirm(wire, body):
    wire.say(b"\x40\x02" + number_of(body))


def grant(wire, body, code=1):
    wire.say(b"\x90\x03" + body[:2] + bytes([code]))


def pong(wire, _body):
    wire.say(b"\xd0\x00")


def nothing(_wire, _body):
    pass


DEFAULTS = {1: connack, 3: confirm, 8: grant, 12: pong}


class Board:
    """A client in virtual time."""

    def __init__(self):
        self.clock = virtual.Clock()
        self.heard = []
        self.said = []
        self.client = mqtt.Client(
            b"\x10\x00",
            30,
            lambda: self.clock.now_ms,
            lambda topic, payload: self.heard.append((topic, payload)),
            say=self.said.append,
        )

    async def stay(self, wire, *work, seconds=3600):
        """One connection that works, then idles, and is ended after some time at the latest."""

        async def on_connect():
            for step in work:
                await step()
            await asyncio.Event().wait()

        try:  # noqa: SIM105, MicroPython has no contextlib
            await asyncio.wait_for(self.client.stay((wire, wire), on_connect), seconds)
        except asyncio.TimeoutError:  # noqa: UP041, and no built-in one
            pass
        return self.clock.now_ms / 1000


def publishing(client, count):
    async def work():
        for number in range(count):
            await client.publish(b"t", str(number).encode())

    return work


def publishes(wire):
    return [body[4 + body[1] :].decode() for kind, body in wire.came if kind == 3]


def run(story):
    board = Board()
    return virtual.run(board.clock, story(board))


def test_a_session_that_the_broker_kept_and_one_that_it_lost_are_told_apart():
    async def story(board):
        for kept in (0, 1):
            wire = Wire(k1=lambda wire, body, kept=kept: connack(wire, body, kept))
            await board.stay(wire, seconds=1)
            equal(board.client.session_kept, bool(kept))
            equal(board.client.connected, False)
            assert wire.closed

    run(story)


def test_all_is_sent_in_order_and_few_at_once():
    async def story(board):
        late = []
        wire = Wire(k3=lambda _wire, body: late.append(body))
        work = asyncio.create_task(board.stay(wire, publishing(board.client, 20), seconds=5))
        await asyncio.sleep(1)
        equal((len(publishes(wire)), board.client.unconfirmed()), (8, 8))
        for _ in range(20):
            while late:
                confirm(wire, late.pop(0))
            await asyncio.sleep(0.1)
        equal(publishes(wire), [str(number) for number in range(20)])
        equal((board.client.unconfirmed(), board.client.pubacks_lost), (0, 0))
        await work

    run(story)


def test_a_puback_that_comes_twice_or_for_nothing_is_harmless():
    async def story(board):
        def twice(wire, body):
            confirm(wire, body)
            confirm(wire, body)
            wire.say(b"\x40\x02\x7f\xff")

        wire = Wire(k3=twice)
        await board.stay(wire, publishing(board.client, 30), seconds=5)
        equal(len(publishes(wire)), 30)
        equal((board.client.unconfirmed(), board.client.pubacks_lost, board.said), (0, 0, []))

    run(story)


def test_a_lost_puback_holds_nothing_up_while_others_come():
    async def story(board):
        def every_third_is_lost(wire, body):
            if number_of(body)[1] % 3:
                confirm(wire, body)

        wire = Wire(k3=every_third_is_lost)
        await board.stay(wire, publishing(board.client, 100), seconds=5)
        equal(len(publishes(wire)), 100)
        assert board.client.pubacks_lost >= 30, board.client.pubacks_lost
        equal(board.said, [])

    run(story)


def test_without_any_puback_sending_goes_on_slowly_while_the_broker_answers_pings():
    async def story(board):
        wire = Wire(k3=nothing)
        await board.stay(wire, publishing(board.client, 17), seconds=100)
        equal((len(publishes(wire)), board.said), (17, []))

    run(story)


def test_a_half_open_connection_is_given_up():
    async def story(board):
        ended_s = await board.stay(Wire(k12=nothing))
        assert 45 < ended_s <= 60, ended_s
        assert "no longer answers" in board.said[0]

    run(story)


def test_a_peer_that_takes_nothing_is_given_up():
    async def story(board):
        async def work():
            wire.answers["stuck"] = True
            await board.client.publish(b"t", b"")

        wire = Wire()
        assert await board.stay(wire, work) <= 60
        equal(len(board.said), 1)

    run(story)


def test_an_idle_connection_stands_by_pings_alone():
    async def story(board):
        wire = Wire()
        equal(await board.stay(wire, seconds=900), 900)
        pings = sum(kind == 12 for kind, _ in wire.came)
        assert 25 < pings < 65, pings

    run(story)


def test_a_broker_that_never_answers_the_connect_is_given_up():
    async def story(board):
        equal(await board.stay(Wire(k1=nothing)), 10)
        equal(len(board.said), 1)

    run(story)


def test_a_refusal_is_told_in_words():
    async def story(board):
        await board.stay(Wire(k1=lambda wire, _body: wire.say(b"\x20\x02\x00\x05")))
        assert "this board may not connect" in board.said[0], board.said

    run(story)


def test_messages_are_handed_on_and_confirmed_even_when_they_are_too_long():
    async def story(board):
        async def work():
            equal(await greet.ask_for(board.client, "t"), True)
            wire.say(b"\x32\x06\x00\x01t\x00\x09x" + b"\x30\x04\x00\x01ty")
            wire.say(b"\x32\xe3\x0b\x00\x01t\x00\x0a" + b"z" * 1502)
            wire.say(b"\x32\x06\x00\x01t\x00\x0bz")

        wire = Wire()
        await board.stay(wire, work, seconds=2)
        equal(board.heard, [("t", b"x"), ("t", b"y"), ("t", b"z")])
        equal(
            [body for kind, body in wire.came if kind == 4], [b"\x00\x09", b"\x00\x0a", b"\x00\x0b"]
        )

    run(story)


def test_a_topic_that_the_broker_refuses_is_known():
    async def story(board):
        async def work():
            equal(await greet.ask_for(board.client, "t"), False)

        await board.stay(Wire(k8=lambda wire, body: grant(wire, body, 0x80)), work, seconds=2)
        equal((board.client.topics_refused, board.said), (1, []))

    run(story)


def test_work_that_fails_by_itself_is_not_hidden():
    async def story(board):
        async def work():
            json.loads("{")

        try:
            await board.stay(Wire(), work)
        except ValueError:
            return
        raise AssertionError("hidden")

    run(story)


def test_a_good_bye_ends_the_connection_without_a_will():
    async def story(board):
        async def work():
            await board.client.send(packets.DISCONNECT)
            board.client.finish()

        wire = Wire()
        assert await board.stay(wire, work) < 1
        equal(wire.came[-1], (14, b""))
        equal(board.said, [])

    run(story)
