"""Power cut at every step of an update: the board runs the old program or the new one, whole."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

# (number of the release, slot, on trial): old, new on trial, new, and one that is never healthy.
EVER_RUN = [[1, "a", False], [2, "b", False], [2, "b", True], [3, "a", True]]


@pytest.mark.long
@pytest.mark.parametrize("python", ["micropython"], indirect=True)
def test_cuts_of_the_flash(
    python: list[str],
    node_directory: Path,
    firmware_directory: Path,
    tmp_path: Path,
    full_size: bool,
) -> None:
    every, parts = (1, 60) if full_size else (2, 2)
    script = [str(node_directory / "cut_update.py"), str(firmware_directory), str(tmp_path)]
    done = subprocess.run(
        [*python[:2], "heapsize=4m", *script, "flash", str(every), str(parts)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    report = json.loads(done.stdout)

    assert report["ran"] == EVER_RUN
    assert report["steps"] > 60
    assert report["cuts"] > (5000 if full_size else 100)


@pytest.mark.long
def test_cuts_of_file_operations(
    run_node: Callable[..., str], firmware_directory: Path, tmp_path: Path, full_size: bool
) -> None:
    every = 1 if full_size else 6
    said = run_node("cut_update.py", firmware_directory, tmp_path, "files", every, 1)
    report = json.loads(said)

    assert all(ran in EVER_RUN for ran in report["ran"])
    assert report["ran"] == EVER_RUN or not full_size
    assert report["cuts"] > (130 if full_size else 22)
