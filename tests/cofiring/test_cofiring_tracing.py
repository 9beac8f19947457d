"""Lots on their way through silos and feed lines to the burner."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cofiring.balance import SLOT_US
from agent.cofiring.feeding import Discharge, EmptyCheck, Feeding, Filling, OnLine, Silo
from agent.cofiring.lots import Lot
from agent.cofiring.moisture import Composite
from agent.cofiring.tracing import Supply
from agent.errors import UnknownFuelError


class Steady:
    """Outlet totals that rise by so many kilograms a slot."""

    def __init__(self, kg_per_slot=10.0, until_slot=1000):
        self.rate = kg_per_slot / SLOT_US
        self.until = until_slot * SLOT_US
        self.read = {}

    def total(self, point, t_us):
        return None if point == "never_read" else max(min(t_us, self.until), 0) * self.rate

    def gauge(self, point, slot_us):
        return self.read.get(slot_us // SLOT_US)

    def edition(self):
        return 0

    def until_us(self):
        return self.until


A, B = Lot("a", "pellets", 0, ncv_ar_mj_per_kg=17.0), Lot("b", "pellets", 0, moisture=0.2)
COAL = Lot("c", "coal", 0)


def supply(*events, totals=None, lots=(A, B, COAL), model="fifo", delay_slots=0, **more):
    silo = Silo("s1", "pellets", "out_kg", model, delay_slots * SLOT_US)
    feeding = Feeding(silos=more.pop("silos", (silo,)), events=events, **more)
    return Supply(lots, feeding, totals or Steady())


def fill(slot, lot, kg, silo="s1"):
    return Filling(f"{slot}{lot}", silo, lot, slot * SLOT_US, kg)


def parts(burning, from_slot, to_slot, other=False):
    ask = burning.other_parts if other else burning.parts
    found = ask("pellets", round(from_slot * SLOT_US), round(to_slot * SLOT_US))
    return {lot.id if lot else None: pytest.approx(part) for lot, part in found}


def test_a_lot_burns_when_those_before_it_are_used_up():
    burning = supply(fill(0, "a", 100.0), fill(2, "b", 50.0))
    assert parts(burning, 9, 10) == {"a": 1.0}
    assert parts(burning, 10, 11) == {"b": 1.0}
    assert parts(burning, 9.5, 10.5) == {"a": 0.5, "b": 0.5}
    # Mixed since slot 2: 80 kg of a beside 50 kg of b.
    assert parts(burning, 9, 10, other=True) == {"a": 80 / 130, "b": 50 / 130}
    assert burning.at("pellets", 3 * SLOT_US).id == "a"


def test_transport_delay_moves_it_to_the_burner():
    burning = supply(fill(0, "a", 100.0), fill(2, "b", 50.0), delay_slots=3)
    assert parts(burning, 12, 13) == {"a": 1.0}
    assert parts(burning, 13, 14) == {"b": 1.0}


def test_totals_that_are_shifted_already_shift_the_filling_not_the_flow():
    silo = Silo("s1", "pellets", "out_kg", "fifo", 0, shift_us=4 * SLOT_US)
    burning = supply(fill(0, "a", 100.0), fill(2, "b", 50.0), silos=(silo,))
    assert parts(burning, 13, 14) == {"a": 1.0}
    assert parts(burning, 14, 15) == {"b": 1.0}


def test_fuels_without_a_silo_burn_lot_after_lot():
    burning = supply(fill(0, "a", 100.0))
    assert burning.parts("coal", 0, SLOT_US) == [(COAL, 1.0)]
    assert burning.other_parts("coal", 0, SLOT_US) == [(COAL, 1.0)]
    assert burning["c"] is COAL
    assert burning["a"] is A
    assert burning.of("pellets") == (A, B)
    assert not burning.is_traced("coal")


def test_discharges_by_hand_stand_in_for_an_outlet_meter():
    silo = Silo("s1", "pellets", "")
    events = [fill(0, "a", 100.0), fill(0, "b", 100.0)]
    events += [Discharge("d1", "s1", 0, 10 * SLOT_US, 150.0)]
    burning = supply(*events, silos=(silo,))
    assert parts(burning, 0, 6) == {"a": 1.0}
    assert parts(burning, 8, 10) == {"b": 1.0}
    assert parts(burning, 5, 10) == {"a": 25 / 75, "b": 50 / 75}
    # Nothing leaves any more: the feeder holds what came last.
    assert parts(burning, 20, 21) == {"b": 1.0}


def test_two_silos_count_by_what_left_them():
    silos = (Silo("s1", "pellets", "out_kg"), Silo("s2", "pellets", ""))
    events = (fill(0, "a", 1e3), fill(0, "b", 1e3, "s2"), Discharge("d", "s2", 0, 10 * SLOT_US, 50))
    burning = supply(*events, silos=silos)
    assert parts(burning, 0, 10) == {"a": 100 / 150, "b": 50 / 150}
    assert parts(burning, 10, 20) == {"a": 1.0}
    assert burning.changes("pellets", 0, 3 * SLOT_US) == [SLOT_US, 2 * SLOT_US]


def test_outlet_never_read_is_of_no_known_lot():
    burning = supply(fill(0, "a", 1e3), silos=(Silo("s1", "pellets", "never_read"),))
    assert parts(burning, 0, 1) == {None: 1.0}


def test_a_filling_still_to_come_moves_nothing_before_it():
    totals = Steady(until_slot=5)
    burning = supply(fill(0, "a", 30.0), fill(8, "b", 100.0), totals=totals)
    assert parts(burning, 3, 4) == {"a": 1.0}
    totals.until = 100 * SLOT_US
    assert parts(burning, 7, 8) == {"a": 1.0}
    assert parts(burning, 8, 9) == {"b": 1.0}


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.sampled_from("ab"), st.floats(1, 300)),
        max_size=8,
        unique_by=lambda told: told[0],
    ),
    st.sampled_from(["fifo", "mixed"]),
    st.integers(0, 5),
)
def test_between_changes_parts_of_every_slot_are_the_same(told, model, delay):
    burning = supply(*(fill(*one) for one in told), model=model, delay_slots=delay)
    end = 60 * SLOT_US
    cuts = [0, *burning.changes("pellets", 0, end), end]
    for first, last in pairwise(cuts):
        for ask in (burning.parts, burning.other_parts):
            slots = [ask("pellets", t, t + SLOT_US) for t in range(first, last, SLOT_US)]
            assert all(_by_id(slot) == pytest.approx(_by_id(slots[0])) for slot in slots)
            assert all(math.fsum(p for _, p in s) == pytest.approx(1.0) for s in slots)


def _by_id(parts):
    return {lot.id if lot else None: part for lot, part in parts}


def test_moisture_is_measured_or_the_lots_own_and_says_which():
    composite = Composite("m1", "pellets", 0, 10 * SLOT_US, 0.12, 0.01, "ISO 18134")
    burning = supply(composites=(composite,), outdoors=frozenset({"pellets"}))
    found = burning.moisture_at("pellets", B, 0, SLOT_US)
    assert (found.value, found.half95, found.substituted) == (0.12, 0.01, False)
    later = burning.moisture_at("pellets", B, 10 * SLOT_US, 11 * SLOT_US)
    assert (later.value, later.source, later.substituted) == (0.2, "lot b", True)
    assert burning.moisture_at("pellets", A, 10 * SLOT_US, 11 * SLOT_US) is None
    assert burning.moisture_at("coal", COAL, 0, SLOT_US) is None
    assert burning.moisture_changes("pellets", 0, 20 * SLOT_US) == [10 * SLOT_US]
    assert burning.moisture_changes("coal", 0, 20 * SLOT_US) == []


def test_a_meter_at_the_feeder_goes_before_composites_and_lots():
    composite = Composite("m1", "pellets", 0, 3 * SLOT_US, 0.12)
    totals = Steady()
    totals.read = {0: 10.0, 1: 30.0, 9: 100.0}
    meter = OnLine("pellets", "belt.moisture_percent", 0.5)
    burning = supply(composites=(composite,), on_line=(meter,), totals=totals)

    def at(slot, to_slot):
        return burning.moisture_at("pellets", B, slot * SLOT_US, to_slot * SLOT_US)

    assert (at(0, 1).value, at(0, 1).half95) == (0.1, 0.005)
    assert (at(0, 2).value, at(0, 2).source) == (0.2, "on-line belt.moisture_percent")
    assert at(2, 3).source == "moisture m1"
    # It should have spoken: the lot's own is a substitute. Nor is a hundred per cent a moisture.
    assert (at(5, 6).source, at(5, 6).substituted) == ("lot b", True)
    assert at(9, 10).substituted
    assert burning.moisture_changes("pellets", 0, 3 * SLOT_US) == [SLOT_US, 2 * SLOT_US]


@pytest.mark.parametrize(
    ("event", "words"),
    [
        pytest.param(fill(0, "x", 1.0), "import the lot first", id="no such lot"),
        pytest.param(fill(0, "c", 1.0), "which silo s1 holds", id="lot of another fuel"),
        pytest.param(EmptyCheck("e", "s9", 0), "use one of: s1", id="no such silo"),
    ],
)
def test_what_cannot_be_is_refused(event, words):
    with pytest.raises(UnknownFuelError, match=words):
        supply(event)
