"""Lots over the API: told in a person's name, read as they were known, burnt in order."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from http_double import EXAMPLE, PASSWORD, Served, sign_in
from typer.testing import CliRunner

from gateway.cli import app

LOTS = "/api/v1/lots"
PELLETS = {
    "id": "P-9",
    "fuel": "pellets",
    "from_utc": "2026-11-08T09:00+09:00",
    "moisture": 0.079,
    "ncv_dry_mj_per_kg": 18.8,
}


@pytest.fixture
def engineer(client: httpx.Client) -> httpx.Client:
    sign_in(client, "engineer")
    return client


def tell(client: httpx.Client, **told: Any) -> httpx.Response:
    return client.post(LOTS, json=told)


def test_a_lot_is_kept_in_a_persons_name_with_every_version(engineer: httpx.Client) -> None:
    assert tell(engineer, lot=[PELLETS], dry_run=True).json()["kept"] == 0
    found = tell(engineer, lot=[PELLETS]).json()
    assert (found["kept"], found["problems"], found["changes"][0]["what"]) == (1, [], "new")
    again = tell(engineer, lot=[{"id": "P-9", "moisture": 0.081}]).json()
    assert again["changes"][0]["fields"] == {"moisture": [0.079, 0.081]}
    first, second = engineer.get(f"{LOTS}/lot/P-9").json()
    assert (first["body"]["moisture"], second["body"]["moisture"]) == (0.079, 0.081)
    assert second["person"] == "engineer"
    known = {one["id"]: one for one in engineer.get(LOTS).json()}
    assert known["P-9"]["body"]["moisture"] == 0.081
    assert known["C-2610-01"]["person"] == "example-lots.toml"
    earlier = engineer.get(LOTS, params={"as_of": "2026-01-01T00:00Z"}).json()
    assert "P-9" not in {one["id"] for one in earlier}


def test_what_cannot_be_is_said_and_keeps_the_rest_out(engineer: httpx.Client) -> None:
    bad = {**PELLETS, "id": "P-10", "moisture": 7.9}
    found = tell(engineer, lot=[PELLETS, bad]).json()
    assert found["kept"] == 0
    assert "moisture = 7.9: is no fraction of one. Write 0.10 for 10 %" in found["problems"][0]
    assert tell(engineer, lot=[PELLETS, bad], accept_good=True).json()["kept"] == 1
    assert tell(engineer, cargo=[]).status_code == 422


def test_who_may_read_and_tell(served: Served, client: httpx.Client) -> None:
    for role, reads, tells in (
        ("viewer", 403, 403),
        ("operator", 403, 200),
        ("verifier", 200, 403),
        ("administrator", 200, 200),
    ):
        with served.client() as someone:
            sign_in(someone, role)
            assert someone.get(LOTS).status_code == reads, role
            assert tell(someone, dry_run=True).status_code == tells, role
            assert someone.get(f"{LOTS}/burn-first").status_code == 200


def test_nothing_is_dated_by_a_clock_that_is_wrong(served: Served, engineer: httpx.Client) -> None:
    from gateway.clock import Clock, SystemTime  # noqa: PLC0415

    served.double.lots._clock = Clock(SystemTime("/nowhere/synchronised"))
    answer = tell(engineer, lot=[PELLETS])
    assert answer.status_code == 409
    assert "clock is not synchronised" in answer.json()["detail"]


def test_unknown_history_is_not_found(engineer: httpx.Client) -> None:
    assert engineer.get(f"{LOTS}/lot/none").status_code == 404
    assert engineer.get(f"{LOTS}/cargo/none").status_code == 422


def test_silos_and_quality_are_answered(engineer: httpx.Client) -> None:
    assert engineer.get(f"{LOTS}/silos").json() == []
    (rpf,) = engineer.get(f"{LOTS}/quality").json()
    assert (rpf["fuel"], rpf["rpf"]["grade"]) == ("rpf", None)
    assert rpf["rpf"]["missing"][0] == "6 tests"


def test_what_burns_already_heads_the_list_without_a_place(
    served: Served, client: httpx.Client
) -> None:
    sign_in(client, "viewer")
    served.do(lambda double: double.raise_fire("c0025"))
    first, second, *_ = client.get(f"{LOTS}/burn-first").json()
    assert (first["store"], first["risk"], first["place"]) == ("c0025", "handle", None)
    assert second["place"] == 1


def test_ages_follow_from_deliveries(client: httpx.Client) -> None:
    sign_in(client, "operator")
    stores = {"c0001": "2026-01-01T00:00Z", "c0002": "2026-02-01T00:00Z"}
    lots = [
        {**PELLETS, "id": f"in-{store}", "from_utc": since}
        | {"delivery": {"store": store, "delivered_utc": since}}
        for store, since in stores.items()
    ]
    assert tell(client, lot=lots).json()["kept"] == 2
    turns = {one["store"]: one for one in client.get(f"{LOTS}/burn-first").json()}
    assert turns["c0001"]["lot"] == "in-c0001"
    assert turns["c0001"]["age_days"] - turns["c0002"]["age_days"] == pytest.approx(31.0)
    assert turns["c0003"]["age_days"] is None
    assert turns["c0003"]["place"] < turns["c0001"]["place"] < turns["c0002"]["place"]


def test_the_order_is_printed_for_the_yards_office(served: Served, tmp_path: Path) -> None:
    served.do(lambda double: double.raise_fire("c0025"))
    for name in (EXAMPLE, EXAMPLE.parent / "example-lots.toml"):
        text = name.read_text().replace("port = 8080", f"port = {served.port}")
        (tmp_path / name.name).write_text(text)
    command = ["lots", "burn-first", "--config", str(tmp_path / EXAMPLE.name)]
    typed = CliRunner().invoke(app, command, input=f"viewer\n{PASSWORD}\n")
    assert typed.exit_code == 0, typed.output
    lines = [line.split() for line in typed.output.splitlines() if "c0025" in line]
    assert lines[0][:5] == ["handle", "its", "alarm", "first", "c0025"]
