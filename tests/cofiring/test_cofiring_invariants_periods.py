"""Laws of periods that contain stops, unmeasured slots and estimates: Σkg over ΣkWh, always."""

import dataclasses
import math
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agent.cofiring.balance import SLOT_US, MeterSlot
from agent.cofiring.counted import Fill
from agent.cofiring.factor import Span, build
from agent.cofiring.lots import Lot, LotBook
from agent.cofiring.rollup import add, minute

BASE_US = 1_790_000_040_000_000
LOTS = LotBook(
    [
        Lot("rpf-1", "rpf", 0, ncv_ar_mj_per_kg=25.0, co2_total_g_per_mj_ncv=87.0),
        Lot("pellets-1", "pellets", 0, ncv_dry_mj_per_kg=18.8, moisture=0.1),
        Lot("pellets-2", "pellets", BASE_US + 2 * SLOT_US, ncv_dry_mj_per_kg=18.0, moisture=0.2),
    ]
)
KINDS = ("steady", "idle", "unmeasured", "feeder missing", "feeder estimated")
amounts = st.just(0.0) | st.floats(1e-6, 1e5)
output = st.floats(1e3, 1e5)


def counted(value):
    return MeterSlot(0.0, value, SLOT_US, through=False)


@st.composite
def periods(draw, plant, least=1):
    """Minutes of every kind, at least one of them steady; (kind, minute inputs) in time order."""
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=least - 1, max_size=6))
    kinds.insert(draw(st.integers(0, len(kinds))), "steady")
    found = []
    for kind in kinds:
        meters = {point: counted(draw(amounts)) for point in plant.needed()}
        meters["gross_kwh"] = counted(draw(output))
        meters["aux_kwh"] = counted(meters["gross_kwh"].amount * draw(st.floats(0.0, 0.5)))
        fills = {}
        if kind == "idle":
            meters["gross_kwh"], meters["aux_kwh"] = counted(0.0), counted(draw(amounts))
            meters["steam_mj"] = counted(0.0)
        if kind == "unmeasured":
            meters = dict.fromkeys(meters, MeterSlot())
        if kind.startswith("feeder"):
            meters["coal_kg"] = MeterSlot()
        if kind == "feeder estimated":
            fills = {"coal_kg": Fill(draw(amounts), draw(amounts), "heat_balance")}
        found.append((kind, meters, fills))
    return found


def computed(found, plant, tables):
    return [
        minute(BASE_US + n * SLOT_US, meters, plant, LOTS, tables, fills)
        for n, (_, meters, fills) in enumerate(found)
    ]


def record(minutes, plant, tables, product="electricity", kind="settlement"):
    span = Span(kind, BASE_US, BASE_US + len(minutes) * SLOT_US)
    return build(span, add(minutes, plant), plant, tables, product)


def close(value):
    return pytest.approx(value, rel=1e-9, abs=1e-9)


FIGURES = (
    "gross_kwh", "aux_kwh", "net_kwh", "steam_mj", "fossil_co2_kg", "biogenic_co2_kg", "n2o_kg",
    "ch4_fossil_kg", "ch4_biogenic_kg", "fossil_co2_kg_per_kwh", "n2o_kg_per_kwh",
)  # fmt: skip


@given(data=st.data())
def test_factor_times_output_over_products_is_the_plants_total(data, plant, tables):
    minutes = computed(data.draw(periods(plant)), plant, tables)
    power, steam = (record(minutes, plant, tables, p) for p in ("electricity", "steam"))
    if power.fossil_co2_kg_per_kwh is None:
        return
    shared = power.allocation
    whole = power.fossil_co2_kg_per_kwh * shared["net_kwh"]
    if shared["heat_kwh"]:
        whole += steam.fossil_co2_kg_per_kwh * shared["heat_kwh"]
    assert whole == close(shared["fossil_co2_kg"])


@given(data=st.data())
def test_shares_sum_to_one_by_any_basis(data, plant, tables):
    minutes = computed(data.draw(periods(plant)), plant, tables)
    found = record(minutes, plant, tables)
    for shares in (found.share_heat, found.share_mass, found.share_carbon):
        assert shares is None or math.fsum(shares.values()) == pytest.approx(1.0, abs=1e-12)
    if found.kwh_by_fuel is not None:
        # Power made while nobody knows what burnt is of no fuel.
        mixed = add(minutes, plant).mixed
        assert math.fsum(found.kwh_by_fuel.values()) == close(mixed.net_kwh)


@given(data=st.data(), order=st.permutations(range(3)))
def test_the_order_of_fuels_is_irrelevant(data, order, plant, tables):
    found = data.draw(periods(plant))
    turned = dataclasses.replace(plant, fuels=tuple(plant.fuels[n] for n in order))
    a, b = (record(computed(found, p, tables), p, tables) for p in (plant, turned))
    for name in FIGURES:
        assert getattr(a, name) == getattr(b, name)
    assert (a.share_heat, a.kwh_by_fuel) == (b.share_heat, b.kwh_by_fuel)


