"""A feeder that nobody heard: estimated, marked, leaning against the claim, and restated."""

import dataclasses

import pytest

from gateway.config import MeterPoint
from gateway.footprint.canonical import text_of
from gateway.footprint.moments import us_of

MINUTE_US = 60_000_000
BASE_US = 1_790_000_040_000_000
COAL, PELLETS = "unit1.coal_total_kg", "unit1.pellets_total_kg"
GONE_US, BACK_US = BASE_US + 20 * MINUTE_US, BASE_US + 26 * MINUTE_US


def drain(accountant) -> None:
    while accountant.step():
        pass


def kg_of(record, fuel):
    return sum(entry["kg"] for entry in record.fuels if entry["fuel"] == fuel)


def within_gap(records):
    return [
        r for r in records if GONE_US + MINUTE_US < us_of(r.valid_from_utc) < BACK_US - MINUTE_US
    ]


@pytest.fixture
def swallowed(site):
    """The weigher of a fuel counts nothing for six minutes; a reset says so."""

    def run(point):
        site.clock.utc_us = BASE_US + 10**10
        site.run(BASE_US, GONE_US)
        site.run(GONE_US, BACK_US, without=(point,))
        totals = {p: None if p == point else site.total(p, BACK_US) for p in site.points}
        site.commit(BACK_US, totals, reasons={point: "counter_reset"})
        lost = site.total(point, BACK_US) - site.total(point, GONE_US - 5_000_000)
        for t_us in range(BACK_US + 5_000_000, BACK_US + 6 * MINUTE_US, 5_000_000):
            new = {p: site.total(p, t_us) for p in site.points}
            site.commit(t_us, {**new, point: new[point] - lost})
        accountant = site.accountant()
        drain(accountant)
        return accountant

    return run


def test_what_a_dead_weigher_missed_follows_from_the_heat_balance(site, swallowed):
    swallowed(COAL)
    before, gap = site.settlements()[3], within_gap(site.settlements())
    assert len(gap) == 2
    for record in gap:
        assert kg_of(record, "coal") == pytest.approx(1200.0, rel=1e-9)
        assert record.fossil_co2_kg == pytest.approx(before.fossil_co2_kg, rel=1e-9)
        assert (record.coverage, record.estimated_fraction) == (0.0, 1.0)
        assert record.substitutions[0].startswith(COAL)
        assert record.status == "provisional"
        # Nothing of it is measured, so that no figure per kWh is given.
        assert (record.fossil_co2_kg_per_kwh, record.no_factor_reason) == (None, "incomplete")
    assert before.status == "validated"
    assert (before.substitutions, before.conservative) == ([], None)
    assert site.store.verify().ok


def test_minutes_of_the_gap_give_no_figure_and_lose_no_kilogram(site, swallowed):
    swallowed(COAL)
    for minute in within_gap(site.minutes()):
        assert minute.coverage == 0.0
        assert minute.fossil_co2_kg_per_kwh is None
        assert kg_of(minute, "coal") == pytest.approx(600.0, rel=1e-9)


def test_conservative_figures_lean_against_the_claim(site, swallowed):
    swallowed(PELLETS)
    gap = within_gap(site.settlements())[0]
    lean = gap.conservative
    assert lean["share_heat"]["pellets"] < gap.share_heat["pellets"]
    assert lean["sigmas"] == 2.0
    # Pellets' calorific value is the lot's own without a range; its estimated mass has one.
    assert lean["net_kwh"] == gap.net_kwh


def test_a_totaliser_that_counted_on_is_measured_in_the_end(site):
    site.clock.utc_us = BASE_US + 10**10
    site.run(BASE_US, GONE_US)
    site.run(GONE_US, BACK_US, without=(COAL,))
    accountant = site.accountant()
    drain(accountant)
    provisional = within_gap(site.settlements())[0]
    assert provisional.status == "provisional"
    assert kg_of(provisional, "coal") == pytest.approx(1200.0, rel=1e-9)
    site.run(BACK_US, BACK_US + 4 * MINUTE_US)
    drain(accountant)
    measured = within_gap(site.settlements())[0]
    assert (measured.revision, measured.status, measured.substitutions) == (1, "validated", [])
    assert measured.coverage == 1.0


