"""Reference cases that hold from the start."""

import dataclasses
from datetime import date

import pytest

from agent.cofiring import allocation
from agent.cofiring.balance import SLOT_US, MeterSlot
from agent.cofiring.factor import Span, build, shares
from agent.cofiring.factors import Chosen, Properties, burn, choose, heat_mj, mass_of
from agent.cofiring.lots import Lot, LotBook, ncv_as_received
from agent.cofiring.rollup import Portion, add, minute, tally
from agent.errors import BadMoistureError, MixedBasisError

TOLERANCE = 1e-6
KCAL_MJ = 4.184e-3
BASE_US = 1_790_000_040_000_000


def close(value):
    return pytest.approx(value, rel=TOLERANCE)


def chosen(value, unit="1", basis="", carbon=""):
    return Chosen(value, unit, basis, "lot lab", "test", carbon=carbon)


def properties(**given):
    blank = dict.fromkeys(Properties.__dataclass_fields__)
    rules = {"biogenic_carbon_fraction": chosen(0.0), "oxidation": chosen(1.0)}
    return Properties(**{**blank, **rules, **given})


def counted(amount):
    return MeterSlot(0.0, amount, SLOT_US, through=False)


def test_ncv_as_received(cases):
    for case in cases["ncv_as_received"]:
        value = ncv_as_received(case["ncv_dry_mj_kg"], case["moisture"], case["latent_mj_kg"])
        assert value == close(case["value_mj_kg"])


@pytest.mark.parametrize("moisture", [-0.01, 1.0, 10.0])
def test_moisture_outside_its_range_is_refused(moisture, tables):
    with pytest.raises(BadMoistureError, match=r"write 0\.10 for 10 %"):
        ncv_as_received(18.8, moisture, tables.physics.latent_mj_per_kg)
    with pytest.raises(BadMoistureError, match="lot a"):
        Lot("a", "pellets", 0, ncv_dry_mj_per_kg=18.8, moisture=moisture)


def test_lot_gives_as_received_values(tables):
    lot = Lot("a", "pellets", 0, ncv_dry_mj_per_kg=18.8, moisture=0.1)
    assert lot.ncv_ar(tables.physics) == close(16.6758)
    by_hydrogen = Lot("b", "pellets", 0, gcv_dry_mj_per_kg=20.0, hydrogen_dry=0.06, moisture=0.0)
    assert by_hydrogen.ncv_ar(tables.physics) == close(20.0 - 2.442 * 8.936 * 0.06)
    assert Lot("c", "pellets", 0, ncv_dry_mj_per_kg=18.8).ncv_ar(tables.physics) is None


def test_heat_and_mass_shares_name_different_things(cases, plant):
    two = dataclasses.replace(plant, fuels=plant.fuels[:2])
    for case in cases["heat_shares"]:
        portions = []
        for fuel, tonnes in case["mass_t"].items():
            ncv = chosen(case["ncv_kcal_kg"][fuel] * KCAL_MJ, "MJ/kg", "ncv_ar")
            portions.append(_portion(fuel, burn(tonnes * 1000.0, properties(ncv=ncv))))
        sums = tally(1, portions, {}, two)
        assert shares(sums, "kg")["pellets"] == close(case["share_mass_pellets"])
        assert shares(sums, "mj")["pellets"] == close(case["share_heat_pellets"])


def _portion(fuel, burnt):
    return Portion(fuel, None, properties(), burnt)


def test_statutory_vintages_stand_side_by_side(cases, tables):
    entry = tables.fuel("shk_imported_steam_coal")
    for case, day in zip(
        cases["statutory_coal_factor_vintages"],
        (date(2009, 1, 1), date(2015, 1, 1), date(2024, 1, 1)),
        strict=True,
    ):
        found = choose(entry, None, day, tables.physics)
        assert found.gcv.value == case["gcv_gj_t"]
        assert mass_of(1.0, found.co2, found) == close(case["kg_co2_per_kg"])


