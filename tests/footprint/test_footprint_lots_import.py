"""Imports: what would change, what is kept and by whom, and what it restates."""

import json

import pytest
import sqlalchemy

from agent.cofiring.lots import Lot
from gateway.footprint.lots.checking import Checked, Entry
from gateway.footprint.lots.entries import Entries
from gateway.footprint.lots.importing import Importer
from gateway.footprint.lots.sheet import SheetError
from gateway.footprint.lots.silos import silo_states
from gateway.footprint.tables import load_tables
from tests.footprint.conftest import BASE_US, MINUTE_US, Site, site_config

LOTS_TOML = """
[[lot]]
id = "rpf-1"
fuel = "rpf"
from_utc = 2026-09-21T12:00:00Z
ncv_dry_mj_per_kg = 25.0
moisture = 0.03
co2_total_g_per_mj_ncv = 87.0
biogenic_carbon_fraction = 0.3
"""
HEAD = "Lot,Fuel,From,Moisture [%],NCV dry [MJ/kg]\n"
LATER_US = BASE_US + 100 * MINUTE_US


def with_silo(config, **silo):
    store = {"id": "s1", "kind": "silo", "fuel": "pellets", "blending": "fifo", **silo}
    plain = config.model_dump()
    return type(config).model_validate({**plain, "store": [store]})


@pytest.fixture
def place(tmp_path, lots):
    """A site with a lots file of its own, and a silo of pellets."""
    (tmp_path / "lots.toml").write_text(LOTS_TOML)
    config = with_silo(site_config())
    cofiring = config.cofiring.model_copy(update={"lots_file": tmp_path / "lots.toml"})
    config = config.model_copy(update={"cofiring": cofiring})
    made = Site(tmp_path, config, tuple(lot for lot in lots if lot.id == "rpf-1"))
    yield made
    made.close()


def importer(place):
    return Importer(place.config, load_tables(), place.store)


def told(place, text, name="told.csv"):
    path = place.folder / name
    path.write_text(text)
    return importer(place).preview(path)


def keep(place, preview, person="Sato", at_us=LATER_US):
    return importer(place).keep(preview, person, at_us)


def test_a_preview_keeps_nothing(place):
    preview = told(place, HEAD + "P-1,pellets,2026-09-21T00:00Z,8.0,18.8\n")
    (change,) = preview.changes
    assert (change.what, change.entry.key, change.restates) == ("new", "P-1", None)
    assert Entries(place.store.engine).newest() == []


def test_versions_stay_readable_as_of_any_time(place):
    row = HEAD + "P-1,pellets,2026-09-21T00:00Z,{},18.8\n"
    keep(place, told(place, row.format(8.0)), "Sato", 1_000)
    preview = told(place, row.format(9.0))
    assert preview.changes[0].fields == {"moisture": (0.08, 0.09)}
    keep(place, preview, "Tanaka", 2_000)
    entries = Entries(place.store.engine)
    assert [v.body["moisture"] for v in entries.newest(1_500)] == [0.08]
    assert [v.body["moisture"] for v in entries.newest()] == [0.09]
    versions = entries.versions("lot", "P-1")
    assert [(v.person, v.recorded_at_us) for v in versions] == [("Sato", 1_000), ("Tanaka", 2_000)]
    assert versions[0].source.startswith("told.csv ")
    again = told(place, row.format(9.0))
    assert (list(again.changes), again.same) == ([], 1)
    assert keep(place, again) == []


def test_an_analysis_is_added_to_a_lot_of_the_lots_file(place):
    preview = told(place, "Lot,Report,Sampled,Moisture [%]\nrpf-1,R1,2026-09-25,4.0\n")
    (change,) = preview.changes
    assert change.entry.body["fuel"] == "rpf"
    assert change.entry.body["analyses"][0]["moisture"] == 0.04


def test_what_the_account_could_not_count_is_refused_beside_the_good(place):
    text = (
        "Kind,Lot,Fuel,From,Store,At,Amount [t],Moisture [%],NCV dry [MJ/kg]\n"
        "lot,P-1,pellets,2026-09-21T00:00Z,,,,8.0,18.8\n"
        "lot,X-1,peat,2026-09-21T00:00Z,,,,8.0,18.8\n"
        "filling,P-1,,,s1,2026-09-21T01:00Z,25,,\n"
        "filling,P-1,,,s9,2026-09-21T01:00Z,25,,\n"
        "filling,rpf-1,,,s1,2026-09-21T01:00Z,25,,\n"
    )
    preview = told(place, text)
    assert [c.entry.kind for c in preview.changes] == ["lot", "filling"]
    words = " ".join(str(problem) for problem in preview.problems)
    assert "lot X-1 is of fuel 'peat'; the site burns coal, pellets, rpf" in words
    assert "silo 's9' is not traced" in words
    assert "no known lot of pellets, which silo s1 holds" in words


def test_withdrawing_leaves_the_history(place):
    keep(place, told(place, HEAD + "P-1,pellets,2026-09-21T00:00Z,8.0,18.8\n"))
    keep(place, importer(place).withdrawal("lot", "P-1"))
    entries = Entries(place.store.engine)
    assert entries.newest() == []
    assert [v.body is None for v in entries.versions("lot", "P-1")] == [False, True]
    with pytest.raises(SheetError, match="was never imported"):
        importer(place).withdrawal("lot", "P-1")


