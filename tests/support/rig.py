"""A whole plant for the system tests: real processes, each of which can be killed and started."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tomli_w
from moved_clock import MovedClock
from ports import free_port

from gateway.demo.site import make_site
from gateway.people import People

ROOT = Path(__file__).resolve().parents[2]
PORTS_OF_A_SITE = 20
"""More than it has servers: one may be taken meanwhile."""
LOTS_HOURS = 4
"""No story is longer; the gateway reads and checks every lot whenever it starts."""


class Rig:
    """Broker, plant, yard, boards and gateway in one folder.

    Args:
        change: Edits the site's raw tables before anything starts.
    """

    def __init__(
        self,
        directory: Path,
        *,
        scenario: str = "calm",
        seed: int = 1,
        report_s: float = 1.0,
        change: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        self.directory = directory
        self.scenario = scenario
        self.seed = seed
        self.report_s = report_s
        ports = [free_port() for _ in range(PORTS_OF_A_SITE)]
        made = make_site(directory, free_port(), metrics=True, ports=ports)
        self.site = replace(made, broker_port=free_port())
        raw = tomllib.loads(self.site.config.read_text())
        raw["mqtt"]["port"] = self.site.broker_port
        for board in raw["board"]:
            board["report_s"] = report_s
        for sink in raw["sink"]:
            sink["enabled"] = False
        if change is not None:
            change(raw)
        self.raw = raw
        self.write_config()
        self.data = directory / "data"
        self.data.mkdir(exist_ok=True)
        people = People(self.data / "people.sqlite")
        self.operator_token = people.add_token("rig-operator", "operator")
        self.viewer_token = people.add_token("rig-viewer", "viewer")
        people.close()
        self.processes: dict[str, subprocess.Popen[str]] = {}
        self.ready: dict[str, str] = {}
        self.clock: MovedClock | None = None
        """What plant and gateway take for UTC, where not the machine's."""

    def write_config(self) -> None:
        """Write the site's file from `raw`."""
        self.site.config.write_text(tomli_w.dumps(self.raw))

    # ── starting ────────────────────────────────────────────────────────────────────────

    def start_all(self) -> None:
        self.start_broker()
        self.start_plant()
        self.start_yard()
        self.start_gateway()
        self.start_boards()

    def make_lots(self) -> None:
        start = datetime.now(UTC).replace(second=0, microsecond=0).isoformat()
        command = self.module(
            "simulators.lots",
            "--out",
            str(self.directory / "lots.toml"),
            "--start-utc",
            start,
            "--hours",
            str(LOTS_HOURS),
            "--seed",
            str(self.seed),
        )
        subprocess.run(command, check=True, cwd=ROOT)

    def start_broker(self) -> None:
        self.start(
            "broker",
            self.module(
                "gateway.mqtt.broker",
                "--port",
                str(self.site.broker_port),
                "--directory",
                str(self.directory / "broker"),
            ),
        )

    def start_plant(self, *extra: str) -> None:
        if not (self.directory / "lots.toml").exists():
            self.make_lots()
        self.start(
            "plant",
            self.module(
                "simulators.plant",
                "--scenario",
                self.scenario,
                "--ports",
                ",".join(map(str, self.site.meter_ports)),
                "--lots",
                str(self.directory / "lots.toml"),
                "--ledger",
                str(self.directory / "truth.jsonl"),
                "--seed",
                str(self.seed),
                *([] if self.clock is None else self.clock.of_plant()),
                *extra,
            ),
        )

    def start_yard(self, *extra: str) -> None:
        self.start(
            "yard",
            self.module(
                "simulators.yard",
                "--scenario",
                self.scenario,
                "--feed",
                str(self.directory / "feed"),
                "--log",
                str(self.directory / "yard.jsonl"),
                "--seed",
                str(self.seed),
                *extra,
            ),
        )

    def start_boards(self, *extra: str) -> None:
        self.start(
            "boards",
            self.module(
                "simulators.boards",
                "--scenario",
                self.scenario,
                "--site",
                self.site.site_id,
                "--broker",
                f"127.0.0.1:{self.site.broker_port}",
                "--feed",
                str(self.directory / "feed"),
                "--rings",
                str(self.directory / "boards"),
                "--report-s",
                str(self.report_s),
                "--resend-s",
                "5",
                "--boards",
                ",".join(self.site.boards),
                *extra,
            ),
        )

    def start_gateway(
        self, *, environment: Mapping[str, str] | None = None, command: list[str] | None = None
    ) -> None:
        if not (self.directory / "lots.toml").exists():
            self.make_lots()
        config = self.site.config
        usual = (
            self.module("gateway.cli", "run", "--config", str(config))
            if self.clock is None
            else self.clock.gateway(config)
        )
        self.start("gateway", command or usual, environment=environment)

    def start_metrics(self) -> None:
        """VictoriaMetrics on the port the sink is configured for; what it stored before stays."""
        log = (self.directory / "metrics.log").open("a")
        self.processes["metrics"] = subprocess.Popen(
            ["victoria-metrics", f"-storageDataPath={self.directory / 'metrics'}",
             "-retentionPeriod=1", f"-httpListenAddr=127.0.0.1:{self.site.metrics_port}",
             "-dedup.minScrapeInterval=1ms"],
            stdout=log, stderr=log, text=True, start_new_session=True,
        )  # fmt: skip
        log.close()
        self.wait("VictoriaMetrics to answer", lambda: self.metrics("health") == "OK")

    def start(
        self,
        name: str,
        command: list[str],
        *,
        environment: Mapping[str, str] | None = None,
        within_s: float = 30.0,
    ) -> None:
        log = (self.directory / f"{name}.log").open("a")
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
            env={
                **os.environ,
                "PYTHONUNBUFFERED": "1",
                "PYTHONPATH": str(ROOT),
                **(environment or {}),
            },
        )
        log.close()
        self.processes[name] = process
        assert process.stdout is not None
        deadline = time.monotonic() + within_s
        for line in process.stdout:
            if line.startswith("ready"):
                self.ready[name] = line.removeprefix("ready").strip()
                return
            assert time.monotonic() < deadline, f"{name} was not ready"
        tail = (self.directory / f"{name}.log").read_text()[-2000:]
        raise AssertionError(f"{name} ended with {process.wait()}: {tail}")

    @staticmethod
    def module(name: str, *arguments: str) -> list[str]:
        return [sys.executable, "-m", name, *arguments]

    # ── stopping ────────────────────────────────────────────────────────────────────────

    def kill(self, name: str) -> None:
        """End a process and all it started, without a word of warning."""
        self._end(name, signal.SIGKILL)

    def stop(self, name: str) -> None:
        """Ask a process to end, and wait until it did."""
        self._end(name, signal.SIGTERM)

    def _end(self, name: str, number: signal.Signals) -> None:
        process = self.processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        process.wait(timeout=10)
        if process.stdout is not None:
            process.stdout.close()

    def stop_all(self) -> None:
        for name in reversed(list(self.processes)):
            self.stop(name)

    def kill_all(self) -> None:
        for name in reversed(list(self.processes)):
            with contextlib.suppress(Exception):
                self.kill(name)

    # ── looking ─────────────────────────────────────────────────────────────────────────

    def get(self, path: str, *, token: str | None = None) -> Any:
        return self.request("GET", path, token=token or self.operator_token)

    def request(self, method: str, path: str, *, token: str | None, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.site.page_port}/api/v1/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Content-Type": "application/json",
                **({"Authorization": f"Bearer {token}"} if token else {}),
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 -- own address
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            error.add_note(error.read().decode())
            raise

    def metrics(self, path: str, **query: str) -> str:
        """What VictoriaMetrics answers."""
        target = f"http://127.0.0.1:{self.site.metrics_port}/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(target, timeout=30) as answer:
            return str(answer.read().decode())

    def wait(self, what: str, condition: Callable[[], Any], *, within_s: float = 30.0) -> Any:
        """Poll a condition on real processes until it holds."""
        deadline = time.monotonic() + within_s
        error: Exception | None = None
        while time.monotonic() < deadline:
            try:
                if found := condition():
                    return found
            except (urllib.error.URLError, OSError, KeyError, IndexError) as err:
                error = err
            time.sleep(0.1)
        raise AssertionError(f"waited {within_s:g} s in vain for: {what} ({error})")

    def hinoban(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.module("gateway.cli", *arguments),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    def verify_journal(self) -> dict[str, Any]:
        done = self.hinoban("verify", "journal", "--config", str(self.site.config), "--json")
        assert done.stdout, done.stderr
        return json.loads(done.stdout)  # type: ignore[no-any-return]

    def ledger(self) -> list[dict[str, Any]]:
        text = (self.directory / "truth.jsonl").read_text()
        return [json.loads(line) for line in text.splitlines() if line.endswith("}")]
