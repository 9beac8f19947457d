"""One period as several schemes see it, none of them by another's figures."""

import dataclasses
from datetime import UTC, date, datetime

import pytest

from agent.cofiring import factor
from agent.cofiring.balance import SLOT_US, MeterSlot
from agent.cofiring.counted import Fill
from agent.cofiring.deliveries import ZeroRating
from agent.cofiring.fuels import SITE, Entry, SiteValues
from agent.cofiring.lots import Lot, LotBook
from agent.cofiring.packs import Packs, SchemeSite
from agent.cofiring.rollup import add, minute
from agent.cofiring.scheme_figures import printed, printed_life_cycles
from agent.cofiring.schemes import scheme_view

BASE_US = 1_790_000_040_000_000
DAY = date(2026, 9, 21)
SPAN = factor.Span("settlement", BASE_US, BASE_US + SLOT_US)
KG = {"coal_kg": 800.0, "pellets_kg": 300.0, "rpf_kg": 100.0}
NET_KWH, STEAM_MJ, SOLD_KWH = 3000.0, 5400.0, 2900.0
RPF = {"co2_total_g_per_mj_ncv": 70.0}
"""By analysis, and wholly fossil: nobody found a biogenic part."""
EVIDENCE = ZeroRating("jp_fit", "SBP-01-23", "2026-12-31")


def close(value):
    return pytest.approx(value, rel=1e-9)


def counted(amount):
    return MeterSlot(0.0, amount, SLOT_US, through=False)


def lots(pellets_rating=EVIDENCE, rpf=RPF, **pellets):
    rating = (pellets_rating,) if pellets_rating else ()
    return LotBook(
        [
            Lot("c1", "coal", 0, ncv_ar_mj_per_kg=25.0, gcv_ar_mj_per_kg=26.2),
            Lot("p1", "pellets", 0, ncv_ar_mj_per_kg=17.0, zero_rated=rating, **pellets),
            Lot("r1", "rpf", 0, ncv_ar_mj_per_kg=24.0, gcv_ar_mj_per_kg=26.0, **rpf),
        ]
    )


def summed(plant, tables, book, fills=None):
    meters = {point: counted(0.0) for point in plant.needed()}
    meters |= {point: counted(kg) for point, kg in KG.items()}
    meters |= {"gross_kwh": counted(NET_KWH), "steam_mj": counted(STEAM_MJ)}
    meters["sold_kwh"] = counted(SOLD_KWH)
    return add([minute(BASE_US, meters, plant, book, tables, fills or {})], plant)


def record(plant, tables, *schemes, book=None, fills=None, span=SPAN):
    told = tuple(SchemeSite(scheme, "2023-06-01", 300_000.0) for scheme in schemes)
    whole = dataclasses.replace(plant, schemes=told, sold_point="sold_kwh")
    sums = summed(whole, tables, book or lots(), fills)
    return factor.build(span, sums, whole, tables, "electricity")


def test_nil_for_rpf_is_policy_and_takes_nothing_from_the_physics(plant, tables):
    made = record(plant, tables, "jp_gx_ets")
    rpf_kg = KG["rpf_kg"] * 24.0 * 0.070
    view = made.schemes["jp_gx_ets"]
    assert view["policy_zero_co2_kg"] == close(rpf_kg)
    assert view["fossil_co2_kg"] == close(made.fossil_co2_kg - rpf_kg)
    assert made.fossil_co2_kg == close(800.0 * 25.0 * 0.0946 + rpf_kg)
    share = made.allocation["el_share"]
    zero = rpf_kg + KG["pellets_kg"] * 17.0 * 0.112
    assert made.policy_zero_rated_co2_kg_per_kwh == close(zero * share / NET_KWH)


WITHOUT = [
    pytest.param(None, id="none"),
    pytest.param(ZeroRating("jp_fit", "", ""), id="a claim that names no document"),
    pytest.param(ZeroRating("jp_fit", "SBP-01-23", "2026-09-20"), id="ended the day before"),
    pytest.param(ZeroRating("eu_mrr", "SBP-01-23", ""), id="for another scheme"),
]


@pytest.mark.parametrize("rating", WITHOUT)
def test_without_valid_evidence_biogenic_co2_counts(rating, plant, tables):
    biogenic_kg = KG["pellets_kg"] * 17.0 * 0.112
    proved = record(plant, tables, "tw_ghg", book=lots(ZeroRating("tw_ghg", "paper 4")))
    other = record(plant, tables, "tw_ghg", book=lots(rating))
    zero, counts = proved.schemes["tw_ghg"], other.schemes["tw_ghg"]
    assert [z["evidence"] for z in zero["zero_rated"]] == ["paper 4"]
    assert zero["biogenic_co2_counted_kg"] == 0.0
    assert counts["biogenic_co2_counted_kg"] == close(biogenic_kg)
    assert counts["total_co2e_kg"] - zero["total_co2e_kg"] == close(biogenic_kg)
    assert other.fossil_co2_kg == proved.fossil_co2_kg


