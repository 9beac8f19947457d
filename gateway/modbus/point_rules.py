"""Does a point of the site's file fit the field that is to feed it?"""

from collections.abc import Iterator

from gateway.config import Meter, MeterPoint
from gateway.modbus.deadband import sampled_every_s
from gateway.modbus.profile import Field, unit_of
from gateway.modbus.totaliser import CounterSpec


def broken_point(meter: Meter, wanted: MeterPoint, field: Field) -> Iterator[tuple[str, str, str]]:
    """What is wrong with a point: the value that stands there, why not, what to write instead.

    Args:
        meter: The meter that has it.
        wanted: The point.
        field: The field of the meter's profile that feeds it.
    """
    if field.kind == "text":
        yield (
            wanted.point,
            "the field is a text, which has no samples",
            "Remove it; `hinoban check` shows the texts of a meter",
        )
        return
    if unit_of(wanted.point) != field.unit:
        yield (
            wanted.point,
            f"the field is in {field.unit}, which the point's name does not end in",
            f"Name it …_{field.unit}, or choose a field in {unit_of(wanted.point) or 'its unit'}",
        )
    poll_s = meter.poll_s if wanted.poll_s is None else wanted.poll_s
    if field.kind == "counter":
        yield from _broken_total(wanted, field, poll_s)
    elif field.stale_after_s is not None:
        every_s = sampled_every_s(wanted, field, poll_s)
        if every_s > field.stale_after_s:
            yield (
                f"every {every_s:g} s",
                f"its value tells the present for {field.stale_after_s:g} s only",
                f"Give poll_s and heartbeat_s of {field.stale_after_s:g} or less",
            )


def _broken_total(
    wanted: MeterPoint, field: Field, poll_s: float
) -> Iterator[tuple[str, str, str]]:
    for key in ("deadband", "heartbeat_s"):
        if key in wanted.model_fields_set:
            yield (
                f"{key} = {getattr(wanted, key)}",
                "a totaliser is reported at every poll, so that no step is lost",
                f"Remove {key}, or read the totaliser less often with poll_s",
            )
    if field.stale_after_s is not None and poll_s > field.stale_after_s:
        yield (
            f"every {poll_s:g} s",
            f"its value tells the present for {field.stale_after_s:g} s only",
            f"Give a poll_s of {field.stale_after_s:g} or less",
        )
    if field.max_rate_per_s is None:
        return
    can = CounterSpec(
        field.unit, field.step, field.modulus, field.max_rate_per_s, field.update_s, field.runs
    )
    if can.goes_round(can.greatest_step(round(poll_s * 1e6))):
        yield (
            f"every {poll_s:g} s",
            "the totaliser can go right round between two polls at"
            f" {field.max_rate_per_s:g} {field.unit}/s, and what it counted would be unknown",
            "Read it more often with poll_s, or correct the profile's max_rate_per_s",
        )
