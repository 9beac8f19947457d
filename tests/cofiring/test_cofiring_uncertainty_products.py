"""Intervals of both products by every method, of blending, and of moisture that stands in."""

import math
from dataclasses import replace

import pytest
from uncertainties import ufloat

from agent.cofiring import allocation
from agent.cofiring.allocation import Heat
from agent.cofiring.assess import DIRECT, FOSSIL
from agent.cofiring.balance import SLOT_US, MeterSlot
from agent.cofiring.factor import Span, build
from agent.cofiring.lots import Lot, LotBook
from agent.cofiring.moisture import FeederMoisture
from agent.cofiring.plant import PowerFactor, Steam
from agent.cofiring.rollup import minute, sums_of

Z95 = 1.959963984540054
BASE_US = 1_790_000_040_000_000
SPAN = Span("settlement", BASE_US, BASE_US + SLOT_US)
COAL = Lot("c1", "coal", 0, ncv_ar_mj_per_kg=25.0)
AMOUNTS = {"coal_kg": 9e4, "gross_kwh": 3e5, "aux_kwh": 2e4, "steam_mj": 5.4e5}
METHODS = ("energy_content", "efficiency_method", "carnot", "work_potential", "defra_2_to_1")


def slots(plant, **amounts):
    meters = dict.fromkeys(plant.points(), MeterSlot(0.0, 0.0, SLOT_US, through=False))
    return meters | {p: MeterSlot(0.0, a, SLOT_US, through=False) for p, a in amounts.items()}


@pytest.fixture(scope="module")
def known(plant, tables):
    """Every meter without drift, step or jitter, so that a formula by hand stays short."""
    scale = {"gross_kwh": 0.005, "aux_kwh": 0.005, "steam_mj": 0.02}
    base = tables.uncertainties.meter("belt_weigher")
    bare = replace(base, drift_per_year=0.0, step=0.0, jitter_s=0.0)
    accuracy = {p: replace(bare, scale=scale.get(p, 0.015)) for p in plant.points()}
    steam = Steam(degc=180.0, heat_mj_per_kg=2.4, work_mj_per_kg=0.7, reference_degc=25.0)
    bonus = PowerFactor(0.5, "test")
    return replace(plant, accuracy=accuracy, steam=steam, bonus=bonus)


def error(half):
    return ufloat(1.0, half / Z95) if half else 1.0


def whole(interval):
    return math.hypot(interval["u_systematic"], interval["u_random"])


@pytest.mark.parametrize("product", ["electricity", "steam"])
@pytest.mark.parametrize("method", [*METHODS, "all_to_power", "power_bonus"])
def test_every_method_against_the_uncertainties_package(method, product, known, tables):
    plant = replace(known, allocation_method=method)
    meters = slots(plant, **AMOUNTS)
    sums = sums_of(minute(BASE_US, meters, plant, LotBook([COAL]), tables), plant)
    record = build(SPAN, sums, plant, tables, product)
    power = 3e5 * error(0.005) - 2e4 * error(0.005)
    heat = 1.5e5 * error(0.02)
    burnt_mj = 9e4 * 25.0 * error(0.015) * error(0.02)
    fossil = burnt_mj * 0.0946 * error(5.1 / 94.6)
    # How well heat weighs against power, and a reference factor counts, is the table's.
    weight = error(tables.uncertainties.allocation[method])
    if method == "power_bonus":
        others = gases_of(tables, burnt_mj)
        bonus = power * 0.5 * weight / (fossil + others)
        share, weighed = bonus, heat
    else:
        bonus, weighed = None, heat * weight
        share = allocation.shares(power, weighed, tables.physics, method, Heat(180.0, 0.7 / 2.4))
        share = share[method]
    factor = fossil * share / power if product == "electricity" else fossil * (1 - share) / heat
    assert record.fossil_co2_kg_per_kwh == pytest.approx(nominal(factor), rel=1e-9, abs=1e-15)
    assert whole(record.intervals[FOSSIL]) == pytest.approx(deviation(factor), rel=1e-6, abs=1e-12)
    if method == "power_bonus" and product == "electricity":
        # By definition it is the reference factor, whatever was burnt.
        direct = record.intervals[DIRECT]
        assert whole(direct) == pytest.approx(0.5 * 0.1 / Z95, rel=1e-6)


def gases_of(tables, burnt_mj):
    """CH₄ and N₂O of coal as CO₂e, with errors of the published lognormal ranges [kg]."""
    parts = []
    for gwp, value, low, high in ((28.0, 1.0, 0.3, 3.0), (265.0, 1.5, 0.5, 5.0)):
        sigma = math.log(high / low) / (2 * Z95)
        mean = math.sqrt(low * high) / value * math.exp(sigma**2 / 2)
        spread = ufloat(1.0, mean * math.sqrt(math.expm1(sigma**2)))
        parts.append(burnt_mj * value * 1e-6 * gwp * spread)
    return parts[0] + parts[1]


def nominal(value):
    return getattr(value, "nominal_value", value)


def deviation(value):
    return getattr(value, "std_dev", 0.0)


class Silo(LotBook):
    """Two lots: first in, first out gives one of them; mixed gives halves."""

    def other_parts(self, fuel, from_us, to_us):
        lots = self.of(fuel)
        return [(lot, 1.0 / len(lots)) for lot in lots] or [(None, 1.0)]


def test_what_two_blending_models_differ_by_is_a_source(known, tables):
    rich = Lot("c2", "coal", BASE_US + SLOT_US, ncv_ar_mj_per_kg=27.0)
    computed = minute(BASE_US, slots(known, **AMOUNTS), known, Silo([COAL, rich]), tables)
    record = build(SPAN, sums_of(computed, known), known, tables, "electricity")
    found = {c["quantity"]: c["share"] for c in record.contributors if c["figure"] == FOSSIL}
    # Mixed, 26 MJ/kg would have burnt in place of 25: ±4 % and anything between.
    blended = found["blending"] * whole(record.intervals[FOSSIL]) ** 2
    assert blended == pytest.approx((record.fossil_co2_kg_per_kwh * 0.04) ** 2 / 3.0, rel=1e-9)


class Outdoors(LotBook):
    """The feeder's moisture is not measured: the lot's own stands in for it."""

    def __init__(self, lots, substituted):
        super().__init__(lots)
        self.substituted = substituted

    def moisture_at(self, fuel, lot, from_us, to_us):
        if lot is None or lot.moisture is None:
            return None
        return FeederMoisture(lot.moisture, None, f"lot {lot.id}", self.substituted)


def test_moisture_that_stands_in_costs_precision(known, tables):
    wet = Lot("p1", "pellets", 0, ncv_dry_mj_per_kg=19.0, moisture=0.2)
    widths = {}
    for substituted in (False, True):
        book = Outdoors([COAL, wet], substituted)
        amounts = {**AMOUNTS, "pellets_kg": 5e4}
        computed = minute(BASE_US, slots(known, **amounts), known, book, tables)
        record = build(SPAN, sums_of(computed, known), known, tables, "electricity")
        widths[substituted] = whole(record.intervals["share_heat.pellets"])
        names = {c["quantity"] for c in record.contributors}
        assert ("moisture_substituted" in names) is substituted
    assert widths[True] > 1.2 * widths[False]
