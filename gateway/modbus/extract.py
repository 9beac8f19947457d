"""Extract: what one request's registers say, field by field, prepared once (pure)."""

from collections.abc import Mapping, Sequence

from agent.samples import Quality, Sample
from gateway.clock import Now
from gateway.config import MeterPoint
from gateway.modbus.deadband import Deadband, width_of
from gateway.modbus.decode import count_of, gauge_of
from gateway.modbus.guard import REASON, Guard
from gateway.modbus.plan import Request
from gateway.modbus.profile import Field
from gateway.modbus.reading import CounterRead, Reading


class Gauge:
    """A value of the moment: decoded, guarded, and reported where it is worth it.

    Args:
        field: What the registers mean.
        wanted: The point it becomes.
        poll_s: How often it is read [s].
    """

    __slots__ = ("_deadband", "_decode", "_guard", "held_back", "point")

    def __init__(self, field: Field, wanted: MeterPoint, poll_s: float) -> None:
        self.point = wanted.point
        self.held_back = 0
        self._decode = gauge_of(field)
        limit = field.max_change_per_s
        self._guard = None if limit is None else Guard(limit, field.update_s)
        width = width_of(wanted, field)
        self._deadband = None if width is None else Deadband(width, wanted.heartbeat_s, poll_s)

    def sample(self, registers: Sequence[int] | None, captured: Now) -> Sample | None:
        """Its sample, or None where there is nothing new to report."""
        value, reason = self._decode(registers)
        if reason is not None:
            sample = Sample(self.point, captured.utc_us, None, Quality.BAD, reason)
        elif value is None or self._guard is None or self._guard.believes(value, captured.mono_us):
            sample = Sample(self.point, captured.utc_us, value)
        else:
            sample = Sample(self.point, captured.utc_us, value, Quality.UNCERTAIN, REASON)
        if self._deadband is None or self._deadband.reports(sample, captured.mono_us):
            return sample
        self.held_back += 1
        return None


class Wanted:
    """All fields that a site wants of one meter at one interval, by name.

    Args:
        fields: The fields.
        wanted: Field's name -> the point it becomes.
        poll_s: How often they are read [s].
    """

    def __init__(
        self, fields: Mapping[str, Field], wanted: Mapping[str, MeterPoint], poll_s: float
    ) -> None:
        self.fields = dict(fields)
        self.gauges = {
            name: Gauge(field, wanted[name], poll_s)
            for name, field in fields.items()
            if field.kind == "gauge"
        }
        self.totalisers = {
            name: wanted[name].point for name, field in fields.items() if field.kind == "counter"
        }


class Extract:
    """One request's fields.

    Args:
        request: The request.
        wanted: What its fields are, and the points they become.
        meter: The meter's id.
    """

    __slots__ = ("_counters", "_gauges", "_meter", "request")

    def __init__(self, request: Request, wanted: Wanted, meter: str) -> None:
        self.request = request
        self._meter = meter
        gauges, counters = [], []
        for name in request.fields:
            field = wanted.fields[name]
            start = field.address - request.address
            place = slice(start, start + field.words)
            if name in wanted.gauges:
                gauges.append((place, wanted.gauges[name]))
            else:
                counters.append((place, count_of(field), wanted.totalisers[name]))
        self._gauges, self._counters = tuple(gauges), tuple(counters)

    def reading(
        self, registers: Sequence[int] | None, captured: Now, number: int
    ) -> Reading | None:
        """What the request gave.

        Args:
            registers: As many as it asks for; None if it gave none, or was not sent.
            captured: When.
            number: Number of the request.

        Returns:
            Every field's value or the reason why it is not known; None where nothing of it is
            worth a report.
        """
        t_us, mono_us = captured.utc_us, captured.mono_us
        gauges = []
        for place, gauge in self._gauges:
            sample = gauge.sample(None if registers is None else registers[place], captured)
            if sample is not None:
                gauges.append(sample)
        counters = []
        for place, decode, point in self._counters:
            raw, reason = decode(None if registers is None else registers[place])
            counters.append(CounterRead(point, t_us, raw, reason, mono_us, captured.synchronised))
        if not gauges and not counters:
            return None
        return Reading(
            self._meter,
            number,
            t_us,
            mono_us,
            captured.synchronised,
            tuple(gauges),
            tuple(counters),
        )
