"""What the ring costs its flash, on the geometry of the boards, and what it holds there."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# The flash under the littlefs of the ports' own images: blocks of 4 KiB, and what is programmed at
# once [bytes].
ESP32 = (512, 1)
PICO_W = (212, 256)
RECORDS = 40_320  # 28 days at 60 s


@pytest.fixture
def wear(
    python: list[str], node_directory: Path, firmware_directory: Path, tmp_path: Path
) -> Callable[..., dict[str, Any]]:
    """Lets a ring work on a flash in memory, and returns what it cost."""
    command = [*python[:1], *(["-X", "heapsize=24m"] if "-X" in python else [])]

    def run(where: str, geometry: tuple[int, int], records: int) -> dict[str, Any]:
        script = [node_directory / "wear.py", firmware_directory, tmp_path / "ring"]
        arguments = [*command, *script, where, *geometry, records]
        done = subprocess.run(
            [str(part) for part in arguments], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    return run


@pytest.mark.long
@pytest.mark.parametrize(
    ("where", "geometry", "holds_all"),
    [
        pytest.param("littlefs", ESP32, True, id="ESP32, 2 MiB littlefs"),
        pytest.param("partition", (384, 1), True, id="ESP32, 1.5 MiB partition"),
        pytest.param("littlefs", PICO_W, False, id="Pico W, 848 KiB littlefs"),
    ],
)
def test_a_hundredth_of_an_erase_for_each_record(
    wear: Callable[..., dict[str, Any]],
    python: list[str],
    where: str,
    geometry: tuple[int, int],
    holds_all: bool,
    full_size: bool,
) -> None:
    records = RECORDS if full_size else 2_400
    if "-X" not in python:
        where = "partition"  # only MicroPython has littlefs
    report = wear(where, geometry, records)

    assert report["erases"] <= 0.02 * records
    assert report["kept"] + report["dropped"] == records
    assert (report["holds"] >= RECORDS) is holds_all
    assert report["state"]["ring_days"] == pytest.approx(report["holds"] / 1440, abs=0.06)
    if report["holds"] > records:
        assert report["dropped"] == 0
    if where == "partition":  # opening reads each header twice, and the newest block of a kind
        assert report["reads"] < 2 * geometry[0] + 800
    # Nothing in memory grows with the records.
    assert max(report["heaps"][1:]) - report["heaps"][0] < 1024
    if where == "littlefs":  # which by itself copies a block for each record
        assert wear("appends", geometry, 400)["erases"] > 400 * 0.9
