"""Fuel tables: what the study prints, what the statutes say, and which value counts and why."""

from datetime import date

import pytest

from agent.cofiring.analyses import Analyses, Analysis, Result
from agent.cofiring.doubts import implied_g_per_mj, range_g_per_mj
from agent.cofiring.factors import Chosen, burn, check, choose, mass_of
from agent.cofiring.fuel_tables import read_fuels
from agent.cofiring.fuels import SITE, Entry, SiteValues
from agent.cofiring.lot import Lot
from agent.cofiring.moisture import FeederMoisture
from agent.errors import MixedBasisError, UnknownFuelError
from gateway.footprint.lots.units import unit_of

TODAY = date(2026, 10, 1)


def close(value):
    return pytest.approx(value, rel=1e-6)


def own(quantity, value, unit, **more):
    entry = Entry(
        value, unit, "site, report 7", "", date(2024, 1, 1), tier=SITE, proof="report 7", **more
    )
    return {quantity: (entry,)}


def test_calories_say_which_they_are(cases):
    case = cases["calorie_definitions_25_mj_per_kg"]
    names = {"4.18": "kcal_jis/kg", "4.184": "kcal_th/kg", "4.1868": "kcal_it/kg"}
    for joule, name in names.items():
        unit = unit_of("energy_per_mass", name)
        assert 25.0 / unit.base(1) == close(case[joule])
    for joule, printed in case["printed"].items():
        assert round(case[joule]) == printed


def test_rpf_of_5975_kcal_is_the_gross_minimum_of_25_mj(tables):
    gcv = tables.fuel("rpf").at("gcv", TODAY)
    assert (gcv.value, gcv.basis, gcv.mark) == (25.0, "gcv_ar", "S")
    assert round(gcv.value / 4.184e-3) == 5975
    assert choose(tables.fuel("rpf"), None, TODAY, tables.physics).ncv is None


def test_coal_factors_are_two_legal_vintages_rounded(tables):
    entry = tables.fuel("shk_imported_steam_coal")
    printed = {date(2009, 5, 1): 2.409, date(2015, 5, 1): 2.33, date(2024, 5, 1): 2.33}
    for day, value in printed.items():
        found = choose(entry, None, day, tables.physics)
        exact = mass_of(1.0, found.co2, found)
        assert round(exact, len(str(value)) - 2) == value


def test_implied_factor_outside_the_range_warns_and_changes_nothing(cases, tables):
    entry = tables.fuel("other_bituminous_coal")
    for case in cases["implied_factor_outside_range_warns"]:
        ncv = case["ncv_kcal_kg"] * case["kcal_kj"] * 1e-3
        values = own("ncv", ncv, "MJ/kg", basis="ncv_ar") | own(
            "co2", case["kg_co2_per_kg"], "kg/kg", per="kg", carbon="total"
        )
        found = choose(entry.of_site(SiteValues(own=values)), None, TODAY, tables.physics)
        assert implied_g_per_mj(found.co2, found.ncv, found.gcv) == close(case["implied_g_per_mj"])
        assert list(range_g_per_mj(entry, "total", TODAY)) == case["ipcc_95_range"]
        (doubt,) = found.doubts
        assert doubt.startswith(f"implied_factor: {case['implied_g_per_mj']:.1f} g/MJ is outside")
        assert "other fuel quality or basis" in doubt
        assert burn(1.0, found).fossil_co2_kg == close(case["kg_co2_per_kg"])


def test_study_coal_of_85_g_is_below_the_range(tables):
    (doubt,) = choose(tables.fuel("study_coal"), None, TODAY, tables.physics).doubts
    assert "85.0 g/MJ is outside this fuel's 89.5–99.7" in doubt


