import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from simulators import lots, scenario
from simulators.plant.curves import demand_curve
from simulators.plant.unit import Plant

START_UTC = datetime(2026, 3, 4, 1, 2, 3, 400_000, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def start_us() -> int:
    return int(START_UTC.timestamp() * 1e6)


@pytest.fixture
def make_plant(start_us: int) -> Callable[..., Plant]:
    def make(name: str = "calm", seed: int = 1, stop: tuple[float, float] | None = None) -> Plant:
        part = scenario.load(name).plant
        if stop is not None:
            part = scenario.with_stop(part, *stop)
        return Plant(demand_curve(part, seed), lots.draw(START_UTC, 2.0, seed), start_us)

    return make


@pytest.fixture
def ask() -> Iterator[Callable[..., bytes]]:
    """A Modbus client of plain sockets: sends one PDU, gives back the PDU that answers it."""
    connections: dict[int, socket.socket] = {}

    def call(port: int, unit: int, pdu: bytes) -> bytes:
        if port not in connections:
            connections[port] = socket.create_connection(("127.0.0.1", port), timeout=5)
        link = connections[port]
        link.sendall(struct.pack(">HHHB", 77, 0, len(pdu) + 1, unit) + pdu)
        head = _exactly(link, 7)
        transaction, protocol, length, answered = struct.unpack(">HHHB", head)
        assert (transaction, protocol, answered) == (77, 0, unit)
        return _exactly(link, length - 1)

    yield call
    for link in connections.values():
        link.close()


@pytest.fixture
def start_process() -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Starts a simulator; whatever it says is on its stdout, and it is gone after the test."""
    started: list[subprocess.Popen[str]] = []

    def start(module: str, *arguments: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _exactly(link: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        piece = link.recv(size - len(got))
        assert piece, "the server closed the connection"
        got += piece
    return got
