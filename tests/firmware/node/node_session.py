import asyncio
import json

import outbox
import packets
import session
import telling
import virtual
from support import equal, fresh, golden, open_ring, sample

PREFIX = "hinoban/1/example/b0150/"
ASKING = 2  # the time


class Face:
    """A board's face, as far as a session looks at it."""

    def __init__(self):
        self.rungs = []
        self.sensors = []

    def restart_network(self):
        self.rungs.append("network")

    def reset(self):
        self.rungs.append("reset")

    def describe(self, number):
        return self.sensors[number] if number < len(self.sensors) else None

    def reset_cause(self):
        return "power_on"

    def utc_us(self):
        return None

    def free_heap(self):
        return None


class Uptime:
    def __init__(self, clock):
        self.clock = clock

    def ms(self):
        return self.clock.now_ms


class Sampler:
    """What a session asks a sampler."""

    def __init__(self, clock):
        self.uptime = Uptime(clock)
        self.values = ["temp_1_degc", "temp_2_degc"]
        self.report_ms = 60000
        self.next_report_ms = 0


class Wire:
    """A broker that confirms everything; what came is kept by noun.

    What a long story does not look at is not kept: it would take the heap that the board has.
    """

    def __init__(self, kept=0, leave_out=()):
        self.kept = kept
        self.leave_out = leave_out
        self.came = []
        self._coming = b""
        self._there = asyncio.Event()
        self._decoder = packets.Decoder()

    async def read(self, count):
        while not self._coming:
            self._there.clear()
            await self._there.wait()
        data, self._coming = self._coming[:count], self._coming[count:]
        return data

    def say(self, data):
        self._coming += data
        self._there.set()

    def tell(self, noun, payload):
        text = json.dumps(payload).encode()
        self.say(packets.publish((PREFIX + noun).encode(), len(text), 9) + text)

    def write(self, data):
        space = self._decoder.space()
        space[: len(data)] = data
        self._decoder.arrived(len(data))
        while True:
            packet = self._decoder.next()
            if packet is None:
                return
            kind, body = packet[0] >> 4, bytes(packet[1])
            if kind == 1:
                self.say(bytes([0x20, 2, self.kept, 0]))
            elif kind == 8:
                self.came.append(("subscribe", str(body[4 + len(PREFIX) : -1], "utf-8")))
                self.say(b"\x90\x03" + body[:2] + b"\x01")
            elif kind == 3:
                topic, payload, number = packets.parse_publish(packet[0], body)
                if topic[len(PREFIX) :] not in self.leave_out:
                    self.came.append((topic[len(PREFIX) :], json.loads(payload)))
                self.say(b"\x40\x02" + bytes([number >> 8, number & 255]))
            elif kind == 12:
                self.say(b"\xd0\x00")
            elif kind == 14:
                self.came.append(("good-bye", None))

    async def drain(self):
        pass

    def close(self):
        pass

    async def wait_closed(self):
        pass

    def said(self, noun):
        return [payload for kind, payload in self.came if kind == noun]


class Board:
    """A session in virtual time; `wires` are its connections, None for nobody there."""

    def __init__(self, wires=(), samples=0, alarm=False, **settings):
        self.clock = virtual.Clock()
        self.face = Face()
        self.ring = open_ring(fresh())
        for number in range(samples):
            self.ring.append(sample(number))
        self.wires = list(wires)
        self.dials = 0
        self.said = []
        known = {"site": "example", "board": "b0150", "username": "", "password": "",
                 "keepalive_s": 30, "clock": "none", "broker_host": "10.0.0.1",
                 "broker_port": 1883, "ring": fresh()}  # fmt: skip
        self.talk = session.Session(
            dict(known, **settings),
            self.face,
            Sampler(self.clock),
            outbox.Outbox(self.ring, "gw1", 60000, 256),
            3,
            say=self.said.append,
            alarm=lambda: alarm,
        )
        self.talk.dial = self.dial

    async def dial(self):
        self.dials += 1
        wire = self.wires.pop(0) if self.wires else None
        if wire is None:
            raise OSError(111, "nobody there")
        if wire == "hangs":
            await asyncio.Event().wait()
        return wire, wire

    def live(self, story=None, seconds=3600):
        """Let the session run while a story is told; returns whether it is connected then."""

        async def all_of():
            task = asyncio.create_task(self.talk.run())
            if story is not None:
                await story(self)
            else:
                await asyncio.sleep(seconds)
            connected.append(self.talk.connected)
            task.cancel()
            try:  # noqa: SIM105, MicroPython has no contextlib
                await task
            except asyncio.CancelledError:
                pass

        connected = []
        virtual.run(self.clock, all_of())
        return connected[0]


def nobody_for(seconds, **more):
    board = Board(**more)
    board.live(seconds=seconds)
    return board


def test_a_silent_site_gets_a_new_network_then_a_new_board():
    board = nobody_for(1900)
    assert board.face.rungs[:3] == ["network"] * 3, board.face.rungs
    equal(board.face.rungs.count("reset"), 1)
    equal(board.talk.net["resets"], 1)


def test_a_board_with_an_alarm_is_never_reset():
    board = nobody_for(7200, alarm=True)
    assert "reset" not in board.face.rungs
    assert board.dials > 60, board.dials


