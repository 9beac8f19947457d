import contextlib
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import ports
import pytest
from paho.mqtt.enums import CallbackAPIVersion

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

    def hear(
        self, at_s: float, up_s: float, boot: int = 1, *, kept: bool = False, **others: Any
    ) -> Taken:
        """One temperature, captured at uptime `up_s` of `boot`, arriving at `at_s`."""
        record, values = self.record(up_s, boot, **others), {"temp_1_degc": 20.0}
        return self.take(Samples("b1", record, values, {}, history=kept), at_s)


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
        """As a power cut would: the broker itself, then what started it."""
        for child in children_of(self.process.pid):
            os.kill(child, signal.SIGKILL)
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


def children_of(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


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
    return ports.free_port


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


class Link:
    """A TCP proxy to the broker that can be cut."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._pairs: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self._target), timeout=5)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            self._pairs += [near, far]
            for source, sink in ((near, far), (far, near)):
                pump = threading.Thread(target=self._pump, args=(source, sink))
                self._threads.append(pump)
                pump.start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        pairs, self._pairs = self._pairs, []
        for end in pairs:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join(5)


@pytest.fixture
def link(broker: BrokerProcess) -> Iterator[Link]:
    link = Link(broker.port)
    yield link
    link.close()


class Publisher:
    """A board as the broker sees it."""

    def __init__(self, port: int, client_id: str = "b1") -> None:
        self.client = paho.Client(CallbackAPIVersion.VERSION2, client_id=client_id)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def send(self, count: int, first: int = 1, qos: int = 1) -> None:
        """Numbered messages; returns when the broker has confirmed all of them."""
        sent = [
            self.client.publish("hinoban/1/example/b1/samples", str(n), qos=qos)
            for n in range(first, first + count)
        ]
        for info in sent:
            info.wait_for_publish(10)
            assert info.is_published()

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def publisher(broker: BrokerProcess) -> Iterator[Publisher]:
    publisher = Publisher(broker.port)
    yield publisher
    publisher.close()
