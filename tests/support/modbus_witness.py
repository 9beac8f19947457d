"""A pytest plugin: whatever a session's Modbus servers were asked, they were only asked to read.

Every server in the tests and the simulators, in this process or another, leaves a mark for each
function code that it is sent (`simulators.modbus.testify`). The session fails at its end if one of
them is no read, whichever test sent it and whether or not that test looked.
"""

import os
import shutil
import tempfile
from collections import defaultdict
from pathlib import Path

import pytest

from simulators.modbus import READS, WITNESS

_FOLDER = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    if WITNESS in os.environ:
        return  # a worker: the session that started it looks
    folder = Path(tempfile.mkdtemp(prefix="modbus-witness-"))
    config.stash[_FOLDER] = folder
    os.environ[WITNESS] = str(folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    if (folder := config.stash.get(_FOLDER, None)) is not None:
        os.environ.pop(WITNESS, None)
        shutil.rmtree(folder)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    folder = session.config.stash.get(_FOLDER, None)
    if folder is not None and not all(code in READS for code in seen(folder)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    folder = config.stash.get(_FOLDER, None)
    for code, servers in sorted(seen(folder).items()) if folder is not None else ():
        if code not in READS:
            names = ", ".join(sorted(servers))
            terminalreporter.section("the gateway reads, and nothing else", red=True)
            terminalreporter.line(f"Modbus function code {code} arrived at: {names}")


def seen(folder: Path) -> dict[int, set[str]]:
    """Function code -> servers that were sent it."""
    found: dict[int, set[str]] = defaultdict(set)
    for mark in folder.iterdir():
        code, _, server = mark.name.partition(".")
        found[int(code)].add(server)
    return found
