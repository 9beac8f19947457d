"""Revisions, what was known when, and what a verifier finds."""

import dataclasses

import pytest

from agent.errors import UnknownFuelError
from gateway.footprint.tables import load_tables

MINUTE_US = 60_000_000
BASE_US = 1_790_000_040_000_000

pytestmark = pytest.mark.parametrize("kept", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def accounted(site):
    site.run(BASE_US, BASE_US + 5 * MINUTE_US)
    accountant = site.accountant()
    while accountant.step():
        pass
    return site, accountant


def other_lots(site):
    """The laboratory's value for the RPF came late."""
    return [
        dataclasses.replace(lot, biogenic_carbon_fraction=0.2) if lot.fuel == "rpf" else lot
        for lot in site.lots
    ]


def test_restating_keeps_the_old_figure(accounted):
    site, accountant = accounted
    old, before_us = site.minutes(), site.clock.utc_us
    site.clock.utc_us += 3_600_000_000
    planned = accountant.recompute(
        BASE_US, BASE_US + 5 * MINUTE_US, "", lots=other_lots(site), dry_run=True
    )
    assert site.minutes() == old
    moves = accountant.recompute(
        BASE_US, BASE_US + 5 * MINUTE_US, "laboratory", lots=other_lots(site)
    )
    assert moves == planned
    assert len(moves) == 4 + 2 * 2
    was, becomes = moves[0].fields["fossil_co2_kg"]
    assert becomes > was
    new = site.minutes()
    assert [m.revision for m in new] == [1] * 4
    assert {m.revision_reason for m in new} == {"laboratory"}
    assert new[0].fossil_co2_kg == becomes
    assert site.minutes(as_of_us=before_us) == old
    assert site.minutes(as_of_us=before_us - 1) == []
    assert site.store.verify().ok


def test_restating_with_the_same_inputs_moves_nothing(accounted):
    _, accountant = accounted
    assert accountant.recompute(BASE_US, BASE_US + 5 * MINUTE_US, "again") == []


@pytest.mark.parametrize("dry_run", [True, False])
def test_lots_that_are_refused_are_not_kept_in_mind(accounted, dry_run):
    site, accountant = accounted
    strange = [*site.lots, dataclasses.replace(site.lots[0], id="x", fuel="peat")]
    with pytest.raises(UnknownFuelError, match="peat"):
        accountant.recompute(BASE_US, site.clock.utc_us, "?", lots=strange, dry_run=dry_run)
    assert accountant.recompute(BASE_US, BASE_US + 5 * MINUTE_US, "again") == []


def test_new_tables_are_another_input(accounted, tmp_path):
    site, accountant = accounted
    tables = load_tables()
    for source in load_tables.__globals__["DIRECTORY"].glob("*.toml"):
        text = source.read_text().replace("value = 94.6", "value = 95.0")
        (tmp_path / source.name).write_text(text)
    moves = accountant.recompute(
        BASE_US, BASE_US + MINUTE_US, "table", tables=load_tables(tmp_path)
    )
    assert {"fossil_co2_kg", "tables", "inputs_digest"} <= set(moves[0].fields)
    before = {table.name: table.sha256 for table in tables.versions}
    after = {table["name"]: table["sha256"] for table in site.minutes()[0].tables}
    assert {name for name in before if after[name] != before[name]} == {"fuels_ipcc2006"}


def test_recomputing_is_bit_equal(accounted):
    site, _ = accounted
    again = site.another_store("again")
    accountant = site.accountant(again)
    while accountant.step():
        pass
    assert again.factors() == site.store.factors()


TAMPERINGS = {
    "altered text": (
        "UPDATE factor_records SET body = replace(body, '2400', '2401') WHERE chain_seq = 1"
    ),
    "altered column": "UPDATE factor_records SET recorded_at_us = 1 WHERE chain_seq = 1",
    "missing": "DELETE FROM factor_records WHERE chain_seq = 1",
    "cut tail": "DELETE FROM factor_records WHERE chain_seq = 3",
    "reordered": "UPDATE factor_records SET chain_seq = 100 WHERE chain_seq = 0",
    "altered input": "UPDATE slots SET body = replace(body, '2400', '2401')",
    "forgotten series": "DELETE FROM chains",
}


@pytest.mark.parametrize("sql", [pytest.param(sql, id=name) for name, sql in TAMPERINGS.items()])
def test_verify_finds(accounted, untriggered, sql):
    site, _ = accounted
    assert site.store.verify().ok
    untriggered(site.store)
    with site.store.engine.begin() as connection:
        assert connection.exec_driver_sql(sql).rowcount > 0
    report = site.store.verify()
    assert report.problems
    assert not report.ok


def test_latest_and_limits(accounted):
    site, _ = accounted
    newest = {r.series_id: r.valid_from_utc for r in site.store.latest()}
    assert newest == {
        "example.unit1.electricity.minute": "2026-09-21T14:17:00Z",
        "example.unit1.electricity.settlement": "2026-09-21T14:16:00Z",
        "example.unit1.steam.settlement": "2026-09-21T14:16:00Z",
    }
    assert site.store.latest("example.unit1.electricity.minute")[0].period == "minute"
    assert [m.valid_from_utc for m in site.minutes(limit=2)] == [
        "2026-09-21T14:16:00Z",
        "2026-09-21T14:17:00Z",
    ]
    assert site.minutes(from_us=BASE_US + MINUTE_US, to_us=BASE_US + 2 * MINUTE_US)
    assert site.store.get("no such record") is None
