"""A board is updated over the air: real program, real broker, real power cuts."""

import hashlib
import json
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from paho.mqtt.enums import CallbackAPIVersion

from gateway.boards import commands, messages, program, release
from gateway.boards.messages import CHUNK_BYTES

SITE, BOARD = "example", "b0150"
TOPIC = f"hinoban/1/{SITE}/{BOARD}"
COMMAND_KEY = bytes(range(32))
LIMIT_S = 240.0


class Gateway:
    """Acknowledges samples, gives commands and serves releases, on the gateway's own code."""

    def __init__(self, port: int) -> None:
        self.states: list[dict[str, Any]] = []
        self.results: list[dict[str, Any]] = []
        self.wants: list[dict[str, Any]] = []
        self.releases: dict[int, bytes] = {}
        self.serves = True
        self.acks = True
        self.n = 0
        self.client = paho.Client(CallbackAPIVersion.VERSION2)
        self.client.on_connect = lambda client, *_: client.subscribe(f"{TOPIC}/#", qos=1)
        self.client.on_message = self._hear
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def _hear(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        noun = message.topic.removeprefix(f"{TOPIC}/")
        if noun in {"samples", "alarm"} and self.acks:
            told = json.loads(message.payload)
            ack = {"gateway": "gw1", "stream": told["stream"], "seq": told["seq"]}
            self.client.publish(f"{TOPIC}/ack", json.dumps(ack), qos=1, retain=True)
        elif noun == "state":
            self.states.append(json.loads(message.payload))
        elif noun == messages.RESULT:
            self.results.append(json.loads(message.payload))
        elif noun == messages.WANT:
            self.wants.append(json.loads(message.payload))
            if self.serves:
                self._serve(messages.decode(messages.Want, message.topic, message.payload))

    def _serve(self, want: messages.Want) -> None:
        packed = self.releases.get(want.number, b"")
        offsets = range(want.offset, len(packed), CHUNK_BYTES)[: want.n]
        for offset in offsets:
            data = messages.chunk(want.number, offset, packed[offset : offset + CHUNK_BYTES])
            self.client.publish(f"{TOPIC}/update", data, qos=1)
        if not offsets:
            self.client.publish(f"{TOPIC}/update", messages.chunk(want.number, want.offset, b""))

    def state(self) -> dict[str, Any]:
        """The newest word of a board that is there; empty before."""
        online = [state for state in self.states if state["online"]]
        return online[-1] if online else {}

    def order(
        self, op: str, *args: commands.Argument, key: bytes = COMMAND_KEY, again: int = 0
    ) -> int:
        """Send a command for the boot that was heard of last."""
        state = self.state()
        self.n = again or max(self.n, state["cmd_n"]) + 1
        until_ms = state["up_ms"] + commands.VALID_MS
        payload = commands.encode(key, SITE, BOARD, self.n, op, args, state["boot"], until_ms)
        self.client.publish(f"{TOPIC}/cmd", payload, qos=1)
        return self.n

    def update(self, built: release.Release) -> int:
        """Order a release."""
        number, packed = built.manifest.number, built.packed
        self.releases[number] = packed
        version = built.manifest.version
        return self.order(commands.UPDATE, number, version, len(packed), built.digest)

    def result(self, n: int) -> dict[str, Any] | None:
        """The newest result of a command."""
        return next((told for told in reversed(self.results) if told["n"] == n), None)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def gateway(mosquitto: Any) -> Iterator[Gateway]:
    made = Gateway(mosquitto.port)
    yield made
    made.close()


class Workshop:
    """Builds releases as `hinoban release` does, for the Python that runs the board."""

    def __init__(self, sources: bool) -> None:
        self.sources = sources
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.files = program.slot_files("unix", sources=sources)
        self.mpy = program.SOURCES if sources else program.MPY_VERSION

    def build(
        self, number: int, changes: dict[str, bytes] | None = None, key: Any = None, **wrong: Any
    ) -> release.Release:
        told = {"port": "unix", "mpy": self.mpy, "boards": ()} | wrong
        made = release.make(
            f"1.{number}.0",
            number,
            told["port"],
            told["mpy"],
            self.files | (changes or {}),
            told["boards"],
        )
        return release.sign(made, key or self.key)

    def module(self, name: str, added: str) -> dict[str, bytes]:
        """A module with something added at its end."""
        if self.sources:
            return {f"{name}.py": (program.modules()[name].read_text() + added).encode()}
        slot = program.slot()
        for old, new in slot.public.items():
            if old.startswith(f"{name}__"):
                added = re.sub(rf"\b{old.removeprefix(name + '__')}\b", new, added)
        return {f"{name}.mpy": program.compiled(name, slot.texts[name] + added, "unix")}


class SlottedBoard:
    """A board with two slots, started again whenever it ends, as a watchdog would."""

    def __init__(self, python: list[str], root: Path, port: int, workshop: Workshop) -> None:
        self.python, self.root = python, root
        self.values = {"temp_1_degc": 20.0, "temp_2_degc": 21.0, "co_ppm": 5.0}
        first = workshop.build(1)
        (root / "a").mkdir(parents=True)
        for name, data in first.contents.items():
            (root / "a" / name).write_bytes(data)
        (root / "a" / "release").write_bytes(first.head)
        for name, data in program.stage_one("unix", sources=workshop.sources).items():
            (root / name).write_bytes(data)
        (root / "release.pub").write_bytes(release.public_bytes(workshop.key))
        (root / "command.key").write_bytes(COMMAND_KEY)
        update = {"release_key": "release.pub", "command_key": "command.key", "healthy_s": 5}
        settings = {
            "site": SITE, "board": BOARD, "broker_host": "127.0.0.1", "broker_port": port,
            "report_s": 0.5, "scan_s": 0.1, "feed": "feed", "out": "out", "ring": "ring",
            "outputs": {"latch": False}, "off_s": 0, "update": update,
        }  # fmt: skip
        (root / "config.json").write_text(json.dumps(settings))
        self.starts = 0
        self.errors = (root / "errors").open("wb")
        self.process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=run) for run in (self._feed, self._run)]
        for thread in self._threads:
            thread.start()

    def _feed(self) -> None:
        number = 0
        while not self._over.wait(0.1):
            number += 1
            part = self.root / "feed.part"
            part.write_text(json.dumps({"n": number, "v": self.values}))
            part.replace(self.root / "feed")

    def _run(self) -> None:
        while not self._over.is_set():
            with self._lock:
                self.starts += 1
                self.process = subprocess.Popen(
                    [*self.python, "main.py"], cwd=self.root, stderr=self.errors
                )
            self.process.wait()

    def cut_power(self) -> None:
        with self._lock:
            assert self.process is not None
            self.process.kill()

    def horn(self) -> int:
        return int(json.loads((self.root / "out").read_text())["horn"])

    def close(self) -> None:
        self._over.set()
        self.cut_power()
        for thread in self._threads:
            thread.join(10)
        self.errors.close()


