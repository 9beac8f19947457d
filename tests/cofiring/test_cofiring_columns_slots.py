"""Arrays of reads give the slots that the reads give one by one."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.cofiring.balance import LONGEST_GAP_US, SLOT_US, Track
from agent.cofiring.knot_columns import ColumnTrack, ReadTimes
from agent.cofiring.slot_columns import SlotColumns

LONG_GAP_US = 5_000_000
SLOTS = 9


@st.composite
def histories(draw):
    """Reads in order of time, some at one instant, some falling; resets; gaps long and short."""
    steps = draw(
        st.lists(
            st.one_of(
                st.integers(0, 3_000_000),
                st.integers(0, 3 * SLOT_US),
                st.sampled_from([SLOT_US, 2 * SLOT_US, LONG_GAP_US, LONG_GAP_US + 1]),
            ),
            min_size=1,
            max_size=40,
        )
    )
    rises = draw(st.lists(st.floats(-3, 500), min_size=len(steps), max_size=len(steps)))
    times = [sum(steps[: n + 1]) for n in range(len(steps))]
    totals = [1e6 + sum(rises[: n + 1]) for n in range(len(steps))]
    breaks = draw(st.lists(st.integers(0, SLOTS * SLOT_US), max_size=2))
    cut = draw(st.integers(0, len(steps)))
    while 0 < cut < len(times) and times[cut] <= times[cut - 1]:
        cut += 1
    return times, totals, breaks, cut


def one_by_one(times, totals, breaks):
    track = Track(LONG_GAP_US)
    for t_us, value in zip(times, totals, strict=True):
        track.feed(t_us, value)
    for t_us in breaks:
        track.break_at(t_us)
        track.jump_at(t_us, t_us % 7 / 3)
    return track


def at_once(times, totals, breaks, cut):
    track = ColumnTrack(LONG_GAP_US)
    for part in (slice(None, cut), slice(cut, None)):
        if times[part]:
            instants = ReadTimes.of(np.array(times[part], dtype=np.int64))
            track.feed(instants, np.array(totals[part], dtype=float))
    for t_us in breaks:
        track.break_at(t_us)
        track.jump_at(t_us, t_us % 7 / 3)
    return track


@settings(max_examples=150)
@given(histories())
@example(([0, 0, 5, 5, 5, 9], [10.0, 30.0, 4.0, 12.0, 3.0, 11.0], [], 0))
def test_slots_are_the_same_to_the_last_bit(history):
    times, totals, breaks, cut = history
    expected = one_by_one(times, totals, breaks)
    track = at_once(times, totals, breaks, cut)
    found = track.slots(0, SLOTS * SLOT_US)
    for n in range(SLOTS):
        assert found.slot(n) == expected.slot(n * SLOT_US)
    assert track.conflicts == expected.conflicts
    assert track.last_us == expected.last_us


@given(histories(), st.integers(0, SLOTS - 1))
def test_what_is_forgotten_is_not_needed_later(history, first):
    times, totals, breaks, cut = history
    track = at_once(times, totals, breaks, cut)
    before = track.slots(first * SLOT_US, SLOTS * SLOT_US)
    track.forget_before(first * SLOT_US)
    after = track.slots(first * SLOT_US, SLOTS * SLOT_US)
    for old, new in zip(before.fields(), after.fields(), strict=True):
        np.testing.assert_array_equal(old, new)


@given(histories())
def test_slots_kept_one_by_one_are_the_columns_again(history):
    times, totals, breaks, cut = history
    columns = at_once(times, totals, breaks, cut).slots(0, SLOTS * SLOT_US)
    slots = {n * SLOT_US: columns.slot(n) for n in range(SLOTS)}
    again = SlotColumns.of_slots(0, SLOTS, slots)
    for old, new in zip(columns.fields(), again.fields(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_nothing_is_spread_over_months_of_silence():
    times, totals = [30_000_000, 40 * LONGEST_GAP_US], [5.0, 9.0]
    expected, track = one_by_one(times, totals, []), at_once(times, totals, [], 1)
    last_us = times[1] - times[1] % SLOT_US
    for start_us in (0, SLOT_US, last_us):
        assert track.slots(start_us, start_us + SLOT_US).slot(0) == expected.slot(start_us)


def test_a_totaliser_never_read_is_unknown():
    assert at_once([], [], [], 0).slots(0, SLOT_US).slot(0) == Track(LONG_GAP_US).slot(0)


def test_reads_out_of_order_are_refused():
    track = ColumnTrack(LONG_GAP_US)
    with pytest.raises(ValueError, match="sort them"):
        ReadTimes.of(np.array([2, 1]))
    track.feed(ReadTimes.of(np.array([5])), np.array([1.0]))
    with pytest.raises(ValueError, match="sort them"):
        track.feed(ReadTimes.of(np.array([5])), np.array([2.0]))
