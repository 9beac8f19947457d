"""The horn does not wait for a loop that hangs: real threads, real time, no network."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.parametrize("kind", ["busy", pytest.param("sleep", marks=pytest.mark.long)])
def test_horn_relay_and_button_work_while_the_loop_hangs(
    kind: str,
    python: list[str],
    new_board: Callable[..., Any],
    node_directory: Path,
    firmware_directory: Path,
    free_port: int,
    until: Callable[..., Any],
    tmp_path: Path,
) -> None:
    marker = tmp_path / "marker"

    def hangs() -> bool:
        return marker.exists() and marker.read_text() == "blocked"

    board = new_board(free_port)
    script = node_directory / "blocked.py"
    command = [*python, str(script), str(firmware_directory), str(board.config), kind, str(marker)]
    board.process = subprocess.Popen(command)
    until(lambda: hangs() and board.output().get("test") == 0)  # the test at the start is over

    board.values["co_ppm"] = 3000.0
    until(lambda: board.output().get("horn") == 1)
    assert board.output()["relay"] == 0
    assert hangs()

    press = tmp_path / "out.press"
    press.touch()
    until(lambda: board.output().get("test") == 1)  # a long press, seen while it is held
    press.unlink()
    until(lambda: board.output().get("test") == 0)
    board.values["co_ppm"] = 5.0
    assert board.output()["horn"] == 1
    assert hangs()