def test_a_factor_of_the_fossil_part_alone_hides_what_would_count(plant, tables):
    """The printed 1.57 kg/kg of RPF says nothing of its biogenic CO₂: nobody knows what counts."""
    made = record(plant, tables, "tw_ghg", "jp_shk", book=lots(ZeroRating("tw_ghg", "x"), rpf={}))
    strict, by_rule = made.schemes["tw_ghg"], made.schemes["jp_shk"]
    assert (strict["total_co2e_kg"], strict["biogenic_co2_counted_kg"]) == (None, None)
    assert "biogenic CO₂ of rpf, lot r1 is not known" in strict["reasons"]
    assert by_rule["total_co2e_kg"] > by_rule["fossil_co2_kg"] == close(made.fossil_co2_kg)


def test_no_basis_is_shared(plant, tables):
    book = lots(gcv_ar_mj_per_kg=18.4)
    made = record(plant, tables, "jp_fit", "jp_shk", book=book)
    net, gross = made.schemes["jp_fit"], made.schemes["jp_shk"]
    assert net["share_heat"]["pellets"] == close(5100.0 / (20_000.0 + 5100.0 + 2400.0))
    assert gross["share_heat"]["pellets"] == close(5520.0 / (20_960.0 + 5520.0 + 2600.0))
    assert net["biomass_kwh"] == close(SOLD_KWH * net["biomass_share"])
    coal, pellets, rpf = plant.fuels
    unknown = {k: v for k, v in pellets.entry.vintages.items() if k not in {"gcv", "hydrogen_dry"}}
    entry = dataclasses.replace(pellets.entry, vintages=unknown)
    bare = dataclasses.replace(plant, fuels=(coal, dataclasses.replace(pellets, entry=entry), rpf))
    missing = record(bare, tables, "jp_shk").schemes["jp_shk"]
    assert (missing["share_heat"], missing["biomass_kwh"]) == (None, None)
    assert "a calorific value of basis gcv_ar is missing" in missing["reasons"]


def test_biomass_kwh_of_a_month_is_no_sum_of_its_parts(plant, tables):
    """Sold power times the whole period's share: where the mix moves, parts do not add up to it."""
    whole = dataclasses.replace(plant, schemes=(SchemeSite("jp_fit"),), sold_point="sold_kwh")
    parts = []
    for n, (coal, pellets, sold) in enumerate([(900.0, 100.0, 3000.0), (100.0, 900.0, 1000.0)]):
        meters = {point: counted(0.0) for point in whole.needed()}
        meters |= {"coal_kg": counted(coal), "pellets_kg": counted(pellets)}
        meters |= {"gross_kwh": counted(4000.0), "sold_kwh": counted(sold)}
        at_us = BASE_US + n * SLOT_US
        parts.append(minute(at_us, meters, whole, lots(), tables))

    def fit_kwh(minutes):
        span = factor.Span("month", BASE_US, BASE_US + 2 * SLOT_US)
        made = factor.build(span, add(minutes, whole), whole, tables, "electricity")
        return made.schemes["jp_fit"]["biomass_kwh"]

    share = 1000.0 * 17.0 / (1000.0 * 17.0 + 1000.0 * 25.0)
    assert fit_kwh(parts) == close(4000.0 * share)
    assert fit_kwh(parts[:1]) + fit_kwh(parts[1:]) < 0.8 * fit_kwh(parts)


def test_each_scheme_takes_its_own_gases_gwp_and_sharing(plant, tables):
    made = record(plant, tables, "jp_shk", "eu_mrr", "iso_14067")
    shk, mrr, iso = (made.schemes[name] for name in ("jp_shk", "eu_mrr", "iso_14067"))
    ch4 = made.ch4_fossil_kg + made.ch4_biogenic_kg
    assert shk["total_co2e_kg"] == close(made.fossil_co2_kg + ch4 * 28.0 + made.n2o_kg * 265.0)
    biogenic_kg = KG["pellets_kg"] * 17.0 * 0.112
    assert mrr["total_co2e_kg"] == close(made.fossil_co2_kg + biogenic_kg)
    methods = made.allocation["alternatives"]
    assert mrr["el_share"] == methods["efficiency_method"]
    assert shk["el_share"] == methods["energy_content"]
    assert mrr["kg_per_kwh"] == close(mrr["total_co2e_kg"] * mrr["el_share"] / NET_KWH)
    # Coal's supply chain is not known, and so neither is a footprint that counts it.
    assert iso["total_co2e_kg"] is None
    assert "the supply chain of coal, lot c1 is not known" in iso["reasons"]


