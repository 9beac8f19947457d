"""Whole days of a node in virtual time: its program as shipped, a scripted network, its heap.

Heap is what MicroPython's unix port uses, with pointers of 64 bits. What is left of the test's own
code in it, a clock and a pipe to the host, is taken off by what its import took; broker, gateway,
config and script of outages live in the host.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import day_host
import pytest
from shipped import FIRMWARE, NODE, ship_with_stage, stage

HOUR_MS = 3_600_000
TICKS_PERIOD_MS = 1 << 30
KIB = 1024
HEAP_KIB = 128
"""All that the process has, the test's own part in it."""
NODE_KIB = 96
"""What the node may use at any full hour, whether all is well or it looks for its broker."""
FULL_COLLECT_BYTES = 256
REDUCED_COLLECT_BYTES = 512
"""How much garbage there may be, counted among what lives, while somebody looks all the time."""
BLOCK_KIB = 16
FLAT_BYTES = 1024
"""So much may the heap move from hour to hour: a few records more or less wait to be sent."""
SILENT_HOURS = "{0}-{1}-refused,{1}-{2}-hang,{2}-{3}-mute,{3}-{4}-forgot"

NEVER_S = 604_800

Live = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    """Firmware and stage, for either Python."""
    folder = tmp_path_factory.mktemp("day")
    return {
        "micropython": ship_with_stage(folder / "mpy", folder / "stage_mpy"),
        "cpython": (FIRMWARE, stage(folder / "stage")),
    }


@pytest.fixture
def flash(tmp_path: Path) -> Iterator[Path]:
    """Where the node's flash lies: in memory where there is some, a day has thousands of syncs."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as folder:
        yield Path(folder)


@pytest.fixture
def live(python: list[str], places: dict[str, tuple[Path, Path]], flash: Path) -> Live:
    """Lets a node live through simulated hours and returns its report."""

    def run(**given: Any) -> dict[str, Any]:
        micropython = "-X" in python
        command = [python[0], "-X", f"heapsize={HEAP_KIB}k"] if micropython else python
        firmware, beside = places["micropython" if micropython else "cpython"]
        place = day_host.prepared(flash, NODE / "live.py", firmware, beside)
        report = day_host.live(command, place, **given)
        sys.stdout.write(f"{json.dumps(report)}\n")
        return report

    return run


def assert_honest(report: dict[str, Any], hours: float, scan_s: float) -> None:
    """All was stored once at its own time, and the horn never waited."""
    assert report["wrong"] == []
    assert report["watermark"] == report["records"]
    assert report["records"] >= hours * 60
    assert report["state"]["dropped"] == 0
    # One beat may fall into a restart.
    assert report["reads"] >= hours * 3600 / scan_s - report["boots"]
    assert report["longest_gap_ms"] <= scan_s * 1000
    assert report["horns"] > 0
    assert report["worst_horn_ms"] <= scan_s * 1000


@pytest.mark.long
def test_a_day_with_a_quarter_of_it_cut_off(live: Live, full_size: bool) -> None:
    hours = 24 if full_size else 4
    # Not at a full hour, when the heap is looked at: a connection that ends right then takes 1 KiB.
    later = f"{hours * 0.75 + 0.05}-{hours * 0.75 + 0.15}-refused"
    report = live(
        hours=hours, outages=f"{silent(hours)},{later}", heat_h=hours / 8, reset_s=NEVER_S, temps=1
    )  # fmt: skip

    assert_honest(report, hours, 1)
    assert report["sessions"][0] >= 2  # the broker forgot us
    assert report["sessions"][1] >= 1
    assert report["boots"] == 1
    if report["python"] == "micropython":
        settled = report["heap"][hours * 5 // 6 :]  # hours after the last history went out
        assert max(settled) - min(settled) <= FLAT_BYTES
        assert max(report["heap"]) - own_bytes(report) <= NODE_KIB * KIB
        assert report["largest_block"] >= BLOCK_KIB * KIB


def silent(hours: int) -> str:
    """A quarter of so many hours without a broker, in four ways."""
    return SILENT_HOURS.format(*(hours * (4 + step) / 16 for step in range(5)))


def own_bytes(report: dict[str, Any]) -> int:
    """What the test itself takes of the node's heap [bytes]."""
    imports = report["imports"]
    return int(imports["test"] - imports["firmware"] + imports["objects"])


@pytest.mark.long
@pytest.mark.parametrize("python", ["micropython"], indirect=True)
def test_what_lives_at_any_moment_with_a_quarter_cut_off(live: Live, full_size: bool) -> None:
    hours = 24 if full_size else 1
    collect_bytes = FULL_COLLECT_BYTES if full_size else REDUCED_COLLECT_BYTES
    given = {"hours": hours, "outages": silent(hours), "heat_h": hours / 8, "reset_s": NEVER_S}
    report = live(**given, temps=1, collect_bytes=collect_bytes)
    assert report["boots"] == 1
    assert report["watermark"] == report["records"]
    assert max(report["peaks"]) - own_bytes(report) <= NODE_KIB * KIB


@pytest.mark.long
def test_a_board_that_resets_itself_loses_nothing(live: Live) -> None:
    report = live(hours=4, outages="0.5-3-refused", heat_h=1)
    assert_honest(report, 4, 1)
    assert report["boots"] == 3  # then the ladder holds


@pytest.mark.long
def test_ticks_wrap_and_every_sample_keeps_its_time(live: Live, full_size: bool) -> None:
    # At full size two wraps, 12.4 days apart; else one, half an hour after the start.
    hours, scan_s = (28 * 24, 5) if full_size else (1, 1)
    first_tick = 0 if full_size else TICKS_PERIOD_MS - HOUR_MS // 2
    report = live(
        hours=hours, scan_s=scan_s, first_tick=first_tick, heat_h=hours / 7,
        outages=f"{hours / 4}-{hours / 4 + 0.1}-mute,{hours / 2}-{hours / 2 + 0.1}-refused",
    )  # fmt: skip

    assert_honest(report, hours, scan_s)
    assert report["wraps"] == (2 if full_size else 1)
    assert report["boots"] == 1
    assert report["state"]["up_ms"] > (hours - 0.1) * HOUR_MS


@pytest.mark.long
@pytest.mark.parametrize("python", ["micropython"], indirect=True)
def test_a_littlefs_partition_serves_as_well(live: Live, full_size: bool) -> None:
    hours = 24 if full_size else 1
    assert_honest(live(hours=hours, littlefs=True, heat_h=hours / 4), hours, 1)