@given(data=st.data())
def test_the_unit_of_mass_changes_nothing(data, plant, tables):
    """Tonnes instead of kilograms, with every property per tonne: shares and heat stay."""
    found = [f for f in data.draw(periods(plant)) if f[0] in ("steady", "idle")]
    scale = 1000.0
    lots = LotBook(
        Lot(fuel.id, fuel.id, 0, ncv_ar_mj_per_kg=20.0, co2_total_g_per_mj_ncv=90.0)
        for fuel in plant.fuels
    )
    heavy = LotBook(
        Lot(fuel.id, fuel.id, 0, ncv_ar_mj_per_kg=20.0 * scale, co2_total_g_per_mj_ncv=90.0)
        for fuel in plant.fuels
    )
    kg, tonnes = [], []
    for n, (_, meters, _) in enumerate(found):
        light = meters | {
            f.mass_point: counted(meters[f.mass_point].amount / scale) for f in plant.fuels
        }
        kg.append(minute(BASE_US + n * SLOT_US, meters, plant, lots, tables))
        tonnes.append(minute(BASE_US + n * SLOT_US, light, plant, heavy, tables))
    a, b = record(kg, plant, tables), record(tonnes, plant, tables)
    for name in FIGURES:
        assert getattr(b, name) == (None if getattr(a, name) is None else close(getattr(a, name)))
    for name in ("share_heat", "share_mass"):
        assert getattr(b, name) == (None if getattr(a, name) is None else close(getattr(a, name)))


@given(data=st.data())
def test_splitting_a_period_anywhere_and_summing_gives_the_same(data, plant, tables):
    found = data.draw(periods(plant, least=2))
    assume(len(found) > 1)
    # All is drawn before anything is computed: else what fails once there hides behind a second
    # run that draws more than the first.
    cuts = sorted(data.draw(st.sets(st.integers(1, len(found) - 1), max_size=3)))
    minutes = computed(found, plant, tables)
    edges = [0, *cuts, len(minutes)]
    parts = [add(minutes[a:b], plant) for a, b in pairwise(edges)]
    span = Span("day", BASE_US, BASE_US + len(minutes) * SLOT_US)
    a, b = (build(span, add(p, plant), plant, tables, "electricity") for p in (minutes, parts))
    for name in (*FIGURES, "coverage", "estimated_fraction"):
        assert getattr(b, name) == (None if getattr(a, name) is None else close(getattr(a, name)))
    assert (a.status, a.marks, a.no_factor_reason) == (b.status, b.marks, b.no_factor_reason)
    assert [(f["fuel"], f["lot"]) for f in a.fuels] == [(f["fuel"], f["lot"]) for f in b.fuels]


@given(data=st.data())
def test_slots_without_output_or_coverage_give_no_figure_and_lose_no_kilogram(data, plant, tables):
    found = data.draw(periods(plant, least=3))
    minutes = computed(found, plant, tables)
    whole = record(minutes, plant, tables)
    singles = [record([each], plant, tables, kind="minute") for each in minutes]
    for (kind, _, _), single in zip(found, singles, strict=True):
        if kind == "steady":
            continue
        assert single.fossil_co2_kg_per_kwh is None
        assert single.direct_co2e_kg_per_kwh is None
        assert single.lifecycle_co2e_kg_per_kwh is None
        assert single.fossil_co2_kg_per_gross_kwh is None
        assert single.no_factor_reason
    kg = {"coal": [], "pellets": [], "rpf": []}
    for _, meters, fills in found:
        for fuel, amounts_kg in kg.items():
            amount = meters[f"{fuel}_kg"].amount
            fill = fills.get(f"{fuel}_kg")
            amounts_kg += [x for x in (amount, fill.amount if fill else None) if x is not None]
    for fuel, amounts_kg in kg.items():
        told = [f["kg"] for f in whole.fuels if f["fuel"] == fuel]
        assert math.fsum(told) == close(math.fsum(amounts_kg))
    co2 = [s.fossil_co2_kg for s in singles if s.fossil_co2_kg is not None]
    known = [p.burnt.fossil_co2_kg for m in minutes for p in m.portions]
    assert whole.fossil_co2_kg == close(math.fsum(known))
    assert math.fsum(co2) <= whole.fossil_co2_kg * (1 + 1e-12) + 1e-9


@given(data=st.data())
def test_an_idle_slots_fuel_weighs_on_its_periods_figure(data, plant, tables):
    found = [f for f in data.draw(periods(plant)) if f[0] in ("steady", "idle")]
    minutes = computed(found, plant, tables)
    whole = record(minutes, plant, tables)
    if whole.fossil_co2_kg_per_kwh is None:
        return
    el_share = whole.allocation["el_share"]
    expected = whole.fossil_co2_kg * el_share / whole.net_kwh
    assert whole.fossil_co2_kg_per_kwh == close(expected)


def test_a_period_of_nothing_is_unknown_not_zero(plant, tables):
    none = record(
        computed(
            [("unmeasured", dict.fromkeys(plant.needed(), MeterSlot()), {})] * 3, plant, tables
        ),
        plant,
        tables,
    )
    assert (none.fossil_co2_kg, none.gross_kwh, none.share_heat) == (None, None, None)
    assert (none.coverage, none.status, none.no_factor_reason) == (0.0, "provisional", "incomplete")
