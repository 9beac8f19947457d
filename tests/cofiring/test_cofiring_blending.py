"""What comes out of a silo: mass in is mass out and held, by either model."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cofiring.blending import Step, trace

LOTS = ("a", "b", "c")


def step(t_us, total, lot="", kg=0.0, name=None):
    return Step(t_us, kg, lot, name or f"{t_us}{lot}{kg}", total)


@st.composite
def histories(draw, *, sound=True):
    """Fillings of a silo, with what left it between them; never more than it held if sound."""
    steps, total, held = [], draw(st.floats(0, 1e6)), 0.0
    for n in range(draw(st.integers(1, 12))):
        out = draw(st.floats(0, held if sound else 2e5))
        total, held = total + out, max(held - out, 0.0)
        kg = draw(st.floats(1.0, 1e5))
        steps.append(step(n, total, draw(st.sampled_from(LOTS)), kg))
        held += kg
    return steps, held


def by_lot(parts, kg):
    return {lot: fraction * kg for lot, fraction in parts}


@pytest.mark.parametrize("model", ["fifo", "mixed"])
@given(histories(), st.floats(0, 1))
def test_mass_in_is_mass_out_and_held_by_lot(model, history, more):
    steps, held = history
    found = trace(model, steps)
    start, end = steps[0].total, steps[-1].total + more * held
    out = by_lot(found.parts(start, end), end - start)
    given_kg = {lot: math.fsum(s.kg for s in steps if s.lot == lot) for lot in LOTS}
    scale = sum(given_kg.values())
    assert found.in_kg == pytest.approx(scale)
    assert found.overdrawn_kg <= 1e-9 * scale + 1e-6
    still = dict(found.held)
    gone = by_lot(found.parts(steps[-1].total, end), end - steps[-1].total)
    for lot in LOTS:
        left = still.get(lot, 0.0) - gone.get(lot, 0.0)
        assert out.get(lot, 0.0) + left == pytest.approx(given_kg[lot], abs=1e-7 * scale + 1e-6)
    assert found.held_kg(end) == pytest.approx(held * (1 - more), abs=1e-7 * scale + 1e-6)


@pytest.mark.parametrize("model", ["fifo", "mixed"])
@given(histories(sound=False), st.lists(st.floats(-1e5, 3e6), min_size=2, max_size=6))
def test_fractions_sum_to_one_and_add_up_however_cut(model, history, cuts):
    found = trace(model, history[0])
    cuts = sorted(cuts)
    for first, last in pairwise(cuts):
        parts = found.parts(first, last)
        assert math.fsum(part for _, part in parts) == pytest.approx(1.0, abs=1e-12)
        assert all(part >= 0.0 for _, part in parts)
    whole = by_lot(found.parts(cuts[0], cuts[-1]), cuts[-1] - cuts[0])
    pieces = {}
    for first, last in pairwise(cuts):
        for lot, kg in by_lot(found.parts(first, last), last - first).items():
            pieces[lot] = pieces.get(lot, 0.0) + kg
    for lot, kg in whole.items():
        assert pieces.get(lot, 0.0) == pytest.approx(kg, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("model", ["fifo", "mixed"])
@given(histories(), st.randoms(use_true_random=False))
def test_order_in_which_steps_are_told_is_irrelevant(model, history, dice):
    steps = [step(s.t_us // 3, s.total, s.lot, s.kg, str(n)) for n, s in enumerate(history[0])]
    told = {}
    steps = [  # at one instant the meter stands at one total
        Step(s.t_us, s.kg, s.lot, s.id, told.setdefault(s.t_us, s.total)) for s in steps
    ]
    shuffled = list(steps)
    dice.shuffle(shuffled)
    assert trace(model, shuffled) == trace(model, steps)


@pytest.mark.parametrize("model", ["fifo", "mixed"])
@given(histories(sound=False), st.floats(0.001, 1000.0))
def test_the_unit_of_mass_changes_nothing(model, history, unit):
    scaled = [Step(s.t_us, s.kg * unit, s.lot, s.id, s.total * unit) for s in history[0]]
    end = history[0][-1].total + 10.0
    found = dict(trace(model, history[0]).parts(history[0][0].total, end))
    other = dict(trace(model, scaled).parts(scaled[0].total, end * unit))
    for lot in found.keys() | other.keys():
        assert other.get(lot, 0.0) == pytest.approx(found.get(lot, 0.0), abs=1e-6)


def test_first_in_first_out_and_mixed_differ():
    steps = [step(0, 1000.0, "a", 600.0), step(1, 1200.0, "b", 400.0)]
    fifo, mixed = trace("fifo", steps), trace("mixed", steps)
    assert fifo.parts(1200.0, 1600.0) == (("a", 1.0),)
    assert dict(fifo.parts(1500.0, 1700.0)) == {"a": 0.5, "b": 0.5}
    assert dict(mixed.parts(1200.0, 1600.0)) == {"a": 0.5, "b": 0.5}
    assert dict(mixed.parts(1100.0, 1300.0)) == {"a": 0.75, "b": 0.25}
    assert fifo.held == (("a", 400.0), ("b", 400.0))
    assert mixed.held == (("a", 400.0), ("b", 400.0))


@pytest.mark.parametrize("model", ["fifo", "mixed"])
def test_empty_check_ends_what_the_scales_got_wrong(model):
    steps = [step(0, 0.0, "a", 500.0), step(1, 480.0), step(2, 480.0, "b", 100.0)]
    found = trace(model, steps)
    assert found.parts(480.0, 520.0) == (("b", 1.0),)
    assert found.written_off_kg == pytest.approx(20.0)
    assert found.overdrawn_kg == 0.0
    assert found.held_kg(520.0) == pytest.approx(60.0)


@pytest.mark.parametrize("model", ["fifo", "mixed"])
def test_more_out_than_in_stretches_the_last_lot_and_is_shown(model):
    found = trace(model, [step(0, 0.0, "a", 500.0), step(1, 530.0, "b", 100.0)])
    assert found.parts(490.0, 530.0) == (("a", 1.0),)
    assert found.parts(530.0, 560.0) == (("b", 1.0),)
    assert found.overdrawn_kg == pytest.approx(30.0)


@pytest.mark.parametrize("model", ["fifo", "mixed"])
def test_before_the_first_filling_nobody_knows(model):
    found = trace(model, [step(0, 100.0, "a", 500.0)])
    assert found.parts(0.0, 50.0) == ((None, 1.0),)
    assert dict(found.parts(50.0, 150.0)) == {None: 0.5, "a": 0.5}
    assert found.at(100.0) == (("a", 1.0),)
    assert trace(model, []).parts(0.0, 1.0) == ((None, 1.0),)


def test_check_and_filling_at_one_instant_begin_with_the_check():
    both = [step(1, 300.0, "b", 100.0), step(1, 300.0), step(0, 0.0, "a", 500.0)]
    assert trace("fifo", both).parts(300.0, 350.0) == (("b", 1.0),)
