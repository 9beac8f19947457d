"""Intervals and reconciliation, from the journal to stored records and back."""

from dataclasses import replace

import pytest

from gateway.config_balances import BalanceTable

MINUTE_US = 60_000_000
BASE_US = 1_790_000_040_000_000
FOSSIL = "fossil_co2_kg_per_kwh"
POWER = {
    "unit1.gross_total_kwh": 1.0,
    "unit1.aux_total_kwh": -1.0,
    "unit1.sold_total_kwh": -1.0,
}


def accounted(site, **more):
    site.config = site.config.model_copy(update=more)
    site.run(BASE_US, BASE_US + 5 * MINUTE_US)
    accountant = site.accountant()
    while accountant.step():
        pass
    return accountant


def test_every_record_says_how_well_it_is_known(site):
    accounted(site)
    for record in (*site.minutes(), *site.settlements(), *site.settlements("steam")):
        found = record.intervals[FOSSIL]
        assert found["low"] < record.fossil_co2_kg_per_kwh < found["high"]
        assert record.pedigree["reliability"] >= 1.0
        assert record.no_interval_reason is None
        assert {"figure", "source", "quantity", "fuels", "share"} <= record.contributors[0].keys()
    # Longer periods are known better only by what the ends of totalisers leave open.
    minute, settled = site.minutes()[0], site.settlements()[0]
    assert settled.intervals[FOSSIL]["u_random"] < minute.intervals[FOSSIL]["u_random"]
    systematic = minute.intervals[FOSSIL]["u_systematic"]
    assert settled.intervals[FOSSIL]["u_systematic"] == pytest.approx(systematic, rel=1e-6)


def test_a_steady_period_is_reconciled(site):
    balance = BalanceTable(id="power", terms=POWER, rest_pct=3.0)
    accounted(site, balance=(balance,))
    found = site.settlements()[0].reconciliation
    assert found["agrees"]
    assert found["suspect"] == "not localisable"
    assert site.minutes()[0].reconciliation is None


def test_a_better_known_lot_restates_the_interval(site):
    accountant = accounted(site)
    before = site.minutes()[0]
    lots = [
        replace(lot, co2_total_g_per_mj_ncv=94.6) if lot.fuel == "coal" else lot
        for lot in site.lots
    ]
    accountant.recompute(BASE_US, BASE_US + 5 * MINUTE_US, "laboratory", lots=lots)
    after = site.minutes()[0]
    assert after.revision == 1
    assert after.fossil_co2_kg_per_kwh == pytest.approx(before.fossil_co2_kg_per_kwh, rel=1e-9)
    width = {
        r.revision: r.intervals[FOSSIL]["high"] - r.intervals[FOSSIL]["low"]
        for r in (before, after)
    }
    assert width[1] < 0.7 * width[0]
