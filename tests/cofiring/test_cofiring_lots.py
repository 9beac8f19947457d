"""Lots: which analysis counts, what moisture does, what the way here gave."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cofiring.analyses import Analyses, Analysis, Result
from agent.cofiring.balance import SLOT_US
from agent.cofiring.deliveries import Leg, ZeroRating
from agent.cofiring.lots import Lot, LotBook
from agent.cofiring.moisture import Composite, Composites, dried, ncv_as_received
from agent.errors import BadMoistureError, UnknownFuelError

MOISTURES = st.floats(0.0, 0.95)
NCVS = st.floats(5.0, 45.0)


def analysis(name, day, kind="lab", half95=None, **values):
    results = {quantity: Result(value, half95, "ISO") for quantity, value in values.items()}
    return Analysis(name, f"2026-10-{day:02}", results, kind)


def pellets(**fields):
    return Lot("p", "pellets", 0, **fields)


def test_several_analyses_count_by_their_mean_and_how_many_they_are():
    each = (
        analysis("R2", 2, half95=0.3, moisture=0.10),
        analysis("R1", 1, half95=0.4, moisture=0.08),
    )
    lot = pellets(moisture=0.5).with_analyses(Analyses(each))
    assert lot.moisture == pytest.approx(0.09)
    found = lot.measured("moisture")
    assert (found.n, found.how, found.source) == (2, "lot lab", "R1, R2")
    assert found.half95 == pytest.approx((0.5 * (0.3**2 + 0.4**2)) ** 0.5)


def test_the_latest_supersedes_where_that_is_the_rule():
    each = analysis("R1", 1, moisture=0.08), analysis("R2", 2, moisture=0.10)
    lot = pellets().with_analyses(Analyses(each, "latest"))
    assert (lot.moisture, lot.measured("moisture").n) == (0.10, 1)


def test_a_laboratory_goes_before_a_certificate():
    each = (
        analysis("C1", 9, "certificate", moisture=0.05, ash_dry=0.01),
        analysis("R1", 1, moisture=0.08),
    )
    lot = pellets().with_analyses(Analyses(each))
    assert lot.measured("moisture").source == "R1"
    assert (lot.measured("ash_dry").how, lot.ash_dry) == ("lot certificate", 0.01)
    assert lot.measured("chlorine_dry") is None
    assert pellets(chlorine_dry=0.001).measured("chlorine_dry").source == "lot p"


def test_an_uncertainty_that_one_report_leaves_out_is_unknown():
    each = analysis("R1", 1, half95=0.01, moisture=0.08), analysis("R2", 2, moisture=0.10)
    assert Analyses(each).measured("moisture").half95 is None


@given(st.permutations([analysis(f"R{n}", n, moisture=0.01 * n) for n in range(1, 6)]))
def test_order_of_analyses_is_irrelevant(each):
    found = Analyses(tuple(each)).measured("moisture")
    assert found == Analyses(tuple(sorted(each, key=lambda one: one.id))).measured("moisture")


@given(NCVS, MOISTURES)
def test_drying_undoes_moisture(ncv_dry_mj, moisture):
    wet = ncv_as_received(ncv_dry_mj, moisture, 2.442)
    assert dried(wet, moisture, 2.442) == pytest.approx(ncv_dry_mj, rel=1e-9)


@given(NCVS, MOISTURES, MOISTURES, st.floats(1, 1e5))
def test_dry_mass_and_carbon_do_not_care_how_wet_the_fuel_is(tables, ncv, at_lab, at_feeder, dry):
    """The same dry matter gives the same CO₂, and its heat but for the water it carries."""
    lot = pellets(ncv_dry_mj_per_kg=ncv, moisture=at_lab, co2_total_g_per_mj_ncv=100.0)
    physics = tables.physics
    tonnes = [dry / (1 - m) for m in (at_lab, at_feeder)]
    heat = [kg * lot.ncv_ar(physics, m) for kg, m in zip(tonnes, (at_lab, at_feeder), strict=True)]
    water = [kg - dry for kg in tonnes]
    latent = physics.latent_mj_per_kg
    assert heat[0] + latent * water[0] == pytest.approx(heat[1] + latent * water[1], rel=1e-9)
    if min(abs(part) for part in heat) < 1e-3 * dry:
        return  # so wet that nothing is left to give
    co2 = [h * lot.co2_total(physics, m) for h, m in zip(heat, (at_lab, at_feeder), strict=True)]
    assert co2[1] == pytest.approx(co2[0], rel=1e-6)


def test_pks_of_the_reference_at_the_feeders_moisture(cases, tables):
    pks = pellets(ncv_dry_mj_per_kg=19.0, moisture=0.15)
    for case in cases["ncv_as_received"][1:]:
        found = pks.ncv_ar(tables.physics, case["moisture"])
        assert found == pytest.approx(case["value_mj_kg"], rel=1e-6)


def test_values_as_received_are_dried_first_where_their_moisture_is_known(tables):
    known = pellets(ncv_ar_mj_per_kg=16.6758, gcv_ar_mj_per_kg=18.0, moisture=0.10)
    assert known.ncv_ar(tables.physics) == 16.6758
    assert known.ncv_ar(tables.physics, 0.25) == pytest.approx(18.8 * 0.75 - 2.442 * 0.25)
    assert known.gcv_ar(0.25) == pytest.approx(15.0)
    assert known.gcv_ar() == 18.0
    unknown = pellets(ncv_ar_mj_per_kg=16.7, gcv_ar_mj_per_kg=18.0)
    assert unknown.ncv_ar(tables.physics, 0.25) == 16.7
    assert unknown.gcv_ar(0.25) == 18.0
    assert pellets().ncv_ar(tables.physics, 0.25) is None


def test_carbon_gives_the_co2_factor(tables):
    lot = pellets(ncv_dry_mj_per_kg=18.8, moisture=0.1, carbon_dry=0.5)
    co2_kg = 0.5 * 0.9 * 44 / 12
    assert lot.co2_total(tables.physics) == pytest.approx(1000 * co2_kg / 16.6758)
    assert pellets(carbon_dry=0.5).co2_total(tables.physics) is None


@pytest.mark.parametrize("moisture", [-0.01, 1.0, 8.0])
def test_no_moisture_outside_its_range_anywhere(moisture):
    for wrong in (
        lambda: dried(17.0, moisture, 2.442),
        lambda: Composite("m", "pks", 0, 1, moisture),
    ):
        with pytest.raises(BadMoistureError, match=r"write 0\.10 for 10 %"):
            wrong()
    with pytest.raises(BadMoistureError, match="not after its start"):
        Composite("m", "pks", 5, 5, 0.1)


def test_composites_hand_over_and_the_later_one_counts():
    day = 1440 * SLOT_US
    composites = Composites(
        [Composite("d2", "pks", day, 2 * day, 0.2, 0.02), Composite("d1", "pks", 0, day, 0.1, 0.01)]
    )
    assert composites.mean(0, day).value == pytest.approx(0.1)
    across = composites.mean(day - SLOT_US, day + SLOT_US)
    assert (across.value, across.half95) == (pytest.approx(0.15), pytest.approx(0.015))
    assert across.source == "moisture d1, moisture d2"
    assert composites.mean(2 * day - SLOT_US, 2 * day + SLOT_US) is None
    assert composites.changes(0, 3 * day) == [day, 2 * day]
    over = Composites([Composite("a", "pks", 0, day, 0.1), Composite("b", "pks", 10, day, 0.3)])
    assert over.mean(20, 30).value == pytest.approx(0.3)
    assert over.mean(20, 30).half95 is None


def test_the_way_here_is_summed_by_stage(tables):
    legs = (
        Leg("processing", co2e_g_per_mj_ncv=5.0),
        Leg("transport_sea", "handysize", 12_000.0, co2e_g_per_t_km=5.0),
        Leg("transport_land", "truck", 100.0, co2e_g_per_t_km=80.0),
        Leg("transport_land", "train", 200.0, co2e_g_per_t_km=20.0),
    )
    lot = pellets(ncv_ar_mj_per_kg=16.0, legs=legs)
    stages = lot.upstream_by_stage(tables.physics)
    assert stages["transport_sea"] == pytest.approx(60 / 16.0)
    assert stages["transport_land"] == pytest.approx(12 / 16.0)
    assert lot.upstream(tables.physics) == pytest.approx(5.0 + 72 / 16.0)
    unknown = pellets(ncv_ar_mj_per_kg=16.0, legs=(*legs, Leg("cultivation")))
    assert unknown.upstream_by_stage(tables.physics)["cultivation"] is None
    assert unknown.upstream(tables.physics) is None
    assert pellets(upstream_co2e_g_per_mj_ncv=7.0, legs=legs).upstream(tables.physics) == 7.0
    assert pellets().upstream(tables.physics) is None


def test_zero_rating_needs_evidence_and_time():
    assert ZeroRating("jp_fit", "SBP-1", "2026-10-31").valid_on("2026-10-31")
    assert not ZeroRating("jp_fit", "SBP-1", "2026-10-31").valid_on("2026-11-01")
    assert ZeroRating("mrr", "SBP-1").valid_on("2040-01-01")
    assert not ZeroRating("mrr", "").valid_on("2026-10-01")


@given(st.lists(st.integers(0, 50), min_size=1, max_size=8, unique=True), st.integers(1, 30))
def test_a_book_of_lots_changes_when_it_says(starts, length):
    book = LotBook([Lot(f"l{n}", "pellets", start * SLOT_US) for n, start in enumerate(starts)])
    first, last = 5 * SLOT_US, (5 + length) * SLOT_US
    cuts = [first, *book.changes("pellets", first, last), last]
    assert cuts == sorted(set(cuts))
    for start, end in pairwise(cuts):
        assert book.parts("pellets", start, end) == [(book.at("pellets", start), 1.0)]
    whole = book.parts("pellets", first, last)
    assert sum(part for _, part in whole) == pytest.approx(1.0)
    assert book.other_parts("pellets", first, last) == whole


def test_twins_in_a_book_are_refused():
    with pytest.raises(UnknownFuelError, match="declared twice"):
        LotBook([pellets(), pellets()])
    with pytest.raises(UnknownFuelError, match="move one of them"):
        LotBook([pellets(), Lot("q", "pellets", 0)])
    wet = pellets(moisture=0.1)
    assert LotBook([wet]).moisture_at("pellets", wet, 0, 1).value == 0.1
    assert LotBook([wet]).moisture_at("pellets", None, 0, 1) is None
