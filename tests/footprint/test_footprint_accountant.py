"""From a journal to records: measured, late, lost and found again."""

import math

import pytest

from gateway.historian.rows import Correction

MINUTE_US = 60_000_000
BASE_US = 1_790_000_040_000_000
COAL_MJ_PER_KG = 27.5 * 0.9 - 2.442 * 0.1
PELLETS_MJ_PER_KG = 18.8 * 0.92 - 2.442 * 0.08
RPF_MJ_PER_KG = 25.0 * 0.97 - 2.442 * 0.03


def drain(accountant):
    while accountant.step():
        pass


def test_minutes_and_settlement_of_a_steady_plant(site):
    site.run(BASE_US, BASE_US + 5 * MINUTE_US)
    drain(site.accountant())
    minutes = site.minutes()
    assert [m.valid_from_utc[14:16] for m in minutes] == ["14", "15", "16", "17"]
    first = minutes[0]
    kg = {"coal": 600.0, "pellets": 240.0, "rpf": 60.0}
    mj = {
        "coal": 600 * COAL_MJ_PER_KG,
        "pellets": 240 * PELLETS_MJ_PER_KG,
        "rpf": 60 * RPF_MJ_PER_KG,
    }
    assert {part["fuel"]: part["kg"] for part in first.fuels} == pytest.approx(kg)
    assert first.share_heat == pytest.approx({f: mj[f] / sum(mj.values()) for f in mj})
    assert first.share_mass == pytest.approx({f: kg[f] / 900.0 for f in kg})
    fossil = mj["coal"] * 0.0946 + mj["rpf"] * 0.087 * 0.7
    assert first.fossil_co2_kg == pytest.approx(fossil)
    net, heat = 37.0 * 60, 50.0 * 60 / 3.6
    assert first.net_kwh == pytest.approx(net)
    assert first.fossil_co2_kg_per_kwh == pytest.approx(fossil / (net + heat))
    assert first.own_use_kwh == pytest.approx(60.0)
    assert (first.coverage, first.estimated_fraction) == (1.0, 0.0)
    assert first.primary_data_share == pytest.approx(mj["rpf"] / sum(mj.values()))
    assert first.status == "validated"
    settled = site.settlements()
    assert len(settled) == 2
    assert settled[0].fossil_co2_kg == pytest.approx(2 * fossil)
    assert [part["lot"] for part in settled[1].fuels] == ["coal-2", "pellets-1", "rpf-1"]
    steam = site.settlements("steam")[0]
    whole = settled[0].fossil_co2_kg_per_kwh * 2 * net + steam.fossil_co2_kg_per_kwh * 2 * heat
    assert whole == pytest.approx(settled[0].fossil_co2_kg, rel=1e-9)
    assert site.store.verify().ok


def test_silent_meter_is_provisional_then_measured_by_its_next_read(site):
    coal = "unit1.coal_total_kg"
    site.run(BASE_US, BASE_US + 90_000_000)
    site.run(BASE_US + 90_000_000, BASE_US + 270_000_000, without=(coal,))
    accountant = site.accountant()
    drain(accountant)
    gap = site.minutes()[2]
    assert gap.coverage == 0.0
    assert gap.fossil_co2_kg is None
    assert gap.fossil_co2_kg_per_kwh is None
    assert gap.no_factor_reason == "incomplete"
    assert {p["fuel"]: p["kg"] for p in gap.fuels}["pellets"] == pytest.approx(240.0)
    before_us = site.clock.utc_us
    site.clock.utc_us += MINUTE_US
    site.run(BASE_US + 270_000_000, BASE_US + 310_000_000)
    drain(accountant)
    found = site.minutes()
    kilograms = [next(p["kg"] for p in m.fuels if p["fuel"] == "coal") for m in found]
    assert kilograms == pytest.approx([600.0] * 5)
    assert [m.revision for m in found] == [0, 1, 1, 1, 0]
    assert found[2].revision_reason == "late data"
    assert found[2].supersedes == gap.record_id
    assert found[2].estimated_fraction == 1.0
    period = site.settlements()[1]
    assert (period.revision, period.coverage) == (1, 1.0)
    assert site.minutes(as_of_us=before_us)[2] == gap
    assert site.store.get(gap.record_id) == gap
    assert site.store.verify().ok


