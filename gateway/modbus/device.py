"""Device: one meter, polled by one task of its own, group after group."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from gateway.clock import Clock, Now
from gateway.config import Line as LineSettings
from gateway.config import Meter
from gateway.modbus.backoff import Backoff
from gateway.modbus.errors import LateError, LinkError, MeterError, RefusedError
from gateway.modbus.extract import Extract
from gateway.modbus.group import Block, Group, groups_of
from gateway.modbus.lengths import Lengths
from gateway.modbus.line import Line, Timing
from gateway.modbus.plan import Request
from gateway.modbus.profile import Limits, Profile
from gateway.modbus.reading import Reading, halfway
from gateway.modbus.status import LATE_US, MeterStatus, Tally

_LOG = logging.getLogger(__name__)

Deliver = Callable[[Reading], Awaitable[None]]


@dataclass(slots=True)
class _Poll:
    """How far one poll of one group has come.

    Args:
        sent_us: When its first request left, monotonic [µs].
        is_complete: Whether all so far was sent and answered.
        is_alive: Whether the device has answered in it.
        is_stopped: Whether the rest is not sent.
    """

    sent_us: int | None = None
    is_complete: bool = True
    is_alive: bool = False
    is_stopped: bool = False


class Device:
    """One meter.

    Args:
        meter: Its section of the site's configuration.
        profile: Its register map.
        line: What it is reached by.
        settings: What that is.
        clock: Tells the capture times.
        deliver: Awaited with every reading; while it blocks, this meter waits.
        tally: What is counted of it.

    Attributes:
        is_alone: Whether no other meter is on its line: it keeps nobody waiting but itself.
    """

    def __init__(
        self,
        meter: Meter,
        profile: Profile,
        line: Line,
        settings: LineSettings,
        clock: Clock,
        deliver: Deliver,
        tally: Tally,
    ) -> None:
        self.id = meter.id
        self.tally = tally
        tally.failing.intersection_update(meter.points)
        # Only there can a late reply be taken for another.
        serial = settings.transport in {"rtu", "rtu_over_tcp"}
        lengths = Lengths(profile.fields, profile.limits) if serial else None
        self.groups = groups_of(meter, profile, lengths)
        self.is_alone = True
        self._clock = clock
        self._deliver = deliver
        self._link = line.link(meter.unit, timing_of(meter, profile.limits, settings))
        self._backoff = Backoff()
        self._last: Request | None = None
        self._queue: deque[Group] = deque()
        self._wake: asyncio.Future[None] | None = None
        self._leaving = False
        self._is_closed = False

    # ── Ticks ─────────────────────────────────────────────────────────────────────────────

    def due(self, group: Group, tick_us: int, until_us: int) -> None:
        """A tick of one of its groups came.

        Args:
            group: Which.
            tick_us: The tick, monotonic [µs].
            until_us: The next one [µs].
        """
        self.tally.polls_due += 1
        if group.is_running:
            self.tally.overruns += 1
            return
        if group.tick_us is not None:
            self.tally.overruns += 1  # of the tick before, whose turn never came
        else:
            self._queue.append(group)
        group.tick_us, group.until_us = tick_us, until_us
        self._rouse()

    def missed(self, ticks: int) -> None:
        """Ticks passed while the gateway itself was held up."""
        self.tally.polls_due += ticks
        self.tally.overruns += ticks

    def leave(self) -> None:
        """End `run` once the poll that is running is over."""
        self._leaving = True
        self._rouse()

    async def run(self) -> None:
        """Poll what is due until told to leave."""
        try:
            while not self._leaving:
                if self._queue:
                    await self._poll(self._queue.popleft())
                else:
                    self._wake = asyncio.get_running_loop().create_future()
                    await self._wake
        finally:
            self.close()

    def close(self) -> None:
        """Leave the line for good; what was counted stays counted."""
        if self._is_closed:
            return
        self._is_closed = True
        self._link.close()
        self.tally.strays += self._link.strays
        self.tally.held_back += self._held_back()

    def _held_back(self) -> int:
        return sum(group.held_back for group in self.groups)

    def _rouse(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    # ── Polling ───────────────────────────────────────────────────────────────────────────

    async def _poll(self, group: Group) -> None:
        """Send what a group needs; what is not sent is told as unknown, never left out."""
        tick_us, group.tick_us = group.tick_us or 0, None
        poll = _Poll()
        group.is_running = True
        try:
            for extract in group.order(self._last):
                captured, registers = await self._ask(group, extract, poll)
                self.tally.number += 1
                reading = extract.reading(registers, captured, self.tally.number)
                if reading is not None:
                    await self._deliver(reading)
            self._link.poll_done()
        finally:
            group.is_running = False
        if poll.sent_us is None:
            return  # left alone
        if poll.sent_us - tick_us > LATE_US:
            self.tally.late_polls += 1
        elif poll.is_complete and self._clock.now().mono_us <= group.until_us:
            self.tally.polls_on_time += 1

    async def _ask(
        self, group: Group, extract: Extract, poll: _Poll
    ) -> tuple[Now, tuple[int, ...] | None]:
        """Send one request of a poll, if it is its turn: when it was captured, and what it gave."""
        begun, block, request = self._clock.now(), group.block(extract), extract.request
        if poll.is_stopped or self._waits(group, block):
            poll.is_complete = False
            return begun, None
        self.tally.requests += 1
        self._last = request
        try:
            answer = await self._link.read(request.register, request.address, request.count)
        except MeterError as error:
            poll.sent_us = poll.sent_us or begun.mono_us
            self._note_failure(block, request, error)
            if isinstance(error, LinkError) and not isinstance(error, LateError):
                self._is_silent(group, block)
                poll.is_complete = False
                poll.is_stopped = not (poll.is_alive and self.is_alone)
            else:
                self._is_heard(block)
                poll.is_alive = True
                if isinstance(error, RefusedError):
                    group.refused(request, error)
            return begun, None
        captured = halfway(answer.sent, answer.received)
        poll.sent_us = poll.sent_us or answer.sent.mono_us
        poll.is_alive = True
        self._note_success(block, captured.utc_us)
        if self._backoff.failures or block.backoff.failures:
            self._is_heard(block)
        return captured, answer.values

    def _waits(self, group: Group, block: Block) -> bool:
        """Whether a block is left alone.

        A device that is silent is tried again step by step, with whatever block comes first. A
        group none of whose blocks failed since the device last answered has its try all the
        same: else a dead block that is polled often would starve the others for ever.
        """
        if not block.backoff.failures and not group.failed:
            return False
        now_s = asyncio.get_running_loop().time()
        if block.backoff.failures and block.backoff.wait_s(now_s) > 0:
            return True
        return group.failed and self._backoff.wait_s(now_s) > 0

    def _note_failure(self, block: Block, request: Request, error: MeterError) -> None:
        tally = self.tally
        tally.failures += 1
        tally.last_error = f"{request.register} {request.address}: {error}"
        if (name := block.request.fields[0]) not in tally.failing:
            tally.failing.add(name)
            _LOG.warning("meter %s: %s", self.id, tally.last_error)

    def _note_success(self, block: Block, t_us: int) -> None:
        self.tally.last_good_us = t_us
        if self.tally.failing and (name := block.request.fields[0]) in self.tally.failing:
            self.tally.failing.discard(name)
            _LOG.info("meter %s: the request for %s is answered again", self.id, name)

    def _is_silent(self, group: Group, block: Block) -> None:
        """Nothing trustworthy came: block and device are left alone a step longer."""
        now_s = asyncio.get_running_loop().time()
        block.backoff.failed(now_s)
        self._backoff.failed(now_s)
        group.failed = True
        self._last = None

    def _is_heard(self, block: Block) -> None:
        """The device answered: it is left alone no longer."""
        self._backoff.succeeded()
        for group in self.groups:
            group.failed = False
            if block.backoff.failures:
                # What was silent speaks: so may the others that fell silent with it.
                for other in group.blocks:
                    if other is not block:
                        other.backoff.succeeded()
        block.backoff.succeeded()

    # ── How it fares ──────────────────────────────────────────────────────────────────────

    def status(self) -> MeterStatus:
        """How it fares."""
        if self._is_closed:
            return self.tally.status(self.id, 0, 0)
        return self.tally.status(self.id, self._link.strays, self._held_back())


def timing_of(meter: Meter, limits: Limits, line: LineSettings) -> Timing:
    """What a meter's connection must keep to: the slower of the product's and the line's needs."""
    return Timing(
        timeout_s=meter.timeout_s,
        pause_s=max(limits.request_pause_ms / 1000, line.pause_s),
        connect_delay_s=max(limits.connect_delay_ms / 1000, line.connect_delay_s),
        longest_reply_s=limits.max_reply_ms / 1000,
        release=limits.single_master or line.release,
    )
