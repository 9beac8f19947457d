import itertools
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import Now
from gateway.config import Board
from gateway.mqtt.boards import BoardBook
from gateway.mqtt.broker import find_mosquitto
from gateway.mqtt.taken import Taken
from gateway.mqtt.wire import Alarm, Message, Record, Samples

SECOND = 1_000_000
UTC = 1_800_000_000 * SECOND
GOLDEN = Path(__file__).parents[1] / "golden" / "wire"


class Yard:
    """One board seen by one gateway; seconds of true time since the gateway's machine started."""

    def __init__(self) -> None:
        self.board = Board(
            id="b1", store="c1", report_s=60, values=("temp_1_degc", "temp_2_degc", "co_ppm")
        )
        self.disk: dict[str, str] = {}
        self.machine_started_s = 0.0
        self.clock_error_s = 0.0
        self.synchronised = True
        self.corrections: dict[tuple[str, int], int] = {}
        self.seqs = {"s": itertools.count(1)}
        self.machine_boot = "machine-1"
        self.book = BoardBook([self.board], self.machine_boot)

    def now(self, at_s: float) -> Now:
        mono_us = round((at_s - self.machine_started_s) * SECOND)
        utc_us = UTC + round((at_s + self.clock_error_s) * SECOND)
        return Now(utc_us, mono_us, self.synchronised)

    def restart(self, *, machine_boot: str | None = None, at_s: float = 0.0) -> None:
        """A new process, on a new boot of the machine if one is named."""
        if machine_boot is not None:
            self.machine_boot = machine_boot
            self.machine_started_s = at_s
        self.book = BoardBook([self.board], self.machine_boot)
        self.book.restore(self.disk)

    def commit(self) -> None:
        for correction in self.book.corrections():
            assert correction.stream is not None
            assert correction.boot is not None
            self.corrections[correction.stream, correction.boot] = correction.offset_us
        for key, text in self.book.dirty().items():
            if text is None:
                self.disk.pop(key, None)
            else:
                self.disk[key] = text

    def record(self, up_s: float, boot: int = 1, seq: int | None = None, **others: Any) -> Record:
        seq = next(self.seqs["s"]) if seq is None else seq
        fields = {"stream": "s", "oldest": 1, "t_us": None} | others
        return Record(boot=boot, seq=seq, up_ms=round(up_s * 1000), **fields)

    def take(self, message: Message, at_s: float) -> Taken:
        taken = self.book.take(message, self.now(at_s))
        self.commit()
        return taken

    def hear(self, at_s: float, up_s: float, boot: int = 1, **others: Any) -> Taken:
        """One temperature, captured at uptime `up_s` of `boot`, arriving at `at_s`."""
        message = Samples("b1", self.record(up_s, boot, **others), {"temp_1_degc": 20.0}, {})
        return self.take(message, at_s)


@pytest.fixture
def yard() -> Yard:
    return Yard()


@pytest.fixture(scope="session")
def new_yard() -> Callable[[], Yard]:
    return Yard


@pytest.fixture
def alarm_of() -> Callable[..., Alarm]:
    def build(record: Record, **fields: Any) -> Alarm:
        known = {
            "condition": "temp_high",
            "edge": "raised",
            "point": "temp_1_degc",
            "value": 50.5,
            "limit": 50.0,
        }
        return Alarm("b1", record, **(known | fields))

    return build


@pytest.fixture(scope="session")
def golden() -> dict[str, dict[str, Any]]:
    return {file.stem: json.loads(file.read_text()) for file in sorted(GOLDEN.glob("*.json"))}


class BrokerProcess:
    def __init__(self, kind: str, port: int, directory: Path) -> None:
        self.kind, self.port, self.directory = kind, port, directory
        self.process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "gateway.mqtt.broker",
                "--kind",
                self.kind,
                "--port",
                str(self.port),
                "--directory",
                str(self.directory),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == f"ready {self.kind} {self.port}\n"
        return process

    def kill(self) -> None:
        """As a power cut would."""
        self.process.kill()
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        wait_until(lambda: not answers(self.port))

    def restart(self) -> None:
        self.process = self._start()

    def stop(self) -> int:
        self.process.terminate()
        code = self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=0.5):
            return True
    except OSError:
        return False


def wait_until(condition: Callable[[], object], limit_s: float = 15.0) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


@pytest.fixture
def until() -> Callable[..., None]:
    return wait_until


@pytest.fixture
def free_port() -> Callable[[], int]:
    def find() -> int:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            return int(listener.getsockname()[1])

    return find


@contextmanager
def running_broker(kind: str, port: int, directory: Path) -> Iterator[BrokerProcess]:
    broker = BrokerProcess(kind, port, directory)
    try:
        yield broker
    finally:
        if broker.process.poll() is None:
            broker.stop()


@pytest.fixture(
    params=[
        pytest.param(
            "mosquitto",
            marks=[
                pytest.mark.debian,
                pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto not installed"),
            ],
        ),
        "iotcore",
    ]
)
def broker(
    request: pytest.FixtureRequest, free_port: Callable[[], int], tmp_path: Path
) -> Iterator[BrokerProcess]:
    with running_broker(request.param, free_port(), tmp_path / "broker") as process:
        yield process
