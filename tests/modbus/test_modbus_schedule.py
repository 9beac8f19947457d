"""The ticks: multiples of the interval in UTC, without drift, through every correction."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from virtual_time import LoopTime, run

from gateway.clock import Clock, Now
from gateway.modbus.schedule import Beat, interval_us
from gateway.modbus.ticker import Ticker

SECOND_US = 1_000_000
UTC_US = 1_700_000_000_000_000
INTERVALS = st.sampled_from([100_000, 200_000, 333_333, SECOND_US, 60 * SECOND_US, 900 * SECOND_US])


def at(mono_us: int, ahead_us: int = UTC_US) -> Now:
    return Now(mono_us + ahead_us, mono_us, synchronised=True)


@given(INTERVALS, st.integers(0, 10**12), st.lists(st.integers(0, 40_000), min_size=2))
def test_ticks_are_every_multiple_however_late_each_is_struck(
    interval: int, start_us: int, lateness_us: list[int]
) -> None:
    beat = Beat(interval)
    beat.align(at(start_us))
    ticks = []
    for late_us in lateness_us:
        ticks.append(beat.due_us)
        assert beat.strike(at(beat.due_us + late_us)) == 0
    assert 0 < ticks[0] - start_us <= interval
    assert {(tick + UTC_US) % interval for tick in ticks} == {0}
    assert [b - a for a, b in pairwise(ticks)] == [interval] * (len(ticks) - 1)


@given(INTERVALS, st.integers(0, 500))
def test_a_timer_that_fires_early_repeats_no_tick(interval: int, early_us: int) -> None:
    beat = Beat(interval)
    beat.align(at(0))
    tick = beat.due_us
    beat.strike(at(tick - early_us))
    assert beat.due_us == tick + interval


@given(INTERVALS, st.integers(1, 50), st.integers(0, 40_000))
def test_ticks_that_passed_while_nobody_looked_are_counted(
    interval: int, passed: int, late_us: int
) -> None:
    beat = Beat(interval)
    beat.align(at(0))
    tick = beat.due_us
    assert beat.strike(at(tick + passed * interval + late_us)) == passed
    assert beat.due_us == tick + (passed + 1) * interval


@given(INTERVALS, st.integers(-(10**13), 10**13), st.integers(0, 10**6))
def test_after_a_step_of_the_clock_it_aligns_anew(
    interval: int, step_us: int, since_permille: int
) -> None:
    beat = Beat(interval)
    beat.align(at(0))
    last = beat.due_us
    beat.strike(at(last))
    now = at(last + interval * since_permille // 10**6, UTC_US + step_us)
    beat.align(now)
    assert (beat.due_us + UTC_US + step_us) % interval == 0
    assert beat.due_us >= now.mono_us - min(interval // 2, SECOND_US)
    assert interval // 2 <= beat.due_us - last
    assert beat.due_us - max(now.mono_us, last) <= interval + interval // 2


@given(INTERVALS, st.lists(st.tuples(st.integers(0, 999), st.integers(-240, 240)), min_size=2))
def test_small_corrections_neither_lose_nor_repeat_a_tick(
    interval: int, turns: list[tuple[int, int]]
) -> None:
    """The clock is corrected by up to a quarter of the interval, anywhere between two ticks."""
    ahead_us = UTC_US
    beat = Beat(interval)
    beat.align(at(0))
    beat.strike(at(beat.due_us))
    struck = [(beat.last_us or 0) + ahead_us]
    for when_permille, by_permille in turns:
        assert beat.last_us is not None
        now_us = beat.last_us + interval * when_permille // 1000
        if now_us < beat.due_us:
            ahead_us += min(interval * by_permille // 1000, SECOND_US)
            beat.align(at(now_us, ahead_us))
        beat.strike(at(max(now_us, beat.due_us), ahead_us))
        struck.append(beat.last_us + ahead_us)
    assert all(tick % interval == 0 for tick in struck)
    assert [b - a for a, b in pairwise(struck)] == [interval] * len(turns)


def test_an_interval_is_never_nothing() -> None:
    assert interval_us(0.2) == 200_000
    assert interval_us(1e-9) == 1


class Listener:
    """What the ticker wakes, as far as the ticker knows it: notes when and in which turn."""

    def __init__(self, intervals: list[int], turn: Callable[[], int], enough: int) -> None:
        self.groups = [Listened(each) for each in intervals]
        self.heard_enough = asyncio.Event()
        self._enough = enough
        self.struck: list[tuple[int, int]] = []
        self.turns: set[int] = set()
        self.passed = 0
        self._turn = turn

    def due(self, group: "Listened", tick_us: int, until_us: int) -> None:
        assert until_us > tick_us
        self.struck.append((group.interval_us, tick_us))
        self.turns.add(self._turn())
        if len(self.struck) >= self._enough:
            self.heard_enough.set()

    def missed(self, ticks: int) -> None:
        self.passed += ticks


@dataclass(frozen=True)
class Listened:
    interval_us: int


def test_all_that_is_due_wakes_in_the_same_turn_of_the_loop(clock: Clock) -> None:
    async def main() -> None:
        turn = 0

        def count() -> None:
            nonlocal turn
            turn += 1
            asyncio.get_running_loop().call_soon(count)

        count()
        listeners: list[Any] = [Listener([100_000, 200_000], lambda: turn, 6) for _ in range(20)]
        ticker = Ticker(clock)
        ticker.add(listeners)
        async with asyncio.timeout(20):
            await listeners[-1].heard_enough.wait()
        ticker.stop()
        assert len({tuple(each.struck) for each in listeners}) == 1
        assert len(set.union(*(each.turns for each in listeners))) == len(listeners[0].turns)
        for interval, tick_us in listeners[0].struck:
            assert clock.at(tick_us).utc_us % interval == 0
        # Where both intervals are due the shorter one is served first.
        by_tick: dict[int, list[int]] = {}
        for interval, tick_us in listeners[0].struck:
            by_tick.setdefault(tick_us, []).append(interval)
        assert [100_000, 200_000] in by_tick.values()
        assert [200_000, 100_000] not in by_tick.values()

    asyncio.run(main())


def test_long_ticks_follow_a_step_of_the_clock(clock: Clock, machine_time: Any) -> None:
    async def main() -> None:
        listener: Any = Listener([3_600_000_000], lambda: 0, 1)
        ticker = Ticker(clock)
        ticker.add([listener])
        to_next_us = 3_600_000_000 - clock.now().utc_us % 3_600_000_000
        machine_time.ahead_us = to_next_us - 2_500_000
        step = clock.look()
        assert step is not None
        clock.adopt(step)
        async with asyncio.timeout(20):
            await listener.heard_enough.wait()
        ticker.stop()
        ((interval, tick_us),) = listener.struck
        assert clock.at(tick_us).utc_us % interval == 0

    asyncio.run(main())


class Drifting(LoopTime):
    """A machine whose UTC is corrected all the time, as a time service does."""

    def __init__(self, ppm: float) -> None:
        self._ppm = ppm

    def utc_us(self) -> int:
        return super().utc_us() + round(self.mono_us() * self._ppm / 1e6)


@pytest.mark.parametrize("ppm", [-500.0, -10.0, 10.0, 500.0])
def test_a_clock_that_is_corrected_every_second_costs_no_tick(ppm: float) -> None:
    async def main() -> None:
        clock = Clock(Drifting(ppm))
        listener: Any = Listener([200_000, 1_000_000], lambda: 0, 1)
        ticker = Ticker(clock)
        ticker.add([listener])
        for _ in range(240):
            await asyncio.sleep(0.25 - 0.0003)  # now and then right at a tick
            clock.look()
        ticker.stop()
        for interval in (200_000, 1_000_000):
            utc_us = [clock.at(tick).utc_us for of, tick in listener.struck if of == interval]
            numbers = [round(tick / interval) for tick in utc_us]
            assert [b - a for a, b in pairwise(numbers)] == [1] * (len(numbers) - 1)
            assert len(numbers) >= 59_900_000 // interval - 1
        assert listener.passed == 0

    run(main())
