"""The service unit says what a plant needs, and its command is one the program knows."""

import configparser
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.deploy.check import NEEDED, UNIT, resolve, unit_problems


@pytest.fixture
def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(UNIT)
    return parser


@pytest.mark.debian
def test_the_shipped_unit_holds() -> None:
    assert unit_problems(UNIT) == []


@pytest.mark.parametrize(
    ("section", "key"), [(section, key) for section, keys in NEEDED.items() for key in keys]
)
def test_a_missing_key_is_named(tmp_path: Path, section: str, key: str) -> None:
    lines = UNIT.read_text().splitlines()
    copy = tmp_path / "hinoban.service"
    copy.write_text("\n".join(line for line in lines if not line.startswith(f"{key}=")))
    assert unit_problems(copy) == [f"hinoban.service: [{section}] has no {key}="]


@pytest.mark.debian
def test_what_systemd_would_ignore_is_reported(tmp_path: Path) -> None:
    copy = tmp_path / "hinoban.service"
    copy.write_text(UNIT.read_text().replace("RestartSec=2", "RestartSeconds=2"))
    problems = unit_problems(copy)
    assert len(problems) == 1
    assert "RestartSeconds" in problems[0]


@pytest.mark.parametrize("key", ["ExecStart", "ExecReload"])
def test_the_units_commands_are_ones_the_program_knows(
    unit: configparser.ConfigParser, key: str
) -> None:
    program, *arguments = shlex.split(unit["Service"][key])
    assert Path(program).name == "hinoban"
    refused = CliRunner().invoke(app, [*arguments[:-1], "/nowhere/site.toml"])
    assert refused.exit_code == 2
    assert "/nowhere/site.toml" in refused.output
    assert "Usage" not in refused.output


def test_the_service_runs_as_nobody_special_and_comes_back(
    unit: configparser.ConfigParser,
) -> None:
    service = unit["Service"]
    assert service["User"] != "root"
    assert service["Restart"] == "always"
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"


def test_a_lock_that_does_not_resolve_is_told_in_pips_words(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("not a requirement\n")
    words = resolve("3.11", "2_36", lock)
    assert words is not None
    assert "not a requirement" in words