def test_a_list_that_was_tampered_with_is_found_out(place):
    keep(place, told(place, HEAD + "P-1,pellets,2026-09-21T00:00Z,8.0,18.8\n"))
    entries = Entries(place.store.engine)
    assert entries.verify() == []
    with place.store.engine.begin() as connection:
        with pytest.raises(sqlalchemy.exc.IntegrityError, match="only grows"):
            connection.execute(sqlalchemy.text("UPDATE lot_entries SET person = 'x'"))
        connection.execute(sqlalchemy.text("DROP TRIGGER lot_entries_no_update"))
        connection.execute(sqlalchemy.text("UPDATE lot_entries SET person = 'x'"))
    assert entries.verify() == ["lot entry 1 (lot P-1): was altered"]
    assert place.store.verify().problems == entries.verify()


def fill(lot, minute, kg):
    at_us = BASE_US + minute * MINUTE_US
    body = {"id": f"f{lot}", "store": "s1", "lot": lot, "kg": kg}
    return Entry("filling", f"f{lot}", body | {"at_utc": _utc(at_us)})


def _utc(at_us):
    from gateway.footprint.moments import utc_text  # noqa: PLC0415

    return utc_text(at_us)


def pellets(lot, ncv):
    body = {"id": lot, "fuel": "pellets", "ncv_dry_mj_per_kg": ncv, "moisture": 0.08}
    return Entry("lot", lot, body | {"from_utc": _utc(BASE_US)})


def burnt(place, minute):
    (record,) = place.store.factors(
        series="example.unit1.electricity.minute",
        from_us=BASE_US + minute * MINUTE_US,
        to_us=BASE_US + (minute + 1) * MINUTE_US,
    )
    return {e["lot"]: e["kg"] for e in record.fuels if e["fuel"] == "pellets" and e["kg"]}


def test_lots_are_traced_through_a_silo_by_its_outlet_into_the_records(place):
    # Pellets burn 240 kg a minute: the first lot lasts two and a half.
    entries = [pellets("a", 18.0), pellets("b", 19.0), fill("a", 0, 600.0), fill("b", 1, 5_000.0)]
    Entries(place.store.engine).append(entries, "Sato", "by hand", BASE_US)
    accountant = place.accountant()
    place.run(BASE_US, BASE_US + 6 * MINUTE_US)
    while accountant.step():
        pass
    assert burnt(place, 1) == pytest.approx({"a": 240.0})
    assert burnt(place, 2) == pytest.approx({"a": 120.0, "b": 120.0})
    assert burnt(place, 3) == pytest.approx({"b": 240.0})
    (state,) = silo_states(place.config, load_tables(), place.lots, place.store)
    assert state.held == pytest.approx({"b": 5_600.0 - 5 * 240.0})
    assert sum(state.held_other.values()) == pytest.approx(5_600.0 - 5 * 240.0)
    assert json.dumps(state.as_dict())


def test_what_is_told_later_counts_from_then_on_and_restates_only_when_asked(place):
    entries = [pellets("a", 18.0), fill("a", 0, 5_000.0)]
    Entries(place.store.engine).append(entries, "Sato", "by hand", BASE_US)
    accountant = place.accountant()
    place.run(BASE_US, BASE_US + 4 * MINUTE_US)
    while accountant.step():
        pass
    before = place.store.factors(period="minute")
    found = Checked([pellets("a", 20.0), pellets("b", 19.0), fill("b", 1, 600.0)])
    preview = importer(place).preview_of(found, "told.csv 0")
    assert preview.problems == []
    closed_us = BASE_US + 3 * MINUTE_US
    assert [c.restates for c in preview.changes] == [
        (BASE_US, BASE_US + 2 * MINUTE_US),  # the settlement period that names the lot
        None,
        (BASE_US + MINUTE_US, closed_us),
    ]
    keep(place, preview)
    assert accountant.step() == 0
    assert place.store.factors(period="minute") == before
    span = preview.restates
    moves = accountant.recompute(*span, "better analysis", dry_run=True)
    assert moves
    assert place.store.factors(period="minute") == before
    accountant.recompute(*span, "better analysis")
    again = place.store.factors(period="minute", from_us=BASE_US, to_us=BASE_US + MINUTE_US)
    assert again[0].revision_reason == "better analysis"
    place.run(BASE_US + 4 * MINUTE_US, BASE_US + 5 * MINUTE_US)
    while accountant.step():
        pass
    assert accountant.recompute(*span, "nothing is left to move") == []


def test_a_restart_finds_the_same_fractions(place):
    entries = [pellets("a", 18.0), pellets("b", 19.0), fill("a", 0, 600.0), fill("b", 1, 5_000.0)]
    Entries(place.store.engine).append(entries, "Sato", "by hand", BASE_US)
    place.run(BASE_US, BASE_US + 6 * MINUTE_US)
    accountant = place.accountant()
    for _ in range(3):
        accountant.step(limit=20)
        accountant = place.accountant()
    while accountant.step():
        pass
    assert burnt(place, 2) == pytest.approx({"a": 120.0, "b": 120.0})
    assert accountant.recompute(BASE_US, BASE_US + 6 * MINUTE_US, "again") == []


def test_lots_of_the_file_and_of_people_are_one(place):
    Entries(place.store.engine).append([pellets("a", 18.0)], "Sato", "by hand", BASE_US)
    accountant = place.accountant(lots=(*place.lots, Lot("c", "coal", BASE_US, moisture=0.1)))
    place.run(BASE_US, BASE_US + 2 * MINUTE_US)
    while accountant.step():
        pass
    (record,) = place.store.factors(series="example.unit1.electricity.minute")
    assert {(e["fuel"], e["lot"]) for e in record.fuels} == {
        ("coal", "c"),
        ("pellets", None),  # no filling of the silo was told
        ("rpf", "rpf-1"),
    }
