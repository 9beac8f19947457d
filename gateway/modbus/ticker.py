"""Ticker: one timer that wakes all poll groups that are due in the same turn of the loop."""

import asyncio
from collections.abc import Collection, Iterable
from typing import Final

from gateway.clock import Clock, Now
from gateway.modbus.device import Device
from gateway.modbus.group import Group
from gateway.modbus.schedule import Beat

_EARLY_US: Final = 500
"""A timer may fire so much before its tick [µs]."""

_LOOK_US: Final = 1_000_000
"""The clock is looked at at least this often: no tick is waited for by an old one [µs]."""


class Ticker:
    """The ticks of all intervals.

    One wake-up for all meters costs a third of one for each, and what fuel and power are compared
    by is captured together.

    Args:
        clock: Tells the ticks.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._beats: dict[int, Beat] = {}
        self._ticking: dict[int, list[tuple[Device, Group]]] = {}
        self._offset_us = 0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, devices: Iterable[Device]) -> None:
        """Let these be due from the next tick of each of their groups."""
        now = self._clock.now()
        for device in devices:
            for group in device.groups:
                interval_us = group.interval_us
                if interval_us not in self._beats:
                    self._beats[interval_us] = Beat(interval_us)
                    self._beats[interval_us].align(now)
                self._ticking.setdefault(interval_us, []).append((device, group))
        # Where ticks of several intervals fall together the shortest is served first.
        self._beats = dict(sorted(self._beats.items()))
        self.stop()
        self._turn()

    def remove(self, devices: Collection[Device]) -> None:
        """No more ticks for these."""
        for interval_us, ticking in list(self._ticking.items()):
            left = [pair for pair in ticking if pair[0] not in devices]
            if left:
                self._ticking[interval_us] = left
            else:
                del self._ticking[interval_us], self._beats[interval_us]

    def stop(self) -> None:
        """Wake nobody any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _turn(self) -> None:
        now = self._clock.now()
        offset_us = now.utc_us - now.mono_us
        is_moved, self._offset_us = offset_us != self._offset_us, offset_us
        soonest_us = now.mono_us + _LOOK_US
        for interval_us, beat in self._beats.items():
            if is_moved and beat.due_us > now.mono_us:
                beat.align(now)
            if beat.due_us - now.mono_us <= _EARLY_US:
                _strike(self._ticking[interval_us], beat, now)
            soonest_us = min(soonest_us, beat.due_us)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(loop.time() + (soonest_us - now.mono_us) / 1e6, self._turn)


def _strike(ticking: Iterable[tuple[Device, Group]], beat: Beat, now: Now) -> None:
    tick_us = beat.due_us
    passed = beat.strike(now)
    for device, group in ticking:
        if passed:
            device.missed(passed)
        device.due(group, tick_us, beat.due_us)
