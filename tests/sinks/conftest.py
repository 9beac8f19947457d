"""A real VictoriaMetrics, and commits to send to it."""

import json
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from ports import free_port

from agent.alarms.events import AlarmEvent
from agent.samples import Sample
from gateway.config import Sink
from gateway.historian.journal import Journal
from gateway.historian.rows import Basis, Batch, Commit, Correction, Origin

BOOT_MONO_US = 5_000_000


class VictoriaMetrics:
    """Debian's server on a port of its own, which can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [
                "victoria-metrics",
                f"-storageDataPath={self._folder}",
                f"-httpListenAddr=127.0.0.1:{self.port}",
                "-retentionPeriod=100y",
                "-dedup.minScrapeInterval=1ms",
                "-search.latencyOffset=1s",
                "-loggerLevel=ERROR",
                "-memory.allowedBytes=100MB",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.wait_for(lambda: self.get("/health") == "OK")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def kill(self) -> None:
        """As a power cut would: what it has not yet written is lost."""
        self._process.kill()
        self._process.wait()
        self._process = None

    def get(self, path: str, **query: str) -> str:
        target = f"{self.url}{path}?{urllib.parse.urlencode(query)}"
        try:
            with urllib.request.urlopen(target, timeout=10) as answer:  # noqa: S310 (our own)
                return answer.read().decode()
        except urllib.error.HTTPError:
            raise
        except OSError:
            return ""

    def wait_for(self, condition, seconds: float = 30.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "the condition was not met in time"
            time.sleep(0.05)

    def export(self, name: str = "hinoban_value") -> list[tuple[str, int, float]]:
        """Everything stored under a metric: (point or alarm, time in ms, value), in order."""
        self.get("/internal/force_flush")
        text = self.get("/api/v1/export", **{"match[]": name})
        found = []
        for line in text.splitlines():
            series = json.loads(line)
            tags = series["metric"]
            label = tags.get("point") or tags["alarm"]
            found += [
                (label, t, v) for t, v in zip(series["timestamps"], series["values"], strict=True)
            ]
        return sorted(found)


class Plant:
    """Commits rows and remembers the good samples in them."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.sqlite"
        self.cursors = folder / "sinks.sqlite"
        self.journal = Journal.open(self.path)
        self.start_us = time.time_ns() // 1000 - 3_600_000_000
        self.good: list[tuple[str, int, float]] = []

    def commit(self, s: float, *samples: Sample, late: float = 0.0, **more) -> None:
        utc_us = self.at(s)
        batch = Batch(Origin("meter", "m", request=1), Basis.GATEWAY, utc_us, samples)
        synchronised = more.pop("synchronised", True)
        self.journal.commit(
            Commit("boot-a", utc_us, utc_us - self.start_us, synchronised, (batch,), **more)
        )

    def at(self, s: float) -> int:
        return self.start_us + round(s * 1e6)

    def sample(self, point: str, s: float, value: float) -> Sample:
        self.good.append((point, self.at(s) // 1000, value))
        return Sample(point, self.at(s), value)

    def alarm(self, s: float, edge: str) -> AlarmEvent:
        point = "yard.c0150.temp_1_degc"
        t_us = self.at(s)
        return AlarmEvent(
            f"temp_high:{point}", edge, "temp_high", point, "fire", "critical", t_us, t_us,
            "unack_active", 51.5, 50.0, "degc",
        )  # fmt: skip

    def clock_correction(self) -> Correction:
        return Correction("clock", self.start_us, boot_id="boot-a")


@pytest.fixture
def victoria_metrics(tmp_path):
    server = VictoriaMetrics(tmp_path / "vm")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def plant(tmp_path):
    made = Plant(tmp_path)
    yield made
    made.journal.close()


@pytest.fixture
def sink_to():
    return lambda url: Sink(id="metrics", kind="influx", url=url, org="hinoban", bucket="hinoban")
