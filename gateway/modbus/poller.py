"""Poller: all meters on shared ticks, none waiting for another, the set changed while it runs."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.clock import Clock
from gateway.config import Line as LineSettings
from gateway.config import Meter
from gateway.modbus.device import Deliver, Device
from gateway.modbus.line import Line, line_of
from gateway.modbus.profile import Profile
from gateway.modbus.reading import CounterRead, Reading
from gateway.modbus.status import MeterStatus, Tally
from gateway.modbus.ticker import Ticker

__all__ = ["CounterRead", "MeterStatus", "Poller", "Reading"]

LEAVE_S: Final = 10.0
"""How long a meter that leaves may take to end its poll [s]."""

_Wanted = tuple[Meter, LineSettings, Profile]


@dataclass(frozen=True, slots=True, eq=False)
class _Seat:
    """A meter in the set: what it was made of, and what polls it."""

    wanted: _Wanted
    line: Line
    device: Device


class Poller:
    """Reads every meter at multiples of its intervals.

    Args:
        meters: The site's meters; `mapping.check_meters` has found nothing wrong with them.
        lines: The lines that some of them share.
        profiles: Register maps by id.
        clock: Tells the capture times and the ticks.
        deliver: Awaited with every reading, good or bad; while it blocks, that meter waits.
    """

    def __init__(
        self,
        meters: Sequence[Meter],
        lines: Sequence[LineSettings],
        profiles: Mapping[str, Profile],
        clock: Clock,
        deliver: Deliver,
    ) -> None:
        self._clock = clock
        self._deliver = deliver
        self._ticker = Ticker(clock)
        self._tallies: dict[str, Tally] = {}
        self._tasks: dict[Device, asyncio.Task[None]] = {}
        self._running: asyncio.TaskGroup | None = None
        self._applying = asyncio.Lock()
        self._seats: list[_Seat] = []
        self._sit(self._seated(_wanted(meters, lines, profiles), ()))

    async def run(self) -> None:
        """Poll until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                self._running = group
                self._start(self._seats)
                await asyncio.get_running_loop().create_future()
        finally:
            self._running = None
            self._ticker.stop()

    async def apply(
        self,
        meters: Sequence[Meter],
        lines: Sequence[LineSettings],
        profiles: Mapping[str, Profile],
        between: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Change the set while it runs; meters of which nothing changed lose no poll.

        Args:
            meters: As for the constructor.
            lines: As for the constructor.
            profiles: As for the constructor.
            between: Awaited once the meters that leave have delivered their last reading and
                before those that come are asked: what readings mean can be changed here. Where it
                raises, the meters are those of before.
        """
        async with self._applying:
            before = self._seats
            after = self._seated(_wanted(meters, lines, profiles), before)
            leaving = [seat for seat in before if seat not in after]
            await self._stop(leaving)
            try:
                if between is not None:
                    await between()
            except BaseException:
                for seat in after:
                    if seat not in before:
                        seat.device.close()
                staying = [seat for seat in before if seat in after]
                after = self._seated([seat.wanted for seat in before], staying)
                raise
            finally:
                self._sit(after)
                self._start([seat for seat in after if seat not in before])

    def status(self) -> list[MeterStatus]:
        """How every meter fares, in the order of the configuration."""
        return [seat.device.status() for seat in self._seats]

    def _sit(self, seats: list[_Seat]) -> None:
        self._seats = seats
        neighbours = Counter(seat.line for seat in seats)
        for seat in seats:
            seat.device.is_alone = neighbours[seat.line] == 1

    def _seated(self, wanted: Iterable[_Wanted], held: Sequence[_Seat]) -> list[_Seat]:
        """A seat for each meter: the one it holds where nothing of it changed."""
        by_id = {seat.device.id: seat for seat in held}
        shared = {seat.wanted[1]: seat.line for seat in held if seat.wanted[0].line is not None}
        seats = []
        for one in wanted:
            meter, settings, profile = one
            seat = by_id.get(meter.id)
            if seat is None or not _is_same(seat.wanted, one):
                if meter.line is None:
                    line = Line(settings, self._clock.now)
                elif settings not in shared:
                    line = shared[settings] = Line(settings, self._clock.now)
                else:
                    line = shared[settings]
                tally = self._tallies.setdefault(meter.id, Tally())
                device = Device(meter, profile, line, settings, self._clock, self._deliver, tally)
                seat = _Seat(one, line, device)
            seats.append(seat)
        return seats

    def _start(self, seats: Iterable[_Seat]) -> None:
        if self._running is None:
            return
        devices = [seat.device for seat in seats]
        for device in devices:
            self._tasks[device] = self._running.create_task(device.run(), name=f"meter {device.id}")
        self._ticker.add(devices)

    async def _stop(self, seats: Iterable[_Seat]) -> None:
        """Let these end the poll they are at."""
        devices = {seat.device for seat in seats}
        self._ticker.remove(devices)
        for device in devices:
            device.leave()
        tasks = [task for device in devices if (task := self._tasks.pop(device, None))]
        if tasks:
            _, slow = await asyncio.wait(tasks, timeout=LEAVE_S)
            for task in slow:
                task.cancel()
            if slow:
                await asyncio.wait(slow)
        for device in devices:
            device.close()


def _is_same(before: _Wanted, after: _Wanted) -> bool:
    # A heartbeat that is written down asks for something even where it is the usual one.
    written = [wanted[0].model_dump(exclude_unset=True) for wanted in (before, after)]
    return before == after and written[0] == written[1]


def _wanted(
    meters: Iterable[Meter], lines: Sequence[LineSettings], profiles: Mapping[str, Profile]
) -> list[_Wanted]:
    return [(meter, line_of(meter, lines), profiles[meter.profile]) for meter in meters]
