"""Device: one meter, polled by one task of its own, group after group."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from gateway.clock import Clock, Now
from gateway.config import Line as LineSettings
from gateway.config import Meter
from gateway.modbus.backoff import Backoff
from gateway.modbus.errors import LinkError, MeterError, RefusedError
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
        # Alone on its line it keeps nobody waiting but itself.
        self._is_alone = meter.line is None
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
        tick_us, group.tick_us = group.tick_us, None
        group.is_running = True
        sent_us: int | None = None
        complete, alive, stopped = True, False, False
        try:
            for extract in group.order(self._last):
                block = group.block(extract)
                captured, registers = self._clock.now(), None
                if stopped or self._waits(group, block):
                    complete = False
                else:
                    self.tally.requests += 1
                    self._last = extract.request
                    try:
                        answer = await self._link.read(
                            extract.request.register, extract.request.address, extract.request.count
                        )
                    except MeterError as error:
                        self._failed(group, block, extract, error)
                        if isinstance(error, LinkError):
                            complete = False
                            stopped = not (alive and self._is_alone)
                        alive = alive or not isinstance(error, LinkError)
                        sent_us = sent_us or captured.mono_us
                    else:
                        registers = answer.values
                        captured = halfway(answer.sent, answer.received)
                        sent_us = sent_us or answer.sent.mono_us
                        alive = True
                        self._answered(block, captured)
                await self._tell(extract, registers, captured)
            self._link.poll_done()
        finally:
            group.is_running = False
        if tick_us is not None:
            self._note_time(tick_us, sent_us, group.until_us, complete=complete)

    async def _tell(
        self, extract: Extract, registers: tuple[int, ...] | None, captured: Now
    ) -> None:
        self.tally.number += 1
        reading = extract.reading(registers, captured, self.tally.number)
        if reading is not None:
            await self._deliver(reading)

    def _waits(self, group: Group, block: Block) -> bool:
        """Whether a block is left alone.

        A device that is silent is tried again step by step, with whatever block comes first. A
        group none of whose blocks failed since the device last answered has its try all the
        same: else a dead block that is polled often would starve the others for ever.
        """
        now_s = asyncio.get_running_loop().time()
        if block.backoff.failures and block.backoff.wait_s(now_s) > 0:
            return True
        return group.failed and self._backoff.wait_s(now_s) > 0

    def _note_time(
        self, tick_us: int, sent_us: int | None, until_us: int, *, complete: bool
    ) -> None:
        if sent_us is None:
            return  # left alone
        if sent_us - tick_us > LATE_US:
            self.tally.late_polls += 1
        elif complete and self._clock.now().mono_us <= until_us:
            self.tally.polls_on_time += 1

    def _failed(self, group: Group, block: Block, extract: Extract, error: MeterError) -> None:
        request, tally = extract.request, self.tally
        tally.failures += 1
        tally.last_error = f"{request.register} {request.address}: {error}"
        name = block.request.fields[0]
        if name not in tally.failing:
            tally.failing.add(name)
            _LOG.warning("meter %s: %s", self.id, tally.last_error)
        if isinstance(error, LinkError):
            now_s = asyncio.get_running_loop().time()
            block.backoff.failed(now_s)
            self._backoff.failed(now_s)
            group.failed = True
            self._last = None
        else:
            self._is_heard(block)
            if isinstance(error, RefusedError):
                group.refused(request, error)

    def _answered(self, block: Block, captured: Now) -> None:
        self.tally.last_good_us = captured.utc_us
        if self.tally.failing and (name := block.request.fields[0]) in self.tally.failing:
            self.tally.failing.discard(name)
            _LOG.info("meter %s: the request for %s is answered again", self.id, name)
        if self._backoff.failures or block.backoff.failures:
            self._is_heard(block)

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
