"""What counts as biomass is said by a lot's analysis, and estimates lean against the claim."""

from dataclasses import replace

import pytest

from agent.cofiring import factor
from agent.cofiring.balance import SLOT_US, MeterSlot
from agent.cofiring.counted import Fill
from agent.cofiring.deliveries import ZeroRating
from agent.cofiring.lots import Lot, LotBook
from agent.cofiring.moisture import FeederMoisture
from agent.cofiring.packs import SchemeSite
from agent.cofiring.plant import CertificatesSold
from agent.cofiring.rollup import add, minute

BASE_US = 1_790_000_040_000_000
SPAN = factor.Span("settlement", BASE_US, BASE_US + SLOT_US)
RATED = (ZeroRating("jp_fit", "SBP-01"), ZeroRating("eu_mrr", "SBP-01"))
HEATS = {"coal": 800.0 * 25.0, "wood": 400.0 * 15.0, "rpf": 100.0 * 24.0}
"""Net [MJ]."""


def close(value):
    return pytest.approx(value, rel=1e-9)


@pytest.fixture(scope="module")
def unit(plant, tables):
    """The unit with construction wood in place of pellets, under two schemes."""
    coal, wood, rpf = plant.fuels
    wood = replace(wood, id="wood", entry=tables.fuel("construction_wood"), mass_point="wood_kg")
    told = tuple(SchemeSite(name, "2023-06-01", 300_000.0) for name in ("jp_fit", "eu_mrr"))
    return replace(plant, fuels=(coal, wood, rpf), sold_point="sold_kwh", schemes=told)


class Feeder(LotBook):
    """Lots whose own moisture stands in for that at the feeder."""

    def moisture_at(self, fuel, lot, from_us, to_us):
        if fuel != "wood":
            return None
        return FeederMoisture(0.25, 0.01, "lot w1", substituted=True)


def lots(fraction=None, book=LotBook, wood=None, **more):
    wood = wood or {"ncv_ar_mj_per_kg": 15.0}
    return book(
        [
            Lot("c1", "coal", 0, ncv_ar_mj_per_kg=25.0),
            Lot("w1", "wood", 0, biogenic_carbon_fraction=fraction, zero_rated=RATED,
                upstream_co2e_g_per_mj_ncv=5.0, **wood, **more),
            Lot("r1", "rpf", 0, ncv_ar_mj_per_kg=24.0, co2_total_g_per_mj_ncv=80.0,
                biogenic_carbon_fraction=0.4, upstream_co2e_g_per_mj_ncv=3.0, zero_rated=RATED),
        ]
    )  # fmt: skip


def record(unit, tables, book, fills=None, **more):
    meters = {point: MeterSlot(0.0, 0.0, SLOT_US, through=False) for point in unit.points()}
    amounts = {"coal_kg": 800.0, "wood_kg": 400.0, "rpf_kg": 100.0, "gross_kwh": 3000.0}
    amounts |= {"sold_kwh": 2900.0, "steam_mj": 5400.0} | more
    meters |= {p: MeterSlot(0.0, x, SLOT_US, through=False) for p, x in amounts.items()}
    sums = add([minute(BASE_US, meters, unit, book, tables, fills or {})], unit)
    return factor.build(SPAN, sums, unit, tables, "electricity")


@pytest.mark.parametrize(
    ("fraction", "fit", "mrr"), [(None, 1.0, 1.0), (0.99, 1.0, 1.0), (0.90, 0.0, 0.90)]
)
def test_a_lot_counts_as_its_analysis_says(fraction, fit, mrr, unit, tables):
    """Construction wood of 0.90 is a mixed fuel; 0.99 is what no analysis can tell from 1."""
    made = record(unit, tables, lots(fraction))
    whole = sum(HEATS.values())
    assert made.ash["biomass_share_heat"] == close(fit * HEATS["wood"] / whole)
    assert made.schemes["jp_fit"]["biomass_share"] == close(fit * HEATS["wood"] / whole)
    mixed = mrr * HEATS["wood"] + 0.4 * HEATS["rpf"]
    assert made.schemes["eu_mrr"]["biomass_share"] == close(mixed / whole)
    assert [one["biomass"] for one in made.fuels] == [False, fit == 1.0, False]


