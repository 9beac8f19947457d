"""When a reading was captured, told by the clock as it stands now."""

from msgspec.structs import replace

from agent.samples import Quality, Sample
from gateway.clock import Now
from gateway.modbus.reading import CounterRead, Reading


def restamped(reading: Reading, now: Now) -> Reading:
    """The reading with the capture time its monotonic time now means.

    The gateway's clock may have been adopted between the request and now.

    Args:
        reading: What was read.
        now: Its monotonic time, told by the clock as it stands.
    """
    if now.utc_us == reading.t_us and now.synchronised == reading.synchronised:
        return reading
    return replace(
        reading,
        t_us=now.utc_us,
        synchronised=now.synchronised,
        gauges=tuple(replace(sample, t_us=now.utc_us) for sample in reading.gauges),
        counters=tuple(_moved(read, now) for read in reading.counters),
    )


def _moved(read: CounterRead, now: Now) -> CounterRead:
    return replace(read, t_us=now.utc_us, synchronised=now.synchronised)


def unsynchronised(sample: Sample) -> Sample:
    """The sample, doubted because nobody knows when it was captured."""
    if sample.quality is not Quality.GOOD:
        return sample
    return replace(sample, quality=Quality.UNCERTAIN, reason="clock_unsynced")
