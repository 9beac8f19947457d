"""`hinoban rounds` against the API: what a person types in the yard's office."""

import json
from pathlib import Path

import pytest
from http_double import EXAMPLE, PASSWORD, Served
from typer.testing import CliRunner

from gateway.cli import app


class Office:
    """A keyboard beside a running gateway."""

    def __init__(self, config: Path) -> None:
        self._config = config

    def types(self, *words: str, name: str = "operator") -> tuple[int, str]:
        command = ["rounds", *words, "--config", str(self._config)]
        typed = CliRunner().invoke(app, command, input=f"{name}\n{PASSWORD}\n")
        return typed.exit_code, typed.output


@pytest.fixture
def office(served: Served, tmp_path: Path) -> Office:
    served.do(lambda double: double.raise_fire("c0025"))
    folder = tmp_path / "site"
    folder.mkdir()
    for name in (EXAMPLE, EXAMPLE.parent / "example-lots.toml"):
        text = name.read_text().replace("port = 8080", f"port = {served.port}")
        (folder / name.name).write_text(text)
    return Office(folder / EXAMPLE.name)


def test_a_round_is_listed_walked_and_closed(office: Office) -> None:
    code, said = office.types("list")
    assert code == 0, said
    assert "4 of 200 containers carry a board" in said
    assert "2.0%" in said
    assert "The other 196" in " ".join(said.split())
    assert "r1 around c0025: 0 of 49 measured" in " ".join(said.split())
    code, said = office.types(
        "enter", "r1", "c0024", "--co", "12.5", "--temp", "19", "--sign", "smell", "--json"
    )
    assert code == 0, said
    (reading,) = json.loads(said)["readings"]
    assert (reading["co_ppm"], reading["signs"], reading["person"]) == (12.5, ["smell"], "operator")
    code, said = office.types("close", "r1")
    assert code == 2
    assert "48 of 49 are not measured" in " ".join(said.split())
    code, said = office.types("close", "r1", "--comment", "fire service took over")
    assert code == 0, said
    assert "1 of 49 measured, closed by operator" in " ".join(said.split())


def test_one_is_opened_by_hand_and_refusals_are_plain(office: Office) -> None:
    code, said = office.types("open", "c0100", "--json")
    assert code == 0, said
    opened = json.loads(said)["id"]
    assert json.loads(said)["stores"] == ["c0100", "c0099"]
    code, said = office.types("open", "c9999")
    assert (code, "no store 'c9999'" in said) == (2, True)
    code, said = office.types("enter", opened, "c0099", "--co", "3", name="viewer")
    assert (code, "may not" in said) == (2, True)
    code, said = office.types("list", "--all", "--json")
    assert {one["id"] for one in json.loads(said)["rounds"]} >= {"r1", opened}
