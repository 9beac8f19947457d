"""Commands, releases and trials on the real parts of a board, in virtual time."""

import asyncio
import json
import struct
import sys

import command
import config
import files
import main
import remote
import sampler
import signing
import slots
import uptime
import virtual
from scratch import equal, fresh
from support import HandBoard, new_guard, open_ring

KEY = bytes(range(32))
CONFIG = {
    "site": "example",
    "board": "b0150",
    "broker_host": "127.0.0.1",
    "update": {"release_key": "", "command_key": "", "healthy_s": 60},
}
FILES = {"main.py": b"new" * 700, "part.py": b"part"}


class Board(HandBoard):
    """A board that lives in virtual time and whose sensors work until told otherwise."""

    def __init__(self, clock):
        super().__init__()
        self.ticks_ms = clock.ticks_ms
        self.values = {"temp_1_degc": 20.0, "temp_2_degc": 20.0, "co_ppm": 5.0}
        self.broken = False

    def read(self, values):
        if self.broken:
            raise OSError(5)
        return dict(self.values), {}

    def reset(self):
        raise SystemExit(1)


class Talk:
    """The board's end of a conversation; a test is the gateway."""

    def __init__(self):
        self.routes = {}
        self.posts = []
        self.connected = True

    def post(self, noun, payload, retain=False):
        self.posts.append((noun, payload))

    def tell_state(self):
        pass

    def said(self, noun):
        return [payload for kind, payload in self.posts if kind == noun]


class World:
    """One board, started from a slot."""

    def __init__(self, path=None, slot="a", **settings):
        self.path = path or fresh()
        if path is None:
            self._write()
        self.slot = slot
        given = dict(CONFIG, ring=self.path + "/ring", **settings)
        given["update"] = dict(
            given["update"],
            release_key=self.path + "/release.pub",
            command_key=self.path + "/command.key",
        )
        settings, wrong = config.load(json.dumps(given).encode())
        equal(wrong, [])
        self.clock = virtual.Clock()
        self.board = Board(self.clock)
        self.talk = Talk()
        self.program = main.Program(settings)
        self.program.face = self.board
        self.program.clock = uptime.Uptime(self.board.ticks_ms)
        self.program.guard = new_guard(self.board, scan_ms=1000)
        self.program.guard.uptime = self.program.clock
        store = open_ring(self.path + "/ring")
        self.program.samples = sampler.Sampler(self.program.guard, store, report_ms=5000)
        self.program.talk = self.talk
        self.acks = self.scans = True
        self.release = b""
        sys.path.insert(0, self.path + "/" + slot)
        self.far = remote.Remote(self.program, 17)
        sys.path.pop(0)

    def _write(self):
        files.make_directory(self.path + "/a")
        data = signing.build({"main.py": b"old"}, number=1, version="1.1.0")
        files.write(self.path + "/a/release", data[:-3])
        files.write(self.path + "/release.pub", signing.key())
        files.write(self.path + "/command.key", KEY)

    def book(self):
        return slots.Slots(self.path + "/")

    def live(self, seconds, **changes):
        """Let virtual time pass.

        Args:
            seconds: How long.
            changes: What happens meanwhile, by its second.

        Returns:
            False when the board started anew meanwhile.
        """
        sys.path.insert(0, self.path + "/" + self.slot)
        try:
            return virtual.run(self.clock, self._live(seconds, changes))
        finally:
            sys.path.pop(0)

    async def _live(self, seconds, changes):
        self.far.arrived = asyncio.Event()
        task = asyncio.create_task(self.far.run())
        for second in range(seconds):
            await asyncio.sleep(1)
            if f"at_{second}" in changes:
                changes[f"at_{second}"]()
            if self.scans:
                self.program.samples.scan()
            if self.acks and self.program.samples.ring is not None:
                self.program.samples.ring.free(self.program.samples.ring.newest)
            self._serve()
        task.cancel()

    def _serve(self):
        for want in self.talk.said("update/want"):
            end = min(len(self.release), want["offset"] + 4000)
            for at in range(want["offset"], end, 1000):
                head = struct.pack(">II", want["number"], at)
                self.far.chunk(head + self.release[at : at + 1000])
        self.talk.posts = [post for post in self.talk.posts if post[0] != "update/want"]

    def order(self, n, op, *args):
        """Send a command; returns why it is refused, None when it is obeyed."""
        args = list(args)
        text = command.canonical("example", "b0150", n, op, args, 17, 1 << 40)
        mac = signing.hexadecimal(command.hmac_sha256(KEY, text))
        told = {"n": n, "op": op, "args": args, "exp_up_ms": 1 << 40, "mac": mac}
        sys.path.insert(0, self.path + "/" + self.slot)
        try:
            self.talk.routes["cmd"](json.dumps(told).encode())
        finally:
            sys.path.pop(0)
        result = self.talk.said("cmd/result")[-1]
        equal((result["n"], result["op"], result["ok"]), (n, op, "why" not in result))
        return result.get("why")

    def update(self, n, number=2, contents=FILES):
        """Order a release."""
        self.release = signing.build(contents, number=number, version="1.2.0")
        digest = signing.hexadecimal(signing.digest(self.release))
        return self.order(n, "update", number, "1.2.0", len(self.release), digest)


