"""A provisioned board in a small heap, and what lives in it through the worst of its moments.

The board is the shipped one, started from its slot, with a real Mosquitto behind a proxy that can
hold back one answer until the board has opened a block of its store. A probe in a thread of its
own reads how much of the heap is in use, without taking any; the heap is collected after every few
hundred bytes meanwhile, so that what is in use is what lives.
"""

import contextlib
import functools
import json
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from cryptography.hazmat.primitives.asymmetric import ec
from narrows import CONNACK, PUBACK, SUBACK, Narrows
from paho.mqtt.enums import CallbackAPIVersion
from ports import free_port
from shipped import NODE

from gateway.boards import commands, program, release
from gateway.boards.shrinking import shrunk

KIB = 1024
SITE, BOARD = "example", "b0150"
TOPIC = f"hinoban/1/{SITE}/{BOARD}"
KEY = bytes(range(32))
COLLECT_BYTES = 512
"""What the heap may hold beyond what lives, while it is looked at."""

_LIMIT_S = 240.0
_EPOCH_1900_S = 2_208_988_800
_MARK_AT, _HEADER, _SLOT = 16, 84, 34
_NEARLY_FULL = 80
"""Of the 118 records of a block: from here on the next one is opened within 2 s."""
_ALMOST_FULL = 96
"""The same for within 1 s; the time is asked for 0.5 to 0.7 s after the subscription."""

_FIRST = """
import gc, sys, time
gc.collect()
add = gc.mem_alloc()
import peak
abs = peak.Peak(%d, sys.stdout.buffer)
abs.start()
time.sleep_ms(30)
gc.collect()
abs.own = gc.mem_alloc() - add
"""


@dataclass
class Lived:
    """What a board did in its heap.

    Args:
        pool: What the heap holds [bytes].
        peaks: Stage -> the most that lived in it, the probe's own taken off [bytes].
        settled: The least between two reports at the end [bytes]; None without a probe.
        records: How many records came, each seq once, none missing.
        state: The last state message.
        said: What the board said on its console.
    """

    pool: int
    peaks: dict[str, int] = field(default_factory=dict)
    settled: int | None = None
    records: int = 0
    state: dict[str, Any] = field(default_factory=dict)
    said: str = ""