@pytest.fixture
def workshop(python: list[str]) -> Workshop:
    return Workshop(sources="-X" not in python)


@pytest.fixture
def board(
    python: list[str], tmp_path: Path, mosquitto: Any, workshop: Workshop
) -> Iterator[SlottedBoard]:
    made = SlottedBoard(python, tmp_path / "board", mosquitto.port, workshop)
    yield made
    made.close()


def runs(gateway: Gateway, number: int, slot: str, trial: bool) -> Callable[[], bool]:
    def told() -> bool:
        state = gateway.state()
        return (state.get("number"), state.get("slot"), state.get("trial")) == (number, slot, trial)

    return told


def failed(gateway: Gateway, n: int) -> Callable[[], str | None]:
    def told() -> str | None:
        result = gateway.result(n)
        return None if result is None or result["ok"] else str(result["why"])

    return told


@pytest.mark.long
@pytest.mark.parametrize("python", ["micropython"], indirect=True)
def test_a_board_takes_a_release_and_gives_up_one_that_never_gets_healthy(
    gateway: Gateway,
    board: SlottedBoard,
    workshop: Workshop,
    until: Callable[..., Any],
    full_size: bool,
) -> None:
    until(runs(gateway, 1, "a", False), LIMIT_S)

    # The power goes while the release arrives, and at full size the gateway once says nothing.
    gateway.serves = not full_size
    second = workshop.build(2, workshop.module("main", "\nSECOND = True\n"))
    n = gateway.update(second)
    until(lambda: gateway.wants, LIMIT_S)
    boot = gateway.state()["boot"]
    gateway.serves = True
    until(lambda: len(gateway.wants) > 6, LIMIT_S)
    board.cut_power()
    until(lambda: gateway.state()["boot"] > boot, LIMIT_S)
    until(runs(gateway, 2, "b", True), LIMIT_S)
    assert gateway.result(n) == {"n": n, "op": "update", "ok": True}
    resumed = [want["offset"] for want in gateway.wants]
    assert resumed.count(0) < len(resumed) / 2
    until(runs(gateway, 2, "b", False), LIMIT_S)
    assert gateway.state()["release"] == "1.2.0"
    assert "failed" not in gateway.state()

    # A program that never reaches its gateway comes to an end by itself.
    deaf = "\nasync def open_stream(*_args):\n    raise OSError(113)\n"
    third = workshop.build(3, workshop.module("link", deaf))
    before = board.starts
    gateway.update(third)
    until(lambda: "failed" in gateway.state(), LIMIT_S)
    assert runs(gateway, 2, "b", False)()
    assert gateway.state()["failed"][0] == 3
    assert "acknowledged" in gateway.state()["failed"][1]
    assert board.starts == before + 2

    assert board.horn() == 0
    if not full_size:
        return

    # So does one that does not even load, at once.
    fourth = workshop.build(4, {next(iter(workshop.module("main", ""))): b"M\x06"})
    gateway.update(fourth)
    until(lambda: gateway.state().get("failed", [0])[0] == 4, LIMIT_S)
    assert runs(gateway, 2, "b", False)()

    # And a good one after all that goes into the other slot.
    gateway.update(workshop.build(5))
    until(runs(gateway, 5, "a", False), LIMIT_S)
    assert "failed" not in gateway.state()


