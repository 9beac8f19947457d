"""A small yard told in hours: CO and temperature of stores, and what early warning derives."""

import math
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from agent.alarms.conditions import Condition
from agent.alarms.emission import Emission
from agent.alarms.engine import AlarmEngine
from agent.alarms.events import AlarmEvent
from agent.alarms.instant import Instant
from agent.alarms.outlook import OutlookSpec
from agent.samples import Quality, Sample

HOUR_US = 3_600_000_000
AIR = "yard.air_degc"
TABLE = Path(__file__).parents[2] / "agent" / "tables" / "yard.toml"
CONSTANTS = tomllib.loads(TABLE.read_text(encoding="utf-8"))["constant"]
CONTAINER = Emission.of_container(CONSTANTS)

Course = Callable[[float], float | str | None]
"""A value over hours; a word is the reason why there is none, None that nothing is sent."""


class EarlyYard:
    """Stores, their engine and all that came out of it.

    Args:
        conditions: What is judged.
        stores: Their ids; each is a container.
        air: Whether the temperature of the air is a point.
        loads: As in `OutlookSpec`.
    """

    def __init__(
        self,
        conditions: Iterable[Condition] = (),
        stores: Iterable[str] = ("c1",),
        *,
        air: bool = True,
        loads: Mapping[str, str] | None = None,
    ) -> None:
        self._conditions = list(conditions)
        self._stores, self._air = tuple(stores), air
        self.loads = dict(loads or {})
        self.engine = self.new_engine()
        self.events: list[AlarmEvent] = []
        self.derived: list[Sample] = []
        self.rows: dict[str, str] = {}
        self.hour = 0.0

    def new_engine(self) -> AlarmEngine:
        """Another engine by the same rules, which holds nothing."""
        kinds = dict.fromkeys(self._stores, "container")
        air = AIR if self._air else None
        spec = OutlookSpec({"container": CONTAINER}, kinds, air, self.loads)
        return AlarmEngine(self._conditions, [], outlook=spec)

    def goes(self, hours: float, courses: Mapping[str, Course], step_h: float = 0.25) -> None:
        """Let time pass, with samples every quarter of an hour.

        Args:
            hours: How long.
            courses: Point, or value of every store, -> its course.
            step_h: How often samples come [h].
        """
        until = self.hour + hours
        while self.hour < until:
            for point, course in courses.items():
                names = [point] if "." in point else [f"yard.{s}.{point}" for s in self._stores]
                for name in names:
                    self.hears(name, course(self.hour))
            self.hour += step_h

    def hears(self, point: str, value: float | str | None, hour: float | None = None) -> None:
        """One sample, now or of another hour."""
        if value is None:
            return
        sample = of(point, self.hour if hour is None else hour, value)
        now_us = round(self.hour * HOUR_US)
        self.events += self.engine.on_samples([sample], Instant(now_us, now_us, True, "boot"))
        self.derived += self.engine.derived()

    def hear_and_wait(self, point: str, value: float | str, pause_h: float) -> None:
        """One sample, and time until the next."""
        self.hears(point, value)
        self.hour += pause_h

    def restart(self) -> None:
        """Stop after a commit, and begin again from what was stored."""
        for key, text in self.engine.dirty().items():
            if text is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = text
        self.engine = self.new_engine()
        self.engine.restore(self.rows)

    def values(self, name: str, store: str = "c1") -> list[Sample]:
        """What was derived of one value."""
        return [s for s in self.derived if s.point == f"yard.{store}.{name}"]

    def last(self, name: str, store: str = "c1") -> float | None:
        """The newest of them."""
        return self.values(name, store)[-1].value

    def raised(self, condition: str) -> list[str]:
        """Sources of which a condition was raised, in order."""
        return [e.source for e in self.events if e.condition == condition and e.edge == "raised"]


def of(point: str, hour: float, value: float | str) -> Sample:
    """A sample; a word is the reason why there is no value."""
    t_us = round(hour * HOUR_US)
    if isinstance(value, str):
        quality = Quality.UNCERTAIN if value == "over_range" else Quality.BAD
        return Sample(point, t_us, None, quality, value)
    return Sample(point, t_us, value)


HOUR_S = 3600


def early(name: str, point: str, klass: str, limit: float, deadband: float) -> Condition:
    """A condition over a derived value, with the delays of the shipped ones."""
    return Condition(
        name,
        "high",
        f"yard.*.{point}",
        klass,
        "high",
        limit=limit,
        unit=next(u for u in ("degc_per_day", "ppm_per_h", "ppm") if point.endswith(u)),
        deadband=deadband,
        on_delay_s=2 * HOUR_S,
        off_delay_s=6 * HOUR_S,
    )


RESIDUAL = early("co_residual", "co_residual_ppm", "fire", 120.0, 60.0)
SLOPE = early("co_slope", "co_slope_ppm_per_h", "fire", 3.0, 1.5)
RATE = early("temp_rate", "temp_rate_degc_per_day", "fire", 2.0, 0.5)
RATE_PRE = early("temp_rate_pre", "temp_rate_own_degc_per_day", "advisory", 1.0, 0.25)
SLOPE_PRE = early("co_slope_pre", "co_slope_own_ppm_per_h", "advisory", 1.5, 0.75)
AHEAD = early("co_ahead", "co_ahead_ppm", "advisory", 3000.0, 300.0)
TEMP_HIGH = Condition("temp_high", "high", "yard.*.temp_*_degc", "fire", "critical", limit=50.0,
                      unit="degc", deadband=2.0, on_samples=2, on_delay_s=60)  # fmt: skip
CO_HIGH = Condition("co_high", "high", "yard.*.co_ppm", "gas", "critical", limit=3000.0,
                    unit="ppm", deadband=300.0, on_delay_s=60)  # fmt: skip
FAULT = Condition("sensor_fault", "bad", "yard.*", "fault", "high")
ALL = (RESIDUAL, SLOPE, RATE, RATE_PRE, SLOPE_PRE, AHEAD, TEMP_HIGH, CO_HIGH, FAULT)


THREE = ("c1", "c2", "c3")


def quiet(_hour: float) -> float:
    """CO of a store in balance."""
    return 400.0


def cool(_hour: float) -> float:
    """Temperature of a store in balance."""
    return 20.0


def smoulders_from(begin: float, doubling_h: float = 38.0) -> Course:
    """CO of a store in which something begins to smoulder: 7 ppm/h at first."""

    def co(hour: float) -> float:
        past = max(0.0, hour - begin)
        return round(400.0 + 7.0 * doubling_h / math.log(2.0) * (2.0 ** (past / doubling_h) - 1.0))

    return co


def sent(yard: EarlyYard, courses: Mapping[str, Course], hours: float) -> None:
    """A long time with every value of a store as it goes."""
    yard.goes(hours, {"temp_1_degc": cool, AIR: cool, **courses})
