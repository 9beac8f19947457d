"""The local alarm against a small model of its own: whatever happens, in whatever order."""

import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

OFF_S, FAULT_S = 10, 8
# Values lie so near to one another that no rise alone is a last gasp.
POINTS = {
    "temp_1_degc": ("temp_high", 47.0, 47.0 * 0.96, 47.0 * 0.9, [42.2, 42.4, 45.0, 45.2, 46.9, 47]),
    "co_ppm": ("co_high", 1000.0, 900.0, 800.0, [790.0, 800.0, 899.0, 901.0, 999.0, 1000.0]),
}
LIMITS = {"temp_degc": 47.0, "co_ppm": 1000.0}


@dataclass
class Expected:
    """What an operator would say of one value."""

    condition: str
    limit: float
    low: float
    near: float
    stands: bool = False
    lamp: bool = False
    quiet: bool = False
    quiet_until: float = 0
    latched_anyway: bool = False
    last: float | None = None
    missing_for: float | None = None
    below_for: float | None = None
    known_for: float | None = None
    faulty: bool = False
    edges: list[tuple[str, str]] = field(default_factory=list)

    def rise(self, died: bool) -> None:
        self.stands = self.lamp = True
        self.quiet = False
        self.latched_anyway |= died
        self.edges.append((self.condition, "raised"))

    def fall(self, latch: bool) -> None:
        self.stands = False
        self.edges.append((self.condition, "cleared"))
        if not (latch or self.latched_anyway):
            self.go_dark()

    def go_dark(self) -> None:
        self.lamp = self.quiet = self.latched_anyway = False

    def read(self, now: float, value: float | None, doubtful: bool, above: bool) -> None:
        """One reading: a number, a number that is not good, above the range, or nothing."""
        self.edges = []
        missing = value is None and not above
        low = value is not None and value < self.low and not doubtful
        if value is not None:
            self.last = value
        self.below_for = (self.below_for if self.below_for is not None else now) if low else None
        if missing:
            self.known_for = None
            self.missing_for = now if self.missing_for is None else self.missing_for
        else:
            self.missing_for = None
            self.known_for = now if self.known_for is None else self.known_for

    def judge(self, now: float, high: bool, latch: bool) -> None:
        """What follows from the reading."""
        if not self.stands:
            if high:
                self.rise(died=False)
                self.below_for = None
        elif self.below_for is not None and now - self.below_for >= OFF_S:
            self.fall(latch)
        if not self.faulty and self.missing_for is not None and now - self.missing_for >= FAULT_S:
            self.faulty = True
            self.edges.append(("sensor_fault", "raised"))
            if not self.stands and self.last is not None and self.last >= self.near:
                self.rise(died=True)
        elif self.faulty and self.known_for is not None and now - self.known_for >= OFF_S:
            self.faulty = False
            self.edges.append(("sensor_fault", "cleared"))


readings = st.fixed_dictionaries(
    {
        point: st.one_of(
            st.tuples(st.sampled_from(numbers), st.booleans()),
            st.sampled_from(["sensor_open", "over_range"]),
        )
        for point, (_, _, _, _, numbers) in POINTS.items()
    }
)
happenings = st.one_of(
    st.tuples(st.just("read"), st.integers(1, 12), readings, st.integers(1, 4)),
    st.tuples(st.just("read"), st.integers(1, 12), readings, st.integers(1, 4)),
    st.tuples(st.just("silence"), st.integers(1, 60)),
    st.tuples(st.just("reset")),
    st.tuples(st.just("restart")),
)


