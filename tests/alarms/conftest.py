"""A yard told in seconds: what samples arrive, what events come out."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from agent.alarms.conditions import Condition
from agent.alarms.deeds import Act, Deed, carry_out
from agent.alarms.engine import AlarmEngine
from agent.alarms.events import AlarmEvent
from agent.alarms.instant import Instant
from agent.alarms.silence import BoardDuty
from agent.alarms.standing import AlarmView
from agent.samples import Quality, Sample

S = 1_000_000
TEMP = "yard.c0150.temp_1_degc"
CO = "yard.c0150.co_ppm"

TEMP_HIGH = Condition(
    id="temp_high",
    kind="high",
    pattern="yard.*.temp_*_degc",
    limit=50.0,
    unit="degc",
    deadband=2.0,
    on_delay_s=60,
    on_samples=2,
    off_delay_s=1800,
    klass="fire",
    priority="critical",
)
TEMP_PRE = Condition(
    id="temp_pre",
    kind="high",
    pattern="yard.*.temp_*_degc",
    limit=45.0,
    unit="degc",
    deadband=2.0,
    on_delay_s=60,
    off_delay_s=1800,
    klass="advisory",
    priority="medium",
)
CO_HIGH = Condition(
    id="co_high",
    kind="high",
    pattern="yard.*.co_ppm",
    limit=3000.0,
    unit="ppm",
    deadband=300.0,
    on_delay_s=60,
    off_delay_s=600,
    klass="gas",
    priority="critical",
)
SENSOR_FAULT = Condition(
    id="sensor_fault", kind="bad", pattern="yard.*", klass="fault", priority="high"
)
SILENT = Condition(
    id="board_silent",
    kind="silence",
    pattern="*",
    report_intervals=3,
    klass="fault",
    priority="high",
)
STOPPED = Condition(
    id="feeder_stopped",
    kind="low",
    pattern="unit1.coal.mass_rate_kg_per_s",
    limit=0.1,
    unit="kg_per_s",
    deadband=0.1,
    on_delay_s=20,
    off_delay_s=20,
    klass="process",
    priority="high",
)
CONDITIONS = (TEMP_HIGH, TEMP_PRE, CO_HIGH, SENSOR_FAULT, SILENT, STOPPED)
BOARDS = (BoardDuty("b0150", 60 * S, "c0150"),)

_UNCERTAIN = {
    "clock_unsynced",
    "late",
    "over_range",
    "expired_calibration",
    "low_o2",
    "learning",
    "substituted",
}


class Story:
    """An engine, a clock in seconds, and everything it ever said.

    A value is a number, a reason word (no value), or (number, reason word).
    """

    temp, co = TEMP, CO
    second = S

    def __init__(
        self, conditions: Iterable[Condition], boards: Iterable[BoardDuty], **parts: Any
    ) -> None:
        self._made_of, self._parts = (tuple(conditions), tuple(boards)), parts
        self.engine = AlarmEngine(*self._made_of, **parts)
        self.events: list[AlarmEvent] = []
        self.rows: dict[str, str] = {}
        self.boot_id, self.boot_s, self.synchronised = "boot1", 0.0, True

    def instant(self, at_s: float) -> Instant:
        return Instant(
            round(at_s * S), round((at_s - self.boot_s) * S), self.synchronised, self.boot_id
        )

    def sample(self, t_s, value, point: str = TEMP) -> Sample:
        reason = None
        if isinstance(value, tuple):
            value, reason = value
        elif isinstance(value, str):
            value, reason = None, value
        quality = Quality.GOOD
        if reason is not None:
            quality = Quality.UNCERTAIN if reason in _UNCERTAIN else Quality.BAD
        return Sample(point, round(t_s * S), value, quality, reason)

    def tell(self, events: list[AlarmEvent]) -> list[AlarmEvent]:
        self.events += events
        return events

    def hears(self, t_s, value, point: str = TEMP, at_s=None) -> list[AlarmEvent]:
        now = self.instant(t_s if at_s is None else at_s)
        return self.tell(self.engine.on_samples([self.sample(t_s, value, point)], now))

    def ticks(self, at_s) -> list[AlarmEvent]:
        return self.tell(self.engine.on_tick(self.instant(at_s)))

    def board_heard(self, at_s) -> list[AlarmEvent]:
        return self.tell(self.engine.on_heard("b0150", self.instant(at_s)))

    def acknowledge(self, alarm_id: str, at_s=0, person="aoki", comment=None) -> list[AlarmEvent]:
        return self.tell(self.engine.acknowledge(alarm_id, person, comment, self.instant(at_s)))

    def reset(self, alarm_id: str, at_s=0, person="aoki", comment=None) -> list[AlarmEvent]:
        return self.tell(self.engine.reset(alarm_id, person, comment, self.instant(at_s)))

    def does(
        self, act: Act, target: str, at_s, person="aoki", why="probed", for_s=0.0, agrees=False
    ) -> list[AlarmEvent]:
        deed = Deed(act, target, person, why, round(for_s * S), agrees)
        return self.tell(carry_out(self.engine, deed, self.instant(at_s)))

    def announces(self, at_s) -> list[AlarmEvent]:
        return self.tell(self.engine.announce(self.instant(at_s)))

    def reconfigures(self, *conditions: Condition) -> None:
        self._made_of = (conditions, self._made_of[1])
        successor = AlarmEngine(*self._made_of, **self._parts)
        self.engine.carry_over(successor)
        self.engine = successor

    def commit(self) -> None:
        for key, text in self.engine.dirty().items():
            if text is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = text

    def restart(self, boot_id: str | None = None, boot_s: float | None = None) -> None:
        self.commit()
        self.boot_id = boot_id or self.boot_id
        self.boot_s = self.boot_s if boot_s is None else boot_s
        self.engine = AlarmEngine(*self._made_of, **self._parts)
        self.engine.restore(self.rows)

    def edges(self, condition: str) -> list[tuple[str, float]]:
        return [(e.edge, e.t_us / S) for e in self.events if e.condition == condition]

    def view(self, alarm_id: str) -> AlarmView:
        return next(v for v in self.engine.active() if v.alarm_id == alarm_id)

    def state(self, alarm_id: str) -> str:
        states = {v.alarm_id: v.state for v in self.engine.active()}
        return states.get(alarm_id, "normal")


@pytest.fixture
def story() -> Story:
    return Story(CONDITIONS, BOARDS)


@pytest.fixture
def story_of() -> Callable[..., Story]:
    return lambda *conditions, boards=BOARDS, **parts: Story(
        conditions or CONDITIONS, boards, **parts
    )


@pytest.fixture
def conditions() -> dict[str, Condition]:
    return {c.id: c for c in CONDITIONS}