def test_power_of_mixed_fuel_is_no_power_of_biomass(unit, tables):
    """Half of what wood gives was sold; where its lots are mixed, nothing was there to sell."""
    sold = CertificatesSold(BASE_US, BASE_US + SLOT_US, 300.0, "renewable")
    guarded = replace(unit, certificates_sold=(sold,))
    assert not [m for m in record(guarded, tables, lots()).marks if "double_claim" in m]
    marks = record(guarded, tables, lots(0.90)).marks
    assert "double_claim: 300 kWh sold of 0 kWh made" in marks


def test_the_ceiling_binds_lots_of_biomass_and_no_mixed_fuel(unit, tables):
    made = record(replace(unit, steam_point=None), tables, lots())
    found = {one["fuel"]: one for one in made.schemes["jp_fit"]["life_cycle"]}
    assert (found["wood"]["bound"], found["wood"]["limit_g_per_mj"]) == (True, 90.0)
    rpf = found["rpf"]
    assert rpf["g_per_mj"] > 90.0
    assert (rpf["bound"], rpf["limit_g_per_mj"], rpf["meets"]) == (False, None, None)
    assert {one["bound"] for one in made.schemes["eu_mrr"]["life_cycle"]} == {True}


def test_land_use_that_nobody_knows_counts_nothing_and_is_said(unit, tables):
    text = "the change of land use of wood, lot w1 is not known and counts nothing"
    silent = record(unit, tables, lots()).schemes["jp_fit"]
    told = record(unit, tables, lots(land_use_co2e_g_per_mj_ncv=0.0)).schemes["jp_fit"]
    assert text in silent["reasons"]
    assert text not in told["reasons"]
    assert silent["total_co2e_kg"] == told["total_co2e_kg"]


def test_every_gas_of_what_was_estimated_leans_up(unit, tables):
    """Half of the wood is a mean of the hour: what it emits may be more, its heat less."""
    coal = replace(unit, schemes=unit.schemes[:1])
    book = lots()
    book = LotBook([replace(book.at("coal", BASE_US), upstream_co2e_g_per_mj_ncv=8.0),
                    book.at("wood", BASE_US), book.at("rpf", BASE_US)])  # fmt: skip
    best = record(coal, tables, book, wood_kg=600.0).schemes["jp_fit"]
    fills = {"wood_kg": Fill(200.0, 30.0, "mean of the hour")}
    lean = record(coal, tables, book, fills).schemes["jp_fit"]
    assert lean["biomass_share"] < best["biomass_share"]
    mj, part = 600.0 * 15.0, 200.0 / 600.0
    sigma = {"ch4": (100.0 - 10.0) / 30.0, "n2o": (15.0 - 1.5) / 4.0}
    scale = {gas: 1.0 + 2.0 * part * width / 2.0 / 1.959963984540054
             for gas, width in sigma.items()}  # fmt: skip
    mass = 1.0 + 2.0 * 30.0 / 600.0
    ch4, n2o = mj * 30e-6 * 25.0, mj * 4e-6 * 298.0
    more = ch4 * (mass * scale["ch4"] - 1.0) + n2o * (mass * scale["n2o"] - 1.0)
    more += mj * 5e-3 * (mass - 1.0)
    assert lean["total_co2e_kg"] - best["total_co2e_kg"] == close(more)


def test_a_moisture_that_stands_in_leans_the_heat_of_biomass_down(unit, tables):
    dry = {"ncv_dry_mj_per_kg": 20.0, "moisture": 0.25}
    stands_in = record(unit, tables, lots(book=Feeder, wood=dry))
    measured = record(unit, tables, lots(wood=dry))
    assert measured.conservative is None
    lean = stands_in.conservative
    sigma = tables.uncertainties.laboratory["moisture_substituted"].systematic / 1.959963984540054
    ncv = 20.0 * 0.75 - 2.442 * 0.25
    wood = 400.0 * ncv * (1.0 - 2.0 * sigma * (ncv + 2.442) / 0.75 / ncv)
    assert lean["share_heat"]["wood"] == close(wood / (wood + HEATS["coal"] + HEATS["rpf"]))
    assert lean["share_heat"]["wood"] < stands_in.share_heat["wood"]


def test_a_conservative_figure_is_shared_with_heat_as_the_best_one_is(unit, tables):
    fills = {"coal_kg": Fill(50.0, 0.0, "mean of the hour")}
    made = record(replace(unit, schemes=()), tables, lots(), fills)
    best, lean = made.fossil_co2_kg_per_kwh, made.conservative
    assert made.allocation["el_share"] < 1.0
    ratio = lean["fossil_co2_kg"] / made.fossil_co2_kg
    assert lean["fossil_co2_kg_per_net_kwh"] == close(best * ratio)
