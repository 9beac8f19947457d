"""The benchmark of replay runs, and finds what its hours hold."""

import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[1] / "benchmarks" / "replay.py"


def test_every_hour_has_its_excursion() -> None:
    done = subprocess.run(
        [sys.executable, str(BENCHMARK), "--boards", "10", "--every", "60", "--hours", "3"],
        capture_output=True, text=True, check=False, cwd=BENCHMARK.parents[2],
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert "co_high: 0 were, 3 would have been" in done.stdout
    assert "a month of this takes" in done.stdout
