"""The technician's page agrees with the program: pins, figures, settings, commands."""

import ast
import contextlib
import json
import math
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.boards import program
from gateway.boards.settings import board_settings, judged
from gateway.cli import app
from gateway.config import Board
from gateway.config_file import load_config

ROOT = Path(__file__).parents[2]
FIRMWARE = ROOT / "firmware"
PAGE = (FIRMWARE / "COMMISSIONING.md").read_text("utf-8")
README = (FIRMWARE / "README.md").read_text("utf-8")
STEPS = re.findall(r"^ +(hinoban .*)$", PAGE, re.MULTILINE)
EXAMPLE = ROOT / "gateway" / "deploy" / "example-plant.toml"


def constant(module: str, name: str) -> Any:
    tree = ast.parse((FIRMWARE / f"{module}.py").read_text("utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name:
            return ast.literal_eval(node.value)
    raise AssertionError(f"{module}.py has no {name}")


def rows(text: str, heading: str) -> list[list[str]]:
    """The cells of the first table after a heading."""
    table = text.partition(f"\n## {heading}\n")[2].partition("\n|---")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[1:]]


def test_pins_are_those_of_the_program() -> None:
    pins = {port: dict(constant("pinbuses", "PINS")[port]) for port in ("esp32", "esp32s3", "rp2")}
    for port, outputs in constant("pinboard", "PINS").items():
        pins[port] |= outputs
    told: dict[str, dict[str, int]] = {port: {} for port in pins}
    for what, *cells in rows(PAGE, "Pins"):
        name = re.match(r"`(\w+)`", what)
        assert name is not None, what
        if name[1] == "cs":
            continue
        for port, cell in zip(pins, cells, strict=False):
            told[port][name[1]] = int(cell)
    assert told == pins


def test_the_board_in_the_sites_file_is_one_that_can_be_made() -> None:
    board = tomllib.loads(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0])["board"][0]
    config = load_config(EXAMPLE).model_copy(update={"board": (Board(**board),)})
    text = judged(board_settings(config, config.board[0], datetime(2026, 6, 1, tzinfo=UTC)))
    settings = json.loads(text)
    assert [entry["value"] for entry in settings["sensors"]] == board["values"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A board made by the page's first two steps, into a folder instead of over a cable."""
    place = tmp_path_factory.mktemp("commissioning")
    (place / "site.toml").write_bytes(EXAMPLE.read_bytes())
    lots = EXAMPLE.with_name("example-lots.toml")
    (place / lots.name).write_bytes(lots.read_bytes())
    new, flash, _ = (shlex.split(line)[1:] for line in STEPS)
    assert flash[3:5] == ["--port", "/dev/ttyUSB0"]
    keys, signer = ["--keys", "keys"], "signer/release.key"
    build = ["release", "build", "--version", "1.0.0", "--number", "1", "--port", "unix"]
    with contextlib.chdir(place):
        run([*new, *keys])
        run(["release", "key", "--out", "signer"])
        shutil.copy("signer/release.pub", "keys")
        run([*build, "--out", "releases", "--key", signer])
        there = ["--to", "folder", "--release", "releases/1.0.0-unix.hbr", "--yes"]
        run([*flash[:3], *flash[5:], *there, *keys])
    return place / "folder"


def run(words: list[str]) -> None:
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output


def test_its_steps_can_be_taken(folder: Path) -> None:
    assert [line.split()[2] for line in STEPS] == ["new", "flash", "command"]
    assert json.loads((folder / "config.json").read_text("utf-8"))["board"] == "b0150"


def told(found: re.Match[str], names: Mapping[str, str]) -> str:
    """A module's function under the name that it has in a release; so a bus's way to wait."""
    known = found[2] if found[2] == "wait_ms" else f"{found[1]}__{found[2]}"
    return f"{found[1]}.{names.get(known, found[2])}"


@pytest.mark.parametrize("python", ["micropython"], indirect=True)  # a release is bytecode
def test_what_it_has_typed_at_a_board_finds_and_binds_the_sensors(
    folder: Path, python: list[str], node_directory: Path, tmp_path: Path
) -> None:
    names = program.slot().public  # what stands in for parts of the program learns them
    for file in node_directory.glob("[cs]*.py"):
        text = re.sub(r"\b(\w+)\.(\w+)\b", lambda found: told(found, names), file.read_text())
        text = text.replace(".PinBuses", f".{names['pinbuses__PinBuses']}")
        (tmp_path / file.name).write_text(text)
    hold, show, bind = re.findall(r'mpremote .* exec "(.*)"', PAGE)
    (folder / "roms.json").unlink(missing_ok=True)

    def typed(*texts: str) -> str:
        command = [*python, str(tmp_path / "commission.py"), str(tmp_path), *texts]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    typed(hold)
    assert (folder / "hold").exists()
    listed = [json.loads(line) for line in typed(show).splitlines()]
    assert [(line["pin"], line["degc"]) for line in listed] == [(4, 4.5), (4, 41.25)]
    code = re.findall(r"28[0-9a-f]{14}", bind)[0]
    warm = next(line["rom"] for line in listed if line["degc"] > 40)
    again = typed(show, bind.replace(code, warm), "roms.show()").splitlines()[2:]
    assert json.loads(again[1]) == listed[1] | {"value": "temp_1_degc"}


def test_its_figures_are_right() -> None:
    def ohm(degc: float) -> float:
        return 100 * (1 + 3.9083e-3 * degc - 5.775e-7 * degc**2)

    assert "119.4 Ω reads 50.0" in PAGE
    assert math.isclose(ohm(50), 119.4, abs_tol=0.005)
    # What a wrong reference makes of 50 °C.
    assert "50 °C reads 28 °C" in PAGE
    assert round(next(t / 10 for t in range(500) if ohm(t / 10) >= ohm(50) * 400 / 430)) == 28
    assert "20.5 mA" in PAGE
    assert pytest.approx(20.48) == 2.048 / 100 * 1000
    assert "4.3 mA" in PAGE
    assert pytest.approx(4.3, abs=0.05) == (24 - 3.6) / 4.7
    for metres, kilo_ohm in ((10, 4.7), (30, 2.2)):
        assert kilo_ohm * (50e-3 * metres + 25e-3 * 16) <= 4.5  # µs: kΩ × nF


def test_it_says_what_the_board_is_not() -> None:
    text = " ".join(PAGE.split())
    assert "not certified for explosive atmospheres" in text
    assert "nothing it shows says that anybody may enter" in text
    assert not re.search(r"\bsafe to enter\b", text)


def test_the_list_of_modules_is_exact() -> None:
    listed = README.partition("## Modules")[2].partition("\n## ")[0]
    modules = {path.name for path in FIRMWARE.glob("*.py")}
    assert set(re.findall(r"`(\w+\.py)`", listed)) == modules


def test_every_core_setting_and_default_is_told() -> None:
    told = {re.findall(r"`(\w+)`", row[0])[0]: row for row in rows(README, "Settings")}
    defaults = constant("configcheck", "DEFAULTS")
    assert set(told) == set(defaults)
    for key, value in defaults.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            shown = re.sub(r"[\s\u00a0,]", "", told[key][1])
            assert shown == f"{value:g}" or float(shown) == value, key
