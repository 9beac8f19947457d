"""A plan of co-firing: shares, costs, ash and stores, each change with its basis and boundary."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cofiring.changes import FIGURES
from agent.errors import BadPlanError, HinobanError
from gateway.footprint.plans import EXAMPLE, plan_file, planned
from gateway.footprint.tables import load_tables

TABLES = load_tables()


@pytest.fixture(scope="module")
def example():
    return {stage["stage"]: stage for stage in planned(plan_file(EXAMPLE), TABLES)["stages"]}


def test_the_first_stage_is_the_fuel_by_hand(example):
    stage = example["coal alone"]
    mj_per_kwh = 3.6 / 0.38
    assert stage["kwh"] == 282_000 * 7000
    assert stage["fossil_co2_kg_per_kwh"] == pytest.approx(0.0946 * mj_per_kwh, rel=1e-12)
    (coal,) = stage["supplies"]
    kg_per_kwh = mj_per_kwh / 23.012
    assert coal["t_per_day"] == pytest.approx(kg_per_kwh * 282 * 24, rel=1e-12)
    assert coal["storage_days"] == pytest.approx(60_000 / (kg_per_kwh * 282 * 24), rel=1e-12)
    assert coal["per_gj"] == pytest.approx((150 + 0.0946 * 23.012 * 30) / 23.012, rel=1e-12)
    cost = kg_per_kwh * (0.150 + 0.0946 * 23.012 * 0.030)
    assert stage["cost_per_kwh"] == pytest.approx(cost, rel=1e-12)
    assert (stage["changes"], stage["break_even"]) == ((), None)


def test_fossil_carbon_falls_with_the_share_and_the_efficiency(example):
    coal = example["coal alone"]["fossil_co2_kg_per_kwh"]
    stages = (("20 %", 0.2, 0.38), ("29 %", 0.29, 0.379), ("50 %", 0.5, 0.377))
    for name, share, efficiency in stages:
        expected = coal * (1.0 - share) * 0.38 / efficiency
        assert example[name]["fossil_co2_kg_per_kwh"] == pytest.approx(expected, rel=1e-12)
        assert example[name]["biomass_share"] == pytest.approx(share)


def test_the_ash_goes_to_the_landfill_above_half(example):
    half, more = example["50 %"], example["55 %"]
    assert (half["cement_part"], half["landfill_part"]) == (0.9, 0.1)
    assert half["ash_to_landfill_t"] == pytest.approx(0.1 * half["ash_t"])
    assert more["ash_to_landfill_t"] == pytest.approx(more["ash_t"])
    assert more["ash_to_cement_t"] == 0.0
    assert more["ash_t"] < half["ash_t"]


def test_every_change_says_against_what_and_within_which_boundary(example):
    found = example["20 %"]["changes"]
    assert [change["quantity"] for change in found] == list(FIGURES)
    assert found[0]["percent"] == pytest.approx(-20.0)
    assert {change["against"] for change in found} == {"coal alone"}
    assert [change["boundary"] for change in found] == ["stack", "stack", "supply_chain"]


def test_at_its_break_even_price_a_stage_costs_what_the_first_does(example):
    document = plan_file(EXAMPLE)
    document["carbon_price_per_t"] = example["50 %"]["break_even"]
    first, *_, half, _ = planned(document, TABLES)["stages"]
    assert half["cost_per_kwh"] == pytest.approx(first["cost_per_kwh"], rel=1e-12)


def test_what_nobody_told_is_unknown():
    document = plan_file(EXAMPLE)
    coal, _, torrefied = document["fuel"]
    document["fuel"] = [coal, {"id": "pellets", "table": "white_pellets"}, torrefied]
    stages = {stage["stage"]: stage for stage in planned(document, TABLES)["stages"]}
    assert stages["20 %"]["fuel_cost"] is None
    assert stages["20 %"]["supplies"][1]["storage_days"] is None
    assert stages["20 %"]["ash_t"] is None, "the tables know no ash of pellets"
    assert stages["coal alone"]["ash_t"] is not None
    document["fuel"][0] = {**coal, "lot": {"ncv_ar_mj_per_kg": 23.012}}
    lost = planned(document, TABLES)["stages"][1]
    assert lost["lifecycle_co2e_kg_per_kwh"] is None
    assert lost["changes"][2]["percent"] is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rest": "peat"}, "burns peat; the plan has coal, pellets, torrefied"),
        ({"stage": [{"name": "x", "shares": {"coal": 0.4, "pellets": 0.4}}]}, "sum to 0.8"),
        ({"gwp_set": "AR7"}, "plan, gwp_set"),
        ({"fuel": [{"id": "coal", "table": "peat_from_mars"}]}, "is not in the fuel tables"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_words(change, words, tmp_path):
    with pytest.raises(HinobanError, match=words):
        planned({**plan_file(EXAMPLE), **change}, TABLES)
    with pytest.raises(BadPlanError, match="name a plan that can be read"):
        plan_file(tmp_path / "none.toml")


@given(st.floats(0.0, 1.0), st.floats(1.0, 1e6))
def test_the_size_of_a_unit_changes_no_figure_per_kwh(share, scale):
    document = plan_file(EXAMPLE)
    document["stage"] = [{"name": "one", "shares": {"pellets": share}}]
    small = planned(document, TABLES)["stages"][0]
    document["unit"]["net_kw"] *= scale
    large = planned(document, TABLES)["stages"][0]
    for name in ("fossil_co2_kg_per_kwh", "lifecycle_co2e_kg_per_kwh", "cost_per_kwh"):
        assert large[name] == pytest.approx(small[name], rel=1e-9)
