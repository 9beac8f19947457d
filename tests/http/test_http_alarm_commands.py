"""`hinoban alarms …` against a gateway that runs: what people type, and how they are refused."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from http_double import EXAMPLE, PASSWORD, Served
from typer.testing import CliRunner

from agent.samples import Quality, Sample
from gateway.cli import app

FIRE = "temp_high:yard.c0150.temp_1_degc"
FAULT = "sensor_fault:yard.c0150.temp_2_degc"

Hinoban = Callable[..., Result]


@pytest.fixture
def hinoban(served: Served, tmp_path: Path) -> Hinoban:
    """Types `hinoban alarms …` as somebody; the site's file names the port of the gateway."""
    site = tmp_path / "plant.toml"
    text = EXAMPLE.read_text().replace("port = 8080", f"port = {served.port}")
    site.write_text(text)
    for file in EXAMPLE.parent.glob("example-*.toml"):
        (tmp_path / file.name).write_text(file.read_text())

    def run(*words: str, person: str = "operator", password: str = PASSWORD) -> Result:
        typed = ["alarms", *words, "--config", str(site), "--name", person]
        return CliRunner().invoke(app, typed, input=f"{password}\n")

    return run


def a_fault(gateway) -> None:
    now_us = gateway.now().utc_us
    gateway.take(Sample("yard.c0150.temp_2_degc", now_us, None, Quality.BAD, "sensor_open"))


def test_alarms_are_listed_and_acknowledged(served: Served, hinoban: Hinoban) -> None:
    assert "no alarm stands" in hinoban("list").stdout
    served.do(lambda gateway: gateway.raise_fire())
    assert FIRE in hinoban("list").stdout
    done = hinoban("ack", FIRE, "--comment", "on my way", "--json")
    assert done.exit_code == 0, done.stderr
    event = json.loads(done.stdout)
    assert (event["edge"], event["person"], event["comment"]) == (
        "acknowledged", "operator", "on my way",
    )  # fmt: skip
    again = hinoban("ack", FIRE)
    assert again.exit_code == 2
    assert "acknowledged already" in again.stderr
    refused = hinoban("reset", FIRE)
    assert refused.exit_code == 2
    assert "still in alarm" in refused.stderr
    served.do(lambda gateway: gateway.cool())
    assert "now normal and shown" in hinoban("reset", FIRE).stdout


def test_a_shelf_from_beginning_to_end(served: Served, hinoban: Hinoban) -> None:
    served.do(a_fault)
    done = hinoban("shelve", FAULT, "--for", "2h", "--comment", "new probe on order")
    assert "now unacknowledged and shelved, until" in done.stdout
    listed = json.loads(hinoban("list", "--json").stdout)
    assert [a["visibility"] for a in listed["alarms"] if a["id"] == FAULT] == ["shelved"]
    assert [(h["target"], h["for_s"]) for h in listed["hidden"]] == [(FAULT, 7200.0)]
    assert "new probe on order" in hinoban("list").stdout
    assert "unshelved" in hinoban("unshelve", FAULT).stdout
    assert json.loads(hinoban("list", "--json").stdout)["hidden"] == []


def test_two_people_hide_a_fire_alarm(served: Served, hinoban: Hinoban) -> None:
    served.do(lambda gateway: gateway.raise_fire())
    asked = hinoban("shelve", FIRE, "--for", "30m", "--comment", "hot work")
    assert "a second person has to agree" in asked.stdout
    refused = hinoban("shelve", FIRE, "--agree")
    assert refused.exit_code == 2
    assert "by another name" in refused.stderr
    done = hinoban("shelve", FIRE, "--agree", "--json", person="engineer")
    assert json.loads(done.stdout)["second"] == "engineer"


def test_out_of_service_is_for_engineers_and_return_for_all(hinoban: Hinoban) -> None:
    words = ("out-of-service", "b0150", "--for", "1d", "--comment", "board is replaced")
    assert "may not take alarms out of service" in hinoban(*words).stderr
    assert "out_of_service" in hinoban(*words, person="engineer").stdout
    assert "returned_to_service" in hinoban("return", "b0150").stdout
    back = hinoban("return", "b0150")
    assert back.exit_code == 2
    assert "it is in service" in back.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("shelve", FAULT), "say for how long and why"),
        (("shelve", FAULT, "--for", "soon", "--comment", "x"), "write it like 30m"),
        (("shelve", FAULT, "--for", "9h", "--comment", "x"), "8 h at most"),
        (("shelve", FAULT, "--agree", "--for", "1h"), "give --agree alone"),
        (("ack", "temp_high:elsewhere"), "there is no alarm"),
        (("ack", FIRE), "nothing to acknowledge"),
    ],
)
def test_refusals_say_what_to_do(served: Served, hinoban: Hinoban, words, says) -> None:
    served.do(a_fault)
    served.do(lambda gateway: gateway.heat("c0150", 20.0, 100.0))
    refused = hinoban(*words)
    assert refused.exit_code == 2
    assert says in refused.stderr
    assert refused.stdout == ""


def test_a_wrong_password_is_refused(hinoban: Hinoban) -> None:
    assert hinoban("list", password="a wrong password").exit_code == 2
