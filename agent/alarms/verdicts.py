"""Verdict: what one sample says about one condition, before any delay."""

from collections.abc import Callable
from enum import IntEnum
from typing import Final

from agent.alarms.conditions import Condition, Kind
from agent.alarms.memories import Counts, Guard, Memories
from agent.samples import Quality, Sample

CLOCK_REASONS: Final = frozenset({"clock_unsynced", "late"})
"""Reasons that doubt the time only: the value itself is as good as any."""

NO_FAULT: Final = CLOCK_REASONS | {"over_range", "expired_calibration", "low_o2", "learning"}
"""Reasons that are no fault of the sensor; a condition is about them only where it names them."""


_INFINITE: Final = float("inf")
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


def quiet_between(condition: Condition) -> tuple[float, float]:
    """Good values between these two are back, whatever came before; none where that is not sure.

    Args:
        condition: What is judged.
    """
    if condition.during is not None or condition.kind is Kind.STILL:
        return _INFINITE, -_INFINITE
    limit = condition.limit
    if limit is None:
        return -_INFINITE, _INFINITE
    if condition.kind is Kind.HIGH:
        return -_INFINITE, limit - condition.deadband
    return limit + condition.deadband, _INFINITE


def judge_for(
    condition: Condition, memories: Memories | None = None
) -> Callable[[Sample], Verdict]:
    """The function that judges single samples for a condition.

    A doubtful value beyond the limit counts, on the safe side; a doubtful one inside never
    returns an alarm. Over range is beyond every high limit and is no fault of the sensor.

    Args:
        condition: What is judged.
        memories: What it remembers of samples before; its own where None.
    """
    memories = Memories([condition]) if memories is None else memories
    judge = _plain_judge(condition, memories)
    guard = memories.guard(condition.id)
    return judge if guard is None else _guarded(judge, guard)


def _plain_judge(condition: Condition, memories: Memories) -> Callable[[Sample], Verdict]:
    if condition.kind is Kind.BAD:
        return _judge_quality if condition.reasons is None else _judge_reasons(condition.reasons)
    counts = memories.counts(condition.id)
    if counts is not None:
        return _judge_still(counts)
    limit, deadband = condition.limit, condition.deadband
    if limit is None:
        raise ValueError(f"{condition.id} has no limit to judge samples by")
    if condition.kind is Kind.HIGH:
        return _judge_high(limit, limit - deadband)
    return _judge_low(limit, limit + deadband)


def _guarded(judge: Callable[[Sample], Verdict], guard: Guard) -> Callable[[Sample], Verdict]:
    def judge_while(sample: Sample) -> Verdict:
        verdict = judge(sample)
        return verdict if guard.counts(sample.t_us) else Verdict.BACK

    return judge_while


def _judge_quality(sample: Sample) -> Verdict:
    reason = sample.reason
    return Verdict.BACK if reason is None or reason in NO_FAULT else Verdict.BEYOND


def _judge_reasons(reasons: frozenset[str]) -> Callable[[Sample], Verdict]:
    def judge(sample: Sample) -> Verdict:
        if sample.reason in reasons:
            return Verdict.BEYOND
        # Another doubt hides whether this one is over.
        return Verdict.BACK if trusted(sample) else Verdict.UNKNOWN

    return judge


def _judge_still(counts: Counts) -> Callable[[Sample], Verdict]:
    def judge(sample: Sample) -> Verdict:
        rose = counts.rose(sample)
        if rose is None:
            return Verdict.UNKNOWN
        return Verdict.BACK if rose else Verdict.BEYOND

    return judge


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