def test_estimates_are_stored_and_recomputed_to_the_bit(site, swallowed):
    accountant = swallowed(COAL)
    assert accountant.recompute(BASE_US, BACK_US, "again") == []
    again = site.another_store("again")
    drain(site.accountant(again))
    assert [text_of(r.inputs_digest) for r in again.factors()] == [
        text_of(r.inputs_digest) for r in site.store.factors()
    ]


def test_a_feeder_counts_when_its_fuel_has_travelled(site):
    delayed = site.config.fuel[0].model_copy(update={"delay_s": 90.0})
    site.config = site.config.model_copy(update={"fuel": (delayed, *site.config.fuel[1:])})
    for t_us in range(BASE_US, BASE_US + 8 * MINUTE_US, 5_000_000):
        totals = {p: site.total(p, t_us) for p in site.points}
        totals[COAL] = site.total(COAL, max(t_us, BASE_US + 3 * MINUTE_US))
        site.commit(t_us, totals)
    drain(site.accountant())
    found = {us_of(m.valid_from_utc) - BASE_US: kg_of(m, "coal") for m in site.minutes()[3:7]}
    assert list(found.values()) == pytest.approx([0.0, 300.0, 600.0, 600.0])


def test_a_lot_without_its_analysis_says_that_it_is_owed(site):
    owing = site.config.fuel[1].model_copy(update={"lab": ("ncv",)})
    fuels = (site.config.fuel[0], owing, site.config.fuel[2])
    site.config = site.config.model_copy(update={"fuel": fuels})
    told = site.lots
    site.lots = tuple(
        dataclasses.replace(lot, ncv_dry_mj_per_kg=None) if lot.fuel == "pellets" else lot
        for lot in told
    )
    site.run(BASE_US, BASE_US + 3 * MINUTE_US)
    accountant = site.accountant()
    drain(accountant)
    record = site.settlements()[0]
    assert record.status == "provisional"
    assert record.marks[-1] == "lab_owed: pellets, lot pellets-1: ncv"
    assert record.estimated_fraction == 1.0
    assert record.conservative["share_heat"]["pellets"] < record.share_heat["pellets"]
    accountant.recompute(BASE_US, BASE_US + 3 * MINUTE_US, "laboratory", lots=told)
    restated = site.settlements()[0]
    assert (restated.status, restated.conservative) == ("validated", None)


def test_a_feeder_without_a_totaliser_is_weighed_by_its_rate(site):
    by_rate = site.config.fuel[0].model_copy(
        update={"integrated": True, "mass_rate_kg_per_s": "unit1.coal_rate_kg_per_s"}
    )
    meter = site.config.meter[0]
    points = {**meter.points, "rate": MeterPoint(point="unit1.coal_rate_kg_per_s")}
    meters = (meter.model_copy(update={"points": points}),)
    fuels = (by_rate, *site.config.fuel[1:])
    site.config = site.config.model_copy(update={"fuel": fuels, "meter": meters})
    for t_us in range(BASE_US, BASE_US + 5 * MINUTE_US, 5_000_000):
        totals = {p: site.total(p, t_us) for p in site.points if p != COAL}
        rate = 10.0 + (t_us - BASE_US) / 60e6
        silent = 2 * MINUTE_US < t_us - BASE_US < 3 * MINUTE_US
        site.commit(t_us, totals if silent else totals | {"unit1.coal_rate_kg_per_s": rate})
    for rows in (30, 25, 500):
        site.accountant().step(rows)
    found = site.minutes()
    # The mean of a rate that rises by one kilogram a second in a minute.
    assert kg_of(found[0], "coal") == pytest.approx(630.0)
    assert kg_of(found[1], "coal") == pytest.approx(690.0)
    assert found[2].coverage < 0.1
    assert kg_of(found[3], "coal") == pytest.approx(810.0)