def test_a_connect_that_hangs_is_given_up_and_tried_again():
    board = Board(["hangs", "hangs", Wire()], samples=1)
    equal((board.live(seconds=60), board.dials), (True, 3))


def test_acks_routes_state_and_sensors_are_the_first_of_a_connection():
    wire = Wire()
    board = Board([wire], samples=2)
    board.face.sensors = [{"value": "temp_1_degc"}, None]
    heard = []
    board.talk.routes["cmd"] = heard.append

    async def story(board):
        await asyncio.sleep(10)
        wire.tell("cmd", {"n": 1})
        wire.tell("ack", {"gateway": "gw1", "stream": board.ring.stream, "seq": 2})
        await asyncio.sleep(1)

    board.live(story)
    nouns = [noun for noun, _ in wire.came]
    equal(nouns[:6], ["subscribe", "subscribe", "state", "state/sensors/0", "samples", "samples"])
    equal(wire.said("subscribe"), ["ack", "cmd"])
    equal((heard, board.ring.held()), ([b'{"n": 1}'], 0))


def test_commands_and_the_state_wait_while_the_time_is_asked_and_keep_their_order():
    wire = Wire()
    board = Board([wire])
    heard = []
    board.talk.routes["cmd"] = heard.append

    async def story(board):
        await asyncio.sleep(10)
        board.talk.turn = ASKING
        told = len(wire.said("state"))
        board.talk.tell_state()
        for number in (1, 2):
            wire.tell("cmd", {"n": number})
        await asyncio.sleep(3)
        equal((heard, len(wire.said("state"))), ([], told))
        board.talk.turn = 0
        wire.tell("cmd", {"n": 3})
        await asyncio.sleep(10)
        equal([json.loads(one)["n"] for one in heard], [1, 2, 3])
        equal(len(wire.said("state")), told + 1)

    board.live(story)


def test_nobody_looks_for_the_broker_while_the_time_is_asked():
    board = Board([Wire(), Wire(kept=1)])

    async def story(board):
        await asyncio.sleep(10)
        board.talk.turn = ASKING
        board.talk.client.finish()
        await asyncio.sleep(5)
        equal((board.dials, board.talk.turn), (1, ASKING))
        board.talk.turn = 0
        await asyncio.sleep(5)
        equal((board.dials, board.talk.turn), (2, 0))

    board.live(story)


def test_a_block_stands_ready_before_anybody_takes_a_turn():
    board = Board(["hangs"])

    async def story(board):
        board.ring.journal.ready = None
        await asyncio.sleep(1)
        assert board.ring.journal.ready is not None
        assert board.talk.turn

    board.talk.turn = 0
    board.live(story)


def test_sensors_are_told_again_when_they_change_or_the_broker_forgot():
    first, kept, lost = Wire(), Wire(kept=1), Wire()
    board = Board([first, kept, lost])
    board.face.sensors = [{"status": "good"}]

    async def story(board):
        await asyncio.sleep(130)
        board.face.sensors = [{"status": "due"}]
        await asyncio.sleep(130)
        equal(first.said("state/sensors/0"), [{"status": "good"}, {"status": "due"}])
        for _ in range(2):
            board.talk.client.finish()
            await asyncio.sleep(10)

    board.live(story)
    equal((kept.said("state/sensors/0"), len(kept.said("state"))), ([], 2))
    equal(lost.said("state/sensors/0"), [{"status": "due"}])
    equal(board.talk.net["lost_sessions"], 1)


def test_posts_go_before_samples_and_the_newest_stay():
    wire = Wire()
    board = Board([wire], samples=3)
    for number in range(12):
        board.talk.post("cmd/result", {"n": number})
    board.live(seconds=10)
    nouns = [noun for noun, _ in wire.came if noun not in ("subscribe", "state")]
    equal(nouns, ["cmd/result"] * 8 + ["samples"] * 3)
    equal([told["n"] for told in wire.said("cmd/result")], [4, 5, 6, 7, 8, 9, 10, 11])


def test_a_gateway_that_never_acknowledges_brings_repeats_and_then_a_new_connection():
    first, second = Wire(leave_out=["state"]), Wire(kept=1, leave_out=["state"])
    board = Board([first, second], samples=2)
    board.live(seconds=1000)
    equal([told["seq"] for told in first.said("samples")], [2, 1] + [1, 2] * 3)
    assert "subscription may be lost" in board.said[0], board.said
    equal(second.said("subscribe"), ["ack"])
    assert second.said("samples")
    equal(board.face.rungs, [])


def test_leaving_sends_what_waits_and_says_good_bye():
    wire = Wire()
    board = Board([wire], samples=2)
    left = []

    async def story(board):
        await asyncio.sleep(5)
        board.talk.post("cmd/result", {"n": 1})
        task = asyncio.create_task(board.talk.leave(10))
        await asyncio.sleep(2)
        wire.tell("ack", {"gateway": "gw1", "stream": board.ring.stream, "seq": 2})
        left.append(await task)

    board.live(story)
    equal(left, [True])
    equal([noun for noun, _ in wire.came][-2:], ["state", "good-bye"])


def test_the_counts_of_the_network_bear_the_golden_names():
    board = nobody_for(60)
    names = golden("state_full")[1]["net"]
    told = telling.net(board.talk)["net"]
    assert set(told) <= set(names), told
