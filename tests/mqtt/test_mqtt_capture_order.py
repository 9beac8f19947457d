"""A board's good times never run backwards, whatever its messages had to wait for."""

from collections.abc import Callable
from itertools import accumulate, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.samples import Quality

SECOND = 1_000_000
UTC = 1_800_000_000 * SECOND
Sent = tuple[float, int, float, float]
"""Arrival [s], boot, uptime at capture [s], time of capture [s]."""
LONGEST_WAIT_S = 12.0
BOOTS = 4


@st.composite
def histories(draw: st.DrawFn) -> list[Sent]:
    """Records of a few boots over a network whose delay changes, in the order of arrival.

    Nothing of a boot arrives once the next has been heard: it holds the board's one connection.
    """
    sent: list[Sent] = []
    starts_at_s = heard_until_s = 1000.0
    for boot in range(1, draw(st.integers(1, BOOTS)) + 1):
        steps = draw(st.lists(st.sampled_from([0.05, 0.5, 2.0, 10.0]), min_size=2, max_size=30))
        weather = draw(st.lists(st.sampled_from([0.0, 0.4, 1.5, 4.0, 9.0]), min_size=1, max_size=5))
        for n, up_s in enumerate(accumulate(steps)):
            jitter_s = draw(st.sampled_from([0.0, 0.01, 0.2, 3.0]))
            delay_s = weather[n * len(weather) // len(steps)] + jitter_s
            captured_s = starts_at_s + up_s
            sent.append((max(captured_s + delay_s, heard_until_s), boot, up_s, captured_s))
        heard_until_s = max(arrival_s for arrival_s, *_ in sent)
        starts_at_s += sum(steps) + draw(st.sampled_from([0.1, 1.0, 30.0]))
    return sorted(sent)


def placed(yard: Any, sent: list[Sent], restarts: set[int]) -> dict[tuple[int, float], float]:
    """(boot, uptime) of what is good in the end -> its time [s]."""
    good: dict[tuple[int, float], float] = {}
    doubted: list[tuple[int, float]] = []
    for n, (arrival_s, boot, up_s, _) in enumerate(sent):
        if n in restarts:
            yard.restart()
        (batch,) = yard.hear(arrival_s, up_s, boot=boot).batches
        (sample,) = batch.samples
        if sample.quality is Quality.GOOD:
            good[boot, up_s] = (sample.t_us - UTC) / SECOND
        elif batch.waits:
            doubted.append((boot, up_s))
    for boot, up_s in doubted:
        if ("s", boot) in yard.corrections:
            good[boot, up_s] = (yard.corrections["s", boot] - UTC) / SECOND + up_s
    return good


@settings(max_examples=300)
@given(sent=histories(), restarts=st.sets(st.integers(1, 80), max_size=3))
def test_good_times_are_in_the_order_of_capture(
    new_yard: Callable[[], Any], sent: list[Sent], restarts: set[int]
) -> None:
    good = placed(new_yard(), sent, restarts)
    for (before, earlier), (after, later) in pairwise(sorted(good.items())):
        assert later > earlier, (before, after)


@settings(max_examples=200)
@given(sent=histories())
def test_a_good_time_is_never_early_and_late_by_no_more_than_a_message_was(
    new_yard: Callable[[], Any], sent: list[Sent]
) -> None:
    captured_s = {(boot, up_s): t_s for _, boot, up_s, t_s in sent}
    for record, t_s in placed(new_yard(), sent, set()).items():
        assert -0.001 <= t_s - captured_s[record] <= BOOTS * LONGEST_WAIT_S + 0.001


def test_a_start_learnt_too_late_is_put_right_at_once_but_in_order(yard: Any) -> None:
    for up_s in (0, 3, 6):
        yard.hear(1004 + up_s, up_s)  # four seconds on the way, all of them
    good = [yard.hear(1000 + up_s, up_s).batches[0].samples[0] for up_s in range(7, 20)]
    times_s = [(sample.t_us - UTC) / SECOND for sample in good]
    assert all(sample.quality is Quality.GOOD for sample in good)
    assert [after - before for before, after in pairwise(times_s)][:3] == pytest.approx([0.1] * 3)
    assert times_s[-1] == pytest.approx(1019)


def test_a_record_that_comes_late_lies_between_its_neighbours(yard: Any) -> None:
    for up_s in (0, 3, 6):
        yard.hear(1004 + up_s, up_s)
    times_s = {
        up_s: (yard.hear(at_s, up_s).batches[0].samples[0].t_us - UTC) / SECOND
        for at_s, up_s in ((1007, 7), (1009, 9), (1009.1, 8), (1009.2, 5))
    }
    assert times_s[5] < times_s[7] < times_s[8] < times_s[9]


def test_the_next_boot_begins_after_the_one_before(yard: Any) -> None:
    for up_s in (0, 3, 6):
        yard.hear(1004 + up_s, up_s, boot=1)  # the last at 1006, told as 1010
    yard.hear(1007, 0, boot=2)
    (batch,) = yard.hear(1010, 3, boot=2).batches
    assert batch.samples[0].t_us - UTC > 1010 * SECOND
    (batch,) = yard.hear(1030, 23, boot=2).batches
    assert batch.samples[0].t_us - UTC == pytest.approx(1030 * SECOND, abs=SECOND // 100)