def tool(name: str) -> str:
    """A program beside this Python, else on the PATH or among Debian's servers."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    found = found or shutil.which(name, path="/usr/sbin")
    if found is None:
        raise FileNotFoundError(f"{name} is missing; install it, see CONTRIBUTING.md")
    return found


def live(folder: Path, heap_kib: int, *, probe: bool, collect_bytes: int = COLLECT_BYTES) -> Lived:
    """Let a board live through all stages in so much heap.

    Args:
        folder: Empty; the board's flash.
        heap_kib: What `-X heapsize` is given [KiB].
        probe: Look at the heap all the time; else nothing but the shipped program runs.
        collect_bytes: How much garbage there may be meanwhile [bytes].

    Raises:
        AssertionError: The board did not come through.
    """
    with contextlib.ExitStack() as stack:
        return _Yard(folder, heap_kib, collect_bytes if probe else None, stack).live()


class _Yard:
    """Everything around one board."""

    def __init__(
        self, folder: Path, heap_kib: int, collect_bytes: int | None, stack: contextlib.ExitStack
    ) -> None:
        self.folder, self.stack, self.heap_kib = folder, stack, heap_kib
        self.stage = "start"
        self.windows: dict[str, list[int]] = defaultdict(list)
        self.own = 0
        self.seqs: set[int] = set()
        self.whole = 0  # every seq up to here came
        self.states: list[dict[str, Any]] = []
        self.results: list[dict[str, Any]] = []
        self.over = threading.Event()
        stack.callback(self.over.set)
        broker = free_port()
        self._spawn([tool("mosquitto"), "-p", str(broker)], stderr=subprocess.DEVNULL)
        self.clock = _TimeServer(self.blocks)
        stack.callback(self.clock.socket.close)
        self.proxy = Narrows(broker, self.blocks)
        stack.callback(self.proxy.close)
        self.gateway = self._listen(broker)
        _lay_out(folder, self.proxy.port, self.clock.port, collect_bytes)
        self.probe = collect_bytes is not None

    def live(self) -> Lived:
        """All stages, one after the other."""
        proxy = self.proxy
        threading.Thread(target=self._feed, daemon=True).start()
        proxy.hold(SUBACK, 3, lambda: self.filled() > _ALMOST_FULL)  # so that time is asked then
        with (self.folder / "console").open("wb") as console:
            board = self._spawn(
                [tool("micropython"), "-X", f"heapsize={self.heap_kib}k", "main.py"],
                cwd=self.folder, stderr=console, stdout=subprocess.PIPE,
            )  # fmt: skip
        threading.Thread(target=self._hear_probe, args=(board,), daemon=True).start()
        self._until(lambda: proxy.held, "first connection", board)
        self.stage = "time query, a block opened in it"
        self._until(lambda: self.clock.answered, self.stage, board, 3 * _LIMIT_S)
        for what, kind, nth, more in (
            ("log-in, a block opened in it", CONNACK, 1, 1),
            ("subscription, two blocks opened in it", SUBACK, 3, 2),
            ("state message, a block opened in it", PUBACK, 1, 1),
        ):
            self._until(lambda: self.states and self.filled() < _NEARLY_FULL, "settled", board)
            self._until(lambda: self.filled() > _NEARLY_FULL, "a block nearly full", board)
            self.stage, told = what, len(self.states)
            proxy.hold(kind, nth, more)
            proxy.cut()
            self._until(lambda: proxy.held, what, board)
            self._until(functools.partial(self._told_since, told), what, board)
        self.stage = "command"
        self._command()
        self._until(lambda: self.results, self.stage, board)
        self.stage = "settled"
        enough = max(self.seqs) + _NEARLY_FULL
        self._until(lambda: self.whole > enough, self.stage, board)
        return self._judged()

    def _told_since(self, before: int) -> bool:
        """Whether another state message came."""
        return len(self.states) > before

    def blocks(self) -> int:
        """How many blocks of the store were ever opened, as far as they are still there."""
        return len(self._opened())

    def filled(self) -> int:
        """How many records the newest block has."""
        opened = self._opened()
        if not opened:
            return 0
        slots = max(opened)[1][_HEADER:]
        return sum(slots[at : at + 4] != b"\xff" * 4 for at in range(0, len(slots) - 3, _SLOT))

    def _opened(self) -> list[tuple[int, bytes]]:
        found = []
        for path in (self.folder / "ring").glob("b????"):
            data = path.read_bytes()
            if len(data) > _MARK_AT + 8 and data[_MARK_AT : _MARK_AT + 8] != b"\xff" * 8:
                found.append((struct.unpack_from("<I", data, _MARK_AT + 4)[0], data))
        return found

    def _judged(self) -> Lived:
        said = (self.folder / "console").read_text()
        state = self.states[-1]
        assert "MemoryError" not in said, said
        assert not state.get("crashes"), state
        assert state["lost"] == state["dropped"] == 0, state
        assert self.results[-1]["ok"] is True, self.results
        used = {stage: max(windows) - self.own for stage, windows in self.windows.items()}
        asked = [tool("micropython"), "-X", f"heapsize={self.heap_kib}k", "-c",
                 "import gc; print(gc.mem_alloc() + gc.mem_free())"]  # fmt: skip
        pool = int(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)
        settled = min(self.windows["settled"]) - self.own if self.probe else None
        return Lived(pool, used, settled, self.whole, state, said)

    def _until(
        self, met: Callable[[], Any], what: str, board: Any, limit_s: float = _LIMIT_S
    ) -> None:
        deadline = time.monotonic() + limit_s
        while not met():
            said = (self.folder / "console").read_text()
            assert board.poll() is None, f"{what}: the board ended: {said}"
            assert time.monotonic() < deadline, f"{what}: waited too long; the board says: {said}"
            time.sleep(0.02)

    def _hear_probe(self, board: subprocess.Popen[bytes]) -> None:
        assert board.stdout is not None
        with board.stdout:
            while line := board.stdout.read(8):
                own, most = struct.unpack("<II", line)
                if own:
                    self.own = own
                    self.windows[self.stage].append(most)

    def _feed(self) -> None:
        number = 0
        while not self.over.wait(0.02):
            number += 1
            part = self.folder / "feed.part"
            v = {"temp_1_degc": 20.0, "temp_2_degc": 21.0, "co_ppm": 5.0}
            part.write_text(json.dumps({"n": number, "v": v}))
            part.replace(self.folder / "feed")

    def _listen(self, port: int) -> paho.Client:
        client = paho.Client(CallbackAPIVersion.VERSION2)
        client.on_connect = lambda client, *_: client.subscribe(f"{TOPIC}/#", qos=1)
        client.on_message = self._hear
        deadline = time.monotonic() + _LIMIT_S
        while True:
            try:
                client.connect("127.0.0.1", port)
                break
            except OSError:
                assert time.monotonic() < deadline, "mosquitto does not answer"
                time.sleep(0.05)
        client.loop_start()
        self.stack.callback(client.loop_stop)
        return client

    def _hear(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        noun = message.topic.removeprefix(f"{TOPIC}/")
        if noun not in {"samples", "state", "cmd/result"}:
            return
        told = json.loads(message.payload)
        if noun == "state":
            self.states += [told] if told["online"] else []
        elif noun == "cmd/result":
            self.results.append(told)
        else:
            self.seqs.add(told["seq"])
            while self.whole + 1 in self.seqs:
                self.whole += 1
            ack = {"gateway": "gw1", "stream": told["stream"], "seq": self.whole}
            self.gateway.publish(f"{TOPIC}/ack", json.dumps(ack), qos=1, retain=True)

    def _command(self) -> None:
        state = self.states[-1]
        until_ms = state["up_ms"] + commands.VALID_MS
        order = commands.encode(KEY, SITE, BOARD, 1, "test", (), state["boot"], until_ms)
        self.gateway.publish(f"{TOPIC}/cmd", order, qos=1)

    def _spawn(self, command: list[str], **given: Any) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(command, **given)

        def end() -> None:
            process.kill()
            process.wait(10)

        self.stack.callback(end)
        return process


class _TimeServer:
    """Answers first when the board has opened a block since it asked, then at once.

    Args:
        blocks: How many there are.
    """

    def __init__(self, blocks: Callable[[], int]) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.answered = False
        self._blocks = blocks
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            for asked, where in self._asked():
                before, began = self._blocks(), time.monotonic()
                while not self.answered and time.monotonic() < began + 1.9:
                    time.sleep(0.01)
                    self.answered = self._blocks() > before
                since, rest = divmod(time.time() + _EPOCH_1900_S, 1)
                now = struct.pack(">II", int(since), int(rest * 2**32))
                self.socket.sendto(b"\x24\x01" + bytes(22) + asked[40:48] + now + now, where)

    def _asked(self) -> Iterator[tuple[bytes, Any]]:
        while True:
            yield self.socket.recvfrom(128)


def _lay_out(folder: Path, port: int, clock: int, collect_bytes: int | None) -> None:
    """What `hinoban board flash` leaves on a board: stage one, a slot, papers and settings."""
    key = ec.generate_private_key(ec.SECP256R1())
    files = program.slot_files("unix")
    made = release.sign(release.make("1.1.0", 1, "unix", program.MPY_VERSION, files), key)
    (folder / "a").mkdir(parents=True)
    for name, content in made.contents.items():
        (folder / "a" / name).write_bytes(content)
    (folder / "a" / "release").write_bytes(made.head)
    for name, content in program.stage_one("unix").items():
        (folder / name).write_bytes(content)
    if collect_bytes is not None:
        # A name costs for ever, and a table of names that is full doubles: the probe brings none.
        texts = {"peak": (NODE / "peak.py").read_text()}
        probe = shrunk(texts, beside={"first": _FIRST % collect_bytes})
        compiled = program.compiled("peak", probe.texts["peak"], "unix")
        (folder / "peak.mpy").write_bytes(compiled)
        start = folder / "main.py"
        start.write_text(probe.beside["first"] + "\n" + start.read_text())
    (folder / "release.pub").write_bytes(release.public_bytes(key))
    (folder / "command.key").write_bytes(KEY)
    settings = {
        "site": SITE, "board": BOARD, "broker_host": "127.0.0.1", "broker_port": port,
        "report_s": 0.05, "scan_s": 0.05, "fast_s": 0.05, "feed": "feed", "out": "out",
        "ring": "ring", "time": {"ntp": [f"127.0.0.1:{clock}"]},
        "update": {"release_key": "release.pub", "command_key": "command.key", "healthy_s": 5},
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(settings))
