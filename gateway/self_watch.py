"""What the gateway finds wrong with itself, told as alarms of class "system"."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from gateway.clock import Clock
from gateway.recording.items import Item, SystemCondition

GRACE_S: Final = 15.0
"""A condition that passes by itself within this is no alarm [s]."""

_LOOK_S: Final = 1.0
_PRIORITIES: Final = {"certificate_ends": "low", "cursor_lag": "low"}
"""Where not "high": an end half a year away is work for the next visit."""


class SelfWatch:
    """Looks at the gateway's parts and hands what changed to the recorder.

    Args:
        conditions: Id of the condition -> whether it stands now.
        clock: Measures how long it has stood.
        put: Takes the items.
        grace_s: See `GRACE_S`.
    """

    def __init__(
        self,
        conditions: Mapping[str, Callable[[], bool]],
        clock: Clock,
        put: Callable[[Item], Awaitable[None]],
        grace_s: float = GRACE_S,
    ) -> None:
        self._conditions = conditions
        self._clock = clock
        self._put = put
        self._grace_us = grace_s * 1e6
        self._since_us: dict[str, int] = {}
        self._told: dict[str, bool] = {}

    async def run(self) -> None:
        """Look every second until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(_LOOK_S)

    async def look(self) -> None:
        """Look once; the first time every condition is told, so that none outlives a restart."""
        mono_us = self._clock.now().mono_us
        for condition, stands in self._conditions.items():
            active = False
            if stands():
                since_us = self._since_us.setdefault(condition, mono_us)
                active = mono_us - since_us >= self._grace_us
            else:
                self._since_us.pop(condition, None)
            if self._told.get(condition) != active:
                self._told[condition] = active
                priority = _PRIORITIES.get(condition, "high")
                await self._put(
                    SystemCondition(condition, "gateway", active, mono_us, priority=priority)
                )
