"""What settlement records say of balances, and that it moves no figure."""

from dataclasses import replace

import pytest

from agent.cofiring.balance import SLOT_US, MeterSlot
from agent.cofiring.balances import Balance
from agent.cofiring.factor import Span, build
from agent.cofiring.lots import Lot, LotBook
from agent.cofiring.record import RECIPE_FIELDS
from agent.cofiring.rollup import add, minute

BASE_US = 1_790_000_040_000_000
MINUTES = 30
SPAN = Span("settlement", BASE_US, BASE_US + MINUTES * SLOT_US)
LOTS = LotBook([Lot("c", "coal", 0, ncv_ar_mj_per_kg=25.0)])
PER_MINUTE = {
    "coal_kg": 400.0,
    "silo_kg": 400.0,
    "barge_kg": 400.0,
    "gross_kwh": 1000.0,
    "aux_kwh": 80.0,
    "sold_kwh": 920.0,
}
SILO = Balance("silo", (("coal_kg", -1.0), ("silo_kg", 1.0)))
BARGE = Balance("barge", (("barge_kg", 1.0), ("silo_kg", -1.0)))
POWER = Balance("power", (("aux_kwh", -1.0), ("gross_kwh", 1.0), ("sold_kwh", -1.0)), rest=0.01)
BOILER = Balance("boiler", (("gross_kwh", -3.6), ("heat.coal", 0.36)), rest=0.02)


@pytest.fixture(scope="module")
def site(plant, tables):
    belts, power = (tables.uncertainties.meter(n) for n in ("belt_weigher", "electricity_0_5s"))
    accuracy = {p: power if p.endswith("kwh") else belts for p in (*PER_MINUTE, *plant.points())}
    return replace(plant, accuracy=accuracy, sold_point="sold_kwh")


def settled(site, tables, *balances, share=lambda n: 1.0, missing=(), **factors):
    """A settlement record in which some meters count wrongly by a factor."""
    site = replace(site, balances=balances)
    computed = []
    for n in range(MINUTES):
        meters = dict.fromkeys(site.points(), MeterSlot(0.0, 0.0, SLOT_US, through=False))
        for point, amount in PER_MINUTE.items():
            counted = amount * factors.get(point, 1.0) * share(n)
            whole = 0 if (point, n) in missing else SLOT_US
            meters[point] = MeterSlot(0.0, counted, whole, through=False)
        computed.append(minute(BASE_US + n * SLOT_US, meters, site, LOTS, tables))
    return build(SPAN, add(computed, site), site, tables, "electricity")


def test_meters_that_agree(site, tables):
    found = settled(site, tables, SILO, BARGE, POWER, BOILER).reconciliation
    assert found["agrees"]
    assert found["suspect"] is None
    assert found["balances"] == ["silo", "barge", "power", "boiler"]
    heat = next(each for each in found["readings"] if each["name"] == "heat.coal")
    assert heat["measured"] == pytest.approx(400.0 * 25.0 * MINUTES)
    # The belt's heat is ±2.6 %, the power it made ±0.5 %, its efficiency ±2 %: together better.
    assert heat["half_width"] / heat["measured"] == pytest.approx(0.0145, abs=0.004)


@pytest.mark.parametrize(
    ("balances", "factors", "named"),
    [
        pytest.param((SILO, BARGE), {"silo_kg": 1.1}, "silo_kg", id="the one in the middle"),
        pytest.param((SILO, BARGE, BOILER), {"coal_kg": 0.9}, "not localisable", id="belt or heat"),
        pytest.param((POWER,), {"sold_kwh": 0.9}, "not localisable", id="one balance names nobody"),
    ],
)
def test_meters_that_contradict(balances, factors, named, site, tables):
    record = settled(site, tables, *balances, **factors)
    assert not record.reconciliation["agrees"]
    assert record.reconciliation["suspect"] == named
    bare = settled(site, tables, **factors)
    assert bare.reconciliation is None
    for name in ("fossil_co2_kg", "net_kwh", "sold_kwh", "share_heat", "intervals"):
        assert getattr(record, name) == getattr(bare, name)


def test_a_ramp_is_left_out(site, tables):
    record = settled(site, tables, SILO, share=lambda n: 1.0 + 0.003 * n)
    assert record.reconciliation == {"reason": "not_steady"}


@pytest.mark.parametrize("point", ["coal_kg", "silo_kg"])
def test_what_is_not_measured_throughout_is_left_out(point, site, tables):
    record = settled(site, tables, SILO, missing={(point, 3)})
    assert record.reconciliation == {"reason": "incomplete"}


def test_a_meter_of_unknown_accuracy_is_named(site, tables):
    known = {point: each for point, each in site.accuracy.items() if point != "silo_kg"}
    record = settled(replace(site, accuracy=known), tables, SILO)
    assert record.reconciliation == {"reason": "unknown_accuracy: silo_kg"}


def test_balances_that_repeat_each_other_determine_nothing(site, tables):
    twin = Balance("twin", tuple((name, -weight) for name, weight in SILO.terms))
    assert settled(site, tables, SILO, twin).reconciliation == {"reason": "undetermined"}


def test_readings_are_part_of_the_recipe():
    assert {"fuels", "reconciliation", "contributors"} <= set(RECIPE_FIELDS)
