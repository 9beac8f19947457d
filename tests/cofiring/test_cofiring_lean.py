"""What is not known of a mix, of an output or of a moisture never flatters a figure."""

import dataclasses
from datetime import date

import numpy as np
import pytest

from agent.cofiring import factor
from agent.cofiring.accuracy import Accuracy
from agent.cofiring.balance import SLOT_US, MeterSlot
from agent.cofiring.choosing import choose
from agent.cofiring.columns import Piece
from agent.cofiring.factor_columns import figures
from agent.cofiring.fuels import SiteValues
from agent.cofiring.lots import Lot, LotBook
from agent.cofiring.moisture import FeederMoisture
from agent.cofiring.packs import SchemeSite
from agent.cofiring.rollup import add, minute
from agent.cofiring.slot_columns import SlotColumns
from agent.cofiring.sources import effects

NOTHING = MeterSlot()
NCV = "ncv"
AMOUNTS = {
    "coal_kg": 300.0, "pellets_kg": 200.0, "rpf_kg": 0.0,
    "gross_kwh": 1000.0, "aux_kwh": 60.0, "steam_mj": 3600.0, "sold_kwh": 900.0,
}  # fmt: skip
LOTS = LotBook(
    [
        Lot("c1", "coal", 0, ncv_ar_mj_per_kg=25.0, moisture=0.1),
        Lot("p1", "pellets", 0, ncv_ar_mj_per_kg=17.0, moisture=0.1),
        Lot("r1", "rpf", 0, ncv_ar_mj_per_kg=25.0, moisture=0.03, co2_total_g_per_mj_ncv=88.0),
    ]
)
FROM_US = 1_790_000_040_000_000


@pytest.fixture
def unit(plant):
    exact = {point: Accuracy(0.01, 0.0, 0.0) for point in AMOUNTS}
    return dataclasses.replace(
        plant, sold_point="sold_kwh", schemes=(SchemeSite("jp_fit"),), accuracy=exact
    )


def slots(**changes):
    """The slots of a minute; None for a totaliser that nobody read."""
    return {
        point: NOTHING if amount is None else MeterSlot(0.0, amount, SLOT_US, through=False)
        for point, amount in (AMOUNTS | changes).items()
    }


def record(unit, tables, minutes, product="electricity"):
    """Of slots one after the other, minute by minute, and the same as arrays."""
    found = [
        minute(FROM_US + n * SLOT_US, meters, unit, LOTS, tables)
        for n, meters in enumerate(minutes)
    ]
    span = factor.Span("month", FROM_US, FROM_US + len(minutes) * SLOT_US)
    made = factor.build(span, add(found, unit), unit, tables, product)
    columns = {
        point: SlotColumns.of_slots(
            FROM_US,
            len(minutes),
            {FROM_US + n * SLOT_US: meters[point] for n, meters in enumerate(minutes)},
        )
        for point in minutes[0]
    }
    piece = Piece(columns, unit, LOTS, tables)
    (sums,) = piece.sums(np.array([0]))
    assert (sums.unmixed, sums.unsold) == (add(found, unit).unmixed, add(found, unit).unsold)
    arrays = figures(piece, np.array([0]), tables, product)
    for name in ("fossil_co2_kg_per_kwh", "share_heat.coal", "share_heat.pellets"):
        field, _, key = name.partition(".")
        value = getattr(made, field)
        value = value[key] if key and value is not None else value
        assert float(arrays[name][0]) == pytest.approx(
            float("nan") if value is None else value, rel=1e-9, nan_ok=True
        )
    return made


def test_a_fuel_unknown_for_a_while_leaves_its_share_to_nobody(unit, tables):
    full = record(unit, tables, [slots()] * 8)
    lacking = record(unit, tables, [slots()] * 6 + [slots(coal_kg=None)] * 2)
    assert lacking.share_heat == pytest.approx(full.share_heat)
    assert lacking.share_mass == pytest.approx(full.share_mass)
    assert lacking.share_carbon == pytest.approx(full.share_carbon)
    for fuel, kwh in full.kwh_by_fuel.items():
        # Power of the minutes whose mix nobody knows is of no fuel.
        assert lacking.kwh_by_fuel[fuel] == pytest.approx(kwh * 6 / 8)
    mine, theirs = lacking.schemes["jp_fit"], full.schemes["jp_fit"]
    assert mine["biomass_share"] == pytest.approx(theirs["biomass_share"])
    assert mine["biomass_kwh"] == pytest.approx(theirs["biomass_kwh"] * 6 / 8)
    assert any(reason.startswith("mix_unknown: 2 min") for reason in mine["reasons"])
    assert any(mark.startswith("mix_unknown: 2 min") for mark in lacking.marks)
    interval, whole = (r.intervals["share_heat.pellets"] for r in (lacking, full))
    assert interval == pytest.approx(whole)