def unrolled(story: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The same reading comes several times: values stay for a while."""
    return [step[:3] for step in story for _ in range(step[3] if step[0] == "read" else 1)]


stories = st.lists(happenings, max_size=40).map(unrolled)


@pytest.fixture(scope="module")
def memory(firmware_directory: Path) -> Iterator[ModuleType]:
    """The board's modules, on this Python: what restores an alarm, and with it the alarm."""
    sys.path.insert(0, str(firmware_directory))
    try:
        yield importlib.import_module("memory")
    finally:
        sys.path.remove(str(firmware_directory))
        for name in ("memory", "alarm", "gasp", "files"):
            sys.modules.pop(name, None)


@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stories, st.booleans())
def test_the_alarm_does_what_an_operator_expects(
    memory: ModuleType, story: list[tuple[Any, ...]], latch: bool
) -> None:
    def new() -> Any:
        return memory.alarm.LocalAlarm(LIMITS, OFF_S * 1000, FAULT_S * 1000, latch=latch)

    state = new()
    known = {point: Expected(*POINTS[point][:4]) for point in POINTS}
    now = 0
    for what, *rest in story:
        if what == "read":
            now += rest[0]
            v, bad = {}, {}
            for point, given_ in rest[1].items():
                one = known[point]
                if one.stands and one.quiet and now >= one.quiet_until:
                    one.quiet = False
                value, doubtful = (None, False) if isinstance(given_, str) else given_
                above = given_ == "over_range"
                one.read(now, value, doubtful, above)
                one.judge(now, above or (value is not None and value >= one.limit), latch)
                if value is not None:
                    v[point] = value
                if value is None or doubtful:
                    bad[point] = given_ if isinstance(given_, str) else "low_o2"
            state.tick(now * 1000)
            edges = state.evaluate(v, bad, now * 1000)
            told = sorted((edge[2], edge[0], edge[1]) for edge in edges)
            wanted = [(point, *edge) for point, one in known.items() for edge in one.edges]
            assert told == sorted(wanted)
        elif what == "silence":
            edges = state.silence(now * 1000, rest[0] * 1000)
            loud = [point for point, one in known.items() if one.lamp and not one.quiet]
            assert sorted(edge[2] for edge in edges) == sorted(loud)
            for point in loud:
                known[point].quiet, known[point].quiet_until = True, now + rest[0]
        elif what == "reset":
            over = [one for one in known.values() if one.lamp and not one.stands]
            assert state.reset_latch() == len(over)
            for one in over:
                one.go_dark()
        else:
            saved = state.saved
            state = new()
            edges = memory.restore(state, saved, list(POINTS))
            again = [point for point, one in known.items() if one.stands]
            assert sorted(edge[2] for edge in edges) == sorted(again)
            for one in known.values():
                one.quiet &= not one.stands
                one.last = one.missing_for = one.below_for = one.known_for = None
        lit = [one for one in known.values() if one.lamp]
        assert (state.shown() is not None) == bool(lit)
        assert (state.sounding() is not None) == any(not one.quiet for one in lit)
        assert state.active() == any(one.stands for one in lit)
        assert sorted(state.faults) == sorted(p for p, one in known.items() if one.faulty)


@given(stories)
def test_no_alarm_vanishes_unseen(memory: ModuleType, story: list[tuple[Any, ...]]) -> None:
    """With the latch, what was raised leaves the lamp by a reset only."""
    state = memory.alarm.LocalAlarm(LIMITS, OFF_S * 1000, FAULT_S * 1000)
    now, raised = 0, False
    for what, *rest in story:
        if what == "read":
            now += rest[0]
            for point, given_ in rest[1].items():
                known = {} if isinstance(given_, str) else {point: given_[0]}
                bad = {point: given_} if isinstance(given_, str) else {}
                edges = state.evaluate(known, bad, now * 1000)
                raised |= any(edge[0] != "sensor_fault" for edge in edges)
        elif what == "silence":
            state.silence(now * 1000, rest[0] * 1000)
        elif what == "restart":
            saved, state = (
                state.saved,
                memory.alarm.LocalAlarm(LIMITS, OFF_S * 1000, FAULT_S * 1000),
            )
            memory.restore(state, saved, list(POINTS))
        elif state.reset_latch() and not state.active():
            raised = False
        assert (state.shown() is not None) == raised
