"""A board on a cable: real mpremote writes to real MicroPython behind a serial port."""

import json
import os
import pty
import shutil
import subprocess
import sys
import threading
import tty
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

BOARD = "b0150"

# What the unix port lacks of a board: a reset, which starts the program anew.
MACHINE = """
import sys
def reset():
    sys.exit(7)
"""


class Attached:
    """MicroPython behind a pseudo-terminal: its program runs, Ctrl-C leads to its prompt."""

    def __init__(self, program: str, folder: Path) -> None:
        folder.mkdir()
        library = folder.parent / "library"
        library.mkdir()
        (library / "machine.py").write_text(MACHINE)
        self.folder = folder
        self._program = program
        self._environment = {**os.environ, "MICROPYPATH": f"{library}:.frozen"}
        self._port, self._far_end = pty.openpty()  # what mpremote opens, and its other side
        self._wire, self._board = pty.openpty()  # what MicroPython reads and writes
        tty.setraw(self._far_end)
        tty.setraw(self._board)
        self.device = os.ttyname(self._far_end)
        self._at_prompt = False
        self._over, self._interrupted = threading.Event(), threading.Event()
        self._threads = [threading.Thread(target=work) for work in (self._run, self._in, self._out)]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._over.set()
        for handle in (self._far_end, self._board):
            os.write(handle, b"\n")  # wakes whoever reads the other side
        for thread in self._threads:
            thread.join(10)
        for handle in (self._far_end, self._board, self._port, self._wire):
            os.close(handle)

    def _run(self) -> None:
        """What starts a board runs first, then there is its prompt; its end is a reset."""
        while not self._over.is_set():
            starts = (self.folder / "main.py").exists() and not self._interrupted.is_set()
            self._interrupted.clear()
            self._at_prompt = False
            process = subprocess.Popen(
                [self._program, "-X", "heapsize=512k", *(["-i", "main.py"] if starts else [])],
                stdin=self._board, stdout=self._board, stderr=self._board, cwd=self.folder,
                env=self._environment, start_new_session=True,
            )  # fmt: skip
            while process.poll() is None and not self._over.wait(0.02):
                if self._interrupted.is_set():
                    break
            process.kill()
            process.wait(10)

    def _in(self) -> None:
        """From the cable; Ctrl-C ends a program that runs, as it does on a board."""
        while data := os.read(self._port, 4096):
            if self._over.is_set():
                return
            if b"\x03" in data and not self._at_prompt:
                self._interrupted.set()
            os.write(self._wire, data)

    def _out(self) -> None:
        """To the cable."""
        while data := os.read(self._wire, 4096):
            if self._over.is_set():
                return
            self._at_prompt = self._at_prompt or b">>> " in data
            os.write(self._port, data)


@pytest.fixture
def micropython() -> str:
    beside = Path(sys.executable).with_name("micropython")
    found = str(beside) if beside.exists() else shutil.which("micropython")
    if found is None:
        pytest.skip("no MicroPython for this machine")
    return found


@pytest.fixture
def attached(micropython: str, tmp_path: Path) -> Iterator[Attached]:
    one = Attached(micropython, tmp_path / "board")
    yield one
    one.close()


def test_a_board_is_written_over_its_cable_read_back_and_started(
    bench: Any, attached: Attached, until: Callable[..., Any]
) -> None:
    bench.raw["board"] = [one for one in bench.raw["board"] if one["id"] in {BOARD, "b0025"}]
    for board in bench.raw["board"]:
        board["config"] = {"feed": "feed", "out": "out"}
    (bench.folder / "wlan").write_text("a secret word\n")
    bench.raw["provisioning"]["wlan_key_file"] = "wlan"
    bench.save()
    for board in (BOARD, "b0025"):
        bench.done("new", board)
    bench.release("1.0.0", 1, mpy=True)
    (attached.folder / "feed").write_text(json.dumps({"n": 1, "v": {"co_ppm": 5.0}}))

    said = bench.done("flash", BOARD, "--port", attached.device)
    assert f"{BOARD} is written and read back and starts" in said
    until((attached.folder / "out").exists)
    config = json.loads((attached.folder / "config.json").read_text())
    assert config["board"] == BOARD
    assert (attached.folder / "wlan.key").read_text() == "a secret word"
    assert "a secret word" not in (attached.folder / "config.json").read_text()
    assert not (attached.folder / "hold").exists()

    # It has recorded something: its program is stopped, and nothing is written unasked.
    until(lambda: list((attached.folder / "ring").iterdir()))
    unasked = bench.board("flash", BOARD, "--port", attached.device, typed="n\n")
    assert unasked.exit_code == 1
    assert f"{BOARD} holds records; they stay." in unasked.output
    other = bench.board("flash", "b0025", "--port", attached.device, typed="n\n")
    assert f"This is {BOARD}, with records of its own" in other.output
    assert list((attached.folder / "ring").iterdir())


def test_a_port_without_a_board_is_said_in_words(bench: Any, tmp_path: Path) -> None:
    bench.done("new", BOARD)
    bench.release("1.0.0", 1)
    gone = bench.board("flash", BOARD, "--port", tmp_path / "ttyUSB0")
    assert gone.exit_code == 2
    assert "ttyUSB0" in gone.output
    assert "check the cable" in " ".join(gone.output.split())
