"""A small yard told in hours: CO and temperature of stores, and what early warning derives."""

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
