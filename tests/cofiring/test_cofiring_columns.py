"""The account as arrays says what the account minute by minute says, to 1e-9."""

import math
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from records_alike import compare

from agent.cofiring.accuracy import Accuracy
from agent.cofiring.balance import SLOT_US, Track
from agent.cofiring.columns import Piece
from agent.cofiring.counted import Fill
from agent.cofiring.counted_columns import Filled
from agent.cofiring.factor import Span, build
from agent.cofiring.factor_columns import figures
from agent.cofiring.knot_columns import ColumnTrack, ReadTimes
from agent.cofiring.lots import Lot, LotBook
from agent.cofiring.rollup import add, minute

BASE_US = 1_790_812_680_000_000
"""Eight minutes before a midnight, UTC."""
SLOTS = 12
LONG_GAP_US = 5_000_000
RATES = {
    "coal_kg": 10.0,
    "pellets_kg": 4.0,
    "rpf_kg": 1.0,
    "gross_kwh": 40.0,
    "aux_kwh": 3.0,
    "steam_mj": 50.0,
}
"""Per second."""
ACCURATE = Accuracy(
    0.005, 1.0, 0.1, 0.002, ((BASE_US - SLOT_US, 0.0, 0.01), (BASE_US * 2, 0.02, 0))
)


@st.composite
def plants(draw):
    """Reads of all totalisers with gaps, standstills and resets; lots; fills; calibrations."""
    reads, breaks = {}, {}
    regular = st.just(list(range(0, (SLOTS + 1) * SLOT_US, 15_000_000)))
    any_times = st.lists(st.integers(0, SLOTS * SLOT_US), max_size=30, unique=True).map(sorted)
    ragged = draw(st.sets(st.sampled_from([*RATES]), max_size=2))
    for point, rate in RATES.items():
        times = draw(any_times if point in ragged else regular)
        still = draw(st.one_of(st.none(), st.none(), st.integers(0, SLOTS * SLOT_US)))
        reads[point] = [
            (BASE_US + t, 1e5 + rate * min(t, still if still is not None else t) / 1e6)
            for t in times
        ]
        resets = st.lists(st.integers(0, SLOTS * SLOT_US), max_size=1)
        breaks[point] = draw(resets) if point in ragged else []
    starts = [-1, *draw(st.lists(st.integers(-5, SLOTS * SLOT_US), max_size=3, unique=True))]
    starts = starts[draw(st.integers(0, 1)) :]
    starts = [draw(st.sampled_from([t, t - t % SLOT_US])) for t in starts]
    lots = [
        Lot(
            f"coal-{n}",
            "coal",
            BASE_US + start,
            ncv_dry_mj_per_kg=draw(st.sampled_from([27.5, 26.0])),
            moisture=draw(st.sampled_from([0.1, 0.08])),
            upstream_co2e_g_per_mj_ncv=draw(st.sampled_from([9.0, 9.0, None])),
        )
        for n, start in enumerate(sorted(set(starts)))
    ]
    lots.append(
        Lot(
            "rpf-1",
            "rpf",
            BASE_US - 1,
            ncv_dry_mj_per_kg=25.0,
            moisture=0.03,
            co2_total_g_per_mj_ncv=87.0,
            biogenic_carbon_fraction=0.3,
            upstream_co2e_g_per_mj_ncv=5.0,
        )
    )
    filled = draw(st.dictionaries(st.integers(0, SLOTS - 1), st.floats(0, 100), max_size=4))
    return reads, breaks, LotBook(lots), filled, draw(st.booleans())


def both_ways(story, plant, tables):
    reads, breaks, lots, filled, calibrated = story
    if calibrated:
        plant = replace(plant, accuracy=dict.fromkeys(RATES, ACCURATE))
    tracks, columns = {}, {}
    for point in plant.points():
        tracks[point], columns[point] = Track(LONG_GAP_US), ColumnTrack(LONG_GAP_US)
        for t_us, total in reads[point]:
            tracks[point].feed(t_us, total)
        if reads[point]:
            times = ReadTimes.of(np.array([t for t, _ in reads[point]], dtype=np.int64))
            columns[point].feed(times, np.array([v for _, v in reads[point]]))
        for t_us in breaks[point]:
            tracks[point].break_at(BASE_US + t_us)
            columns[point].break_at(BASE_US + t_us)
    fills = {
        n: {"pellets_kg": Fill(amount, amount / 10, "rule")}
        for n, amount in filled.items()
        if not tracks["pellets_kg"].slot(BASE_US + n * SLOT_US).covered
    }
    minutes = []
    for n in range(SLOTS):
        start = BASE_US + n * SLOT_US
        meters = {point: track.slot(start) for point, track in tracks.items()}
        minutes.append(minute(start, meters, plant, lots, tables, fills.get(n, {})))
    end_us = BASE_US + SLOTS * SLOT_US
    given = Filled.nothing(SLOTS)
    for n, fill in fills.items():
        one = fill["pellets_kg"]
        given.amount[n], given.sigma[n], given.given[n] = one.amount, one.sigma, True
    slots = {point: track.slots(BASE_US, end_us) for point, track in columns.items()}
    return minutes, Piece(slots, plant, lots, tables, {"pellets_kg": given}), plant


@settings(max_examples=60, deadline=None)
@given(plants(), st.sets(st.integers(1, SLOTS - 1)).map(lambda cuts: [0, *sorted(cuts)]))
def test_records_of_any_periods_are_the_same(plant, tables, story, starts):
    minutes, piece, plant = both_ways(story, plant, tables)
    found = piece.sums(np.array(starts))
    for first, last, sums in zip(starts, [*starts[1:], SLOTS], found, strict=True):
        span = Span("part", BASE_US + first * SLOT_US, BASE_US + last * SLOT_US)
        expected = add(minutes[first:last], plant)
        for product in ("electricity", "steam"):
            compare(
                msgspec.to_builtins(build(span, sums, plant, tables, product)),
                msgspec.to_builtins(build(span, expected, plant, tables, product)),
            )


def said(record, name):
    """A figure of a record by its name; NaN where it is not known."""
    value = record
    for key in name.split("."):
        value = None if value is None else value.get(key)
    return math.nan if value is None else value


@pytest.mark.parametrize("method", ["energy_content", "efficiency_method", "defra_2_to_1"])
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plants(), st.sets(st.integers(1, SLOTS - 1)).map(lambda cuts: [0, *sorted(cuts)]))
def test_figures_side_by_side_are_those_of_the_records(plant, tables, method, story, starts):
    plant = replace(plant, allocation_method=method)
    minutes, piece, plant = both_ways(story, plant, tables)
    for product in ("electricity", "steam"):
        found = figures(piece, np.array(starts), tables, product)
        for n, (first, last) in enumerate(zip(starts, [*starts[1:], SLOTS], strict=True)):
            span = Span("part", BASE_US + first * SLOT_US, BASE_US + last * SLOT_US)
            record = build(span, add(minutes[first:last], plant), plant, tables, product)
            fields = msgspec.to_builtins(record)
            for name, column in found.items():
                expected = said(fields, name)
                if math.isnan(expected):
                    assert math.isnan(column[n]), (name, first, last)
                else:
                    assert column[n] == pytest.approx(expected, rel=1e-9, abs=1e-12), name
