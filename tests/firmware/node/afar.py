"""A board that is commanded and updated from afar, in virtual time, made of its real parts.

What a running board lets go of is let go of here too: its heap is all there is.
"""

import asyncio
import binascii
import json
import struct
import sys

import config
import files
import folders
import main
import remote
import ring
import sampler
import supervisor
import uptime
import virtual
from hand import HandBoard, new_guard
from scratch import VALUES, equal, fresh

KEY = bytes(range(32))
CONFIG = {
    "site": "example",
    "board": "b0150",
    "broker_host": "127.0.0.1",
    "update": {"release_key": "", "command_key": "", "healthy_s": 60},
}
ASKED_FOR = ("site", "board", "ring", "update", "bounds", "power")
SIGNING = ("signing", "ecdsa", "release")
UPDATING = ("trial", "counter", "download", "staging", "release", "ecdsa", "slots")
FILES = {"main.py": b"new" * 700, "part.py": b"part"}


def hexadecimal(data):
    """Bytes as text."""
    return binascii.hexlify(data).decode()


def signed(contents, number, version):
    """A release, and the digest of its manifest as an order has it."""
    import signing  # noqa: PLC0415, a board that runs has no such thing in its heap

    data = signing.build(contents, number=number, version=version)
    digest = hexadecimal(signing.digest(data))
    supervisor.drop(SIGNING)
    return data, digest


def public_key():
    """What a release's signature is checked by."""
    import signing  # noqa: PLC0415, as above

    key = signing.key()
    supervisor.drop(SIGNING)
    return key


def book_of(path):
    """The record of a board's slots, as it stands on flash."""
    import slots  # noqa: PLC0415, the board lets go of it

    book = slots.Slots(path + "/")
    supervisor.drop(("slots",))
    return book


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
        supervisor.drop(UPDATING)  # an earlier start may have ended in the midst of it
        self._chunk = bytearray(8 + 1000)  # early, while the heap is whole
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
        self.program = main.Program({key: settings[key] for key in ASKED_FOR})
        del settings
        self.program.face = self.board
        self.program.clock = uptime.Uptime(self.board.ticks_ms)
        self.program.guard = new_guard(self.board, scan_ms=1000)
        self.program.guard.uptime = self.program.clock
        store = ring.Ring(self.path + "/ring", VALUES, 1, 65536)
        supervisor.drop(ring.LENT)
        self.program.samples = sampler.Sampler(self.program.guard, store, report_ms=5000)
        self.program.talk = self.talk
        self.acks = self.scans = True
        sys.path.insert(0, self.path + "/" + slot)
        self.far = remote.Remote(self.program, 17)
        sys.path.pop(0)

    def _write(self):
        folders.make_directory(self.path + "/a")
        data, _ = signed({"main.py": b"old"}, number=1, version="1.1.0")
        files.write(self.path + "/a/release", data[:-3])
        files.write(self.path + "/release.pub", public_key())
        files.write(self.path + "/command.key", KEY)

    def book(self):
        """The record of its slots, as it stands on flash."""
        return book_of(self.path)

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
                supervisor.drop(ring.LENT)
            if self.acks and self.program.samples.ring is not None:
                self.program.samples.ring.free(self.program.samples.ring.newest)
            await self._serve()
        task.cancel()

    async def _serve(self):
        """Send what is asked for, each chunk as its packet comes."""
        wants = self.talk.said("update/want")
        self.talk.posts = [post for post in self.talk.posts if post[0] != "update/want"]
        for want in wants:
            with open(self.path + "/offered", "rb") as file:  # noqa: ASYNC230, PTH123, as boards do
                file.seek(want["offset"])
                for at in range(want["offset"], want["offset"] + 4000, 1000):
                    chunk = memoryview(self._chunk)
                    struct.pack_into(">II", chunk, 0, want["number"], at)
                    count = file.readinto(chunk[8:])
                    if count:
                        self.far.chunk(bytes(chunk[: 8 + count]))
                        await asyncio.sleep(0)

    def order(self, n, op, *args):
        """Send a command; returns why it is refused, None when it is obeyed."""
        import command  # noqa: PLC0415, the board lets go of it

        args = list(args)
        text = command.canonical("example", "b0150", n, op, args, 17, 1 << 40)
        mac = hexadecimal(command.hmac_sha256(KEY, text))
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
        """Order a release, and have it ready."""
        data, digest = signed(contents, number=number, version="1.2.0")
        files.write(self.path + "/offered", data)
        length = len(data)
        del data  # it is asked for piece by piece
        return self.order(n, "update", number, "1.2.0", length, digest)


def on_trial(net=True, **settings):
    """A board whose release 2 in slot b has to prove itself."""
    path = World().path
    folders.make_directory(path + "/b")
    data, _ = signed(FILES, number=2, version="1.2.0")
    files.write(path + "/b/release", data[: -sum([len(part) for part in FILES.values()])])
    book = book_of(path)
    book.begin()
    book.try_out(2, net)
    equal(book_of(path).choose(), "b")
    return World(path, "b", **settings)
