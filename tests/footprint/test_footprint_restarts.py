"""A process that dies anywhere issues the same records as one that never does."""

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from gateway.footprint.canonical import record_from, record_text
from gateway.footprint.lots.checking import Entry
from gateway.footprint.lots.entries import Entries
from gateway.footprint.schema import factor_records, knots
from gateway.footprint.site_key import SiteKey

MINUTE_US = 60_000_000
BASE_US = 1_790_000_040_000_000
BOTH = pytest.mark.parametrize("kept", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def troubled(site):
    """A journal with a silent meter, a pause and its end."""
    site.run(BASE_US, BASE_US + 70_000_000)
    site.run(BASE_US + 70_000_000, BASE_US + 160_000_000, without=("unit1.coal_total_kg",))
    site.run(BASE_US + 160_000_000, BASE_US + 190_000_000)
    site.run(BASE_US + 250_000_000, BASE_US + 310_000_000)
    accountant = site.accountant()
    while accountant.step():
        pass
    return site


def everything(store):
    with store.engine.connect() as connection:
        rows = connection.execute(factor_records.select().order_by("series_id", "chain_seq"))
        return [tuple(row) for row in rows]


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(lives=st.lists(st.integers(1, 20), min_size=1, max_size=8))
def test_restarts_change_nothing(troubled, lives):
    store = troubled.another_store(f"restarted-{len(troubled.stores)}")
    for rows in lives:
        troubled.accountant(store).step(rows)
    last = troubled.accountant(store)
    while last.step():
        pass
    assert everything(store) == everything(troubled.store)
    store.close()


def test_failed_write_is_made_up_for(troubled):
    store = troubled.another_store("failing")
    accountant = troubled.accountant(store)
    with store.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER sick BEFORE INSERT ON factor_records "
            "BEGIN SELECT RAISE(ABORT, 'sick disk'); END"
        )
    with pytest.raises(IntegrityError, match="sick disk"):
        accountant.step()
    assert store.factors() == []
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER sick")
    while accountant.step():
        pass
    assert everything(store) == everything(troubled.store)


@BOTH
def test_record_survives_its_own_json(troubled):
    for record in troubled.store.factors():
        assert record_from(record_text(record)) == record
        assert msgspec.to_builtins(record)["record_id"] == record.record_id


CHANGES = (
    "UPDATE factor_records SET revision = 7",
    "DELETE FROM factor_records",
    "UPDATE slots SET revision = 7",
    "DELETE FROM seals",
    "UPDATE lot_entries SET person = 'Sato'",
)


@BOTH
def test_what_was_issued_counted_sealed_or_told_cannot_be_changed(troubled):
    told = [Entry("price", "coal", {"per_t": 1.0})]
    Entries(troubled.store.engine).append(told, "Sato", "by hand", BASE_US)
    troubled.store.seal(SiteKey.open(troubled.folder / "site.key"), "2026-09-21", BASE_US)
    for change in CHANGES:
        with (
            pytest.raises(IntegrityError, match="only grows"),
            troubled.store.engine.begin() as connection,
        ):
            connection.exec_driver_sql(change)
    assert troubled.store.verify().ok


def test_neighbours_of_reads_are_kept_for_two_months(site):
    day_us = 1440 * MINUTE_US
    site.clock.utc_us = BASE_US + 100 * day_us
    for start_us in (BASE_US, BASE_US + 70 * day_us):
        midnight_us = start_us - start_us % day_us + 15 * 60 * MINUTE_US + day_us
        site.run(midnight_us - 3 * MINUTE_US, midnight_us + 3 * MINUTE_US)
    accountant = site.accountant()
    while accountant.step():
        pass
    with site.store.engine.connect() as connection:
        oldest_us = connection.execute(select(func.min(knots.c.slot_us))).scalar()
    assert oldest_us > BASE_US + 69 * day_us
    before, records = accountant.status()["conflicts"], len(site.store.factors())
    t_us = BASE_US - BASE_US % day_us + 15 * 60 * MINUTE_US + day_us + 200_000_000
    site.commit(t_us, {point: site.total(point, t_us) for point in site.points})
    while accountant.step():
        pass
    assert accountant.status()["conflicts"] == before + len(site.points)
    assert len(site.store.factors()) == records
    assert site.store.verify().ok
