"""No broker, and a disk on which every fsync takes five seconds: the meters are asked on time."""

import asyncio
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rig import Rig

from simulators import lots, scenario
from simulators.modbus import Requests
from simulators.plant.curves import demand_curve
from simulators.plant.registers import load_devices
from simulators.plant.server import DeviceServer
from simulators.plant.unit import Plant

FSYNC_S = 5.0
QUICK = 7
"""So many fsyncs of each thread are quick: the gateway needs them to make its databases."""


class Diary(Requests):
    """When a meter was asked."""

    def __init__(self) -> None:
        super().__init__(None)
        self.asked_s: list[float] = []

    def count(self, function: int) -> None:
        super().count(function)
        self.asked_s.append(time.time())


@contextmanager
def served(ports: tuple[int, ...], lots_file: Path) -> Iterator[dict[str, Diary]]:
    """The plant's six meters, in a thread of their own, and when each of them was asked."""
    loop = asyncio.new_event_loop()
    diaries = {}
    servers = []
    start_us = time.time_ns() // 1000
    part = scenario.load("calm").plant
    plant = Plant(demand_curve(part, 1), lots.read(lots_file), start_us)

    def instant() -> tuple[dict[str, float], dict[str, float]]:
        return plant.at(time.time_ns() // 1000)

    for device, port in zip(load_devices(), ports, strict=True):
        diaries[device.meter] = Diary()
        server = DeviceServer(device, instant, diaries[device.meter])
        loop.run_until_complete(server.start(port))
        servers.append(server)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield diaries
    finally:
        for server in servers:
            asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.mark.long
@pytest.mark.debian
def test_polls_stay_on_schedule(
    make_rig: Callable[..., Rig], full_size: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shutil.which("strace"), "needs Debian's package strace: sudo apt-get install strace"
    seconds = 300.0 if full_size else 15.0
    rig = make_rig()
    rig.make_lots()
    log = rig.directory / "strace.log"
    with served(rig.site.meter_ports, rig.directory / "lots.toml") as diaries:
        rig.start_gateway(
            command=[
                *("strace", "-f", "-qq", "-o", str(log)),
                *("--seccomp-bpf", "-e", "trace=fsync,fdatasync", "-e"),
                f"inject=fsync,fdatasync:delay_enter={FSYNC_S * 1e6:.0f}:when={QUICK + 1}+",
                *rig.module("gateway.cli", "run", "--config", str(rig.site.config)),
            ]
        )

        rig.wait("the disk to be slow", lambda: "DELAYED" in log.read_text(), within_s=120.0)
        begun_s = time.time()
        time.sleep(seconds)
        ended_s = time.time()
        health = rig.get("health")
        rig.kill("gateway")
    assert any(problem.startswith("no broker") for problem in health["problems"])
    late: dict[str, list[float]] = {}
    for meter, diary in diaries.items():
        assert diary.writes_seen == 0
        ticks: dict[int, float] = {}
        for at_s in diary.asked_s:
            ticks.setdefault(int(at_s), at_s % 1.0)
        due = range(int(begun_s) + 1, int(ended_s))
        late[meter] = [ticks.get(tick, 1.0) for tick in due]
    every = [one for lates in late.values() for one in lates]
    on_time = sum(one <= 0.05 for one in every) / len(every)
    with capsys.disabled():
        figures = f" {len(every)} polls, {on_time:.2%} on time, latest {max(every):.3f} s "
        sys.stdout.write(figures)
    assert max(every) < 1.0, "a poll was left out while the disk was busy"