@pytest.mark.long
@pytest.mark.parametrize("python", ["micropython"], indirect=True)
def test_a_board_refuses_what_it_must_not_run_and_says_why(
    gateway: Gateway,
    board: SlottedBoard,
    workshop: Workshop,
    until: Callable[..., Any],
) -> None:
    until(runs(gateway, 1, "a", False), LIMIT_S)
    mine = gateway.state()["stream"]
    good = workshop.build(2)

    def refused(built: release.Release, packed: bytes | None = None) -> str:
        n = gateway.update(built)
        gateway.releases[built.manifest.number] = built.packed if packed is None else packed
        return str(until(failed(gateway, n), LIMIT_S))

    assert refused(workshop.build(1)) == "bounds: number 1 is not above 1"
    stranger = ec.generate_private_key(ec.SECP256R1())
    assert "release key" in refused(workshop.build(2, key=stranger))
    unsigned = release.Release(good.manifest, good.text, b"", good.contents)
    assert refused(unsigned) == "the release is unsigned"
    assert refused(workshop.build(2, port="rp2", mpy=6)) == "it is for rp2, this is unix"
    assert "mpy 5" in refused(workshop.build(2, mpy=5))
    assert refused(workshop.build(2, boards=("b0151",))) == "it is for other boards"
    assert refused(good, workshop.build(2, boards=(BOARD,)).packed) == (
        "it is not the release that was ordered"
    )
    assert refused(good, b"") == "the gateway does not have it"
    rotten = bytearray(good.packed)
    rotten[-1] ^= 1
    assert refused(good, bytes(rotten)) == "it arrives damaged"

    # Commands: a forged one, one sent twice, one beyond the site's bounds.
    n = gateway.order("silence", 5, key=hashlib.sha256(b"forged").digest())
    assert until(failed(gateway, n), LIMIT_S) == "mac"
    n = gateway.order("limits", 51, None)
    assert "bound" in until(failed(gateway, n), LIMIT_S)
    n = gateway.order("silence", 600)
    assert "at most 10" in until(failed(gateway, n), LIMIT_S)
    n = gateway.order("open_the_door")
    assert until(failed(gateway, n), LIMIT_S) == "unknown"
    n = gateway.order("limits", 40, None)
    until(lambda: gateway.result(n), LIMIT_S)
    gateway.order("test", again=n)
    assert until(failed(gateway, n), LIMIT_S) == "replayed"

    # An alarm stands, by the limit that a command lowered: no time for an update.
    board.values["temp_1_degc"] = 45.0
    until(lambda: board.horn() == 1, LIMIT_S)
    wants = len(gateway.wants)
    n = gateway.update(good)
    until(lambda: gateway.result(n), LIMIT_S)
    until(lambda: "alarm" in gateway.state().get("update", ""), LIMIT_S)
    assert len(gateway.wants) == wants
    board.values["temp_1_degc"] = 20.0
    until(runs(gateway, 2, "b", False), LIMIT_S)
    assert gateway.state()["stream"] == mine
