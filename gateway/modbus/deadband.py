"""Deadband: which readings of a gauge are worth a report (pure).

A reading is reported when the value has moved by more than the deadband since the last report,
when its quality or reason differs, and when the last report has reached the heartbeat's age.
Moves are counted from the last *report*, so that a slow drift is never lost.
"""

from agent.samples import Sample
from gateway.config import MeterPoint
from gateway.modbus.profile import Field


class Deadband:
    """One gauge's reports.

    Args:
        width: Greatest change that is not reported [the point's unit].
        heartbeat_s: Longest time without a report, to the nearest poll [s].
        poll_s: How often the gauge is read [s].
    """

    __slots__ = ("_heartbeat_us", "_last", "_last_us", "_width")

    def __init__(self, width: float, heartbeat_s: float, poll_s: float) -> None:
        self._width = width
        # The poll nearest to the heartbeat, whichever side of it the jitter puts it.
        self._heartbeat_us = (heartbeat_s - poll_s / 2) * 1e6
        self._last: Sample | None = None
        self._last_us = 0

    def reports(self, sample: Sample, mono_us: int) -> bool:
        """Whether a sample is to be reported; one that is becomes the measure of the next.

        Args:
            sample: In the order of capture.
            mono_us: When it was captured, monotonic [µs].
        """
        last = self._last
        if (
            last is not None
            and mono_us - self._last_us < self._heartbeat_us
            and last.quality is sample.quality
            and last.reason == sample.reason
            and self._is_still(last.value, sample.value)
        ):
            return False
        self._last, self._last_us = sample, mono_us
        return True

    def _is_still(self, before: float | None, value: float | None) -> bool:
        if before is None or value is None:
            return before is value
        return abs(value - before) <= self._width


def width_of(wanted: MeterPoint, field: Field) -> float | None:
    """The deadband of a point [its unit], or None where every reading is reported.

    The site decides: with a `deadband`, or with a `heartbeat_s` alone, which asks for the amount
    that the register map proposes. Totalisers have none.
    """
    if field.kind != "gauge":
        return None
    if wanted.deadband is not None:
        return wanted.deadband
    return field.deadband if "heartbeat_s" in wanted.model_fields_set else None


def sampled_every_s(wanted: MeterPoint, field: Field, poll_s: float) -> float:
    """The longest time between two samples of a point while all is well [s].

    Args:
        wanted: The point.
        field: What feeds it.
        poll_s: How often it is read [s].
    """
    return poll_s if width_of(wanted, field) is None else max(poll_s, wanted.heartbeat_s)
