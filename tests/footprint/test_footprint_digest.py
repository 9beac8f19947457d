"""The inputs digest: any byte of what a record rests on moves it, and nothing else does."""

import dataclasses

import msgspec
import pytest
from sqlalchemy import insert, select

from agent.cofiring.balance import SLOT_US, MeterSlot
from agent.cofiring.counted import Fill
from agent.cofiring.factor import Span
from agent.cofiring.lots import LotBook
from agent.cofiring.moisture import FeederMoisture
from agent.cofiring.record import FactorRecord
from gateway.footprint import issuer as issuing
from gateway.footprint.canonical import hash_of, text_of
from gateway.footprint.issuer import Issuer
from gateway.footprint.schema import chains, factor_records
from gateway.footprint.site import plant_of
from gateway.footprint.tables import load_tables
from gateway.footprint.writer import SlotInput, columns_of

BASE_US = 1_790_000_040_000_000
SPAN = Span("settlement", BASE_US, BASE_US + 2 * SLOT_US)


def slot_input(meters, fills=None):
    """As the writer keeps a slot: its digest is of all that is in it."""
    fields = {"meters": msgspec.to_builtins(meters), "fills": msgspec.to_builtins(fills or {})}
    return SlotInput(BASE_US, 0, hash_of(text_of(fields)), meters, fills or {})


@pytest.fixture
def parts(site):
    tables = load_tables()
    plant = plant_of(site.config, tables)
    meters = {p: MeterSlot(0.0, 100.0, SLOT_US, through=False) for p in plant.points()}
    return Issuer(plant, tables, LotBook(site.lots), "1"), meters


def digest(issuer, meters, fills=None, span=SPAN):
    return issuer.summed(span, [slot_input(meters, fills)]).digest


def altered(issuer, what):
    """Issuers that differ in one thing each."""
    tables, plant = issuer.tables, issuer.plant
    first, *rest = tables.versions
    lots = [dataclasses.replace(lot, moisture=lot.moisture + 1e-12) for lot in _lots(issuer)]
    return {
        "one table": lambda: dataclasses.replace(
            issuer,
            tables=dataclasses.replace(
                tables, versions=(dataclasses.replace(first, sha256="0" * 64), *rest)
            ),
        ),
        "a lot": lambda: dataclasses.replace(issuer, lots=LotBook(lots)),
        "the method": lambda: dataclasses.replace(
            issuer, plant=dataclasses.replace(plant, allocation_method="defra_2_to_1")
        ),
    }[what]()


def _lots(issuer):
    return [lot for fuel in issuer.plant.fuels for lot in issuer.lots.of(fuel.id)]


@pytest.mark.parametrize("what", ["one table", "a lot", "the method"])
def test_any_choice_moves_the_digest(parts, what):
    issuer, meters = parts
    assert digest(altered(issuer, what), meters) != digest(issuer, meters)


def test_one_ulp_of_a_reading_an_estimate_and_the_period_move_it(parts):
    issuer, meters = parts
    base = digest(issuer, meters)
    ulp = meters | {"unit1.coal_total_kg": MeterSlot(0.0, 100.00000000000001, SLOT_US)}
    fill = {"unit1.coal_total_kg": Fill(1.0, 0.5, "mean_rate")}
    day = Span("day", SPAN.from_us, SPAN.to_us)
    moved = [digest(issuer, ulp), digest(issuer, meters, fill), digest(issuer, meters, span=day)]
    assert len({base, *moved}) == 4
    assert digest(issuer, dict(reversed(meters.items()))) == base


class Wet(LotBook):
    """A moisture at the feeders that somebody told, or put in place of one."""

    told = FeederMoisture(0.1, 0.01, "composite 7")

    def moisture_at(self, fuel, lot, from_us, to_us):
        return self.told


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(FeederMoisture(0.1, 0.02, "composite 7"), id="how sure"),
        pytest.param(FeederMoisture(0.1, 0.01, "composite 8"), id="where from"),
        pytest.param(FeederMoisture(0.1, 0.01, "composite 7", substituted=True), id="in place"),
    ],
)
def test_how_a_moisture_is_known_moves_it_though_no_kilogram_moves(parts, other):
    issuer, meters = parts
    one, two = Wet(_lots(issuer)), Wet(_lots(issuer))
    two.told = other
    first, second = (dataclasses.replace(issuer, lots=lots) for lots in (one, two))
    assert digest(first, meters) != digest(second, meters)


def test_the_rules_edition_moves_it(parts, monkeypatch):
    issuer, meters = parts
    base = digest(issuer, meters)
    monkeypatch.setattr(issuing, "RULE_VERSION", "other")
    assert digest(dataclasses.replace(issuer), meters) != base


def test_the_program_s_edition_does_not(parts):
    issuer, meters = parts
    assert digest(dataclasses.replace(issuer, code_version="2"), meters) == digest(issuer, meters)


def test_a_record_of_an_earlier_edition_is_read_and_verified_over_its_own_text(site):
    """It lacks the fields that came later; its hash is of the text as it was written."""
    record = FactorRecord(
        record_id="old.r0",
        series_id="old",
        plant_id="p",
        unit_id="u",
        product="electricity",
        valid_from_utc="2025-01-01T00:00:00Z",
        valid_to_utc="2025-01-01T00:30:00Z",
        recorded_at_utc="2025-01-01T00:31:00Z",
        period="settlement",
        timezone="Asia/Tokyo",
        net_kwh=12.5,
        rule_version="1",
    )
    later = ("conservative", "ash", "kwh_by_fuel", "imported_co2e_kg", "share_carbon")
    fields = {k: v for k, v in msgspec.to_builtins(record).items() if k not in later}
    text = text_of(fields)
    with site.store.engine.begin() as connection:
        row = columns_of(record) | {"chain_seq": 0, "record_hash": hash_of(text), "body": text}
        connection.execute(insert(factor_records).values(row))
        connection.execute(
            insert(chains).values(series_id="old", length=1, head_hash=hash_of(text))
        )
    assert site.store.get("old.r0") == record
    assert site.store.verify().ok
    with site.store.engine.connect() as connection:
        assert connection.execute(select(factor_records.c.body)).scalar() == text
