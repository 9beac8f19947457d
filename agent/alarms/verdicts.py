"""Verdict: what one sample says about one condition, before any delay."""

from collections.abc import Callable
from enum import IntEnum
from typing import Final

from agent.alarms.conditions import Condition, Kind
from agent.samples import Quality, Sample

CLOCK_REASONS: Final = frozenset({"clock_unsynced", "late"})
"""Reasons that doubt the time only: the value itself is as good as any."""


_AS_GOOD: Final = CLOCK_REASONS | {"learning"}  # judged by the ceiling of the emission model


class Verdict(IntEnum):
    """What one sample says."""

    UNKNOWN = 0
    """Nothing: it neither raises nor returns."""
    BACK = 1
    """Inside the limit by more than the deadband, and to be trusted."""
    BAND = 2
    """Not in alarm, not back either."""
    BEYOND = 3
    """At the limit or beyond it."""


def trusted(sample: Sample) -> bool:
    """Whether a sample's value may return an alarm to normal."""
    return sample.value is not None and (
        sample.quality is Quality.GOOD or sample.reason in _AS_GOOD
    )


def judge_for(condition: Condition) -> Callable[[Sample], Verdict]:
    """The function that judges single samples for a condition.

    A doubtful value beyond the limit counts, on the safe side; a doubtful one inside never
    returns an alarm. Over range is beyond every high limit and is no fault of the sensor.
    """
    if condition.kind is Kind.BAD:
        return _judge_quality
    limit, deadband = condition.limit, condition.deadband
    if limit is None:
        raise ValueError(f"{condition.id} has no limit to judge samples by")
    if condition.kind is Kind.HIGH:
        return _judge_high(limit, limit - deadband)
    return _judge_low(limit, limit + deadband)


def _judge_quality(sample: Sample) -> Verdict:
    reason = sample.reason
    if reason is None or reason == "over_range" or reason in CLOCK_REASONS:
        return Verdict.BACK
    return Verdict.BEYOND


def _judge_high(limit: float, back: float) -> Callable[[Sample], Verdict]:
    strict = back < limit

    def judge(sample: Sample) -> Verdict:
        value = sample.value
        if value is None:
            return Verdict.BEYOND if sample.reason == "over_range" else Verdict.UNKNOWN
        if value >= limit:
            return Verdict.BEYOND
        if strict and value >= back:
            return Verdict.BAND
        return Verdict.BACK if trusted(sample) else Verdict.UNKNOWN

    return judge


def _judge_low(limit: float, back: float) -> Callable[[Sample], Verdict]:
    strict = back > limit

    def judge(sample: Sample) -> Verdict:
        value = sample.value
        if value is None:
            return Verdict.UNKNOWN
        if value <= limit:
            return Verdict.BEYOND
        if strict and value <= back:
            return Verdict.BAND
        return Verdict.BACK if trusted(sample) else Verdict.UNKNOWN

    return judge
