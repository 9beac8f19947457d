"""What an alarm leaves behind when the board loses its power, and finds when it comes back."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_an_alarm_sounds_again_after_a_power_cut_though_its_sensor_is_gone(
    new_board: Callable[..., Any],
    free_port: int,
    until: Callable[..., Any],
    tmp_path: Path,
) -> None:
    board = new_board(free_port)
    board.start()
    board.values["temp_1_degc"] = 60.0
    until(lambda: board.output().get("horn") == 1)
    until((tmp_path / "ring" / "alarms").exists)
    board.kill()
    del board.values["temp_1_degc"]
    (tmp_path / "out").unlink()

    board.start()
    until(lambda: board.output().get("horn") == 1)
    assert board.output()["condition"] == "temp_high"
    assert board.output()["relay"] == 0


def test_what_was_calm_stays_calm(
    new_board: Callable[..., Any], free_port: int, until: Callable[..., Any], tmp_path: Path
) -> None:
    board = new_board(free_port)
    for _ in range(2):
        board.start()
        until(lambda: board.output().get("test") == 1)  # horn and lamp show that they work
        until(lambda: board.output().get("test") == 0)
        assert board.output()["horn"] == 0
        assert board.output()["relay"] == 1
        board.kill()
        (tmp_path / "out").unlink()
    assert not (tmp_path / "ring" / "alarms").exists()


def test_a_button_pressed_short_silences_and_the_lamp_stays(
    new_board: Callable[..., Any],
    free_port: int,
    until: Callable[..., Any],
    tmp_path: Path,
) -> None:
    board = new_board(free_port)
    button = tmp_path / "out.press"
    board.start()
    board.values["co_ppm"] = 3500.0
    until(lambda: board.output().get("horn") == 1)

    looks = itertools.count()

    def silenced() -> bool:
        """A hand that holds the button for some looks, lets go for some, and presses again."""
        if next(looks) // 20 % 2 == 0:
            button.touch()
        else:
            button.unlink(missing_ok=True)
        return bool(board.output()["horn"] == 0)

    until(silenced)
    levels = board.output()
    assert (levels["silenced"], levels["condition"], levels["relay"]) == (True, "co_high", 0)
    assert levels["led"] == 1


def test_a_board_on_a_battery_sleeps_and_wakes_without_its_test(
    new_board: Callable[..., Any], free_port: int, until: Callable[..., Any], tmp_path: Path
) -> None:
    board = new_board(
        free_port,
        power={"mode": "battery", "sleep_s": 3, "awake_s": 1},
        outputs={"relay": "energise"},
    )
    board.start()
    until(lambda: board.output().get("test") == 1)
    until(lambda: board.process.poll() == 1)  # a board would wake; here its runner starts it anew
    (tmp_path / "out").unlink()

    board.values["co_ppm"] = 3000.0
    board.start()
    until(lambda: "test" in board.output())
    assert board.output()["test"] == 0
    until(lambda: board.output()["horn"] == 1)  # an alarm keeps it awake
    assert board.output()["relay"] == 1
    assert board.process.poll() is None
