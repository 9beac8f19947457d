"""Reading: what one request to a meter gave, with the instant at which it was captured."""

import msgspec

from agent.samples import Sample
from gateway.clock import Now


class CounterRead(msgspec.Struct, frozen=True, gc=False):
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


class Reading(msgspec.Struct, frozen=True, gc=False):
    """What one request gave; values read together share their capture time.

    Args:
        meter: The meter's id.
        request: Number of the request since the gateway started, rising by one per meter.
        t_us: Capture time, halfway between request and reply, UTC [µs].
        mono_us: The same instant in monotonic time [µs].
        synchronised: Whether UTC could be believed.
        gauges: Samples of the fields that are values of the moment, without those that are not
            worth a report.
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