def test_life_cycle_of_a_lot_against_the_ceiling_of_its_day(plant, tables):
    flat = dataclasses.replace(plant, steam_point=None)
    made = record(flat, tables, "jp_fit")
    (lot,) = made.schemes["jp_fit"]["life_cycle"]
    per_mj = 20.0 + 30e-3 * 25.0 + 4e-3 * 298.0
    g = per_mj * (20_000.0 + 5100.0 + 2400.0) / (NET_KWH * 3.6)
    assert (lot["fuel"], lot["lot"], lot["g_per_mj"]) == ("pellets", "p1", close(g))
    assert (lot["limit_g_per_mj"], lot["meets"]) == (90.0, True)
    assert lot["saving"] == close(1.0 - g / 180.0)
    later_us = int(datetime(2031, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
    later = record(flat, tables, "jp_fit", span=factor.Span("month", later_us, later_us + SLOT_US))
    # By then its certificate has ended: what it gives on burning counts as well.
    (lot,) = later.schemes["jp_fit"]["life_cycle"]
    assert (lot["limit_g_per_mj"], lot["meets"]) == (54.0, False)


def test_a_gap_is_reported_as_the_scheme_asks(plant, tables):
    book = lots(ZeroRating("eu_mrr", "paper"))
    fills = {"coal_kg": Fill(50.0, 5.0, "mean of the hour")}
    made = record(plant, tables, "eu_mrr", "tw_ghg", book=book, fills=fills)
    best = made.schemes["tw_ghg"]["fossil_co2_kg"]
    assert best == close(850.0 * 25.0 * 0.0946 + 168.0)
    assert made.schemes["eu_mrr"]["fossil_co2_kg"] == close(made.conservative["fossil_co2_kg"])
    assert made.schemes["eu_mrr"]["fossil_co2_kg"] > best


def test_figures_are_rounded_only_where_they_are_printed(plant, tables):
    pack = tables.schemes.at("jp_fit", DAY)
    whole = dataclasses.replace(plant, sold_point="sold_kwh")
    sums = summed(whole, tables, lots())
    view = scheme_view(sums, None, whole, tables, pack, SchemeSite("jp_fit"), DAY)
    assert view.biomass_share == close(5100.0 / 27_500.0)
    told = printed(view.as_dict(), pack)
    assert told["biomass_share"] == "0.1854"
    assert told["biomass_kwh"] == "537"
    assert (view.kg_per_kwh, told["kg_per_kwh"]) == (None, None)
    whole = record(dataclasses.replace(plant, steam_point=None), tables, "jp_fit")
    (lot,) = printed_life_cycles(whole.schemes["jp_fit"], pack)
    exact = whole.schemes["jp_fit"]["life_cycle"][0]["g_per_mj"]
    assert lot["g_per_mj"] == f"{exact:.2f}"


def test_what_a_site_proves_to_be_mixed_is_no_biomass(plant, tables):
    proved = Entry(0.95, "1", "site", "", date(2024, 1, 1), tier=SITE, proof="14C report")
    values = SiteValues(own={"biogenic_carbon_fraction": (proved,)})
    wood = plant.fuels[1]
    assert wood.is_biomass
    assert not dataclasses.replace(wood, entry=wood.entry.of_site(values)).is_biomass


@pytest.mark.parametrize("other", ["jp_shk", "jp_gx_ets", "tw_ghg", "eu_mrr", "iso_14067"])
def test_no_scheme_moves_with_another(other, plant, tables):
    """Another GWP set, basis, sharing and rule of one pack leave every other view as it is."""
    names = ("jp_fit", other)
    (pack,) = (p for p in tables.schemes.vintages[other] if p.valid_to is None)
    changed = dataclasses.replace(
        pack, gwp_set="SAR", cv_basis="gcv_ar", chp_method="all_to_power", zero_rating="none"
    )
    packs = Packs({**tables.schemes.vintages, other: (changed,)})
    before = record(plant, tables, *names)
    after = record(plant, dataclasses.replace(tables, schemes=packs), *names)
    assert after.schemes["jp_fit"] == before.schemes["jp_fit"]
    assert after.schemes[other] != before.schemes[other]
    physical = dataclasses.replace(tables, schemes=Packs({}))
    assert record(plant, physical, *names).fossil_co2_kg == before.fossil_co2_kg


def test_only_declared_schemes_and_only_from_settlement_periods_on(plant, tables):
    assert record(plant, tables).schemes == {}
    span = factor.Span("minute", BASE_US, BASE_US + SLOT_US)
    assert record(plant, tables, "jp_fit", span=span).schemes == {}