def test_gap_inside_a_settlement_period_is_measured(site):
    coal = "unit1.coal_total_kg"
    site.run(BASE_US, BASE_US + 40_000_000)
    site.run(BASE_US + 40_000_000, BASE_US + 80_000_000, without=(coal,))
    site.run(BASE_US + 80_000_000, BASE_US + 135_000_000)
    drain(site.accountant())
    first, second = site.minutes()[:2]
    assert first.estimated_fraction == pytest.approx(25 / 60)
    assert second.estimated_fraction == pytest.approx(20 / 60)
    period = site.settlements()[0]
    assert (period.coverage, period.estimated_fraction) == (1.0, 0.0)
    assert next(p["kg"] for p in period.fuels if p["fuel"] == "coal") == pytest.approx(1200.0)


def test_gateway_off_for_minutes_loses_no_kilogram(site):
    site.run(BASE_US, BASE_US + 50_000_000)
    accountant = site.accountant()
    drain(accountant)
    site.run(BASE_US + 445_000_000, BASE_US + 500_000_000)
    drain(accountant)
    found = site.minutes()
    assert len(found) == 8
    assert all(m.revision == 0 for m in found)
    assert math.fsum(m.gross_kwh for m in found) == pytest.approx(40 * 480)
    assert found[3].estimated_fraction == pytest.approx(1.0)


def test_first_minute_is_partial_and_says_so(site):
    site.run(BASE_US + 30_000_000, BASE_US + 3 * MINUTE_US)
    drain(site.accountant())
    first = site.minutes()[0]
    assert first.coverage == pytest.approx(0.5)
    assert first.gross_kwh == pytest.approx(1200.0)
    assert first.fossil_co2_kg_per_kwh is None
    period = site.settlements()[0]
    assert period.coverage == pytest.approx(0.75)
    assert period.gross_kwh == pytest.approx(3600.0)
    assert period.allocation["minutes"] == 1
    assert period.fossil_co2_kg_per_kwh == pytest.approx(site.minutes()[1].fossil_co2_kg_per_kwh)


def test_nothing_is_issued_while_the_clock_cannot_be_believed(site):
    site.run(BASE_US, BASE_US + 3 * MINUTE_US)
    site.clock.synchronised = False
    accountant = site.accountant()
    assert accountant.step() == 0
    assert site.minutes() == []
    site.clock.synchronised = True
    drain(accountant)
    assert len(site.minutes()) == 2


def test_reads_on_a_clock_two_days_behind_are_booked_where_they_belong(site):
    wrong_us = 2 * 86_400_000_000
    for t_us in range(BASE_US, BASE_US + 150_000_000, 5_000_000):
        totals = {p: site.total(p, t_us) for p in site.points}
        site.commit(t_us - wrong_us, totals, synchronised=False, behind_us=wrong_us)
    at_us = BASE_US + 150_000_000
    right = Correction("clock", BASE_US - 10**12, boot_id="boot-1")
    site.commit(at_us, {}, corrections=(right,))
    site.run(at_us + 5_000_000, BASE_US + 5 * MINUTE_US)
    accountant = site.accountant()
    drain(accountant)
    found = site.minutes()
    assert found[0].valid_from_utc == "2026-09-21T14:14:00Z"
    assert [m.gross_kwh for m in found] == pytest.approx([2400.0] * 4)
    assert [m.revision for m in found] == [0] * 4
    assert accountant.status()["conflicts"] == 0


