"""How tests share a machine: few stories at a time, and a failure says how the machine fared."""

import json
import os
import subprocess
import sys
from pathlib import Path

import machine_witness
import pytest
from lanes import LANES, STORIES

ROOT = Path(__file__).parents[2]

A_TEST = """
import json, os, time
from pathlib import Path

def test_that_tells_when():
    begun = time.monotonic()
    time.sleep(0.2)
    Path(os.environ["DIARY"], NAME).write_text(json.dumps([begun, time.monotonic()]))
"""

A_FAILURE = """
import os, signal, time
from pathlib import Path

def test_that_fails():
    (sleeper,) = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    while not Path(os.environ["HINOBAN_TESTS_MACHINE"]).read_text():
        os.kill(int(sleeper), signal.SIGSTOP)
        time.sleep(1.0)
        os.kill(int(sleeper), signal.SIGCONT)
        time.sleep(0.5)
    assert False
"""


def session(folder: Path, *arguments: str, **environment: str) -> str:
    """What a session of its own with the plugin says."""
    paths = [str(ROOT), str(ROOT / "tests" / "support")]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HINOBAN", "PYTEST"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=folder, env=kept | {"PYTHONPATH": os.pathsep.join(paths)} | environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout


def test_only_so_many_stories_are_told_at_a_time(tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    diary.mkdir()
    others = 3
    for n in range(LANES + 2):
        story = tmp_path / STORIES[0] / f"test_story_{n}.py"
        story.parent.mkdir(parents=True, exist_ok=True)
        story.write_text(A_TEST.replace("NAME", f'"story{n}"'))
    for n in range(others):
        (tmp_path / f"test_other_{n}.py").write_text(A_TEST.replace("NAME", f'"other{n}"'))
    said = session(
        tmp_path, "-p", "lanes", "-n", str(LANES + 1), "--dist", "loadfile",
        "--no-loadscope-reorder", DIARY=str(diary),
    )  # fmt: skip
    assert f"{LANES + 2 + others} passed" in said
    spans = [json.loads(path.read_text()) for path in diary.glob("story*")]
    assert len(spans) == LANES + 2
    for begun, _ in spans:
        assert sum(a <= begun < b for a, b in spans) <= LANES


def test_a_failure_says_that_the_machine_stood_still(tmp_path: Path) -> None:
    (tmp_path / "test_failing.py").write_text(A_FAILURE)
    said = session(tmp_path, "-p", "machine_witness", "-n", "0")
    assert "1 failed" in said
    assert "THE MACHINE STOOD STILL" in said, said


def test_only_what_came_since_the_test_began_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = tmp_path / "notes"
    notes.write_text("[100.0, 2.5]\n[200.0, 4.0]\n")
    monkeypatch.setenv(machine_witness.NOTES, str(notes))
    assert "101.0 s into the test, for 4.0 s" in machine_witness.said_of(99.0, {})
    assert "for 2.5 s" not in machine_witness.said_of(103.0, {})
    assert "It never stood still" in machine_witness.said_of(205.0, {})