ORDER = [
    pytest.param({}, "", "ipcc", 94.6, id="ipcc"),
    pytest.param({}, "JP", "national", 89.1, id="country"),
    pytest.param({"own": True}, "JP", "site", 92.0, id="site with proof"),
    pytest.param({"own": True, "kind": "certificate"}, "JP", "lot certificate", 93.0, id="paper"),
    pytest.param({"own": True, "kind": "lab"}, "JP", "lot lab", 93.0, id="laboratory"),
]


@pytest.mark.parametrize(("given", "country", "how", "value"), ORDER)
def test_order_of_origins(given, country, how, value, tables):
    values = own("co2", 92.0, "g/MJ", per="mj_ncv", carbon="total") if "own" in given else {}
    entry = tables.fuel("imported_steam_coal").of_site(SiteValues(country, values))
    lot = None
    if kind := given.get("kind"):
        report = Analysis("r", "2026-09-01", {"co2_total_g_per_mj_ncv": Result(93.0, 1.0)}, kind)
        lot = Lot("a", "coal", 0).with_analyses(Analyses((report,)))
    found = choose(entry, lot, TODAY, tables.physics)
    assert (found.co2.how, found.co2.value) == (how, close(value))
    if lot:
        assert (found.co2.low, found.co2.high, found.co2.source) == (92.0, 94.0, "r")
    if how == "site":
        assert found.co2.source == "site, report 7"


def test_a_factor_without_its_calorific_value_is_passed_over_by_name(tables):
    entry = tables.fuel("heavy_oil").of_site(SiteValues("JP"))
    found = choose(entry, None, TODAY, tables.physics).co2
    assert found.how == "ipcc"
    assert found.reason == "national 74.0667 g/MJ passed over: no calorific value for mj_gcv"


def test_values_end_on_their_day(tables):
    entry = tables.fuel("waste_plastics").of_site(SiteValues("JP"))
    assert entry.at("co2", date(2023, 3, 31)).value == 2.55
    assert entry.at("co2", date(2023, 4, 1)) is None


def test_taiwan_has_no_default_for_fuels_from_waste(tables):
    for key in ("rpf", "rpf_a", "srf_1", "srf_3", "waste_plastics"):
        entry = tables.fuel(key).of_site(SiteValues("TW"))
        assert entry.at("co2", TODAY) is None
        lot = Lot("s", "srf", 0, ncv_ar_mj_per_kg=21.0)
        with pytest.raises(UnknownFuelError, match="no CO₂ factor; give each lot"):
            check(entry, lot, TODAY, tables.physics)
        analysed = Lot("s", "srf", 0, ncv_ar_mj_per_kg=21.0, co2_total_g_per_mj_ncv=88.0)
        check(entry, analysed, TODAY, tables.physics)
    assert tables.fuel("rpf").at("co2", TODAY).value == 1.57
    steam_coal = tables.fuel("imported_steam_coal").of_site(SiteValues("TW"))
    assert choose(steam_coal, None, TODAY, tables.physics).co2.value == 2408.113


def test_gross_becomes_net_only_with_hydrogen_and_says_so(tables):
    lot = Lot("g", "coal", 0, gcv_ar_mj_per_kg=26.0, moisture=0.10)
    coal = choose(tables.fuel("other_bituminous_coal"), lot, TODAY, tables.physics).ncv
    dry = 26.0 / 0.9 - 2.442 * 8.936 * 0.05
    assert coal.value == close(dry * 0.9 - 2.442 * 0.1)
    assert (coal.how, coal.made_from) == ("lot lab", ("moisture", "hydrogen_dry"))
    half = 2.442 * 8.936 * 0.01 * 0.9
    assert (coal.low, coal.high) == (close(coal.value - half), close(coal.value + half))
    plastics = choose(tables.fuel("waste_plastics"), lot, TODAY, tables.physics)
    assert (plastics.ncv, plastics.gcv.value) == (None, 26.0)


