"""Wherever the power goes, the ring loses at most the record in flight, and no seq comes twice."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def cut(
    python: list[str],
    node_directory: Path,
    firmware_directory: Path,
    tmp_path: Path,
) -> Callable[..., dict[str, Any]]:
    """Records what a real ring writes, cuts it at points chosen by a seed, and opens each image."""
    command = [*python[:1], *(["-X", "heapsize=16m"] if "-X" in python else [])]

    def run(*arguments: object) -> dict[str, Any]:
        script = [node_directory / "cut.py", firmware_directory, tmp_path / "ring", *arguments]
        done = subprocess.run(
            command + [str(part) for part in script], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    return run


def places(python: list[str]) -> list[tuple[str, int]]:
    """Where a ring can be on this Python, with what the flash programs at once [bytes]."""
    if "-X" in python:
        return [("littlefs", 1), ("littlefs", 256)]
    return [("partition", 1)]


@pytest.mark.long
@pytest.mark.parametrize("story", ["young", "full"])
def test_cut_at_any_byte_of_any_write(
    cut: Callable[..., dict[str, Any]], python: list[str], story: str, full_size: bool
) -> None:
    for seed, (where, page) in enumerate(places(python), start=11):
        report = cut(where, page, story, 2500 if full_size else 60, seed)

        assert report["wrong"] == []
        assert report["points"] > 10_000
        assert report["tried"] >= (2500 if full_size else 60)
        assert report["erases"] > 4, "the story has blocks to erase"
        assert report["dropped"], "and records to give up"
