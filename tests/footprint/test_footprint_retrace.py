"""The archived reads give every figure of every record once more."""

from dataclasses import replace

import msgspec
import pytest

from gateway.footprint import retrace
from gateway.footprint.canonical import text_of
from gateway.footprint.lots.desk import LotDesk
from gateway.footprint.retrace import Retrace, Retraced
from gateway.footprint.site import long_gaps_us, plant_of
from gateway.footprint.tables import load_tables
from gateway.historian.query import History

MINUTE_US = 60_000_000
BASE_US = 1_790_000_040_000_000


def retraced(site, lots=None, days=1):
    tables = load_tables()
    plant = plant_of(site.config, tables)
    desk = LotDesk(site.config, site.store.engine, f"{plant.plant_id}.{plant.unit_id}")
    burning = desk.burning(plant, tables, lots or site.lots)
    history = History(site.folder / "journal.sqlite", site.folder / "archive")
    work = Retrace(plant, burning, tables, long_gaps_us(site.config), history, site.store)
    found = Retraced()
    pieces = work.pieces(None, None)
    assert sum(work.run(pieces, found)) == len(pieces) == days
    history.close()
    return found


@pytest.fixture
def accounted(site):
    """Fourteen minutes: a meter is silent for three, power stands still, a lot changes."""
    site.run(BASE_US, BASE_US + 4 * MINUTE_US)
    site.run(BASE_US + 4 * MINUTE_US, BASE_US + 7 * MINUTE_US, without=("unit1.pellets_total_kg",))
    site.run(BASE_US + 7 * MINUTE_US, BASE_US + 14 * MINUTE_US)
    site.clock.utc_us = BASE_US + 20 * MINUTE_US
    accountant = site.accountant()
    while accountant.step():
        pass
    return site


def test_records_are_what_their_reads_say(accounted):
    found = retraced(accounted)
    assert found.problems == []
    assert found.counts["slots"] == 12
    assert found.counts["records"] == 12 + 6 * 2
    assert found.counts["greatest difference"] < 1e-9


def test_a_moisture_that_changes_with_every_slot_is_gone_through_by_days(site, monkeypatch):
    before_midnight_us = 1_790_002_800_000_000 + 86_400_000_000 - 6 * MINUTE_US  # 00:00 in Tokyo
    site.run(before_midnight_us, before_midnight_us + 14 * MINUTE_US)
    site.clock.utc_us = before_midnight_us + 20 * MINUTE_US
    accountant = site.accountant()
    while accountant.step():
        pass
    assert retraced(site).problems == []
    monkeypatch.setattr(retrace, "_MANY_CHANGES", -1)
    found = retraced(site, days=2)
    assert found.problems == []
    assert found.counts["slots"] == 12


def test_a_lot_that_was_not_recomputed_shows(accounted):
    others = tuple(
        replace(lot, ncv_dry_mj_per_kg=20.0) if lot.id == "pellets-1" else lot
        for lot in accounted.lots
    )
    found = retraced(accounted, others)
    assert found.differing == found.counts["records"]
    assert "by its reads" in found.problems[0]


def test_a_slot_that_was_altered_shows(accounted):
    stored = accounted.store.slot_inputs("example.unit1", BASE_US, BASE_US + 20 * MINUTE_US)[3]
    meters = msgspec.to_builtins(dict(stored.meters))
    meters["unit1.coal_total_kg"]["to_total"] += 5.0
    body = text_of({"slot_us": stored.slot_us, "meters": meters})
    with accounted.store.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER slots_no_update")
        connection.exec_driver_sql(
            "UPDATE slots SET body = ? WHERE slot_us = ?", (body, stored.slot_us)
        )
    found = retraced(accounted)
    assert found.differing == 1
    assert f"slot {stored.slot_us} µs, unit1.coal_total_kg" in found.problems[0]
