"""Killed at any moment, the store keeps every record it confirmed and uses no seq twice."""

import json
import random
import subprocess
from collections.abc import Callable
from pathlib import Path


def test_killed_while_writing(
    python: list[str],
    run_node: Callable[..., str],
    node_directory: Path,
    firmware_directory: Path,
    tmp_path: Path,
) -> None:
    moments = random.Random(7)
    confirmed: list[int] = []
    for boot in range(1, 7):
        writer = subprocess.Popen(
            [
                *python,
                str(node_directory / "fill.py"),
                str(firmware_directory),
                str(tmp_path / "ring"),
                "100000",
                str(boot),
            ],
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        assert writer.stdout is not None
        text = b""
        for _ in range(moments.randrange(1, 40)):
            text += writer.stdout.read(64)
        writer.kill()
        text += writer.stdout.read()
        writer.wait(10)
        writer.stdout.close()
        confirmed += [int(line) for line in text.decode().splitlines(keepends=True) if "\n" in line]

    report = json.loads(run_node("show.py", firmware_directory, tmp_path / "ring"))
    told = dict(report["told"])
    assert len(confirmed) > 20
    assert confirmed == sorted(set(confirmed))
    assert {told[seq] for seq in confirmed} <= {"sample", "alarm"}
    assert report["newest"] >= confirmed[-1]
