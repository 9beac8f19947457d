import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from simulators import runtime

Start = Callable[..., "subprocess.Popen[str]"]

HOT = {"n": 1, "v": {"temp_1_degc": 61.0, "temp_2_degc": 20.0, "co_ppm": 100.0}, "bad": {}}


def wait_for(path: Path, holds: str) -> str:
    deadline = time.monotonic() + 20.0
    while time.monotonic() < deadline:
        if path.is_file() and holds in (text := path.read_text()):
            return text
        time.sleep(0.02)
    raise AssertionError(f"{path} never held {holds!r}")


def test_beside_this_python_comes_first() -> None:
    found = runtime.find()
    beside = Path(sys.executable).parent / "micropython"
    if beside.is_file():
        assert found.real
        assert found.command[0] == str(beside)
    assert found.command[-1].endswith("firmware/main.py")


@pytest.fixture
def only_micropython(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes a program that gives its version the only MicroPython this machine seems to have."""

    def make(version: str) -> None:
        program = tmp_path / "micropython"
        program.write_text(f"#!/bin/sh\necho micropython {version}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))

    return make


def test_one_on_the_path_is_taken_if_new_enough(only_micropython: Callable[..., None]) -> None:
    only_micropython("1 24 0")
    found = runtime.find()
    assert found.real
    assert found.words.startswith("MicroPython 1.24.0")


def test_an_older_one_is_refused_in_words(only_micropython: Callable[..., None]) -> None:
    only_micropython("1 19 1")
    found = runtime.find()
    assert not found.real
    assert "is 1.19.1" in found.words
    assert "1.24 or later is needed" in found.words
    with pytest.raises(ValueError, match=r"is 1\.19\.1.*pip install"):
        runtime.find("micropython")


def test_boards_start_sound_their_horn_and_leave_nothing(
    tmp_path: Path, start_process: Start
) -> None:
    feed, rings = tmp_path / "feed", tmp_path / "rings"
    feed.mkdir()
    (feed / "b0150.json").write_text(json.dumps(HOT))
    boards = start_process(
        "simulators.boards",
        *("--site", "example", "--broker", "127.0.0.1:9", "--boards", "b0025,b0150"),
        *("--feed", str(feed), "--rings", str(rings), "--report-s", "1"),
    )
    assert boards.stdout is not None
    assert boards.stdout.readline().startswith("ready boards=b0025,b0150 on ")
    wait_for(feed / "b0150.out", '"temp_high"')
    log = [json.loads(line) for line in (rings / "boards.jsonl").read_text().splitlines()]
    pids = [line["pid"] for line in log if line["kind"] == "started"]
    assert len(pids) == 2
    boards.send_signal(signal.SIGTERM)
    assert boards.wait(timeout=10) == 0
    assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []


def test_a_board_that_dies_is_started_again_by_its_watchdog(
    tmp_path: Path, start_process: Start
) -> None:
    rings = tmp_path / "rings"
    boards = start_process(
        "simulators.boards",
        *("--site", "example", "--broker", "127.0.0.1:9", "--boards", "b0025"),
        *("--feed", str(tmp_path / "feed"), "--rings", str(rings)),
    )
    assert boards.stdout is not None
    assert boards.stdout.readline().startswith("ready")
    log = rings / "boards.jsonl"
    first = json.loads(log.read_text().splitlines()[1])
    os.kill(first["pid"], signal.SIGKILL)
    text = wait_for(log, '"ended"')
    while text.count('"started"') < 2:
        text = wait_for(log, '"started"')
    assert json.loads(text.splitlines()[2])["status"] == -signal.SIGKILL


def test_the_scenario_cuts_a_boards_supply(tmp_path: Path, start_process: Start) -> None:
    story = tmp_path / "story.toml"
    story.write_text(
        'title = "Cut"\n[[boards.kill]]\nboard = "b0025"\nat_s = 0.2\nrestart_s = 0.4\n'
    )
    boards = start_process(
        "simulators.boards",
        *("--site", "example", "--broker", "127.0.0.1:9", "--boards", "b0025"),
        *("--feed", str(tmp_path / "feed"), "--rings", str(tmp_path / "rings")),
        *("--scenario", str(story)),
    )
    assert boards.stdout is not None
    assert boards.stdout.readline().startswith("ready")
    log = tmp_path / "rings" / "boards.jsonl"
    text = wait_for(log, '"restored"')
    kinds = [json.loads(line)["kind"] for line in text.splitlines()]
    assert kinds[:3] == ["start", "started", "killed"]
    assert '"power":false' in wait_for(log, '"ended"')


def test_an_unknown_board_is_refused(tmp_path: Path, start_process: Start) -> None:
    boards = start_process(
        "simulators.boards",
        *("--site", "example", "--broker", "127.0.0.1:9", "--boards", "b9999"),
        *("--feed", str(tmp_path / "feed"), "--rings", str(tmp_path / "rings")),
    )
    assert boards.wait(timeout=10) == 1
    assert boards.stdout is not None
    assert "no board b9999 in the yard; use b0025" in boards.stdout.read()
