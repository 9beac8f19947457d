"""The world of a node in virtual time: a broker that follows a script of outages, and a gateway.

The node asks over its stdin and stdout, as `host` of the node's tests does. The gateway takes each
record once, acknowledges what it has, and holds every record against the reading's own time.
"""

import contextlib
import json
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

CONNECT, WRITE, CLOSE, WAKE, HEAP, REPORT = range(1, 7)
FINE, ENDED, REFUSED, HANGS = range(4)
HOUR_MS = 3_600_000

_HEAD = struct.Struct("<BQI")
_ACK_EVERY_MS = 1000
_CODE = 1_000_000
_MOST_WRONG = 20
_NO_SERVER = "127.0.0.1:1"
_CODES = ("code_low", "code_high")  # they say in a reading when it was read


def live(
    command: Sequence[str | Path],
    place: Path,
    *,
    hours: int = 2,
    scan_s: float = 1,
    report_s: float = 60,
    temps: int = 2,
    heat_h: float = 0.75,
    reset_s: int = 1800,
    first_tick: int = 0,
    littlefs: bool = False,
    collect_bytes: int = 0,
    outages: str = "",
    limit_s: float = 3000,
) -> dict[str, Any]:
    """Let a node live; returns what it and its gateway tell.

    Args:
        command: Starts a Python.
        place: Where `prepared` has laid it all out.
        hours: How many to live.
        scan_s: How often sensors are read [s].
        report_s: How often a sample is kept [s].
        temps: How many temperatures it has.
        heat_h: Hours between two minutes in which a cable is hot.
        reset_s: Silence after which it resets itself [s].
        first_tick: What its tick counter shows at the start [ms].
        littlefs: Give it a partition of its own.
        collect_bytes: How often its heap is collected while a thread looks for the most that lives
            in it; 0 for no such thread.
        outages: from-to-kind in hours, joined by commas. ``refused``: no connection; ``hang``: a
            connect that never ends; ``mute``: connections stand and nobody answers; ``forgot``: as
            refused, and the session is lost.
        limit_s: How long it may take [s].

    Raises:
        RuntimeError: The node did not come through; its words say why.
    """
    parts = [part.split("-") for part in outages.split(",") if part]
    # Whole milliseconds, as the node's clock has them: it would never get past a part of one.
    outages_ms = [(round(float(a) * HOUR_MS), round(float(b) * HOUR_MS), kind)
                  for a, b, kind in parts]  # fmt: skip
    world = World(outages_ms)
    settings = {
        "site": "example", "board": "b0150", "broker_host": "127.0.0.1", "feed": "feed",
        "out": "out", "ring": "/flash/ring" if littlefs else "ring", "scan_s": scan_s,
        "report_s": report_s, "outputs": {"latch": False}, "net": {"reset_s": reset_s},
        "time": {"ntp": [_NO_SERVER]},
        "values": [*(f"temp_{n + 1}_degc" for n in range(temps)), "co_ppm", *_CODES],
    }  # fmt: skip
    (place / "config").write_text(json.dumps(settings))
    numbers = (round(scan_s * 1000), hours, round(heat_h * HOUR_MS), first_tick, collect_bytes,
               int(littlefs))  # fmt: skip
    with subprocess.Popen(
        [*map(str, command), "live.py", ",".join(map(str, numbers))], cwd=place,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as node:  # fmt: skip
        assert node.stdin is not None
        assert node.stdout is not None
        with contextlib.suppress(BrokenPipeError, EOFError):
            world.serve(node.stdout, node.stdin)
        try:
            _, said = node.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            node.kill()
            raise
    words = said.decode()
    if node.returncode or "MemoryError" in words or not world.told:
        raise RuntimeError(f"the node ended with {node.returncode}: {words[-2000:]}")
    return world.report()


def prepared(place: Path, program: Path, firmware: Path, stage: Path) -> Path:
    """Lay a node out in a folder, all by the short names that it would have on a board.

    Args:
        place: Empty, or not made yet.
        program: `live.py`.
        firmware: Its modules.
        stage: What `live.py` needs beside them.

    Returns:
        The folder.
    """
    place.mkdir(exist_ok=True)
    for name, target in (("live.py", program), ("f", firmware), ("s", stage)):
        (place / name).symlink_to(target.resolve())
    return place


class World:
    """What one node finds around it.

    Args:
        outages: (from, to, kind) [ms].
    """

    def __init__(self, outages: list[tuple[int, int, str]]) -> None:
        self.outages = outages
        self.now_ms = 0
        self.told: dict[str, Any] = {}
        self.heap: list[int] = []
        self.peaks: list[int] = []
        self.connects = 0
        self.sessions = [0, 0]  # connections to a lost session, and to a kept one
        self.state: dict[str, Any] = {}
        self.wrong: list[str] = []
        self.repeats = self.records = self.watermark = 0
        self._stream: str | None = None
        self._above: set[int] = set()
        self._acked = 0
        self._topic = ""
        self._known = False
        self._open = self._silent = False
        self._before: str | None = None
        self._coming, self._going = b"", b""

    def report(self) -> dict[str, Any]:
        """All that is known at the end."""
        names = ("heap", "peaks", "connects", "sessions", "state", "wrong", "repeats", "records",
                 "watermark")  # fmt: skip
        return self.told | {name: getattr(self, name) for name in names}

    def serve(self, asked: IO[bytes], answers: IO[bytes]) -> None:
        """Answer until the node has told its end.

        Raises:
            EOFError: It ended without.
        """
        while not self.told:
            head = asked.read(_HEAD.size)
            if len(head) < _HEAD.size:
                raise EOFError
            what, self.now_ms, size = _HEAD.unpack(head)
            how = self._hear(what, asked.read(size))
            coming, self._coming = self._coming, b""
            answers.write(_HEAD.pack(how, self._next_ms(), len(coming)) + coming)
            answers.flush()

    def _hear(self, what: int, data: bytes) -> int:
        how = self._turn()
        if what == CONNECT:
            how = self._connect()
        elif what == CLOSE:
            self._open = False
        elif what == HEAP:
            used, most = struct.unpack("<II", data)
            self.heap.append(used)
            self.peaks.append(most)
        elif what == REPORT:
            self.told = json.loads(data)
        elif what == WRITE and self._open and not self._silent:
            self._going += data
            while (packet := self._packet()) is not None:
                self._take(*packet)
        if self._acked < self.watermark and self._kind() is None and what == WAKE:
            self._ack()
        return how

    def _kind(self) -> str | None:
        """The outage that rules now, or None."""
        return next((kind for a, b, kind in self.outages if a <= self.now_ms < b), None)

    def _next_ms(self) -> int:
        """When there is something to say: an outage begins or ends, or an ack is due; 0: never."""
        edges = [edge for a, b, _ in self.outages for edge in (a, b) if edge > self.now_ms]
        if self._acked < self.watermark and self._kind() is None:
            edges.append((self.now_ms // _ACK_EVERY_MS + 1) * _ACK_EVERY_MS)
        return min(edges, default=0)

    def _turn(self) -> int:
        """An outage begins or ends."""
        kind, before, self._before = self._kind(), self._before, self._kind()
        if kind == before:
            return FINE
        if kind == "forgot":
            self._known = False
        if kind == "mute":
            self._silent = True
            return FINE
        was_open, self._open = self._open, False
        return ENDED if was_open else FINE

    def _connect(self) -> int:
        self.connects += 1
        kind = self._kind()
        if kind == "hang":
            self.connects -= 1
            return HANGS
        if kind is not None and kind != "mute":
            return REFUSED
        self._open, self._silent, self._going = True, kind == "mute", b""
        return FINE

    def _packet(self) -> tuple[int, bytes] | None:
        """The next whole packet of the board: kind and body."""
        data, length, shift, at = self._going, 0, 0, 1
        while at < len(data):
            byte = data[at]
            at += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                if len(data) < at + length:
                    return None
                self._going = data[at + length :]
                return data[0], data[at : at + length]
        return None

    def _take(self, kind: int, body: bytes) -> None:
        """Answer one packet of the board."""
        if kind >> 4 == 1:
            self.sessions[self._known] += 1
            self._coming += b"\x20\x02" + bytes([self._known]) + b"\x00"
            self._known = True
        elif kind >> 4 == 8:
            self._coming += b"\x90\x03" + body[:2] + b"\x01"
            topic = body[4 : 4 + struct.unpack(">H", body[2:4])[0]].decode()
            if topic.endswith("/ack"):
                self._topic = topic
                if self._acked:
                    self._coming += self._ack_packet()
        elif kind >> 4 == 3:
            end = 2 + struct.unpack(">H", body[:2])[0]
            self._coming += b"\x40\x02" + body[end : end + 2]
            self._keep(body[2:end].decode().split("/", 4)[4], body[end + 2 :])
        elif kind >> 4 == 12:
            self._coming += b"\xd0\x00"

    def _keep(self, noun: str, payload: bytes) -> None:
        """Take one message as the gateway does."""
        message = json.loads(payload)
        if noun == "state":
            self.state = message
        if noun not in ("samples", "alarm"):
            return
        seq = message["seq"]
        if self._stream not in (None, message["stream"]):
            self.wrong.append("a second stream")
        self._stream = message["stream"]
        if seq <= self.watermark or seq in self._above:
            self.repeats += 1
            return
        self.records += 1
        fault = _fault(noun, message)
        if fault is not None and len(self.wrong) < _MOST_WRONG:
            self.wrong.append(f"{noun} {seq}: {fault}")
        self._above.add(seq)
        while self.watermark + 1 in self._above:
            self.watermark += 1
            self._above.remove(self.watermark)

    def _ack(self) -> None:
        self._acked = self.watermark
        if self._topic and self._open and not self._silent:
            self._coming += self._ack_packet()

    def _ack_packet(self) -> bytes:
        text = json.dumps({"gateway": "gw1", "stream": self._stream, "seq": self._acked}).encode()
        body = struct.pack(">H", len(self._topic)) + self._topic.encode() + b"\x00\x01" + text
        return b"\x32" + _length(len(body)) + body


def _fault(noun: str, message: dict[str, Any]) -> str | None:
    """What is wrong with a record: a reading's own time must be the record's."""
    if noun == "alarm":
        return None
    if "lost" in message or message.get("bad"):
        return "no reading"
    v = message["v"]
    if v["code_low"] + _CODE * v["code_high"] != message["up_ms"]:
        return f"up_ms {message['up_ms']}, read at {v}"
    return None


def _length(length: int) -> bytes:
    coded = b""
    while True:
        length, byte = length >> 7, length & 0x7F
        coded += bytes([byte | 0x80 if length else byte])
        if not length:
            return coded