def test_stop_keeps_the_kilograms_of_its_period(site):
    stopped = {"unit1.gross_total_kwh", "unit1.sold_total_kwh", "unit1.steam_total_mj"}
    for t_us in range(BASE_US, BASE_US + 130_000_000, 5_000_000):
        totals = {
            p: site.total(p, min(t_us, BASE_US + MINUTE_US) if p in stopped else t_us)
            for p in site.points
        }
        site.commit(t_us, totals)
    drain(site.accountant())
    stopped_minute = site.minutes()[1]
    assert stopped_minute.net_kwh == pytest.approx(-180.0)
    assert stopped_minute.own_use_kwh is None
    assert stopped_minute.fossil_co2_kg_per_kwh is None
    assert stopped_minute.fossil_co2_kg > 0
    period = site.settlements()[0]
    assert period.fossil_co2_kg == pytest.approx(2 * stopped_minute.fossil_co2_kg)
    assert period.fossil_co2_kg_per_kwh is not None
    assert period.own_use_kwh is None


def test_live_follows_the_newest_reads(site):
    accountant = site.accountant()
    assert accountant.live() is None
    site.run(BASE_US, BASE_US + 100_000_000)
    drain(accountant)
    live = accountant.live()
    assert live.to_us == BASE_US + 95_000_000
    assert live.net_kw == pytest.approx(37 * 3600)
    assert {f.fuel: f.kg_per_h for f in live.fuels} == pytest.approx(
        {"coal": 36000.0, "pellets": 14400.0, "rpf": 3600.0}
    )
    assert [f.is_biomass for f in live.fuels] == [False, True, False]
    assert (live.factor.period, live.factor.coverage) == ("live", 1.0)
    assert live.factor.fossil_co2_kg_per_kwh == pytest.approx(
        site.minutes()[0].fossil_co2_kg_per_kwh
    )


def test_live_needs_no_revenue_meter(site):
    sold = "unit1.sold_total_kwh"
    site.run(BASE_US, BASE_US + 40_000_000)
    site.run(BASE_US + 40_000_000, BASE_US + 8 * MINUTE_US, without=(sold,))
    accountant = site.accountant()
    drain(accountant)
    live = accountant.live()
    assert live.to_us == BASE_US + 475_000_000
    assert live.factor.fossil_co2_kg_per_kwh == pytest.approx(
        site.minutes()[-1].fossil_co2_kg_per_kwh, rel=1e-3
    )
    assert (live.factor.sold_kwh, live.factor.own_use_kwh) == (None, None)
    assert site.minutes()[-1].coverage == 1.0


def test_live_ends_where_a_needed_meter_fell_silent(site):
    site.run(BASE_US, BASE_US + 100_000_000)
    site.run(BASE_US + 100_000_000, BASE_US + 150_000_000, without=("unit1.coal_total_kg",))
    accountant = site.accountant()
    drain(accountant)
    assert accountant.live().to_us == BASE_US + 95_000_000
    site.run(BASE_US + 150_000_000, BASE_US + 600_000_000, without=("unit1.coal_total_kg",))
    drain(accountant)
    assert accountant.live() is None


def test_what_a_counter_reset_swallowed_stays_unknown(site):
    coal = "unit1.coal_total_kg"
    site.run(BASE_US, BASE_US + 70_000_000)
    reset_us = BASE_US + 200_000_000
    site.run(BASE_US + 70_000_000, reset_us, without=(coal,))
    totals = {p: None if p == coal else site.total(p, reset_us) for p in site.points}
    site.commit(reset_us, totals, reasons={coal: "counter_reset"})
    held = site.total(coal, BASE_US + 65_000_000)
    for t_us in range(reset_us + 5_000_000, BASE_US + 370_000_000, 5_000_000):
        new = {p: site.total(p, t_us) for p in site.points}
        site.commit(t_us, {**new, coal: held + new[coal] - site.total(coal, reset_us)})
    drain(site.accountant())
    found = [next(p["kg"] for p in m.fuels if p["fuel"] == "coal") for m in site.minutes()]
    assert found[0] == pytest.approx(600.0)
    assert found[1] == pytest.approx(50.0)
    assert found[2] is None
    assert found[4] == pytest.approx(600.0)
    covered = [m.coverage for m in site.minutes()]
    assert covered == pytest.approx([1.0, 5 / 60, 0.0, 0.0, 1.0, 1.0])
    assert site.settlements()[1].fossil_co2_kg_per_kwh is None
