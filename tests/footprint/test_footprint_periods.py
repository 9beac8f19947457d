"""Days, months and fiscal years: cut at the legal midnight, made of what is stored of them."""

import dataclasses
import math
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from gateway.footprint.calendar import Calendar, fiscal_month, fits
from gateway.footprint.schema import sums
from gateway.footprint.site import plant_of
from gateway.footprint.tables import load_tables

MINUTE_US = 60_000_000
COAL = "unit1.coal_total_kg"


def us(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * 1_000_000


NEW_YEAR_US = us("2027-04-01T00:00:00+09:00")
"""A day, a month and a fiscal year begin."""


def drain(accountant) -> None:
    while accountant.step():
        pass


@pytest.fixture
def crossing(site):
    """From eight minutes before the fiscal year's end to six minutes after it."""
    site.clock.utc_us = NEW_YEAR_US + 10**9
    site.run(NEW_YEAR_US - 8 * MINUTE_US, NEW_YEAR_US + 6 * MINUTE_US)
    accountant = site.accountant()
    drain(accountant)
    return site, accountant


def of(site, period, product="electricity"):
    return [r for r in site.store.factors(period=period) if r.product == product]


@pytest.mark.parametrize("period", ["day", "month", "fiscal_year"])
def test_a_period_is_issued_when_its_last_minute_is_closed(crossing, period):
    site, _ = crossing
    (record,) = of(site, period)
    starts = {
        "day": "2027-03-30T15:00:00Z",
        "month": "2027-02-28T15:00:00Z",
        "fiscal_year": "2026-03-31T15:00:00Z",
    }
    assert (record.valid_from_utc, record.valid_to_utc) == (
        starts[period],
        "2027-03-31T15:00:00Z",
    )
    shorter = [r for r in site.settlements() if r.valid_to_utc <= "2027-03-31T15:00:00Z"]
    assert len(shorter) == 4
    for name in ("gross_kwh", "net_kwh", "sold_kwh", "steam_mj", "fossil_co2_kg", "n2o_kg"):
        whole = math.fsum(getattr(each, name) for each in shorter)
        assert getattr(record, name) == pytest.approx(whole, rel=1e-12)
    span_us = us(record.valid_to_utc) - us(record.valid_from_utc)
    assert record.coverage == pytest.approx(8 * MINUTE_US / span_us)
    kg = math.fsum(each.fossil_co2_kg_per_kwh * each.net_kwh for each in shorter)
    assert record.fossil_co2_kg_per_kwh == pytest.approx(kg / record.net_kwh, rel=1e-12)
    assert len(of(site, period, "steam")) == 1


def test_late_data_restate_every_period_once(site):
    midnight_us = NEW_YEAR_US
    site.clock.utc_us = midnight_us + 10**9
    site.run(midnight_us - 8 * MINUTE_US, midnight_us - 4 * MINUTE_US)
    site.run(midnight_us - 4 * MINUTE_US, midnight_us + 3 * MINUTE_US, without=(COAL,))
    accountant = site.accountant()
    drain(accountant)
    before = of(site, "month")[0]
    assert (before.revision, before.coverage < of(site, "day")[0].coverage) == (0, True)
    site.run(midnight_us + 3 * MINUTE_US, midnight_us + 6 * MINUTE_US)
    drain(accountant)
    for period in ("day", "month", "fiscal_year"):
        (record,) = of(site, period)
        assert (record.revision, record.revision_reason) == (1, "late data")
        coal = next(fuel["kg"] for fuel in record.fuels if fuel["fuel"] == "coal")
        assert coal == pytest.approx(8 * 600.0)
    assert site.store.verify().ok


def test_a_restart_and_a_store_without_sums_give_the_same(crossing):
    site, _ = crossing
    again = site.another_store("again")
    for rows in (30, 90, 11):
        site.accountant(again).step(rows)
    with again.engine.begin() as connection:
        connection.execute(sums.delete())
    drain(site.accountant(again))
    assert again.factors() == site.store.factors()


def test_new_lots_move_what_rests_on_them_up_to_the_year(crossing):
    site, accountant = crossing
    lots = [dataclasses.replace(lot, moisture=0.05) for lot in site.lots if lot.fuel != "rpf"]
    lots += [lot for lot in site.lots if lot.fuel == "rpf"]
    told = []
    from_us, to_us = NEW_YEAR_US - 2 * MINUTE_US, NEW_YEAR_US + 2 * MINUTE_US
    planned = accountant.recompute(
        from_us, to_us, "", lots=lots, dry_run=True, progress=lambda *done: told.append(done)
    )
    assert told == [(1, 2), (2, 2)]
    assert all(record.revision == 0 for record in site.store.factors())
    moves = accountant.recompute(from_us, to_us, "laboratory", lots=lots)
    assert moves == planned
    periods = [move.period for move in moves]
    assert {p: periods.count(p) for p in periods} == {
        "minute": 4, "settlement": 4, "day": 2, "month": 2, "fiscal_year": 2,
    }  # fmt: skip
    was, becomes = next(m.fields["fossil_co2_kg"] for m in moves if m.period == "month")
    assert of(site, "month")[0].fossil_co2_kg == becomes > was
    assert accountant.recompute(from_us, to_us, "again") == []
    assert site.store.verify().ok


def test_months_in_the_middle_of_a_range_are_restated(site):
    """Minutes in each of three months, further apart than anything is spread over."""
    days = ("2027-01-02", "2027-02-04", "2027-03-10", "2027-04-15")
    starts = [us(f"{day}T00:00:00+09:00") for day in days]
    site.clock.utc_us = starts[-1] + 10**9
    for start_us in starts:
        site.run(start_us, start_us + 3 * MINUTE_US)
    accountant = site.accountant()
    drain(accountant)
    lots = [dataclasses.replace(lot, moisture=0.05) for lot in site.lots if lot.fuel != "rpf"]
    lots += [lot for lot in site.lots if lot.fuel == "rpf"]
    accountant.recompute(starts[0], starts[2] + 3 * MINUTE_US, "laboratory", lots=lots)
    months = [r for r in of(site, "month") if r.valid_to_utc <= "2027-03-31T15:00:00Z"]
    assert [month.revision for month in months] == [1, 1, 1]
    (year,) = of(site, "fiscal_year")
    assert year.fossil_co2_kg == pytest.approx(math.fsum(m.fossil_co2_kg for m in months))


def test_what_was_stored_of_a_period_is_what_its_slots_give(crossing):
    """Sums read back are equal to the bit: a month from days and from slots is the same."""
    site, _ = crossing
    with site.store.engine.connect() as connection:
        kept = connection.execute(select(sums.c.kind, sums.c.from_us, sums.c.body)).all()
    site.store.engine.dispose()
    with site.store.engine.begin() as connection:
        connection.execute(sums.delete())
    accountant = site.accountant()
    assert accountant.recompute(NEW_YEAR_US - 8 * MINUTE_US, NEW_YEAR_US, "again") == []
    with site.store.engine.connect() as connection:
        again = connection.execute(select(sums.c.kind, sums.c.from_us, sums.c.body)).all()
    assert set(again) <= set(kept)
    assert {row.kind for row in again} == {"settlement", "day", "month", "fiscal_year"}


def test_legal_days_and_years_of_other_places(site):
    plant = plant_of(site.config, load_tables())
    taipei = dataclasses.replace(plant, timezone="Asia/Taipei", fiscal_month=1)
    noon_us = us("2026-10-01T12:00:00+08:00")
    for kind, start, end in (
        ("day", "2026-10-01", "2026-10-02"),
        ("month", "2026-10-01", "2026-11-01"),
        ("fiscal_year", "2026-01-01", "2027-01-01"),
    ):
        expected = us(f"{start}T00:00:00+08:00"), us(f"{end}T00:00:00+08:00")
        assert Calendar(taipei).span(kind, noon_us) == expected
    berlin = dataclasses.replace(plant, timezone="Europe/Berlin")
    summer = Calendar(berlin).span("day", us("2026-03-29T12:00:00+02:00"))
    assert summer[1] - summer[0] == 23 * 60 * MINUTE_US
    winter = Calendar(berlin).span("day", us("2026-10-25T12:00:00+01:00"))
    assert winter == (us("2026-10-25T00:00:00+02:00"), us("2026-10-26T00:00:00+01:00"))
    months = [Calendar(berlin).span("month", day[0]) for day in (summer, winter)]
    assert [(end - start) // (60 * MINUTE_US) for start, end in months] == [743, 745]
    # The hour that comes twice is two hours of settlement periods, and none is cut by midnight.
    settled = Calendar(berlin).spans("settlement", *winter)
    assert (settled[0][0], settled[-1][1]) == winter
    assert len(settled) * berlin.settlement_us == winter[1] - winter[0]
    assert (fiscal_month("Asia/Tokyo"), fiscal_month("Asia/Taipei")) == (4, 1)
    assert fits("Asia/Kathmandu", 15 * MINUTE_US)
    assert not fits("Asia/Kathmandu", 30 * MINUTE_US)
    assert datetime.fromtimestamp(NEW_YEAR_US / 1e6, UTC).hour == 15
