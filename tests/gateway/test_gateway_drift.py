"""A totaliser that does not count what its rate says is an alarm, over restarts too."""

from collections.abc import Mapping
from dataclasses import dataclass

from agent.alarms.engine import AlarmEngine
from agent.alarms.events import AlarmEvent
from agent.samples import Sample
from gateway.clock import Clock
from gateway.config import Meter
from gateway.modbus.comparisons import drift_specs
from gateway.modbus.counters import CounterBook
from gateway.modbus.crosscheck import CrossChecks
from gateway.modbus.mapping import counter_specs
from gateway.modbus.profile import Profile, parse_profile
from gateway.modbus.reading import CounterRead, Reading
from gateway.mqtt.boards import BoardBook
from gateway.recording.desk import Desk
from gateway.recording.items import Polled, Tick
from gateway.recording.rules import Rules

S = 1_000_000
TOTAL, RATE = "unit1.gross_total_kwh", "unit1.gross_kw"
PROFILE = """
[device]
name = "A power meter"
source = "this test"
[fields]
power_kw = { register = "input", address = 0, type = "float32", unit = "kw" }
energy_kwh = { register = "input", address = 2, type = "uint32", scale = 0.1, unit = "kwh", \
kind = "counter", max_rate_per_s = 1.0, rate = "power_kw" }
"""


def profiles() -> dict[str, Profile]:
    return {"power": parse_profile("power", PROFILE)}


def meter(**change: object) -> Meter:
    points = {"power_kw": RATE, "energy_kwh": TOTAL}
    parts = {"id": "m", "profile": "power", "host": "127.0.0.1", "points": points}
    return Meter.model_validate(parts | {"crosscheck_minutes": 10} | change)


@dataclass
class Machine:
    """A clock moved by hand."""

    mono: int = 100 * S

    def utc_us(self) -> int:
        return self.mono + 1_790_000_000 * S

    def mono_us(self) -> int:
        return self.mono

    def synchronised(self) -> bool:
        return True

    def boot_id(self) -> str:
        return "boot"


class Plant:
    """A meter whose total counts a share of what flows, and the desk that judges it."""

    def __init__(self) -> None:
        self.machine = Machine()
        self.clock = Clock(self.machine)
        self.rows: dict[tuple[str, str], str] = {}
        self.counted = 0.0
        self.desk = self.start(meter())

    def start(self, *meters: Meter) -> Desk:
        desk = Desk(
            "t",
            BoardBook((), "boot"),
            CounterBook(counter_specs(meters, profiles()), "boot"),
            AlarmEngine((), ()),
            CrossChecks(drift_specs(meters, profiles())),
        )
        desk.restore(self)
        return desk

    def state(self, kind: str) -> dict[str, str]:
        return {key: text for (row, key), text in self.rows.items() if row == kind}

    def restart(self, *meters: Meter) -> None:
        self.keep(self.desk.dirty())
        self.desk = self.start(*meters)

    def keep(self, changed: Mapping[tuple[str, str], str | None]) -> None:
        for key, text in changed.items():
            if text is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = text

    def poll(self, times: int, share: float) -> list[tuple[str, str]]:
        told: list[AlarmEvent] = []
        for _ in range(times):
            self.machine.mono += S
            self.counted += 720.0 / 3600 * share
            now = self.clock.now()
            read = CounterRead(TOTAL, now.utc_us, int(self.counted * 10), mono_us=now.mono_us)
            gauge = Sample(RATE, now.utc_us, 720.0)
            reading = Reading("m", 1, now.utc_us, now.mono_us, now.synchronised, (gauge,), (read,))
            told += self.desk.take(Polled(reading), self.clock).alarm_events
        return [(event.alarm_id, event.edge) for event in told]


ALARM = f"meter_drift:{TOTAL}"


def test_drift_is_raised_over_a_restart_and_cleared_once_they_agree() -> None:
    plant = Plant()
    assert plant.poll(601, 1.0) == []
    assert plant.poll(400, 0.8) == []
    plant.restart(meter())
    assert plant.poll(300, 0.8) == [(ALARM, "raised")]
    (standing,) = plant.desk.alarms.active()
    assert (standing.klass, standing.priority, standing.guidance) == (
        "system", "medium", "meter_drift"
    )  # fmt: skip
    assert (standing.source, standing.unit, standing.limit) == (TOTAL, "pct", 5.0)
    assert standing.value is not None
    assert -21 < standing.value < -19
    plant.restart(meter())
    assert plant.poll(1_300, 1.0) == [(ALARM, "cleared")]


def test_it_ends_where_nothing_is_compared_any_more() -> None:
    plant = Plant()
    plant.poll(601, 0.8)
    plant.restart(meter(crosscheck_minutes=0))
    for _ in range(2):
        plant.desk.take(Tick(plant.machine.mono), plant.clock)
    assert not any(alarm.in_alarm for alarm in plant.desk.alarms.active())
    plant.keep(plant.desk.dirty())
    assert plant.state("crosscheck") == {}


def test_a_reload_changes_the_comparison_while_it_runs() -> None:
    plant = Plant()
    plant.poll(300, 1.0)
    wider = meter(crosscheck_pct=50, crosscheck_minutes=8)
    plant.desk.use(
        Rules(counter_specs([wider], profiles()), (), (), drift_specs([wider], profiles()))
    )
    assert plant.poll(300, 0.7) == []
    (spec,) = drift_specs([wider], profiles()).values()
    assert (spec.tolerance, spec.window_s, spec.least) == (0.5, 480.0, 0.2)


def test_a_deadband_lengthens_what_may_lie_between_two_reports() -> None:
    points = {
        "power_kw": {"point": RATE, "deadband": 5.0, "heartbeat_s": 60.0},
        "energy_kwh": {"point": TOTAL, "poll_s": 10.0},
    }
    (spec,) = drift_specs([meter(points=points)], profiles()).values()
    assert spec.longest_gap_s == 100.0
    assert drift_specs([meter(points={"energy_kwh": TOTAL})], profiles()) == {}
