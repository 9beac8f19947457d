"""A pytest plugin: beside every failure, how the machine itself fared meanwhile.

What runs in real time fails as well when the machine stood still, and then nothing is wrong with
the program. A sleeper in a process of its own wakes ten times a second and notes when it woke late;
Linux says for how long somebody waited for a processor or a disk. Nothing is excused by it: a test
that failed has failed, and the reader knows where to look.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

import pytest

NOTES = "HINOBAN_TESTS_MACHINE"
_SLEEPER = pytest.StashKey[subprocess.Popen[bytes]]()
_BEGUN = pytest.StashKey[tuple[float, dict[str, int]]]()
_LATE_S = 0.5
"""A sleeper that wakes so late was not let run, nor was anybody else who woke then [s]."""
_SLEEP = """
import json, os, sys, time
late_s, notes, parent = float(sys.argv[1]), sys.argv[2], os.getppid()
while os.getppid() == parent:
    due = time.monotonic() + 0.1
    time.sleep(0.1)
    late = time.monotonic() - due
    if late >= late_s:
        with open(notes, "a") as found:
            found.write(json.dumps([due, late]) + "\\n")
"""


def pytest_configure(config: pytest.Config) -> None:
    if NOTES in os.environ:
        return  # a worker: the session that started it has a sleeper
    handle, notes = tempfile.mkstemp(prefix="machine-witness-")
    os.close(handle)
    os.environ[NOTES] = notes
    config.stash[_SLEEPER] = subprocess.Popen([sys.executable, "-SEc", _SLEEP, str(_LATE_S), notes])


def pytest_unconfigure(config: pytest.Config) -> None:
    if (sleeper := config.stash.get(_SLEEPER, None)) is not None:
        sleeper.kill()
        sleeper.wait()
        Path(os.environ.pop(NOTES)).unlink()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    item.stash[_BEGUN] = time.monotonic(), waited_us()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and _BEGUN in item.stash:
        report.sections.append(("the machine meanwhile", said_of(*item.stash[_BEGUN])))
    return report


def waited_us() -> dict[str, int]:
    """For how long somebody had to wait for what, since the machine started [µs]."""
    found = {}
    for what in ("cpu", "io", "memory"):
        with suppress(OSError):
            some = Path(f"/proc/pressure/{what}").read_text().splitlines()[0]
            found[what] = int(some.rpartition("total=")[2])
    return found


def stood_still(begun_s: float) -> list[tuple[float, float]]:
    """(due, late) of every late waking since then [s of monotonic time, s]."""
    lines = Path(os.environ[NOTES]).read_text().splitlines()
    return [(due, late) for due, late in map(json.loads, lines) if due + late >= begun_s]


def said_of(begun_s: float, before_us: dict[str, int]) -> str:
    """How the machine fared since a test began, in words."""
    now_s = time.monotonic()
    stops = stood_still(begun_s)
    if stops:
        said = ["THE MACHINE STOOD STILL, which explains whatever came late around then:"]
        said += [f"  {due - begun_s:7.1f} s into the test, for {late:.1f} s" for due, late in stops]
    else:
        said = [f"It never stood still: a sleeper beside the tests was never {_LATE_S:g} s late."]
    for what, us in waited_us().items():
        part = (us - before_us.get(what, us)) / 1e6 / max(now_s - begun_s, 1e-3)
        said.append(f"Somebody waited for {what} for {part:.0%} of the time.")
    return "\n".join(said)
