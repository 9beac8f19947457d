"""`hinoban meter swap` against a running gateway: asked, checked, on disk, and taken back."""

import contextlib
import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from rig import ROOT, Rig

from gateway.historian.reader import Reader
from gateway.people import People

PASSWORD = "a long enough word"
GROSS, AUX = "unit1.gross_total_kwh", "unit1.aux_total_kwh"


@pytest.fixture
def running(make_rig: Callable[..., Rig]) -> Rig:
    rig = make_rig()
    with contextlib.closing(People(rig.data / "people.sqlite")) as people:
        people.add_user("ada", "engineer", PASSWORD)
        people.add_user("olga", "operator", PASSWORD)
    rig.start_plant()
    rig.start_gateway()
    rig.wait("the totalisers to be read", lambda: len(rig.get("meters/generator/swap")) == 2)
    return rig


def swap(
    rig: Rig, *arguments: str, typed: str = f"ada\n{PASSWORD}\n"
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*rig.module("gateway.cli", "meter", "swap"), *arguments,
         "--config", str(rig.site.config)],
        cwd=ROOT, input=typed, capture_output=True, text=True, check=False,
    )  # fmt: skip


def deeds_of(rig: Rig) -> list[Any]:
    with contextlib.closing(Reader(rig.data / "journal.sqlite")) as reader:
        return [deed for row in reader.rows(0, 10**9) for deed in row.deeds]


@pytest.mark.debian
def test_it_is_announced_in_a_persons_name_survives_a_kill_and_is_taken_back(
    running: Rig,
) -> None:
    done = swap(
        running, "generator", "--initial", f"{GROSS}=12.5", "--comment", "burnt", "--yes", "--json"
    )
    assert done.returncode == 0, done.stderr
    assert {v["point"]: (v["pending"], v["initial"]) for v in json.loads(done.stdout)} == {
        GROSS: (True, 12.5),
        AUX: (True, None),
    }
    running.kill("gateway")
    (deed,) = deeds_of(running)
    assert (deed.kind, deed.source, deed.person, deed.comment, deed.details) == (
        "swap", "generator", "ada", "burnt", (f"{GROSS} initial 12.5",)
    )  # fmt: skip
    running.start_gateway()
    views = running.get("meters/generator/swap")
    assert [(v["pending"], v["announced_by"]) for v in views] == [(True, "ada")] * 2
    done = swap(running, "generator", "--cancel", typed=f"ada\n{PASSWORD}\ny\n")
    assert done.returncode == 0, done.stderr
    assert "waits no longer for a new device" in done.stdout
    assert not any(view["pending"] for view in running.get("meters/generator/swap"))
    assert [deed.kind for deed in deeds_of(running)] == ["swap", "swap cancelled"]
    assert running.verify_journal()["problems"] == []


@pytest.mark.debian
def test_what_is_refused_says_why_and_changes_nothing(running: Rig) -> None:
    refused = {
        ("generatr",): "Did you mean 'generator'?",
        ("generator", "--final", "5"): f"write POINT=5 with one of {GROSS}, {AUX}",
        ("generator", "--final", f"{GROSS}=much"): "'much' is no number",
        ("generator", "--final", f"{GROSS}=0"): "final 0 kwh lies before the last read",
        ("generator", "--amend", "--point", AUX, "--final", "9"): "no interval of unknown amount",
        ("generator", "--cancel", "--final", "9"): "--cancel goes alone",
        ("generator", "--json"): "--json cannot ask back",
    }
    for arguments, words in refused.items():
        yes = () if "--json" in arguments else ("--yes",)
        done = swap(running, *arguments, *yes)
        assert done.returncode == 2, done.stdout
        assert words in " ".join(done.stderr.split())
    answered_no = swap(running, "generator", typed=f"ada\n{PASSWORD}\nn\n")
    assert answered_no.returncode == 1
    assert "what is counted between the last read and the first" in answered_no.stdout
    wrong = swap(running, "generator", "--yes", typed="ada\nnot the password\n")
    assert (wrong.returncode, "Name or password is wrong." in wrong.stderr) == (2, True)
    operator = swap(running, "generator", "--yes", typed=f"olga\n{PASSWORD}\n")
    assert "Your role, operator, may not tell of the exchange" in operator.stderr
    assert PASSWORD not in operator.stdout + operator.stderr
    assert deeds_of(running) == []
    running.stop("gateway")
    silent = swap(running, "generator", "--yes")
    assert "is it running with this site's file?" in " ".join(silent.stderr.split())
