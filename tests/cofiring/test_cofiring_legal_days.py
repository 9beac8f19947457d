"""What counts from a day on, or until one, does so from the site's own midnight."""

import dataclasses
from datetime import UTC, date, datetime

import pytest

from agent.cofiring import factor
from agent.cofiring.balance import SLOT_US, MeterSlot
from agent.cofiring.burning_columns import streams
from agent.cofiring.counted import Fill
from agent.cofiring.deliveries import ZeroRating
from agent.cofiring.fuels import SiteValues
from agent.cofiring.lots import Lot, LotBook
from agent.cofiring.moisture import FeederMoisture
from agent.cofiring.packs import SchemeSite
from agent.cofiring.plant import FuelLine
from agent.cofiring.rollup import add, minute

NINE_HOURS_US = 9 * 60 * SLOT_US
MIDNIGHT_US = int(datetime(2023, 3, 31, 15, tzinfo=UTC).timestamp()) * 1_000_000
"""1 April 2023 begins in Japan."""
BEFORE_US = MIDNIGHT_US - SLOT_US
PELLETS = {"ncv_ar_mj_per_kg": 17.0, "moisture": 0.1, "co2_total_g_per_mj_ncv": 112.0}


def counted(amount):
    return MeterSlot(0.0, amount, SLOT_US, through=False)


@pytest.fixture
def unit(plant, tables):
    """In Japan, with the country's own coal."""
    entry = tables.fuel("imported_steam_coal").of_site(SiteValues(country="JP"))
    coal, pellets, _ = plant.fuels
    return dataclasses.replace(
        plant,
        fuels=(FuelLine("coal", entry, coal.mass_point), pellets),
        schemes=(SchemeSite("tw_ghg"),),
        steam_point=None,
        utc_offset_us=NINE_HOURS_US,
    )


def burnt(unit, tables, book, at_us, fills=None, **change):
    meters = {point: counted(1000.0) for point in unit.needed()} | {"aux_kwh": counted(0.0)}
    return minute(at_us, meters | change, unit, book, tables, fills or {})


def record(unit, tables, minutes):
    span = factor.Span("month", minutes[0].slot_us, minutes[-1].slot_us + SLOT_US)
    return factor.build(span, add(minutes, unit), unit, tables, "electricity")


def test_a_vintage_begins_at_the_legal_midnight(unit, tables):
    values = [
        burnt(unit, tables, LotBook(), t_us).portions[0].properties.gcv.value
        for t_us in (BEFORE_US, MIDNIGHT_US)
    ]
    assert values == [25.7, 26.1]
    assert unit.day(MIDNIGHT_US - 1) == date(2023, 3, 31)
    found = streams(unit, unit.fuels[0], LotBook(), tables, BEFORE_US, 2)
    assert [(s.properties.gcv.value, s.burns.tolist()) for s in found] == [
        (25.7, [True, False]),
        (26.1, [False, True]),
    ]


def test_evidence_counts_for_what_burnt_until_it_ended(unit, tables):
    rating = ZeroRating("tw_ghg", "paper 4", "2023-03-31")
    book = LotBook([Lot("p1", "pellets", 0, zero_rated=(rating,), **PELLETS)])
    made = record(unit, tables, [burnt(unit, tables, book, t) for t in (BEFORE_US, MIDNIGHT_US)])
    one_kg = 1000.0 * 17.0 * 0.112
    assert made.schemes["tw_ghg"]["biogenic_co2_counted_kg"] == pytest.approx(one_kg)
    assert [zero["biogenic_co2_kg"] for zero in made.zero_rated] == [pytest.approx(one_kg)]
    assert made.policy_zero_rated_co2_kg_per_kwh == pytest.approx(one_kg / 2000.0)
    found = streams(unit, unit.fuels[1], book, tables, BEFORE_US, 2)
    assert [(s.zero_rated, s.burns.tolist()) for s in found] == [
        ((rating,), [True, False]),
        ((), [False, True]),
    ]


def test_a_fuel_of_which_nothing_is_known_is_not_nothing(unit, tables):
    minutes = [burnt(unit, tables, LotBook(), MIDNIGHT_US, coal_kg=MeterSlot())]
    view = record(unit, tables, minutes).schemes["tw_ghg"]
    assert (view["fossil_co2_kg"], view["total_co2e_kg"]) == (None, None)
    empty = record(unit, tables, [burnt(unit, tables, LotBook(), MIDNIGHT_US, coal_kg=MeterSlot(),
                                        pellets_kg=MeterSlot())])  # fmt: skip
    assert empty.schemes["tw_ghg"]["fossil_co2_kg"] is None


def test_a_conservative_figure_is_not_thinned_by_fuel_that_nobody_weighed(unit, tables):
    """One minute measured, one with an estimate, one without any fuel known: never below best."""
    made = record(
        unit,
        tables,
        [
            burnt(unit, tables, LotBook(), MIDNIGHT_US),
            burnt(
                unit, tables, LotBook(), MIDNIGHT_US + SLOT_US,
                {"coal_kg": Fill(1000.0, 50.0, "mean_rate")}, coal_kg=MeterSlot(),
            ),
            burnt(unit, tables, LotBook(), MIDNIGHT_US + 2 * SLOT_US, coal_kg=MeterSlot()),
        ],
    )  # fmt: skip
    best = made.fossil_co2_kg_per_kwh
    assert made.conservative["fossil_co2_kg_per_net_kwh"] > best


class Wet(LotBook):
    """Another moisture every minute."""

    def moisture_at(self, fuel, lot, from_us, to_us):
        return FeederMoisture(0.11 + 0.01 * (from_us // SLOT_US % 5), None, "on-line m")


def test_ash_follows_the_moisture_without_a_portion_for_every_value_of_it(unit, tables):
    book = Wet([Lot("p1", "pellets", 0, ash_dry=0.02, **PELLETS)])
    minutes = [burnt(unit, tables, book, MIDNIGHT_US + n * SLOT_US) for n in range(5)]
    sums = add(minutes, unit)
    (pellets,) = (p for p in sums.everything.portions if p.fuel == "pellets")
    parts = [p for m in minutes for p in m.portions if p.fuel == "pellets"]
    ash_kg = sum(p.burnt.kg * p.properties.ash.value for p in parts)
    assert pellets.burnt.kg * pellets.properties.ash.value == pytest.approx(ash_kg)
    idle = burnt(unit, tables, LotBook(), MIDNIGHT_US, pellets_kg=counted(0.0))
    coal_ash = idle.portions[0].properties.ash.value
    assert record(unit, tables, [idle]).ash["kg"] == pytest.approx(1000.0 * coal_ash)


def test_a_revenue_meter_that_was_not_read_is_owed(unit, tables):
    sells = dataclasses.replace(unit, sold_point="sold_kwh")
    known, unknown = (
        record(sells, tables, [burnt(sells, tables, LotBook(), MIDNIGHT_US, sold_kwh=sold)])
        for sold in (counted(900.0), MeterSlot())
    )
    assert (known.status, known.marks.count("unmeasured: sold_kwh, 0.01667 h")) == ("validated", 0)
    assert (unknown.status, unknown.coverage) == ("provisional", 1.0)
    assert "unmeasured: sold_kwh, 0.01667 h" in unknown.marks
