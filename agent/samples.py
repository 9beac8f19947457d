"""Sample, Quality and the reasons a value can be doubted: what every room exchanges."""

import math
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec

from agent.errors import BadSampleError


class Quality(StrEnum):
    """How far a value may be trusted; a result is no better than its worst input."""

    GOOD = "good"
    UNCERTAIN = "uncertain"
    BAD = "bad"


_GOOD: Final = Quality.GOOD  # by its own name: every sample is asked, and the dot takes longest
_RANK: Final = {Quality.GOOD: 0, Quality.UNCERTAIN: 1, Quality.BAD: 2}

REASONS: Final = (
    "comm_fail",
    "out_of_range",
    "sensor_open",
    "sensor_short",
    "crc",
    "stuck",
    "power_on_value",
    "expired_calibration",
    "low_o2",
    "over_range",
    "learning",
    "counter_reset",
    "counter_glitch",
    "clock_unsynced",
    "substituted",
    "late",
    "rate_of_change",
    "stale",
)
"""Every reason a sample may carry, in the order of their codes in the journal (from 1)."""


class Sample(msgspec.Struct, frozen=True, gc=False):
    """One value of one point at one instant.

    Args:
        point: Name of the measured series, ending in its unit, such as ``yard.c0150.co_ppm``.
        t_us: Capture time, UTC [µs since 1970].
        value: The value in the unit the point's name ends in, or None where it is not known.
        quality: How far the value may be trusted.
        reason: Why it is not good, one of `REASONS`; None if and only if it is good.

    Raises:
        BadSampleError: The parts contradict each other.
    """

    point: str
    t_us: int
    value: float | None
    quality: Quality = Quality.GOOD
    reason: str | None = None

    def __post_init__(self) -> None:
        value = self.value
        if value is not None and not math.isfinite(value):
            raise BadSampleError(f"{self.point}: {value} is no number; send None and a reason")
        if self.quality is _GOOD:
            if value is None or self.reason is not None:
                raise BadSampleError(f"{self.point}: a good sample has a value and no reason")
            return
        if self.reason not in REASONS:
            raise BadSampleError(
                f"{self.point}: reason {self.reason!r} is unknown; use one of {', '.join(REASONS)}"
            )
        if self.quality is Quality.BAD and self.value is not None:
            raise BadSampleError(f"{self.point}: a bad sample has no value, got {self.value}")


def worst(qualities: Iterable[Quality]) -> Quality:
    """The worst of several qualities; good for none."""
    return max(qualities, key=_RANK.__getitem__, default=Quality.GOOD)
