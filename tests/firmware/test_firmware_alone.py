"""The board's own alarm needs no network, no broker and no gateway."""

import contextlib
import json
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def contents(directory: Path) -> dict[str, bytes]:
    """The store's files; those that are just being replaced are left out."""
    held = {}
    for path in directory.iterdir():
        with contextlib.suppress(FileNotFoundError):
            held[path.name] = path.read_bytes()
    return {name: data for name, data in held.items() if name not in ("alarms", "time")}


@pytest.mark.parametrize(
    ("value", "condition"), [("temp_1_degc", "temp_high"), ("co_ppm", "co_high")]
)
def test_the_horn_sounds_and_falls_silent_with_no_broker(
    value: str,
    condition: str,
    new_board: Callable[..., Any],
    free_port: int,
    until: Callable[..., Any],
) -> None:
    def shows(**levels: object) -> Callable[[], bool]:
        return lambda: board.output().items() >= levels.items()

    board = new_board(free_port, off_s=0.5, outputs={"latch": False})
    board.start()
    until(shows(horn=0, relay=1, led=0, test=0))
    board.values[value] = 3000.0 if value == "co_ppm" else 50.0
    until(shows(horn=1, relay=0, led=2, condition=condition))
    board.values[value] = 20.0
    until(shows(horn=0, relay=1, led=0, condition=None))


def test_the_horn_sounds_with_nothing_but_a_feed_and_an_output(
    new_board: Callable[..., Any], free_port: int, until: Callable[..., Any]
) -> None:
    board = new_board(free_port, site="", broker_host=7, limits={"temp_degc": "hot"})
    board.values["temp_2_degc"] = 60.0
    board.start()
    until(lambda: board.output().get("horn") == 1)


def test_the_horn_sounds_with_a_broken_store(
    new_board: Callable[..., Any], free_port: int, until: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "ring").write_text("a file where a directory belongs")
    board = new_board(free_port)
    board.values["co_ppm"] = 5000.0
    board.start()
    until(lambda: board.output().get("condition") == "co_high")


def test_a_connection_that_hangs_delays_nothing(
    new_board: Callable[..., Any], until: Callable[..., Any], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        board = new_board(silent.getsockname()[1])
        board.start()
        connection, _ = silent.accept()
        with connection:
            board.values["temp_1_degc"] = 50.0
            until(lambda: board.output().get("horn") == 1)
            for _ in range(3):  # and samples go on into the store
                held = contents(tmp_path / "ring")
                until(lambda held=held: contents(tmp_path / "ring") != held)


def test_a_board_without_a_feed_ends_in_words(
    python: list[str], firmware_directory: Path, tmp_path: Path
) -> None:
    config = tmp_path / "board.json"
    config.write_text(json.dumps({"site": "example", "clok": "none"}))
    done = subprocess.run(
        [*python, str(firmware_directory / "main.py"), str(config)],
        capture_output=True,
        text=True,
        timeout=20,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 2
    assert "clok is no setting" in done.stderr
    assert "feed and out are missing" in done.stderr
