"""`hinoban demo`: one at a time in a folder, gone when told to, and it says what came of it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from demo import Demo
from ports import free_port

pytestmark = [pytest.mark.long, pytest.mark.debian]
ROOT = Path(__file__).resolve().parents[2]


def start(directory: Path, port: int, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "gateway.cli", "demo", "--directory", str(directory),
         "--port", str(port), *more],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip


def left_over(directory: Path) -> list[str]:
    """Processes that name the demo's folder on their command line."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(directory) in words:
            found.append(words)
    return found


def until(condition: Callable[[], bool], within_s: float = 30.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_it_ends_by_itself_with_a_summary(tmp_path: Path) -> None:
    port = free_port()
    directory = tmp_path / "demo"
    process = start(directory, port, "--minutes", "0.3")
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert "each exactly once" in said
    assert "no write arrived" in said
    assert "of code 3" in said
    assert left_over(directory) == []
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port))


def test_a_second_one_does_not_empty_the_folder_of_the_first(tmp_path: Path) -> None:
    directory = tmp_path / "demo"
    with Demo(directory, "calm") as first:
        second = start(directory, free_port())
        said, _ = second.communicate(timeout=60)
        assert second.returncode == 2
        assert "another demo runs in" in said
        third = start(tmp_path / "other", first.port)
        said, _ = third.communicate(timeout=60)
        assert third.returncode == 2
        assert f"port {first.port} is in use" in said
        assert (directory / "site.toml").exists()
        assert first.stop() == 0
    assert left_over(directory) == []


def test_it_stops_while_it_starts(tmp_path: Path) -> None:
    directory = tmp_path / "demo"
    process = start(directory, free_port())
    until((directory / "logs" / "plant.log").exists)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=30)
    assert "Traceback" not in said
    assert "sign in as" not in said
    assert process.returncode == 0
    assert left_over(directory) == []


def test_a_folder_that_is_not_a_demos_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("three years of work")
    process = start(tmp_path, free_port())
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "holds something else" in said
    assert (tmp_path / "thesis.txt").exists()