def test_where_no_minute_knows_its_mix_there_is_no_share(unit, tables):
    made = record(unit, tables, [slots(coal_kg=None), slots(pellets_kg=None)])
    assert (made.share_heat, made.kwh_by_fuel) == (None, None)
    assert made.schemes["jp_fit"]["biomass_kwh"] is None


def test_own_use_is_unknown_where_nobody_knows_what_was_sold(unit, tables):
    assert record(unit, tables, [slots()] * 3).own_use_kwh == pytest.approx(120.0)
    assert record(unit, tables, [slots(), slots(sold_kwh=None)]).own_use_kwh is None


@pytest.mark.parametrize("gross", [60.0, 50.0])
def test_steam_that_goes_on_while_the_turbine_stands_carries_everything(unit, tables, gross):
    minutes = [slots(gross_kwh=gross)] * 2
    steam = record(unit, tables, minutes, "steam")
    assert steam.fossil_co2_kg_per_kwh == pytest.approx(steam.fossil_co2_kg / 2000.0)
    assert (steam.no_factor_reason, steam.allocation["el_share"]) == (None, 0.0)
    assert set(steam.allocation["alternatives"].values()) == {0.0}
    assert "no_net_power_all_to_heat" in steam.marks
    power = record(unit, tables, minutes)
    assert (power.fossil_co2_kg_per_kwh, power.no_factor_reason) == (None, "below_minimum_output")


def test_the_minimum_of_power_does_not_decide_over_steam(unit, tables):
    steam = record(unit, tables, [slots(gross_kwh=65.0)], "steam")
    assert steam.allocation["el_share"] == pytest.approx(5.0 / 1005.0)
    assert steam.fossil_co2_kg_per_kwh == pytest.approx(steam.fossil_co2_kg / 1005.0)
    trickle = record(unit, tables, [slots(gross_kwh=60.0, steam_mj=3.6)], "steam")
    assert trickle.no_factor_reason == "below_minimum_output"


def test_a_published_calorific_value_is_moved_to_the_moisture_at_the_feeder(tables):
    pks, on, physics = tables.fuel("pks"), date(2026, 10, 1), tables.physics
    wet = choose(pks, None, on, physics, FeederMoisture(0.30, 0.01, "moisture m1")).ncv
    latent = physics.latent_mj_per_kg
    matter = (14.644 + latent * 0.2) / 0.8
    assert wet.value == pytest.approx(matter * 0.7 - latent * 0.3)
    assert (wet.how, wet.made_from, wet.published) == ("study", ("moisture",), 14.644)
    assert choose(pks, None, on, physics).ncv.value == 14.644
    # One published number is one error, at whatever moisture it was used.
    drier = choose(pks, None, on, physics, FeederMoisture(0.25, 0.01, "moisture m2"))
    wetter = choose(pks, None, on, physics, FeederMoisture(0.35, 0.01, "moisture m3"))
    sources = [
        {
            e.source
            for e in effects(p, on, tables.uncertainties, physics)
            if e.source.quantity == NCV
        }
        for p in (drier, wetter)
    ]
    assert sources[0] == sources[1]
    assert len(sources[0]) == 1


def test_a_statutory_value_stays_as_the_state_has_it(tables):
    coal = tables.fuel("imported_steam_coal").of_site(SiteValues(country="JP"))
    at_feeder = FeederMoisture(0.2, 0.01, "moisture m1")
    chosen = choose(coal, None, date(2026, 10, 1), tables.physics, at_feeder)
    assert (chosen.gcv.value, chosen.gcv.how) == (26.1, "national")
