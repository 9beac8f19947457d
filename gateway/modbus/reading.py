"""Reading: what one request to a meter gave, with the instant at which it was captured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.samples import Quality, Sample
from gateway.clock import Now
from gateway.modbus import decode
from gateway.modbus.plan import Request
from gateway.modbus.profile import Field


@dataclass(frozen=True, slots=True)
class CounterRead:
    """What a totaliser's register showed.

    Args:
        point: The totaliser.
        t_us: Capture time, UTC [µs].
        raw: The register's count, or None where it could not be read.
        reason: Why not, one of `agent.samples.REASONS`; None if and only if it could.
        mono_us: Capture in monotonic time of the gateway's machine [µs]; None where only UTC is
            known.
        synchronised: Whether `t_us` can be believed.
    """

    point: str
    t_us: int
    raw: int | None
    reason: str | None = None
    mono_us: int | None = None
    synchronised: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """What one request gave; values read together share their capture time.

    Args:
        meter: The meter's id.
        request: Number of the request since the gateway started, rising by one per meter.
        t_us: Capture time, halfway between request and reply, UTC [µs].
        mono_us: The same instant in monotonic time [µs].
        synchronised: Whether UTC could be believed.
        gauges: Samples of the fields that are values of the moment.
        counters: Counts of the fields that are totalisers.
    """

    meter: str
    request: int
    t_us: int
    mono_us: int
    synchronised: bool
    gauges: tuple[Sample, ...] = ()
    counters: tuple[CounterRead, ...] = ()


def halfway(sent: Now, received: Now) -> Now:
    """The instant halfway between two, told by the clock as it stood at the later one."""
    mono_us = (sent.mono_us + received.mono_us) // 2
    utc_us = received.utc_us - (received.mono_us - mono_us)
    return Now(utc_us, mono_us, received.synchronised)


def reading_of(
    request: Request,
    registers: Sequence[int] | None,
    captured: Now,
    *,
    meter: str,
    number: int,
    fields: Mapping[str, Field],
    points: Mapping[str, str],
) -> Reading:
    """Decode what one request gave.

    Args:
        request: What was asked for.
        registers: The answer, as many registers as were asked for; None if there was none.
        captured: When.
        meter: The meter's id.
        number: Number of the request.
        fields: The profile's fields by name.
        points: Field's name -> point.
    """
    gauges = []
    counters = []
    for name in request.fields:
        field, point = fields[name], points[name]
        start = field.address - request.address
        own = None if registers is None else registers[start : start + field.words]
        if field.kind == "counter":
            raw, reason = decode.count(own, field)
            counters.append(
                CounterRead(
                    point,
                    captured.utc_us,
                    raw,
                    reason,
                    mono_us=captured.mono_us,
                    synchronised=captured.synchronised,
                )
            )
        else:
            value, reason = decode.gauge(own, field)
            quality = Quality.GOOD if reason is None else Quality.BAD
            gauges.append(Sample(point, captured.utc_us, value, quality, reason))
    return Reading(
        meter,
        number,
        captured.utc_us,
        captured.mono_us,
        captured.synchronised,
        tuple(gauges),
        tuple(counters),
    )
