"""Poller: one task per meter, all on one tick, none waiting for another."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence

from gateway.clock import Clock
from gateway.config import Meter
from gateway.modbus.device import Device, MeterStatus
from gateway.modbus.profile import Profile
from gateway.modbus.reading import CounterRead, Reading

__all__ = ["CounterRead", "MeterStatus", "Poller", "Reading"]

_SECOND_US = 1_000_000


class Poller:
    """Reads every meter at multiples of its interval.

    Args:
        meters: The site's meters; `mapping.check_meters` has found nothing wrong with them.
        profiles: Register maps by id.
        clock: Tells the capture times.
        deliver: Awaited with every reading, good or bad; while it blocks, that meter waits.
    """

    def __init__(
        self,
        meters: Sequence[Meter],
        profiles: Mapping[str, Profile],
        clock: Clock,
        deliver: Callable[[Reading], Awaitable[None]],
    ) -> None:
        self._clock = clock
        self._deliver = deliver
        self._devices = [Device(meter, profiles[meter.profile], clock) for meter in meters]

    async def run(self) -> None:
        """Poll until cancelled.

        All meters of one interval are asked in the same turn of the loop, on whole seconds of
        UTC: one wake-up for all costs a third of one for each, and fuel and power are captured
        together.
        """
        loop = asyncio.get_running_loop()
        start_s = loop.time() + -self._clock.now().utc_us % _SECOND_US / _SECOND_US
        async with asyncio.TaskGroup() as group:
            for device in self._devices:
                group.create_task(self._poll(device, start_s), name=f"meter {device.id}")

    def status(self) -> list[MeterStatus]:
        """How every meter fares, in the order of the configuration."""
        return [device.status() for device in self._devices]

    async def _poll(self, device: Device, start_s: float) -> None:
        loop = asyncio.get_running_loop()
        tick = 0
        try:
            while True:
                await _until(loop, start_s + tick * device.poll_s)
                for request in device.requests:
                    await self._deliver(await device.read(request))
                next_tick = max(tick, math.floor((loop.time() - start_s) / device.poll_s)) + 1
                device.overruns += next_tick - tick - 1
                tick = next_tick
        finally:
            device.close()


async def _until(loop: asyncio.AbstractEventLoop, when_s: float) -> None:
    """Wake at an instant of the loop's clock: tasks with the same one wake in the same turn."""
    woken: asyncio.Future[None] = loop.create_future()
    timer = loop.call_at(when_s, woken.set_result, None)
    try:
        await woken
    finally:
        timer.cancel()
