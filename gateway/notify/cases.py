"""Case: an alarm that waits to be acknowledged, and who was told of it so far."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from agent.alarms.instant import Instant, between_us
from gateway.notify.notice import Kind
from gateway.notify.roster import Way


class Told(msgspec.Struct):
    """How far an alarm has gone along one route.

    Args:
        step: The step reached.
        at_us: Elapsed time when anybody was told last [µs].
    """

    step: int
    at_us: int


@dataclass(frozen=True, slots=True)
class Due:
    """Somebody who is to be told now, and why."""

    recipient: str
    kind: Kind


class Case(msgspec.Struct):
    """One raising of one alarm, until somebody acknowledges it.

    Its age is counted as elapsed time: by the monotonic clock within a boot of the machine, by
    UTC across boots where it could be believed on both sides; else it goes on from what was kept.

    Args:
        alarm_id: The alarm.
        raised_us: When it was raised, UTC [µs]: which raising this is.
        anchor: The instant `elapsed_us` was counted at.
        elapsed_us: How long nobody has acknowledged it [µs].
        told: Route -> how far it has gone.
        heard: Everybody who was told.
    """

    alarm_id: str
    raised_us: int
    anchor: Instant
    elapsed_us: int = 0
    told: dict[str, Told] = {}
    heard: set[str] = set()

    def age(self, now: Instant) -> int:
        """Count on to now and return the elapsed time [µs]."""
        passed_us = between_us(self.anchor, now)
        self.elapsed_us += passed_us or 0
        self.anchor = now
        return self.elapsed_us

    def due(self, ways: list[Way]) -> list[Due]:
        """Who is to be told now; it counts as told from here on. Each at most once."""
        found: dict[str, Due] = {}
        for way in ways:
            for due in self._along(way):
                found.setdefault(due.recipient, due)
        self.heard |= found.keys()
        return list(found.values())

    def _along(self, way: Way) -> Iterator[Due]:
        told = self.told.get(way.route)
        if told is None:
            told = self.told[way.route] = Told(0, self.elapsed_us)
            # Whoever comes on duty later is told too, but nobody twice for the change alone.
            for name in way.told_until(0):
                if name not in self.heard:
                    yield Due(name, Kind.PAGE)
        while told.step + 1 < len(way.steps) and self.elapsed_us >= way.steps[told.step + 1][0]:
            told.step, told.at_us = told.step + 1, self.elapsed_us
            for name in way.steps[told.step][1]:
                yield Due(name, Kind.ESCALATION)
        if way.repeat_us is not None and self.elapsed_us - told.at_us >= way.repeat_us:
            told.at_us = self.elapsed_us
            for name in way.told_until(told.step):
                yield Due(name, Kind.REMINDER)
