"""Comparisons: which totalisers of a site can be compared with the integral of a rate?"""

from collections.abc import Mapping, Sequence
from typing import Final

from gateway.config import Meter, MeterPoint
from gateway.modbus.crosscheck import DriftSpec
from gateway.modbus.profile import Profile
from gateway.modbus.rates import per_second

_POLLS_IN_A_GAP: Final = 4
_LEAST_GAP_S: Final = 5.0


def drift_specs(meters: Sequence[Meter], profiles: Mapping[str, Profile]) -> dict[str, DriftSpec]:
    """Every totaliser that can be compared with a rate: point -> how.

    Args:
        meters: The site's meters, in which `check_meters` has found nothing wrong.
        profiles: Register maps by id.
    """
    specs = {}
    for meter in meters:
        fields = profiles[meter.profile].fields
        for name, wanted in meter.points.items():
            field = fields[name]
            rate = meter.points.get(field.rate)
            if field.kind != "counter" or rate is None or not meter.crosscheck_minutes:
                continue
            factor = per_second(fields[field.rate].unit, field.unit)
            if factor is None:
                continue
            specs[wanted.point] = DriftSpec(
                wanted.point,
                rate.point,
                factor,
                window_s=60.0 * meter.crosscheck_minutes,
                tolerance=meter.crosscheck_pct / 100.0,
                least=2.0 * (field.scale if field.resolution is None else field.resolution),
                longest_gap_s=_longest_gap_s(meter, wanted, rate),
                both_ways=field.runs == "both",
            )
    return specs


def _longest_gap_s(meter: Meter, *points: MeterPoint) -> float:
    polls_s = [meter.poll_s if point.poll_s is None else point.poll_s for point in points]
    # A value that stays within its deadband is not reported, and yet known.
    silent_s = max((p.heartbeat_s for p in points if p.deadband is not None), default=0.0)
    return max(_POLLS_IN_A_GAP * max(polls_s), _LEAST_GAP_S) + silent_s
