"""Intervals side by side are those of the records, whatever the kilograms are of."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from agent.cofiring.accuracy import Accuracy
from agent.cofiring.balance import SLOT_US, MeterSlot
from agent.cofiring.columns import Piece
from agent.cofiring.factor import Span, build
from agent.cofiring.factor_columns import figures
from agent.cofiring.feeding import Feeding, Filling, Silo
from agent.cofiring.lots import Lot
from agent.cofiring.moisture import Composite
from agent.cofiring.plant import PowerFactor
from agent.cofiring.rollup import add, minute
from agent.cofiring.slot_columns import SlotColumns
from agent.cofiring.tracing import Supply

FIRST = 29_833_334
"""A slot in 2026, when the tables know the fuels."""
SLOTS = 24
RATES = {
    "coal_kg": 480.0, "pellets_kg": 10.0, "rpf_kg": 60.0,
    "gross_kwh": 2400.0, "aux_kwh": 180.0, "steam_mj": 3000.0,
}  # fmt: skip
"""A slot, of every totaliser."""
METER = Accuracy(0.005, 1.0, 0.1, 0.002, ((FIRST * SLOT_US - SLOT_US, 0.0, 0.0),))
HALF = Composite("m1", "pellets", FIRST * SLOT_US, (FIRST + 12) * SLOT_US, 0.12, 0.01)


class Totals:
    """What totalisers say; no moisture meter is there."""

    def total(self, point, t_us):
        return (t_us / SLOT_US - FIRST) * RATES[point]

    def gauge(self, point, slot_us):
        return None

    def edition(self):
        return 0

    def until_us(self):
        return (FIRST + SLOTS) * SLOT_US


def burning(wetter=0.0, **more):
    """Three lots of pellets in a silo that mixes, and one of each other fuel."""
    lots = [
        Lot(
            f"p{n}",
            "pellets",
            (FIRST + 5 * n) * SLOT_US,
            ncv_dry_mj_per_kg=18.9 - 0.4 * n,
            moisture=0.09 + wetter * n,
            upstream_co2e_g_per_mj_ncv=9.0,
        )
        for n in range(3)
    ]
    own = {"moisture": 0.1, "co2_total_g_per_mj_ncv": 94.0, "upstream_co2e_g_per_mj_ncv": 9.0}
    others = [
        Lot(f"{fuel}-1", fuel, FIRST * SLOT_US, ncv_dry_mj_per_kg=27.5, **own)
        for fuel in ("coal", "rpf")
    ]
    events = [Filling(f"f{one.id}", "s1", one.id, one.from_us, 100.0) for one in lots]
    silo = Silo("s1", "pellets", "pellets_kg", "mixed")
    feeding = Feeding(silos=(silo,), events=events, **more)
    return Supply([*lots, *others], feeding, Totals())


def slot(point, n):
    """What a totaliser counted; nobody reads the coal in one slot."""
    if (point, n) == ("coal_kg", 9):
        return MeterSlot()
    return MeterSlot(n * RATES[point], (n + 1) * RATES[point], SLOT_US, through=False)


def compare(lots, plant, tables, starts, product):
    """Figures of periods against the records of the same minutes."""
    plant = replace(plant, accuracy=dict.fromkeys(RATES, METER))
    minutes = [
        minute((FIRST + n) * SLOT_US, {p: slot(p, n) for p in RATES}, plant, lots, tables)
        for n in range(SLOTS)
    ]
    columns = {
        point: SlotColumns.of_slots(
            FIRST * SLOT_US, SLOTS, {(FIRST + n) * SLOT_US: slot(point, n) for n in range(SLOTS)}
        )
        for point in RATES
    }
    piece = Piece(columns, plant, lots, tables)
    found = figures(piece, np.array(starts), tables, product)
    known = 0
    for n, (first, last) in enumerate(zip(starts, [*starts[1:], SLOTS], strict=True)):
        span = Span("part", (FIRST + first) * SLOT_US, (FIRST + last) * SLOT_US)
        record = build(span, add(minutes[first:last], plant), plant, tables, product)
        fields = msgspec.to_builtins(record)
        for name in ("ci95_low", "ci95_high"):
            expected = fields.get(name)
            if expected is None:
                assert np.isnan(found[name][n])
                continue
            known += 1
            assert found[name][n] == pytest.approx(expected, rel=1e-9), (name, first, last)
    assert known >= 2 * (len(starts) - 1)


@pytest.mark.parametrize("product", ["electricity", "steam"])
@pytest.mark.parametrize("starts", [[*range(SLOTS)], [0, 3, 8, 12, 14]])
def test_lots_that_mix_and_a_moisture_that_stands_in(plant, tables, starts, product):
    lots = burning(composites=(HALF,), outdoors=frozenset({"pellets"}))
    compare(lots, plant, tables, starts, product)


@pytest.mark.parametrize("product", ["electricity", "steam"])
@pytest.mark.parametrize("starts", [[*range(SLOTS)], [0, 3, 8, 12, 14]])
def test_a_power_bonus(plant, tables, starts, product):
    bonus = PowerFactor(0.05, "Reference plant of the tests")
    plant = replace(plant, allocation_method="power_bonus", bonus=bonus)
    compare(burning(), plant, tables, starts, product)


@pytest.mark.parametrize("starts", [[*range(SLOTS)], [0, 3, 8, 12, 14]])
def test_lots_of_other_moistures_with_a_moisture_that_stands_in(plant, tables, starts):
    lots = burning(0.02, composites=(HALF,), outdoors=frozenset({"pellets"}))
    compare(lots, plant, tables, starts, "electricity")
