"""A laboratory's figure changes: the new factor stands beside the old one, which `as_of` gives."""

import json
import sqlite3
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from rig import Rig

from gateway.clock import Clock, SystemTime
from gateway.footprint.accountant import Accountant
from gateway.footprint.store import FootprintStore
from gateway.historian.reader import Reader
from gateway.site import load_site

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


def recompute(rig: Rig) -> int:
    """Restate everything with the lots as they are now; how many records moved."""
    site = load_site(rig.site.config)
    store = FootprintStore.open(rig.data)
    reader = Reader(rig.data / "journal.sqlite")
    clock = Clock(SystemTime("assume"))
    # The accountant of a running gateway knows the old lots; this one is told the new ones.
    accountant = Accountant(site.config, site.tables, site.lots, reader, store, clock)
    now_us = clock.now().utc_us
    day_us = round(timedelta(days=1) / timedelta(microseconds=1))
    moves = accountant.recompute(now_us - day_us, now_us, REASON, lots=site.lots)
    reader.close()
    store.close()
    return len(moves)


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
    record, raw = json.loads(body), bytearray(path.read_bytes())
    # A long record goes over several pages: one of its figures lies whole on one of them.
    for name in ("fossil_co2_kg", "net_kwh", "biogenic_co2_kg", "gross_kwh"):
        text = f'"{name}":{record[name]!r}'.encode()
        if raw.count(text) == 1:
            place = raw.index(text) + len(text) - 1
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
    assert recompute(rig) > 0
    assert recompute(rig) == 0, "the same lots move nothing twice"
    rig.start_gateway()

    query = f"factors?series={old['series_id']}&from={old['valid_from_utc']}&limit=1000"
    (new,) = [
        record for record in rig.get(query) if record["valid_from_utc"] == old["valid_from_utc"]
    ]
    (then,) = [
        record
        for record in rig.get(f"{query}&as_of={before}")
        if record["valid_from_utc"] == old["valid_from_utc"]
    ]
    assert then == old
    assert (old["revision"], new["revision"]) == (0, 1)
    assert new["supersedes"] == old["record_id"]
    assert new["revision_reason"] == REASON
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
