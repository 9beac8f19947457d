"""A laboratory's figure changes: the new factor stands beside the old one, which `as_of` gives."""

import json
import re
import sqlite3
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from rig import Rig

REASON = "the laboratory corrected its report"
FACTOR = "fossil_co2_kg_per_kwh"


def complete(rig: Rig, period: str) -> dict[str, Any] | None:
    """The first electricity record that rests on every reading of its period."""
    found = rig.get(f"factors?period={period}")
    whole = (r for r in found if r["product"] == "electricity" and r["coverage"] == 1.0)
    return next(whole, None)


def moment() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def correct_the_coal(rig: Rig) -> None:
    """Every coal lot has 3 % more heat than the laboratory said at first."""
    path = rig.directory / "lots.toml"
    document = tomllib.loads(path.read_text())
    for lot in document["lot"]:
        if lot["fuel"] == "coal":
            lot["ncv_dry_mj_per_kg"] *= 1.03
    path.write_text(tomli_w.dumps(document))


def recompute(rig: Rig, since: str) -> list[dict[str, Any]]:
    """Restate everything since a moment with the lots as they are now: what moved."""
    done = rig.hinoban("recompute", "--config", str(rig.site.config), "--from", since,
                       "--to", moment(), "--reason", REASON, "--yes", "--json")  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def verify_factors(rig: Rig) -> tuple[int, dict[str, Any]]:
    done = rig.hinoban("verify", "factors", "--config", str(rig.site.config), "--json")
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def change_a_byte(path: Path, record_id: str) -> None:
    """Change one digit of a record's figures where it lies in the database's file."""
    database = sqlite3.connect(path)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    ((body,),) = database.execute(
        "SELECT body FROM factor_records WHERE record_id = ?", (record_id,)
    ).fetchall()
    database.close()
    raw = bytearray(path.read_bytes())
    # A long record goes over several pages, and others have figures of the same value: one that
    # lies on one page with surroundings like no other is found in time.
    for figure in re.finditer(r'_(?:kg|kwh|mj)":\d+\.\d+', body):
        around = body[figure.start() - 40 : figure.end()].encode()
        if raw.count(around) == 1:
            place = raw.index(around) + len(around) - 1
            raw[place] = ord("1") if raw[place] != ord("1") else ord("2")
            path.write_bytes(raw)
            return
    raise AssertionError("no figure of the record was found whole in the file")


@pytest.mark.long
@pytest.mark.debian
def test_as_of_gives_the_figure_before_a_revision(
    make_rig: Callable[..., Rig], full_size: bool
) -> None:
    period = "settlement" if full_size else "minute"
    rig = make_rig()
    rig.start_broker()
    rig.start_plant()
    rig.start_gateway()
    old = rig.wait("a complete record", lambda: complete(rig, period), within_s=300)
    before = moment()
    rig.stop("gateway")
    correct_the_coal(rig)
    moved = recompute(rig, old["valid_from_utc"])
    assert old["record_id"] in [move["record_id"] for move in moved]
    assert recompute(rig, old["valid_from_utc"]) == [], "the same lots move nothing twice"
    rig.start_gateway()

    query = f"factors?series={old['series_id']}&from={old['valid_from_utc']}&limit=1000"
    found = rig.wait("the footprint database, opened again", lambda: rig.get(query))
    (new,) = [record for record in found if record["valid_from_utc"] == old["valid_from_utc"]]
    (then,) = [
        record
        for record in rig.get(f"{query}&as_of={before}")
        if record["valid_from_utc"] == old["valid_from_utc"]
    ]
    assert then == old
    assert (old["revision"], new["revision"]) == (0, 1)
    assert new["supersedes"] == old["record_id"]
    assert new["revision_reason"].startswith(f"{REASON} (")
    assert instant(old["recorded_at_utc"]) < instant(before) < instant(new["recorded_at_utc"])
    assert rig.get(f"factors/{old['record_id']}") == old
    assert rig.get(f"factors?series={old['series_id']}&as_of={old['valid_from_utc']}") == []
    # The same coal weighed the same, and gave more heat: it emits more for each kWh.
    assert new["fossil_co2_kg"] == pytest.approx(old["fossil_co2_kg"] * 1.03, rel=5e-3)
    assert new[FACTOR] > old[FACTOR]
    assert (new["net_kwh"], new["gross_kwh"]) == (old["net_kwh"], old["gross_kwh"])
    assert new["share_mass"] == old["share_mass"]
    assert new["share_heat"]["coal"] > old["share_heat"]["coal"]
    assert new["inputs_digest"] != old["inputs_digest"]

    rig.stop("gateway")
    status, report = verify_factors(rig)
    assert (status, report["problems"]) == (0, [])
    change_a_byte(rig.data / "footprint.sqlite", old["record_id"])
    status, report = verify_factors(rig)
    assert status == 1
    assert any(old["record_id"] in problem for problem in report["problems"])