def test_water_at_the_feeder_moves_the_net_value_and_keeps_the_carbon(tables):
    report = Analysis(
        "r",
        "2026-09-01",
        {
            "ncv_dry_mj_per_kg": Result(19.0, 0.2),
            "moisture": Result(0.15),
            "carbon_dry": Result(0.5),
        },
    )
    lot = Lot("p", "pks", 0).with_analyses(Analyses((report,)))
    entry = tables.fuel("pks")
    dry, wet = (
        choose(entry, lot, TODAY, tables.physics, water)
        for water in (None, FeederMoisture(0.25, 0.01, "composite 3"))
    )
    assert (dry.ncv.value, wet.ncv.value) == (close(15.7837), close(13.6395))
    assert wet.moisture.source == "composite 3"
    assert "moisture" in wet.ncv.made_from
    assert wet.ncv.high - wet.ncv.value == close(0.2 * 0.75)
    per_dry_kg = [burn(1.0, p).biogenic_co2_kg / (1 - p.moisture.value) for p in (dry, wet)]
    assert per_dry_kg[0] == close(per_dry_kg[1]) == close(0.5 * 44 / 12)


def test_mixed_bases_are_refused_unless_acknowledged(tables):
    entry = tables.fuel("rpf")
    with pytest.raises(MixedBasisError, match="mixed_bases_acknowledged"):
        check(entry, None, TODAY, tables.physics)
    told = entry.of_site(SiteValues(acknowledged="shares as the mill prints them"))
    check(told, None, TODAY, tables.physics)
    found = choose(told, None, TODAY, tables.physics)
    assert (found.ncv.value, found.ncv.basis) == (25.0, "gcv_ar")
    assert found.doubts == ("mixed_bases: 25 MJ/kg is gcv_ar; shares as the mill prints them",)
    assert burn(2.0, found).mj == 50.0


WRONG = [
    pytest.param({"unit": "MJ/t"}, r"unit 'MJ/t' cannot be; write 'MJ/kg'", id="unit"),
    pytest.param({"basis": "lhv"}, "basis 'lhv' cannot be", id="basis"),
    pytest.param({"low": 30.0}, r"30.0 ≤ 25.0", id="range"),
    pytest.param({"valid_to": "2005-01-01"}, "before its first day", id="days"),
    pytest.param({"source": "hearsay"}, r"is not under \[sources\]", id="source"),
    pytest.param({"mark": "X"}, "mark 'X' cannot be", id="mark"),
    pytest.param({"distribution": "flat"}, "distribution 'flat' cannot be", id="distribution"),
]


@pytest.mark.parametrize(("wrong", "words"), WRONG)
def test_a_table_that_cannot_be_is_refused(wrong, words):
    ncv = {
        "value": 25.0, "unit": "MJ/kg", "basis": "ncv_ar", "source": "s", "mark": "M",
        "valid_from": "2006-01-01",
    }  # fmt: skip
    document = {
        "sources": {"s": "somewhere"},
        "tier": "ipcc",
        "fuel": {"peat": {"name": "Peat", "ncv": ncv | wrong}},
    }
    with pytest.raises(UnknownFuelError, match=words):
        read_fuels({"t": document})


def test_every_value_says_where_it_comes_from(tables):
    for fuel in tables.fuels.values():
        for entries in fuel.vintages.values():
            for entry in entries:
                assert entry.source
                assert entry.mark in "SVDM"


def test_defaults_cover_what_plants_burn(tables):
    """Where nothing is known there is no entry, and these are all that lack a factor."""
    lacking = {
        key
        for key, entry in tables.fuels.items()
        if not choose(entry, None, TODAY, tables.physics).co2
    }
    assert lacking == {
        "rpf_coke", "srf_1", "srf_2", "srf_3", "srf_4", "srf_5", "waste_plastics",
        "waste_fuel_gases", "shk_wood", "shk_waste_plastics",
    }  # fmt: skip


def test_chosen_values_are_told_without_what_they_do_not_say():
    bare = Chosen(1.0, "1", "", "rule", "complete oxidation").as_dict()
    assert set(bare) == {"value", "unit", "basis", "how", "source", "mark"}