def test_rpf_by_both_routes(cases):
    case = cases["rpf_two_routes_agree"]
    gcv = chosen(case["gcv_mj_kg"], "MJ/kg", "gcv_ar")
    share = chosen(case["total"]["B"])
    total = chosen(case["total"]["ef_g_per_mj_gcv"], "g/MJ", "mj_gcv", "total")
    only = chosen(case["fossil_only"]["ef_g_per_mj_gcv"], "g/MJ", "mj_gcv", "fossil_only")
    mass = case["mass_kg"]
    whole = burn(mass, properties(gcv=gcv, co2=total, biogenic_carbon_fraction=share))
    fossil = burn(mass, properties(gcv=gcv, co2=only, biogenic_carbon_fraction=share))
    assert whole.fossil_co2_kg == close(case["fossil_co2_kg"])
    assert fossil.fossil_co2_kg == close(case["fossil_co2_kg"])
    assert whole.biogenic_co2_kg == close(case["fossil_co2_kg"] * 0.3 / 0.7)
    assert fossil.biogenic_co2_kg is None


def test_rpf_without_a_biogenic_fraction_is_wholly_fossil(tables):
    lot = Lot("r", "rpf", 0, ncv_ar_mj_per_kg=24.0, co2_total_g_per_mj_ncv=87.0)
    found = choose(tables.fuel("rpf"), lot, date(2026, 1, 1), tables.physics)
    burnt = burn(1000.0, found)
    assert burnt.fossil_co2_kg == close(1000 * 24.0 * 0.087)
    assert burnt.biogenic_co2_kg == 0.0
    assert found.co2.how == "lot lab"
    assert found.ch4.how == "ipcc"


def test_bases_are_never_mixed(tables):
    found = choose(tables.fuel("rpf"), None, date(2026, 1, 1), tables.physics)
    with pytest.raises(MixedBasisError, match="declared gcv_ar"):
        heat_mj(1.0, found.gcv, "ncv_ar")
    net_only = properties(
        ncv=chosen(25.0, "MJ/kg", "ncv_ar"), co2=chosen(87.0, "g/MJ", "mj_gcv", "total")
    )
    with pytest.raises(MixedBasisError, match="no calorific value of that basis"):
        mass_of(1.0, net_only.co2, net_only)
    assert burn(1.0, net_only).fossil_co2_kg is None


def test_chp_methods(cases, tables):
    case = cases["chp_allocation"]
    power, heat = case["power_mwh"], case["heat_mwh"]
    known = allocation.Heat(degc=case["steam_degc"])
    found = allocation.shares(power, heat, tables.physics, "defra_2_to_1", known)
    assert next(iter(found)) == "defra_2_to_1"
    for method, value in case["t_per_mwh_electric"].items():
        assert found[method] * case["emissions_t"] / power == close(value)
    assert found["all_to_power"] == 1.0


def test_no_output_keeps_its_kg(cases, plant, tables):
    case = cases["no_output_keeps_its_kg"]
    minutes = [
        _coal_minute(n, slot["fossil_kg"], slot["net_kwh"], plant, tables)
        for n, slot in enumerate(case["slots"])
    ]
    first = build(
        Span("minute", BASE_US, BASE_US + SLOT_US),
        add(minutes[:1], plant),
        plant,
        tables,
        "electricity",
    )
    assert first.fossil_co2_kg == close(1000.0)
    assert first.fossil_co2_kg_per_kwh is case["first_slot_per_kwh"]
    assert first.no_factor_reason == "below_minimum_output"
    period = build(
        Span("settlement", BASE_US, BASE_US + 2 * SLOT_US),
        add(minutes, plant),
        plant,
        tables,
        "electricity",
    )
    assert period.fossil_co2_kg == close(case["period"]["fossil_kg"])
    assert period.net_kwh == close(case["period"]["net_kwh"])
    assert period.fossil_co2_kg_per_kwh == close(case["period"]["fossil_co2_kg_per_kwh"])
    assert period.coverage == 1.0


def test_period_is_sum_over_sum(cases, plant, tables):
    case = cases["period_factor_is_sum_over_sum"]
    kwh = [1000.0 * mwh for mwh in case["mwh"]]
    minutes = [
        _coal_minute(n, g * 1e-3 * e, e, plant, tables)
        for n, (g, e) in enumerate(zip(case["g_per_kwh"], kwh, strict=True))
    ]
    record = build(
        Span("settlement", BASE_US, BASE_US + 3 * SLOT_US),
        add(minutes, plant),
        plant,
        tables,
        "electricity",
    )
    assert record.fossil_co2_kg_per_kwh * 1000 == close(case["value"])


