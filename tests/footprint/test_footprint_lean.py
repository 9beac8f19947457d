"""What nobody measured never leans towards the claim: stops, and feeders that were never heard."""

import pytest

from gateway.footprint.moments import us_of

MINUTE_US = 60_000_000
BASE_US = 1_790_000_040_000_000
COAL, PELLETS, RPF = (f"unit1.{fuel}_total_kg" for fuel in ("coal", "pellets", "rpf"))
OUTPUTS = (
    "unit1.gross_total_kwh", "unit1.aux_total_kwh", "unit1.sold_total_kwh", "unit1.steam_total_mj"
)  # fmt: skip
SOLD = "unit1.sold_total_kwh"
STOP_US, AGAIN_US = BASE_US + 20 * MINUTE_US, BASE_US + 26 * MINUTE_US


def drain(accountant) -> None:
    while accountant.step():
        pass


def kg_of(record, fuel):
    return sum(entry["kg"] for entry in record.fuels if entry["fuel"] == fuel)


def within(records):
    return [
        r for r in records if STOP_US + MINUTE_US < us_of(r.valid_from_utc) < AGAIN_US - MINUTE_US
    ]


@pytest.fixture
def trouble(site):
    """Six minutes in which some totalisers stand and one is silent and comes back reset."""

    def run(silent, standing=()):
        site.clock.utc_us = BASE_US + 10**10
        site.run(BASE_US, STOP_US)
        for t_us in range(STOP_US, AGAIN_US, 5_000_000):
            totals = {p: site.total(p, STOP_US if p in standing else t_us) for p in site.points}
            site.commit(t_us, totals | {silent: None})
        lost = {p: site.total(p, AGAIN_US) - site.total(p, STOP_US) for p in (*standing, silent)}
        for t_us in range(AGAIN_US, AGAIN_US + 6 * MINUTE_US, 5_000_000):
            totals = {p: site.total(p, t_us) - lost.get(p, 0.0) for p in site.points}
            if t_us == AGAIN_US:
                site.commit(t_us, totals | {silent: None}, reasons={silent: "counter_reset"})
            else:
                site.commit(t_us, totals)
        drain(site.accountant())
        return site.settlements()

    return run


def test_no_biomass_is_made_up_while_nothing_comes_out(trouble):
    found = within(trouble(PELLETS, standing=(*OUTPUTS, COAL, RPF)))
    assert len(found) == 2
    for record in found:
        assert kg_of(record, "pellets") == 0.0
        # An estimate of nothing is known all the same.
        assert (record.fossil_co2_kg, record.marks[-1][:11]) == (0.0, "unmeasured:")
        assert record.substitutions == [f"{PELLETS}: 0 ± 0"]


def test_fossil_fuel_of_a_stop_leans_by_all_of_its_rate(trouble):
    records = trouble(COAL, standing=(*OUTPUTS, PELLETS, RPF))
    running, stopped = records[3], within(records)[0]
    coal_kg = sum(e["fossil_co2_kg"] for e in running.fuels if e["fuel"] == "coal")
    assert kg_of(stopped, "coal") == 0.0
    assert stopped.conservative["fossil_co2_kg"] == pytest.approx(coal_kg, rel=1e-9)


def test_a_revenue_meter_that_was_swapped_follows_from_the_net_output(trouble):
    records = trouble(SOLD)
    before, gap = records[3], within(records)[0]
    assert gap.sold_kwh == pytest.approx(before.sold_kwh, rel=1e-9)
    assert gap.own_use_kwh == pytest.approx(before.own_use_kwh, rel=1e-9)
    assert gap.status == "provisional"
    assert gap.substitutions[0].startswith(SOLD)
    assert gap.fossil_co2_kg_per_kwh == pytest.approx(before.fossil_co2_kg_per_kwh, rel=1e-9)


def test_power_made_before_delayed_fuel_first_arrives_is_in_the_records(site):
    delayed = site.config.fuel[0].model_copy(update={"delay_s": 300.0})
    site.config = site.config.model_copy(update={"fuel": (delayed, *site.config.fuel[1:])})
    # By now nothing that was weighed has come to the burner.
    site.run(BASE_US, BASE_US + 3 * MINUTE_US)
    drain(site.accountant())
    first, *_ = site.minutes()
    assert us_of(first.valid_from_utc) == BASE_US
    assert first.gross_kwh == pytest.approx(40.0 * 60.0)
    # Nobody knows what coal burnt then, so nobody knows a share.
    assert (first.share_heat, first.coverage) == (None, 0.0)
