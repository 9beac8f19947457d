"""What a person types, and what they are told when it cannot be."""

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from rig import Rig
from typer.testing import CliRunner

from gateway.cli import app


def hinoban(*arguments: str | Path, typed: str = "") -> Result:
    runner = CliRunner(env={"COLUMNS": "200"})
    return runner.invoke(app, [str(one) for one in arguments], input=typed)


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    rig = Rig(tmp_path_factory.mktemp("cli") / "rig")
    rig.make_lots()
    return rig


def refused(done: Result, *words: str) -> None:
    assert done.exit_code == 2, (done.stdout, done.stderr, done.exception)
    for word in words:
        assert word in done.stderr


def test_users_come_and_go(rig: Rig) -> None:
    config = ("--config", rig.site.config)
    assert hinoban("user", "add", "mio", "--role", "operator", *config,
                   typed="a long password\n").exit_code == 0  # fmt: skip
    refused(hinoban("user", "add", "mio", "--role", "operator", *config,
                    typed="a long password\n"), "mio", "exists already")  # fmt: skip
    refused(hinoban("user", "add", "ken", "--role", "boss", *config, typed="a long password\n"),
            "'boss' is no role", "operator")  # fmt: skip
    refused(hinoban("user", "add", "ken", "--role", "viewer", *config, typed="short\n"), "password")
    token = hinoban("user", "token", "scada", *config).stdout.strip()
    assert len(token) > 20
    listed = json.loads(hinoban("user", "list", "--json", *config).stdout)
    assert (listed["mio"], listed["scada"]) == ("operator", "viewer, machine")
    done = hinoban("user", "password", "mio", *config, typed="another password\n")
    assert done.exit_code == 0
    refused(hinoban("user", "password", "nobody", *config, typed="another password\n"), "nobody")
    assert hinoban("user", "remove", "mio", *config, typed="n\n").exit_code == 1
    assert hinoban("user", "remove", "mio", "--yes", *config).exit_code == 0
    assert hinoban("user", "remove", "scada", "--yes", *config).exit_code == 0
    refused(hinoban("user", "remove", "mio", "--yes", *config), "there is no user 'mio'")
    assert "mio" not in hinoban("user", "list", *config).stdout


def test_secrets_are_not_repeated(rig: Rig) -> None:
    done = hinoban("user", "add", "ken", "--role", "boss", "--config", rig.site.config,
                   typed="correct horse battery\n")  # fmt: skip
    assert "horse" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("check",),
        ("run",),
        ("verify", "journal"),
        ("verify", "factors"),
        ("user", "list"),
        ("recompute", "--from", "2026-01-01T00:00Z", "--to", "2026-02-01T00:00Z", "--reason", "x"),
    ],
)
def test_a_site_file_that_is_not_there(command: tuple[str, ...], tmp_path: Path) -> None:
    refused(hinoban(*command, "--config", tmp_path / "none.toml"), "none.toml")


@pytest.mark.parametrize(
    ("command", "word"),
    [
        (("verify", "journal"), "has the gateway run"),
        (("verify", "factors"), "has the gateway run"),
        (("user", "list"), "hinoban user add"),
        (("recompute", "--from", "2026-01-01T00:00Z", "--to", "2026-02-01T00:00Z",
          "--reason", "x"), "there are no factors yet"),
    ],
)  # fmt: skip
def test_a_data_directory_that_is_not_there(
    command: tuple[str, ...], word: str, tmp_path: Path
) -> None:
    fresh = Rig(tmp_path / "fresh")
    fresh.make_lots()
    for file in fresh.data.iterdir():
        file.unlink()
    fresh.data.rmdir()
    refused(hinoban(*command, "--config", fresh.site.config), word)
    assert not fresh.data.exists()


def test_check_prints_data(rig: Rig) -> None:
    done = hinoban("check", "--json", "--config", rig.site.config)
    assert json.loads(done.stdout)["stores"] == 202
    assert "stores" in hinoban("check", "--config", rig.site.config).stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("chekc",),
        ("check",),
        ("user", "add"),
        ("run", "--log-level", "loud"),
        ("demo", "--port", "0"),
    ],
)
def test_wrong_arguments_are_named(arguments: tuple[str, ...]) -> None:
    refused(hinoban(*arguments), "Usage")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"--from": "soon"}, "is no date"),
        ({"--from": "2026-01-01T00:00"}, "names no time zone"),
        ({"--to": "2025-01-01T00:00Z"}, "is not before"),
        ({"--reason": " "}, "--reason is empty"),
    ],
)
def test_recompute_says_what_it_needs(rig: Rig, change: dict[str, str], word: str) -> None:
    options = {"--from": "2026-01-01T00:00Z", "--to": "2026-02-01T00:00Z", "--reason": "a lab"}
    flat = [part for pair in (options | change).items() for part in pair]
    refused(hinoban("recompute", *flat, "--config", rig.site.config), word)


@pytest.mark.debian
def test_a_second_gateway_on_the_same_directory_is_refused(
    make_rig: Callable[..., Rig],
) -> None:
    rig = make_rig()
    rig.start_broker()
    rig.start_gateway()
    done = hinoban("run", "--config", rig.site.config)
    refused(done, "another gateway", "journal.sqlite")
    assert rig.get("health")["site"] == "example"


def test_a_port_in_use_is_told_in_words(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig()
    rig.make_lots()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", rig.site.page_port))
        taken.listen()
        refused(hinoban("run", "--config", rig.site.config), str(rig.site.page_port), "choose")
