"""The same samples give the same intervals in alarm, in whatever order, however often and late."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby
from random import Random

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from agent.alarms.conditions import Condition
from agent.alarms.engine import AlarmEngine
from agent.alarms.instant import Instant
from agent.alarms.intervals import Interval, recorded
from agent.alarms.silence import BoardDuty
from agent.alarms.verdicts import Verdict, judge_for
from agent.alarms.window import FULL, KEPT
from agent.samples import Quality, Sample

S = 1_000_000
SEED = 20261122
TEMP, CO, RATE = "yard.c1.temp_1_degc", "yard.c1.co_ppm", "unit1.coal.mass_rate_kg_per_s"
CONDITIONS = (
    Condition("temp_high", "high", "yard.*.temp_*_degc", "fire", "critical", limit=50.0,
              unit="degc", deadband=2.0, on_delay_s=60, on_samples=2, off_delay_s=180),
    Condition("temp_pre", "high", "yard.*.temp_*_degc", "advisory", "medium", limit=45.0,
              unit="degc", deadband=2.0, on_delay_s=60, off_delay_s=120),
    Condition("co_high", "high", "yard.*.co_ppm", "gas", "critical", limit=3000.0, unit="ppm",
              deadband=300.0, on_delay_s=60, off_delay_s=60),
    Condition("stopped", "low", RATE, "process", "high", limit=0.1, unit="kg_per_s",
              deadband=0.1, on_delay_s=20, off_delay_s=20),
    Condition("sensor_fault", "bad", "yard.*", "fault", "high"),
)  # fmt: skip
BOARDS = (BoardDuty("b1", 60 * S, "c1"),)

values = {
    TEMP: st.sampled_from([20.0, 20.0, 44.0, 47.0, 48.0, 50.0, 60.0, 60.0]),
    CO: st.sampled_from([100.0, 100.0, 2699.0, 2800.0, 3000.0, 9000.0]),
    RATE: st.sampled_from([0.0, 0.1, 0.15, 5.0, 5.0]),
}
doubts = st.sampled_from([None] * 6 + ["crc", "over_range", "late", "low_o2"])


@st.composite
def sample_of(draw: st.DrawFn, point: str, t_us: int) -> Sample:
    value, doubt = draw(values[point]), draw(doubts)
    if doubt is None:
        return Sample(point, t_us, value)
    quality = Quality.BAD if doubt == "crc" else Quality.UNCERTAIN
    return Sample(point, t_us, None if doubt in {"crc", "over_range"} else value, quality, doubt)


@st.composite
def sample_sets(draw: st.DrawFn) -> list[Sample]:
    """Samples of three points, up to an hour; some share their capture time."""
    found = []
    for point in values:
        steps = draw(st.lists(st.sampled_from([0, 10, 20, 60, 60, 60, 300]), max_size=40))
        t_us = 0
        for step in steps:
            t_us += step * S
            found.append(draw(sample_of(point, t_us)))
    return found


def intervals(
    samples: Sequence[Sample], after_each: Callable[[AlarmEngine], AlarmEngine] | None = None
) -> dict[str, list[Interval]]:
    """What the journal says of them, when they arrive in this order, with a tick now and then."""
    engine = AlarmEngine(CONDITIONS, BOARDS)
    events, now = [], Instant(100_000 * S, 0, True, "boot")
    for number, sample in enumerate(samples):
        events += engine.on_samples([sample], now)
        if number % 7 == 0:
            events += engine.on_tick(now)
        if after_each is not None:
            engine = after_each(engine)
    events += engine.on_tick(now)
    return {alarm_id: spans for alarm_id, spans in recorded(events).items() if spans}


def expected(samples: Sequence[Sample]) -> dict[str, list[Interval]]:
    """The same from the definition, for each condition and point by itself."""
    found = {}
    for condition in CONDITIONS:
        for point in values:
            if not condition.covers(point):
                continue
            judge = judge_for(condition)
            own = sorted((s.t_us, judge(s)) for s in samples if s.point == point)
            worst = [(t, max(v for _, v in same)) for t, same in groupby(own, lambda s: s[0])]
            if spans := defined(condition, worst):
                found[f"{condition.id}:{point}"] = spans
    return found


def defined(condition: Condition, said: list[tuple[int, Verdict]]) -> list[Interval]:
    """In alarm from the end of the on delay to the end of the off delay."""
    spans: list[Interval] = []
    at = 0
    while (since := _turn(said, at, condition, raising=True)) is not None:
        back = _turn(said, since + 1, condition, raising=False)
        spans.append((said[since][0], None if back is None else said[back][0]))
        if back is None:
            break
        at = back + 1
    return spans


def _turn(
    said: list[tuple[int, Verdict]], at: int, condition: Condition, *, raising: bool
) -> int | None:
    """Where a run that began at `at` or later has lasted long enough."""
    wanted = Verdict.BEYOND if raising else Verdict.BACK
    delay_us = round((condition.on_delay_s if raising else condition.off_delay_s) * S)
    enough = condition.on_samples if raising else None
    run: list[int] = []
    for here in range(at, len(said)):
        t_us, verdict = said[here]
        if verdict is wanted:
            run.append(t_us)
        elif verdict is not Verdict.UNKNOWN:
            run = []
        if not run or (verdict is Verdict.UNKNOWN and not raising):
            continue
        if t_us - run[0] >= delay_us or (enough is not None and len(run) >= enough):
            return here
    return None


def restarts() -> Callable[[AlarmEngine], AlarmEngine]:
    """After each sample a commit and a kill."""
    rows: dict[str, str] = {}

    def restarted(engine: AlarmEngine) -> AlarmEngine:
        for key, text in engine.dirty().items():
            rows.pop(key, None)
            if text is not None:
                rows[key] = text
        again = AlarmEngine(CONDITIONS, BOARDS)
        again.restore(rows)
        return again

    return restarted


@pytest.mark.long
def test_any_order_gives_the_same_intervals(full_size: bool) -> None:
    cases = 500 if full_size else 40
    seen = {"cases": 0, "in alarm": 0}

    @seed(SEED)
    @settings(
        max_examples=cases, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(sample_sets(), st.data())
    def any_order(samples: list[Sample], data: st.DataObject) -> None:
        truth = expected(samples)
        seen["cases"] += 1
        seen["in alarm"] += bool(truth)
        assert intervals(sorted(samples, key=lambda s: s.t_us)) == truth
        shuffled = data.draw(st.permutations(samples))
        assert intervals(shuffled) == truth
        again = data.draw(st.lists(st.sampled_from(shuffled), max_size=40)) if shuffled else []
        assert intervals([*shuffled, *again, *shuffled[::3]]) == truth
        cut = data.draw(st.integers(0, len(samples)))
        assert intervals([*samples[cut:], *samples[:cut]]) == truth
        assert intervals(shuffled, restarts()) == truth

    any_order()
    sys.stdout.write(f"seed {SEED}: {seen['cases']} cases, {seen['in alarm']} with alarms\n")
    assert seen["in alarm"] > cases // 4


@pytest.mark.long
def test_a_long_backlog_gives_the_same_intervals(full_size: bool) -> None:
    """Far more samples than a window holds, in the orders in which backlogs come."""
    chance = Random(SEED)
    for _ in range(40 if full_size else 2):
        weather = [20.0] * chance.choice([3, 30]) + [44.0, 47.0, 50.0, 60.0]
        samples, t_us = [], 0
        while len(samples) < 3 * FULL:
            value = chance.choice(weather)
            for _ in range(chance.randint(1, 12)):
                t_us += chance.choice([10, 60, 60]) * S
                samples.append(Sample(TEMP, t_us, value))
        truth = expected(samples)
        assert intervals(samples) == truth
        live = chance.randint(1, KEPT - 1)
        assert intervals([*samples[-live:], *samples[:-live]]) == truth, "live first, then history"
        overtaken = sorted(range(len(samples)), key=lambda n: n + chance.uniform(0, KEPT - 1))
        assert intervals([samples[n] for n in overtaken]) == truth, "some overtake others"
        assert intervals(samples, restarts()) == truth


def test_other_delays_judge_what_comes_and_not_what_was() -> None:
    """A changed configuration neither rewrites the past nor forgets what stands."""

    def engine(**delays: float) -> AlarmEngine:
        return AlarmEngine([replace(CONDITIONS[1], **delays)], BOARDS)

    def hear(engine: AlarmEngine, t_s: int, value: float) -> list[tuple[str, int]]:
        now = Instant(t_s * S, t_s * S, True, "boot")
        told = engine.on_samples([Sample(TEMP, t_s * S, value)], now) + engine.on_tick(now)
        return [(event.edge, event.t_us // S) for event in told]

    first = engine()
    assert hear(first, 0, 46.0) == []
    assert hear(first, 60, 46.0) == [("raised", 60)]
    slower = engine(on_delay_s=3600.0, off_delay_s=600.0)
    first.carry_over(slower)
    assert hear(slower, 120, 20.0) == []
    assert hear(slower, 660, 20.0) == []
    assert hear(slower, 720, 20.0) == [("cleared", 720)]
    assert hear(slower, 780, 46.0) == []
    quicker = engine(on_delay_s=30.0)
    slower.carry_over(quicker)
    assert hear(quicker, 800, 46.0) == []
    assert hear(quicker, 810, 46.0) == [("raised", 810)]
