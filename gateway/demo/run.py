"""`hinoban demo`: broker, plant, yard, boards and gateway as processes of their own.

The gateway is started as it would be in a plant; what it reads is simulated, over the wire.
"""

import asyncio
import shutil
import signal
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gateway.clock import Clock, SystemTime
from gateway.demo.children import ChildError, Children, python
from gateway.demo.site import DemoSite, held, make_site, password
from gateway.demo.summary import REQUESTS, summary
from gateway.people import People

LOT_HOURS: Final = 48
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What the person asked for.

    Args:
        minutes: End by itself after so long; None runs until Ctrl-C.
        seed: Of lots, noise and gassing.
    """

    directory: Path
    port: int
    scenario: str
    minutes: float | None
    seed: int


async def run_demo(options: DemoOptions, say: Say) -> int:
    """Run the whole chain and say what came of it; 0 when nothing broke.

    Raises:
        DemoError: It cannot start.
    """
    metrics = shutil.which("victoria-metrics")
    site = make_site(options.directory, options.port, metrics=metrics is not None)
    with held(site.directory):
        return await _Run(site, options, metrics, say).run()


class _Run:
    """One demo, from its first process to its summary."""

    def __init__(self, site: DemoSite, options: DemoOptions, metrics: str | None, say: Say) -> None:
        self._site = site
        self._options = options
        self._metrics = metrics
        self._say = say
        self._children = Children(site.directory / "logs")
        self._stop = asyncio.Event()

    async def run(self) -> int:
        """Run until the end, and say what came of it; 0 when nothing broke."""
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._stop.set)
        users = _make_users(self._site)
        failed: str | None = None
        try:
            if await self._unless_stopped(self._start_all()):
                self._say(f"ready: http://127.0.0.1:{self._site.page_port}")
                for name, role, word in users:
                    self._say(f"  sign in as {name} ({role}) with the password {word}")
                self._say("  Ctrl-C stops everything")
                failed = await self._until_the_end()
        except ChildError as err:
            failed = str(err)
        finally:
            await self._children.stop()
        if failed is not None:
            self._say(f"stopped: {failed}")
            return 1
        for line in summary(self._site):
            self._say(line)
        return 0

    async def _unless_stopped(self, work: Coroutine[None, None, None]) -> bool:
        """Do something; leave it when told to stop. Whether it was done."""
        working = asyncio.create_task(work)
        stopped = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                return False
            working.result()
            return not self._stop.is_set()
        finally:
            working.cancel()
            stopped.cancel()
            await asyncio.gather(working, stopped, return_exceptions=True)

    async def _start_all(self) -> None:
        await _run_once(self._lots())
        if self._metrics is not None:
            port = self._site.metrics_port
            child = await self._children.start("metrics", self._store(), ready_port=port)
            self._say(f"  metrics: VictoriaMetrics {child.ready}")
        for name, command in self._commands():
            child = await self._children.start(name, command)
            self._say(f"  {name}: {child.ready}")

    async def _until_the_end(self) -> str | None:
        ended = asyncio.create_task(self._children.first_to_end())
        stopped = asyncio.create_task(self._stop.wait())
        minutes = self._options.minutes
        timeout = None if minutes is None else minutes * 60
        try:
            await asyncio.wait(
                {ended, stopped}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED
            )
            if ended.done() and not self._stop.is_set():
                child = ended.result()
                return f"{child.name} ended by itself; see {child.log}"
            return None
        finally:
            ended.cancel()
            stopped.cancel()
            await asyncio.gather(ended, stopped, return_exceptions=True)

    # ── What is started ───────────────────────────────────────────────────────────────────

    def _lots(self) -> list[str]:
        now_us = Clock(SystemTime("assume")).now().utc_us
        start = datetime.fromtimestamp(now_us // 60_000_000 * 60, UTC).isoformat()
        return python("simulators.lots", "--out", str(self._site.directory / "lots.toml"),
                      "--start-utc", start, "--hours", str(LOT_HOURS),
                      "--seed", str(self._options.seed))  # fmt: skip

    def _store(self) -> list[str]:
        return [str(self._metrics), f"-storageDataPath={self._site.directory / 'metrics'}",
                "-retentionPeriod=1", f"-httpListenAddr=127.0.0.1:{self._site.metrics_port}",
                "-dedup.minScrapeInterval=1ms"]  # fmt: skip

    def _commands(self) -> list[tuple[str, list[str]]]:
        site, top, feed = self._site, self._site.directory, str(self._site.directory / "feed")
        simulated = ["--scenario", self._options.scenario, "--seed", str(self._options.seed)]
        return [
            ("broker", python("gateway.mqtt.broker", "--port", str(site.broker_port),
                              "--directory", str(top / "broker"))),
            ("plant", python("simulators.plant", *simulated,
                             "--ports", ",".join(str(port) for port in site.meter_ports),
                             "--lots", str(top / "lots.toml"),
                             "--ledger", str(top / "truth.jsonl"),
                             "--requests", str(top / REQUESTS))),
            ("yard", python("simulators.yard", *simulated, "--feed", feed,
                            "--log", str(top / "yard.jsonl"))),
            ("gateway", python("gateway.cli", "run", "--config", str(site.config))),
            ("boards", python("simulators.boards", "--scenario", self._options.scenario,
                              "--site", site.site_id,
                              "--broker", f"127.0.0.1:{site.broker_port}", "--feed", feed,
                              "--rings", str(top / "boards"), "--report-s", "2",
                              "--resend-s", "10", "--boards", ",".join(site.boards))),
        ]  # fmt: skip


async def _run_once(command: list[str]) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    try:
        _, errors = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        raise ChildError(f"{' '.join(command[1:3])} failed: {errors.decode().strip()[-500:]}")


def _make_users(site: DemoSite) -> list[tuple[str, str, str]]:
    data = site.directory / "data"
    data.mkdir(mode=0o700, exist_ok=True)
    people = People(data / "people.sqlite")
    users = [("demo-operator", "operator", password()), ("demo-viewer", "viewer", password())]
    for name, role, word in users:
        people.add_user(name, role, word)
    people.close()
    return users
