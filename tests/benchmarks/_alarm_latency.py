"""From a board's publish to the event on the stream: a real broker, gateway, journal and client."""

import http.client
import json
import math
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import tomli_w

from gateway.people import People

ROOT: Final = Path(__file__).parents[2]
EXAMPLE: Final = ROOT / "gateway/deploy/example-plant.toml"
BOARDS: Final = 600


@dataclass(frozen=True)
class Latency:
    """What one run gave.

    Args:
        sent: Messages published.
        seconds: How long that took [s].
        edges_s: From publish to stream, of each edge [s].
        missing: Edges that never came.
    """

    sent: int
    seconds: float
    edges_s: list[float]
    missing: int

    def at(self, share: float) -> float:
        """The time within which a share of the edges came [s]; infinite where some did not."""
        every = sorted(self.edges_s) + [math.inf] * self.missing
        return every[min(len(every) - 1, math.ceil(share * len(every)) - 1)]


def measure(rate: int, seconds: int) -> Latency:
    """Run broker, gateway and boards, and listen."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder, ExitStack() as stack:
        directory = Path(folder)
        page, broker = _free_port(), _free_port()
        config = _site(directory, page, broker)
        people = People(directory / "data" / "people.sqlite")
        token = people.add_token("bench", "viewer")
        people.close()
        here = str(directory / "broker")
        _start(stack, directory, "gateway.mqtt.broker", "--port", str(broker), "--directory", here)
        _start(stack, directory, "gateway.cli", "run", "--config", str(config))
        heard = _Stream(page, token)
        stack.callback(heard.stop)
        boards = Path(__file__).with_name("_alarm_boards.py")
        begun_s = time.monotonic()
        done = subprocess.run(
            [sys.executable, str(boards), *map(str, (broker, BOARDS, rate, seconds))],
            check=True, capture_output=True, text=True, cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        taken_s = time.monotonic() - begun_s
        time.sleep(3.0)
        told = json.loads(done.stdout)
        return _compared(told["sent"], taken_s, told["published"], heard.seen)


def _compared(
    sent: int, seconds: float, published: dict[str, list[float]], seen: dict[str, list[float]]
) -> Latency:
    """Each edge of an alarm with the event of the same number."""
    edges = [
        came - went
        for key, times in published.items()
        for went, came in zip(times, seen.get(key, []), strict=False)
    ]
    return Latency(sent, seconds, edges, sum(map(len, published.values())) - len(edges))


class _Stream:
    """A client of ``/api/v1/stream``, in a thread of its own."""

    def __init__(self, port: int, token: str) -> None:
        self.seen: dict[str, list[float]] = defaultdict(list)
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._connection.request(
            "GET", "/api/v1/stream", headers={"Authorization": f"Bearer {token}"}
        )
        self._answer = self._connection.getresponse()
        assert self._answer.status == 200, self._answer.read()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while line := self._answer.readline():
            if line.startswith(b"data: ") and b'"alarm_event"' in line:
                now = time.monotonic()
                for event in json.loads(line[6:])["alarm_event"]:
                    self.seen[f"{event['alarm_id']} {event['edge']}"].append(now)

    def stop(self) -> None:
        """Hang up."""
        sock = self._connection.sock
        if sock is not None:
            sock.shutdown(socket.SHUT_RDWR)
        self._thread.join()


def _site(directory: Path, page: int, broker: int) -> Path:
    """The example plant with 600 boards, and meters that are switched off."""
    raw: dict[str, Any] = tomllib.loads(EXAMPLE.read_text())
    for part in ("sink", "store", "provisioning"):
        raw.pop(part, None)
    raw["site"]["id"] = "bench"
    raw["clock"]["synchronised_by"] = "assume"
    raw["mqtt"] |= {"port": broker}
    raw["http"] |= {"port": page}
    raw["store_row"] = [
        {"row": "A", "kind": "container", "first": 1, "count": BOARDS, "fuel": "pellets"}
    ]
    values = ["temp_1_degc", "temp_2_degc", "co_ppm"]
    raw["board"] = [
        {"id": f"b{n:04d}", "store": f"c{n:04d}", "report_s": 60, "values": values}
        for n in range(1, BOARDS + 1)
    ]
    (directory / "data").mkdir()
    lots = EXAMPLE.with_name("example-lots.toml")
    (directory / lots.name).write_text(lots.read_text())
    path = directory / "site.toml"
    path.write_text(tomli_w.dumps(raw))
    return path


def _start(stack: ExitStack, directory: Path, module: str, *arguments: str) -> None:
    log = stack.enter_context((directory / f"{module}.log").open("w"))
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True,
    )  # fmt: skip
    stack.callback(_end, process)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("ready"):
            return
    raise RuntimeError(
        f"{module} did not start: {(directory / f'{module}.log').read_text()[-3000:]}"
    )


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    process.wait(timeout=20)
    if process.stdout is not None:
        process.stdout.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
