"""Laws that hold for any reads and any mix."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cofiring.balance import SLOT_US, MeterSlot, Track, slot_of
from agent.cofiring.counted import add, counted
from agent.cofiring.factor import Span, build
from agent.cofiring.lots import LotBook
from agent.cofiring.rollup import add as add_up
from agent.cofiring.rollup import minute

LONG_GAP_US = 5_000_000
BASE_US = 1_790_000_040_000_000


@st.composite
def reads(draw):
    """Reads of a counter that only rises, at any instants of some minutes."""
    times = draw(st.lists(st.integers(0, 8 * SLOT_US), min_size=2, max_size=60, unique=True))
    steps = draw(st.lists(st.floats(0, 500), min_size=len(times), max_size=len(times)))
    counts, at = [], draw(st.floats(0, 1e7))
    for step in steps:
        at += step
        counts.append(at)
    return list(zip(sorted(times), counts, strict=True))


def fed(pairs):
    track = Track(LONG_GAP_US)
    for t_us, value in pairs:
        track.feed(t_us, value)
    return track


def total(run):
    return add(map(counted, run)).amount


def estimated(run):
    return add(map(counted, run)).estimated


def slots(track, last_us):
    return [track.slot(start) for start in range(0, slot_of(last_us) + SLOT_US, SLOT_US)]


@given(reads())
def test_slots_add_up_to_the_totaliser(pairs):
    found = slots(fed(pairs), pairs[-1][0])
    assert total(found) == pairs[-1][1] - pairs[0][1]
    assert all(slot.amount is None or slot.amount >= 0.0 for slot in found)


@given(reads(), st.randoms(use_true_random=False))
def test_order_and_repetition_of_reads_change_nothing(pairs, dice):
    shuffled = pairs + pairs[::2]
    dice.shuffle(shuffled)
    assert slots(fed(shuffled), pairs[-1][0]) == slots(fed(pairs), pairs[-1][0])


@given(reads())
def test_only_slots_said_to_be_touched_move(pairs):
    track = Track(LONG_GAP_US)
    last_us = pairs[-1][0]
    for t_us, value in pairs[::-1]:
        before = slots(track, last_us)
        touched = track.feed(t_us, value)
        for n, (old, new) in enumerate(zip(before, slots(track, last_us), strict=True)):
            if old != new:
                assert touched is not None
                assert touched[0] <= n * SLOT_US <= touched[1]


@given(reads(), st.integers(1, 7))
def test_splitting_a_period_sums_the_same(pairs, cut):
    found = slots(fed(pairs), 8 * SLOT_US)
    parts = [part for part in (total(found[:cut]), total(found[cut:])) if part is not None]
    assert math.fsum(parts) == pytest.approx(total(found), rel=1e-12, abs=1e-6)


@given(reads())
def test_estimated_is_a_part_of_the_amount(pairs):
    found = slots(fed(pairs), 8 * SLOT_US)
    for start in range(len(found)):
        run = found[start:]
        amount = total(run)
        if amount is not None:
            assert -1e-9 <= estimated(run) <= amount + 1e-6


def test_gap_inside_a_period_is_measured_by_the_period():
    track = fed([(0, 0.0), (50_000_000, 50.0), (SLOT_US + 10_000_000, 70.0), (2 * SLOT_US, 120.0)])
    first, second = track.slot(0), track.slot(SLOT_US)
    assert estimated([first]) == pytest.approx(10.0)
    assert estimated([second]) == pytest.approx(10.0)
    assert estimated([first, second]) == 0.0
    assert (first.amount, second.amount) == (60.0, 60.0)


def test_gap_over_whole_slots_is_split_by_time_and_says_so():
    track = fed([(0, 0.0), (SLOT_US, 60.0), (4 * SLOT_US, 240.0)])
    run = [track.slot(n * SLOT_US) for n in range(4)]
    assert [slot.amount for slot in run] == [60.0] * 4
    assert [slot.covered for slot in run] == [True] * 4
    assert estimated([run[2]]) == pytest.approx(60.0)
    assert estimated(run) == 0.0


def test_total_that_falls_in_time_is_left_out():
    track = fed([(1_000_000, 5.0), (2_000_000, 6.0)])
    assert track.feed(500_000, 7.0) is None
    assert track.conflicts == 1
    assert track.slot(0).amount == 1.0


def test_counter_reset_costs_its_slot_the_coverage_not_the_kg():
    track = fed([(0, 0.0), (30_000_000, 30.0), (SLOT_US, 60.0)])
    track.break_at(31_000_000)
    assert track.slot(0).covered_us == 0
    assert track.slot(0).amount == 60.0


def test_what_a_reset_swallowed_is_unknown_not_zero():
    track = fed([(0, 0.0), (30_000_000, 30.0)])
    track.break_at(4 * SLOT_US + 20_000_000)
    track.feed(4 * SLOT_US + 25_000_000, 35.0)
    track.feed(5 * SLOT_US, 70.0)
    run = [track.slot(n * SLOT_US) for n in range(5)]
    assert [slot.amount for slot in run] == [30.0, None, None, None, 35.0]
    assert [slot.covered_us for slot in run] == [30_000_000, 0, 0, 0, 0]


amounts = st.just(0.0) | st.floats(1e-6, 1e5)


@st.composite
def meter_minutes(draw, points):
    """Minutes in which every totaliser counted something, output perhaps nothing."""
    found = []
    for _ in range(draw(st.integers(1, 6))):
        found.append({p: MeterSlot(0.0, draw(amounts), SLOT_US, through=False) for p in points})
        if draw(st.booleans()):
            found[-1]["gross_kwh"] = MeterSlot(0.0, 0.0, SLOT_US, through=False)
    return found


@given(data=st.data())
def test_shares_products_and_kilograms(data, plant, tables):
    drawn = data.draw(meter_minutes(plant.needed()))
    # Without a net value in the tables RPF counts only with a lot: leave it unburnt here.
    for meters in drawn:
        meters["rpf_kg"] = MeterSlot(0.0, 0.0, SLOT_US, through=False)
    computed = [
        minute(BASE_US + n * SLOT_US, meters, plant, LotBook(), tables)
        for n, meters in enumerate(drawn)
    ]
    span = Span("settlement", BASE_US, BASE_US + len(drawn) * SLOT_US)
    power = build(span, add_up(computed, plant), plant, tables, "electricity")
    steam = build(span, add_up(computed, plant), plant, tables, "steam")
    for share in (power.share_heat, power.share_mass):
        assert share is None or math.fsum(share.values()) == pytest.approx(1.0, abs=1e-12)
    singles = [
        build(
            Span("minute", BASE_US, BASE_US + SLOT_US),
            add_up([m], plant),
            plant,
            tables,
            "electricity",
        )
        for m in computed
    ]
    kg = math.fsum(r.fossil_co2_kg for r in singles)
    assert power.fossil_co2_kg == pytest.approx(kg, rel=1e-12, abs=1e-12)
    for record in singles:
        if record.net_kwh < plant.minimum_net_kwh:
            assert record.fossil_co2_kg_per_kwh is None
    if power.fossil_co2_kg_per_kwh is not None:
        products = power.fossil_co2_kg_per_kwh * power.net_kwh
        if steam.fossil_co2_kg_per_kwh is not None:
            products += steam.fossil_co2_kg_per_kwh * power.steam_mj / 3.6
            assert products == pytest.approx(power.fossil_co2_kg, rel=1e-9, abs=1e-9)


@given(data=st.data())
def test_order_of_fuels_is_irrelevant(data, plant, tables):
    import dataclasses  # noqa: PLC0415

    drawn = data.draw(meter_minutes(plant.needed()))[0]
    turned = dataclasses.replace(plant, fuels=plant.fuels[::-1])
    span = Span("minute", BASE_US, BASE_US + SLOT_US)
    a, b = (
        build(
            span,
            add_up([minute(BASE_US, drawn, p, LotBook(), tables)], p),
            p,
            tables,
            "electricity",
        )
        for p in (plant, turned)
    )
    assert a.fossil_co2_kg == b.fossil_co2_kg
    assert a.share_mass == b.share_mass
    assert a.fossil_co2_kg_per_kwh == b.fossil_co2_kg_per_kwh