def on_trial(net=True, **settings):
    """A board whose release 2 in slot b has to prove itself."""
    path = World().path
    files.make_directory(path + "/b")
    data = signing.build(FILES, number=2, version="1.2.0")
    files.write(path + "/b/release", data[: -sum([len(part) for part in FILES.values()])])
    book = slots.Slots(path + "/")
    book.begin()
    book.try_out(2, net)
    equal(slots.Slots(path + "/").choose(), "b")
    return World(path, "b", **settings)


def test_a_program_is_healthy_once_its_gateway_acknowledges():
    world = on_trial()
    equal(world.far.state()["trial"], True)
    equal(world.far.busy(), True)
    world.acks = False

    def gateway():
        equal(world.book().record["trial"], "b")
        world.acks = True

    equal(world.live(59, at_40=gateway), True)
    equal(world.book().record["trial"], None)
    equal((world.book().record["slot"], world.book().highest), ("b", 2))
    equal(world.far.state()["trial"], False)
    equal(world.far.busy(), False)


def rolled_back(world):
    """Why a board goes back; it does so after its time, and starts anew."""
    seen = []
    equal(world.live(70, at_55=lambda: seen.append(world.book().record["trial"])), False)
    equal(seen, ["b"])
    equal((world.book().record["trial"], world.book().record["slot"]), (None, "a"))
    equal(world.book().record["tried"], 2)
    told = World(world.path).far.state()
    equal((told["slot"], told["number"], told["trial"]), ("a", 1, False))
    equal(told["failed"], [2, world.book().record["why"]])
    return told["failed"][1]


def test_a_program_that_reaches_no_gateway_goes():
    world = on_trial()
    world.acks = False
    equal(rolled_back(world), "the gateway has acknowledged no sample of it")


def test_no_roll_back_while_its_horn_sounds():
    world = on_trial()
    world.acks = False
    world.board.values["temp_1_degc"] = 55.0
    equal(world.live(90), True)
    equal(world.book().record["trial"], "b")
    world.board.values["temp_1_degc"] = 20.0
    equal(world.live(90), False)
    equal(world.book().record["trial"], None)


def test_a_program_whose_scans_stand_still_goes():
    world = on_trial(net=False)
    world.scans = False
    equal(rolled_back(world), "scans stand still")


def test_a_program_whose_guard_fails_goes():
    world = on_trial(net=False)
    world.board.broken = True
    why = rolled_back(world)
    equal(why[:17] in ("scans stand still", "the guard failed:"), True)


def test_a_program_without_a_store_goes():
    world = on_trial(net=False)
    world.program.samples.ring = None
    equal(rolled_back(world), "the store fails")


def test_without_a_network_before_the_whole_time_decides():
    world = on_trial(net=False)
    world.acks = world.talk.connected = False
    seen = []
    equal(world.live(65, at_57=lambda: seen.append(world.book().record["trial"])), True)
    equal(seen, ["b"])
    equal((world.book().record["trial"], world.book().record["slot"]), (None, "b"))


def test_a_release_is_fetched_and_put_on_trial():
    world = World()
    equal(world.far.state()["release"], "1.1.0")
    equal(world.update(5), None)
    equal(world.far.state()["cmd_n"], 5)
    equal(world.live(60), False)
    equal((world.book().record["trial"], world.book().record["net"]), ("b", True))
    equal(files.read(world.path + "/b/main.py"), FILES["main.py"])
    equal(World(world.path, "b").far.order, None)


def test_an_order_survives_a_restart():
    world = World()
    world.talk.connected = False
    equal(world.update(5), None)
    equal(world.live(20), True)
    equal(world.far.state()["update"], "waits: no connection")
    again = World(world.path)
    again.release = world.release
    equal(again.far.order["number"], 2)
    equal(again.live(60), False)
    equal(again.book().record["trial"], "b")


