"""A lot stands for no more than was delivered of it; what burns beyond is of an unknown lot."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cofiring.balance import SLOT_US, MeterSlot
from agent.cofiring.blending import Spent, Step, bounded, trace
from agent.cofiring.columns import Piece
from agent.cofiring.delivered import Beyond, limits_kg
from agent.cofiring.delivered_book import DeliveredBook
from agent.cofiring.deliveries import Certificate, Delivery, ZeroRating
from agent.cofiring.feeding import Discharge, Feeding, Filling, Silo
from agent.cofiring.lots import Lot, LotBook
from agent.cofiring.owed import marks
from agent.cofiring.rollup import add, minute
from agent.cofiring.slot_columns import SlotColumns
from agent.cofiring.tracing import Supply

RATED = (ZeroRating("jp_fit", "FSC C-002"),)
KG_PER_SLOT = 10.0
TODAY = 29_833_334
"""A slot in 2026, when the tables know the fuel."""


class Steady:
    """Every total rises by 10 kg a slot."""

    def total(self, point, t_us):
        return None if point == "never_read" else t_us / SLOT_US * KG_PER_SLOT

    def gauge(self, point, slot_us):
        return None

    def edition(self):
        return 0

    def until_us(self):
        return 1000 * SLOT_US


def lot(name="c2", kg=100.0, from_slot=0, half95=None, **more):
    delivery = None if kg is None else Delivery(mass_kg=kg, mass_half95_kg=half95)
    return Lot(
        name, "pellets", from_slot * SLOT_US, ncv_ar_mj_per_kg=17.0, moisture=0.07,
        delivery=delivery, zero_rated=RATED, **more,
    )  # fmt: skip


def line(*lots, fillings, model="fifo"):
    silo = Silo("line", "pellets", "pellets_kg", model)
    events = [Filling(f"f{n}", "line", *each) for n, each in enumerate(fillings)]
    return Supply(lots, Feeding(silos=(silo,), events=events), Steady())


def book(*lots):
    return DeliveredBook(lots, {"pellets": "pellets_kg"}, Steady())


def kinds(one):
    """The traced and the simple case of one lot that burns from its first slot on."""
    return {"traced": line(one, fillings=[(one.id, one.from_us, 100.0)]), "simple": book(one)}


def named(parts):
    return {found.id if found else None: pytest.approx(part) for found, part in parts}


@pytest.mark.parametrize("kind", ["traced", "simple"])
def test_what_burns_beyond_a_delivery_is_of_no_known_lot(kind):
    burning = kinds(lot())[kind]
    ask = lambda a, b: (round(a * SLOT_US), round(b * SLOT_US))  # noqa: E731
    assert named(burning.parts("pellets", *ask(0, 10))) == {"c2": 1.0}
    assert named(burning.parts("pellets", *ask(9.5, 10.5))) == {"c2": 0.5, None: 0.5}
    assert named(burning.parts("pellets", *ask(10, 400))) == {None: 1.0}
    assert named(burning.beyond("pellets", *ask(9, 13))) == {"c2": 0.75}
    assert burning.beyond("pellets", *ask(0, 10)) == []
    assert burning.at("pellets", 5 * SLOT_US).id == "c2"
    assert burning.at("pellets", 11 * SLOT_US) is None
    sure = kinds(lot(half95=20.0))[kind]
    assert named(sure.parts("pellets", *ask(11, 13))) == {"c2": 0.5, None: 0.5}


@pytest.mark.parametrize("kind", ["traced", "simple"])
def test_what_burns_beyond_it_carries_nothing_of_it(kind, plant, tables):
    burning = kinds(lot(from_slot=TODAY))[kind]
    meters = {p: counted(0, 1.0) for p in plant.needed()} | {"pellets_kg": counted(0, KG_PER_SLOT)}
    slots = [minute((TODAY + n) * SLOT_US, meters, plant, burning, tables) for n in range(15)]
    found = [p for p in add(slots, plant).everything.portions if p.fuel == "pellets"]
    mine, unknown = found
    assert (mine.lot, mine.burnt.kg, mine.zero_rated) == ("c2", pytest.approx(100.0), RATED)
    assert (unknown.lot, unknown.burnt.kg) == (None, pytest.approx(50.0))
    assert unknown.zero_rated == ()
    without = minute(TODAY * SLOT_US, meters, plant, LotBook(), tables)
    (table,) = (p for p in without.portions if p.fuel == "pellets")
    assert unknown.properties == table.properties
    assert unknown.burnt.mj == pytest.approx(table.burnt.mj * 5)
    assert unknown.beyond == (Beyond("c2", 100.0, pytest.approx(50.0)),)
    said = marks(add(slots, plant), plant, 15 * SLOT_US)
    assert said[0] == (
        "beyond_delivered: pellets, lot c2: 100 kg delivered, 50 kg more burnt; "
        "that is of a lot nobody told of"
    )


@pytest.mark.parametrize("kind", ["traced", "simple"])
def test_arrays_say_the_same_and_it_matters_not_where_they_begin(kind, plant, tables):
    burning = kinds(lot(kg=95.0))[kind]
    for first in (0, 4, 9, 12):
        slots = {p: columns(first, 16, 1.0) for p in plant.needed()}
        slots["pellets_kg"] = columns(first, 16, KG_PER_SLOT)
        whole = np.array([0])
        (again,) = Piece(slots, plant, burning, tables).sums(whole)
        meters = {p: counted(0, 1.0) for p in plant.needed()}
        meters["pellets_kg"] = counted(0, KG_PER_SLOT)
        span = range(first, 16)
        one = add([minute(n * SLOT_US, meters, plant, burning, tables) for n in span], plant)
        for a, b in zip(one.everything.portions, again.everything.portions, strict=True):
            assert (a.fuel, a.lot, a.zero_rated) == (b.fuel, b.lot, b.zero_rated)
            assert b.burnt.kg == pytest.approx(a.burnt.kg, rel=1e-9)
            assert [(x.lot, x.delivered_kg) for x in a.beyond] == [
                (x.lot, x.delivered_kg) for x in b.beyond
            ]
            assert [x.kg for x in b.beyond] == pytest.approx([x.kg for x in a.beyond])
        over = math.fsum(b.kg for p in one.everything.portions for b in p.beyond)
        assert over == pytest.approx((16 - max(first, 9.5)) * KG_PER_SLOT)


def test_the_next_lot_ends_what_was_unknown():
    simple = book(lot(), lot("c3", 50.0, from_slot=20))
    traced = line(lot(), lot("c3", 50.0), fillings=[("c2", 0, 100.0), ("c3", 20 * SLOT_US, 50.0)])
    for burning in (simple, traced):
        at = [burning.at("pellets", n * SLOT_US) for n in (5, 15, 22, 30)]
        assert [one.id if one else None for one in at] == ["c2", None, "c3", None]


def test_what_nobody_weighed_is_unbounded_but_a_claim_needs_at_least_a_filling():
    plain = Lot("c2", "pellets", 0)
    assert named(book(lot(kg=None)).parts("pellets", 0, 99 * SLOT_US)) == {"c2": 1.0}
    fillings = [("c2", 0, 100.0)]
    assert named(line(plain, fillings=fillings).parts("pellets", 0, 99 * SLOT_US)) == {"c2": 1.0}
    vouched = Lot("c2", "pellets", 0, certificates=(Certificate("sustainability", "1"),))
    for claimed in (vouched, lot(kg=None)):
        found = line(claimed, fillings=fillings).parts("pellets", 0, 20 * SLOT_US)
        assert named(found) == {"c2": 0.5, None: 0.5}


def test_a_fuel_that_nothing_but_lots_tells_of_is_bounded_where_claims_rest_on_it():
    plain = Lot("c2", "pellets", 0, delivery=Delivery(mass_kg=100.0))
    for one, unknown in ((plain, {}), (lot(), {None: 0.5})):
        alone = DeliveredBook([one], {"pellets": "pellets_kg"}, Steady(), {"pellets"})
        expected = unknown | {"c2": 1.0 - sum(unknown.values())}
        assert named(alone.parts("pellets", 0, 20 * SLOT_US)) == expected


@pytest.mark.parametrize("model", ["fifo", "mixed"])
def test_a_silo_whose_later_discharges_nobody_told_is_bounded_by_its_feeder(model):
    silo = Silo("s1", "pellets", "", model, delay_us=2 * SLOT_US)
    events = [
        Filling("f1", "s1", "c2", 5 * SLOT_US, 100.0),
        Discharge("d1", "s1", 6 * SLOT_US, 8 * SLOT_US, 40.0),
    ]
    feeding = Feeding(silos=(silo,), events=events)
    burning = Supply((lot(),), feeding, Steady(), {"pellets": "pellets_kg"})
    ask = [(n * SLOT_US, (n + 1) * SLOT_US) for n in range(8, 40)]
    mine = [dict(named(burning.parts("pellets", *span))) for span in ask]
    # The feeder weighs 10 kg a slot from slot 7 on, whatever was told of the outlet.
    assert [n for n, span in zip(range(8, 40), mine, strict=True) if "c2" in span] == list(
        range(8, 17)
    )
    assert mine[-1] == {None: 1.0}
    changes = burning.changes("pellets", 8 * SLOT_US, 40 * SLOT_US)
    assert 17 * SLOT_US in changes
    assert named(burning.beyond("pellets", 30 * SLOT_US, 31 * SLOT_US)) == {"c2": 1.0}


def test_a_lot_in_two_silos_stands_for_one_delivery():
    events = [Filling("1", "a", "c2", 0, 30.0), Filling("2", "b", "c2", 0, 90.0)]
    found = limits_kg(events, {"c2": lot()})
    assert found == {"a": {"c2": pytest.approx(25.0)}, "b": {"c2": pytest.approx(75.0)}}


def test_totals_never_read_bound_nothing():
    unread = DeliveredBook([lot()], {"pellets": "never_read"}, Steady())
    assert named(unread.parts("pellets", 0, 99 * SLOT_US)) == {"c2": 1.0}
    assert unread.changes("pellets", 0, 99 * SLOT_US) == []


steps = st.lists(
    st.tuples(st.floats(0, 500), st.sampled_from("abc"), st.floats(1, 300)), min_size=1, max_size=8
)


@pytest.mark.parametrize("model", ["fifo", "mixed"])
@given(steps, st.fixed_dictionaries({"a": st.floats(1, 400), "b": st.floats(1, 400)}))
def test_no_more_comes_out_of_a_lot_than_there_is(model, history, limits):
    total, told = 0.0, []
    for n, (out, name, kg) in enumerate(history):
        total += out
        told.append(Step(n, kg, name, str(n), total))
    found = trace(model, told)
    held = bounded(found, limits)
    end = total + 3000.0
    out_kg = dict.fromkeys(limits, 0.0)
    cuts = [0.0, *held.edges, end]
    for first, last in pairwise(cuts):
        plain, blend = found.parts(first, last), held.parts(first, last)
        assert math.fsum(part for _, part in blend) == pytest.approx(1.0)
        whose = {key.lot if isinstance(key, Spent) else key for key, _ in blend}
        assert whose == {key for key, _ in plain} or last <= first
        for key, part in blend:
            if key in out_kg:
                out_kg[key] += part * max(last - first, 0.0)
    for name, kg in out_kg.items():
        assert kg <= limits[name] + 1e-6


@given(st.lists(st.tuples(st.integers(0, 30), st.floats(1, 400)), min_size=1, max_size=4,
                unique_by=lambda one: one[0]),
       st.integers(0, 20), st.integers(1, 60))  # fmt: skip
def test_between_two_changes_of_a_book_its_parts_stay(told, first, length):
    lots = [lot(f"l{n}", kg, from_slot=start) for n, (start, kg) in enumerate(told)]
    burning = book(*lots)
    from_us, to_us = first * SLOT_US, (first + length) * SLOT_US
    cuts = [from_us, *burning.changes("pellets", from_us, to_us), to_us]
    assert cuts == sorted(set(cuts))
    sums: dict[str | None, float] = {}
    for start, end in pairwise(cuts):
        parts = burning.parts("pellets", start, end)
        assert math.fsum(part for _, part in parts) == pytest.approx(1.0)
        for one, part in parts:
            key = one.id if one else None
            sums[key] = sums.get(key, 0.0) + part * (end - start)
        if end - start > SLOT_US:
            inner = burning.parts("pellets", start, start + SLOT_US)
            assert named(inner) == dict(named(parts))
    whole = burning.parts("pellets", from_us, to_us)
    assert {one.id if one else None: part * (to_us - from_us) for one, part in whole} == (
        pytest.approx({key: kg for key, kg in sums.items() if kg}, rel=1e-9, abs=1.0)
    )


def counted(start, amount):
    return MeterSlot(float(start), start + amount, SLOT_US, through=False)


def columns(first, last, amount):
    count = last - first
    at = np.arange(first, last + 1) * amount
    zeros = np.zeros(count)
    return SlotColumns(
        first * SLOT_US, at[:-1], at[1:], np.full(count, SLOT_US), zeros, zeros,
        np.zeros(count, bool),
    )  # fmt: skip
