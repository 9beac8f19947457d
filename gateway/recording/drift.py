"""Drift: a totaliser that does not count what its rate says, as an alarm."""

from collections.abc import Iterable
from typing import Final

from agent.alarms.engine import AlarmEngine
from agent.alarms.events import AlarmEvent
from agent.alarms.instant import Instant
from agent.samples import Quality, Sample
from gateway.modbus.crosscheck import CrossChecks

METER_DRIFT: Final = "meter_drift"
"""The condition."""


def judged(
    samples: Iterable[Sample], checks: CrossChecks, alarms: AlarmEngine, now: Instant
) -> list[AlarmEvent]:
    """Take a reading's samples, before its clock is doubted; what windows that ended showed."""
    events: list[AlarmEvent] = []
    points = checks.points
    for sample in samples:
        if sample.point not in points:
            continue
        value = sample.value if sample.quality is Quality.GOOD else None
        for verdict in checks.take(sample.point, now.mono_us, value):
            events += alarms.system(
                METER_DRIFT,
                verdict.point,
                verdict.drifts,
                now,
                priority="medium",
                value=round(verdict.percent, 1),
                limit=verdict.allowed_percent,
                unit="pct",
            )
    return events


def left_over(checks: CrossChecks, alarms: AlarmEngine, now: Instant) -> list[AlarmEvent]:
    """End it for totalisers that are no longer compared."""
    events: list[AlarmEvent] = []
    for point in checks.left_over():
        events += alarms.system(METER_DRIFT, point, False, now)
    return events
