"""A littlefs that is damaged around the ring: what survives, and what must never be."""

import json
import subprocess
from pathlib import Path

import pytest


@pytest.mark.long
@pytest.mark.parametrize("python", ["micropython"], indirect=True)
def test_a_damaged_littlefs_costs_no_alarm_edge_and_no_seq(
    python: list[str], node_directory: Path, firmware_directory: Path, full_size: bool
) -> None:
    trials = 1000 if full_size else 60
    script = [node_directory / "corrupt.py", firmware_directory, trials, 29]
    done = subprocess.run(
        [str(part) for part in (python[0], "-X", "heapsize=16m", *script)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outcomes = json.loads(done.stdout)["outcomes"]

    # Some of these start on a littlefs that had to be made anew. "No store" would be honest too;
    # an alarm edge gone, a seq used twice or a crash are none of them.
    assert set(outcomes) <= {"all kept", "alarms kept"}, done.stderr
    assert outcomes["all kept"] > 0.7 * trials
