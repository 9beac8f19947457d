"""`hinoban demo`: broker, plant, yard, boards and gateway as processes of their own.

The gateway is started as it would be in a plant; what it reads is simulated, over the wire.
"""

import asyncio
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gateway.children import ChildError, Children, python
from gateway.clock import Clock, SystemTime
from gateway.demo_site import DemoSite, make_site, password
from gateway.demo_summary import summary
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
    metrics = _victoria_metrics()
    now_us = Clock(SystemTime("assume")).now().utc_us
    site = make_site(options.directory, options.port, metrics=metrics is not None)
    users = _make_users(site)
    children = Children(site.directory / "logs")
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    failed: str | None = None
    try:
        await _start_all(children, site, options, metrics, now_us, say, stop)
        if not stop.is_set():
            say(f"ready: http://127.0.0.1:{site.page_port}")
            for name, role, word in users:
                say(f"  sign in as {name} ({role}) with the password {word}")
            say("  Ctrl-C stops everything")
        failed = await _until_the_end(children, options.minutes, stop)
    except ChildError as err:
        failed = str(err)
    finally:
        await children.stop()
    if failed is not None:
        say(f"stopped: {failed}")
        return 1
    for line in summary(site):
        say(line)
    return 0


async def _start_all(
    children: Children,
    site: DemoSite,
    options: DemoOptions,
    metrics: str | None,
    now_us: int,
    say: Say,
    stop: asyncio.Event,
) -> None:
    top = site.directory
    seed = str(options.seed)
    feed = top / "feed"
    start = datetime.fromtimestamp(now_us // 60_000_000 * 60, UTC).isoformat()
    await _run_once(
        python("simulators.lots", "--out", str(top / "lots.toml"), "--start-utc", start,
               "--hours", str(LOT_HOURS), "--seed", seed)
    )  # fmt: skip
    broker = python("gateway.mqtt.broker", "--port", str(site.broker_port),
                    "--directory", str(top / "broker"))  # fmt: skip
    plant = python("simulators.plant", "--scenario", options.scenario,
                   "--ports", ",".join(str(port) for port in site.meter_ports),
                   "--lots", str(top / "lots.toml"), "--ledger", str(top / "truth.jsonl"),
                   "--seed", seed)  # fmt: skip
    yard = python("simulators.yard", "--scenario", options.scenario, "--feed", str(feed),
                  "--log", str(top / "yard.jsonl"), "--seed", seed)  # fmt: skip
    boards = python("simulators.boards", "--scenario", options.scenario, "--site", site.site_id,
                    "--broker", f"127.0.0.1:{site.broker_port}", "--feed", str(feed),
                    "--rings", str(top / "boards"), "--report-s", "2", "--resend-s", "10",
                    "--boards", ",".join(site.boards))  # fmt: skip
    gateway = python("gateway.cli", "run", "--config", str(site.config))
    steps: list[tuple[str, list[str]]] = [
        ("broker", broker),
        ("plant", plant),
        ("yard", yard),
        ("gateway", gateway),
        ("boards", boards),
    ]
    if metrics is not None:
        store = [metrics, f"-storageDataPath={top / 'metrics'}", "-retentionPeriod=1",
                 f"-httpListenAddr=127.0.0.1:{site.metrics_port}",
                 "-dedup.minScrapeInterval=1ms"]  # fmt: skip
        child = await children.start("metrics", store, ready_port=site.metrics_port)
        say(f"  metrics: VictoriaMetrics {child.ready}")
    for name, command in steps:
        if stop.is_set():
            return
        child = await children.start(name, command)
        say(f"  {name}: {child.ready}")


async def _until_the_end(
    children: Children, minutes: float | None, stop: asyncio.Event
) -> str | None:
    ended = asyncio.create_task(children.first_to_end())
    stopped = asyncio.create_task(stop.wait())
    timeout = None if minutes is None else minutes * 60
    try:
        await asyncio.wait({ended, stopped}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        if ended.done() and not stop.is_set():
            child = ended.result()
            return f"{child.name} ended by itself; see {child.log}"
        return None
    finally:
        ended.cancel()
        stopped.cancel()
        await asyncio.gather(ended, stopped, return_exceptions=True)


async def _run_once(command: list[str]) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
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


def _victoria_metrics() -> str | None:
    return shutil.which("victoria-metrics")
