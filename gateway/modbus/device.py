"""Device: one meter's requests, its connection and how it fares."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Literal

from gateway.clock import Clock
from gateway.config import Meter
from gateway.modbus.backoff import Backoff
from gateway.modbus.errors import LinkError, MeterError
from gateway.modbus.line import Line, Timing, line_of
from gateway.modbus.plan import Request, plan
from gateway.modbus.profile import Profile
from gateway.modbus.reading import Reading, halfway, reading_of

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MeterStatus:
    """How a meter fares.

    Args:
        id: The meter's id.
        state: "ok" if every request was answered when last sent, "failing" if not, "never"
            until its first good answer.
        last_good_us: Capture time of its last good answer, UTC [µs].
        requests: Requests sent.
        failures: Requests, or attempts to connect, that gave nothing.
        last_error: Why the last of them did.
        overruns: Polls left out because the one before was not over.
        strays: Replies that answered no request and were thrown away.
    """

    id: str
    state: Literal["ok", "failing", "never"]
    last_good_us: int | None
    requests: int
    failures: int
    last_error: str | None
    overruns: int
    strays: int


class Device:
    """One meter.

    Args:
        meter: Its section of the site's configuration.
        profile: Its register map.
        clock: Tells the capture times.
    """

    def __init__(self, meter: Meter, profile: Profile, clock: Clock) -> None:
        self.id = meter.id
        self.poll_s = meter.poll_s
        self.overruns = 0
        self._fields = {field: profile.fields[field] for field in meter.points}
        self._points = {field: wanted.point for field, wanted in meter.points.items()}
        self._plan = plan(self._fields, profile.limits)
        self._clock = clock
        limits = profile.limits
        timing = Timing(
            meter.timeout_s,
            limits.request_pause_ms / 1000,
            limits.connect_delay_ms / 1000,
            limits.max_reply_ms / 1000,
            limits.single_master,
        )
        self._link = Line(line_of(meter, ()), clock.now).link(meter.unit, timing)
        self._backoff = Backoff()
        self._number = 0
        self._requests = 0
        self._failures = 0
        self._last_error: str | None = None
        self._last_good_us: int | None = None
        self._failing: set[Request] = set()

    @property
    def requests(self) -> tuple[Request, ...]:
        """What one poll sends."""
        return self._plan

    async def read(self, request: Request) -> Reading:
        """Send one request; a failed one spoils its own fields only.

        Returns:
            Its values. Where it failed, or was not sent because the device is being left alone,
            its fields are bad, never missing and never old.
        """
        self._number += 1
        begun = self._clock.now()
        registers = None
        captured = begun
        now_s = asyncio.get_running_loop().time
        if self._backoff.wait_s(now_s()) == 0:
            try:
                answer = await self._link.read(request.register, request.address, request.count)
                self._requests += 1
                registers = answer.values
                captured = halfway(answer.sent, answer.received)
            except MeterError as error:
                self._note_failure(request, error)
                if isinstance(error, LinkError):
                    self._backoff.failed(now_s())
                else:
                    self._backoff.succeeded()
            else:
                self._note_success(request, captured.utc_us)
                self._backoff.succeeded()
        return reading_of(
            request,
            registers,
            captured,
            meter=self.id,
            number=self._number,
            fields=self._fields,
            points=self._points,
        )

    def close(self) -> None:
        """Drop the connection."""
        self._link.close()

    def status(self) -> MeterStatus:
        """How it fares."""
        state: Literal["ok", "failing", "never"] = "failing" if self._failing else "ok"
        return MeterStatus(
            self.id,
            "never" if self._last_good_us is None else state,
            self._last_good_us,
            self._requests,
            self._failures,
            self._last_error,
            self.overruns,
            self._link.strays,
        )

    def _note_failure(self, request: Request, error: MeterError) -> None:
        self._failures += 1
        self._last_error = f"{request.register} {request.address}: {error}"
        if request not in self._failing:
            self._failing.add(request)
            _LOG.warning("meter %s: %s", self.id, self._last_error)

    def _note_success(self, request: Request, t_us: int) -> None:
        self._last_good_us = t_us
        if request in self._failing:
            self._failing.remove(request)
            _LOG.info("meter %s: %s %d is read again", self.id, request.register, request.address)