def test_an_order_that_was_tried_is_not_tried_again():
    world = on_trial()
    files.write_sealed(world.path + "/ring/order", {"n": 5, "number": 2})
    equal(World(world.path, "b").far.order, None)
    equal(files.read(world.path + "/ring/order"), None)


def waits(world, why):
    """An update that is ordered waits."""
    equal(world.update(5), None)
    equal(world.live(30), True)
    equal(world.talk.said("update/want"), [])
    equal(files.names(world.path + "/b"), [])
    equal(world.far.state()["update"], "waits: " + why)


def test_no_update_while_an_alarm_stands():
    world = World()
    world.board.values["temp_1_degc"] = 55.0
    world.live(3)
    waits(world, "an alarm stands")
    world.board.values["temp_1_degc"] = 20.0
    equal(world.live(90), False)
    equal(world.book().record["trial"], "b")


def test_no_update_on_a_low_battery():
    supply = {"supply": "battery_v", "supply_least": 3.5}
    battery = {"power": {"mode": "battery"}, "outputs": {"relay": "energise"}}
    world = World(**battery)
    waits(world, "no value is named that measures the battery")
    world = World(update=dict(CONFIG["update"], **supply), **battery)
    waits(world, "the battery is not measured")
    world.board.values["battery_v"] = 3.4
    equal(world.live(20), True)
    equal(world.far.state()["update"], "waits: the battery is low")
    world.board.values["battery_v"] = 3.6
    equal(world.live(60), False)
    equal(world.book().record["trial"], "b")


def test_updates_that_are_not_begun():
    world = World()
    equal(world.update(3, number=1), "bounds: number 1 is not above 1")
    digest = "0" * 64
    for args in ((2, "1", 9), (2, "1", 9, "00"), (2, "1", 9, "x" * 64), ("2", "1", 9, digest)):
        equal(world.order(world.far.state()["cmd_n"] + 1, "update", *args), "form")
    world.slot = "elsewhere"
    equal(world.update(9)[:5], "busy:")
    world = on_trial()
    equal(world.update(9, number=3), "busy: a release is on trial")


def test_commands_do_what_they_say_within_the_bounds():
    world = World()
    world.live(2)
    bounds = "bounds: "
    equal(world.order(1, "limits", 40, None), None)
    equal(world.order(2, "limits", None, 60000)[:8], bounds)
    equal(world.order(3, "limits", "40", None), "form")
    equal(world.order(4, "interval", 30), None)
    equal(world.order(5, "interval", 100000)[:8], bounds)
    equal(world.order(6, "silence", 11)[:8], bounds)
    equal(world.order(7, "silence"), "form")
    equal(world.order(8, "open", 1), "unknown")
    world.live(2)
    equal(world.program.guard.local.limits, {"temp_degc": 40, "co_ppm": 3000.0})
    equal(world.program.samples.report_ms, 30000)
    world.board.values["temp_1_degc"] = 45.0
    world.live(2)
    equal(world.program.guard.outputs.condition, "temp_high")
    equal(world.order(9, "silence", 10), None)
    world.live(2)
    equal(world.program.guard.outputs.silenced, True)
    equal(world.order(10, "reboot"), "busy: an alarm stands")
    equal(world.far.state()["cmd_n"], 10)
    equal(world.far.state()["cmd_refused"], 7)


def test_a_reboot_lets_its_answer_go_out_first():
    world = World()
    equal(world.order(1, "reboot"), None)
    equal(world.live(2), True)
    equal(world.live(9), False)


def test_an_alarm_delays_every_restart():
    world = World()
    equal(world.order(1, "reboot"), None)

    def fire():
        world.board.values["temp_1_degc"] = 55.0

    equal(world.live(20, at_1=fire), True)
    world.board.values["temp_1_degc"] = 20.0
    equal(world.live(60), False)


def test_nothing_of_it_stays_in_memory():
    world = World()
    world.order(1, "test")
    world.live(2)
    for name in ("orders", "counter", "controls", "trial", "download", "staging", "release"):
        equal((name, name in sys.modules), (name, False))


def test_a_command_without_a_key_on_the_board():
    world = World()
    files.remove(world.path + "/command.key")
    told = json.dumps({"n": 1, "op": "test", "args": [], "exp_up_ms": 9, "mac": ""}).encode()
    world.talk.routes["cmd"](told)
    equal(world.talk.said("cmd/result"), [{"n": None, "op": None, "ok": False, "why": "key"}])