def _coal_minute(n, fossil_kg, net_kwh, plant, tables):
    """A minute that burns just enough coal for `fossil_kg` and has no steam."""
    meters = {point: counted(0.0) for point in plant.needed()}
    meters["coal_kg"] = counted(fossil_kg / (25.8 * 0.0946))
    meters["gross_kwh"] = counted(net_kwh)
    return minute(BASE_US + n * SLOT_US, meters, plant, LotBook(), tables)


def test_gases_before_gwp_and_every_set(plant, tables):
    meters = {point: counted(0.0) for point in plant.needed()}
    meters |= {"coal_kg": counted(1000.0), "pellets_kg": counted(500.0), "gross_kwh": counted(5e3)}
    lot = Lot("p", "pellets", 0, ncv_ar_mj_per_kg=17.0)
    computed = minute(BASE_US, meters, plant, LotBook([lot]), tables)
    record = build(
        Span("minute", BASE_US, BASE_US + SLOT_US),
        add([computed], plant),
        plant,
        tables,
        "electricity",
    )
    ch4_kg = 25800 * 1e-6 + 8500 * 30e-6
    n2o_kg = 25800 * 1.5e-6 + 8500 * 4e-6
    assert record.ch4_fossil_kg + record.ch4_biogenic_kg == close(ch4_kg)
    assert record.n2o_kg == close(n2o_kg)
    assert record.biogenic_co2_kg == close(8500 * 0.112)
    ar5 = (25800 * 0.0946 + ch4_kg * 28 + n2o_kg * 265) / 5000
    assert record.direct_co2e_kg_per_kwh["AR5"] == close(ar5)
    assert set(record.direct_co2e_kg_per_kwh) == {"SAR", "AR4", "AR5", "AR6"}
    # Coal has no verified upstream figure, so the life cycle is unknown, not pellets alone.
    assert record.upstream_co2e_kg_per_kwh is None
    assert record.lifecycle_co2e_kg_per_kwh is None


def test_steam_and_electricity_carry_the_whole_plant(plant, tables):
    meters = {point: counted(0.0) for point in plant.needed()}
    meters |= {"coal_kg": counted(1e3), "gross_kwh": counted(2e3), "steam_mj": counted(7.2e3)}
    computed = add([minute(BASE_US, meters, plant, LotBook(), tables)], plant)
    span = Span("settlement", BASE_US, BASE_US + SLOT_US)
    power = build(span, computed, plant, tables, "electricity")
    steam = build(span, computed, plant, tables, "steam")
    whole = power.fossil_co2_kg_per_kwh * 2000 + steam.fossil_co2_kg_per_kwh * 2000
    assert whole == pytest.approx(power.fossil_co2_kg, rel=1e-9)
    assert power.allocation["el_share"] == close(0.5)


def test_fuel_without_any_read_is_unknown_not_zero(plant, tables):
    meters = {point: counted(100.0) for point in plant.needed()}
    meters["rpf_kg"] = MeterSlot()
    computed = minute(BASE_US, meters, plant, LotBook(), tables)
    record = build(
        Span("minute", BASE_US, BASE_US + SLOT_US),
        add([computed], plant),
        plant,
        tables,
        "electricity",
    )
    assert record.fossil_co2_kg is None
    assert record.share_heat is None
    assert record.fossil_co2_kg_per_kwh is None
    assert record.coverage == 0.0
    assert add([computed], plant).everything.by_fuel("kg")["coal"] == 100.0


def test_lots_switch_on_their_instant(tables, plant):
    half_us = BASE_US + SLOT_US // 2
    book = LotBook([Lot("a", "coal", BASE_US), Lot("b", "coal", half_us)])
    assert [(lot.id, part) for lot, part in book.parts("coal", BASE_US, BASE_US + SLOT_US)] == [
        ("a", 0.5),
        ("b", 0.5),
    ]
    assert book.at("coal", BASE_US - 1) is None
    meters = {point: counted(0.0) for point in plant.needed()} | {"coal_kg": counted(10.0)}
    computed = minute(BASE_US, meters, plant, book, tables)
    assert [(p.lot, p.burnt.kg) for p in computed.portions[:2]] == [("a", 5.0), ("b", 5.0)]


def test_every_default_says_where_it_comes_from(tables):
    for fuel in tables.fuels.values():
        for vintages in fuel.vintages.values():
            for entry in vintages:
                assert entry.source
                assert entry.mark in "SVDM"
                assert entry.low is None or entry.low <= entry.value <= entry.high
    assert dataclasses.asdict(tables.gwp["AR6"])["n2o"] == 273.0
