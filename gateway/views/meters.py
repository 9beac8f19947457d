"""The exchange of a meter: what the API shows of it, and a person's word on its way to the disk."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from typing import Literal

from gateway.clock import Clock
from gateway.historian.errors import JournalError
from gateway.http.meter_views import SwapView
from gateway.modbus.swap import Told
from gateway.recording.desk import Desk
from gateway.recording.items import Exchange
from gateway.recording.recorder import Recorder
from gateway.views.alarms import ANSWER_S


class MeterDesk:
    """How totalisers stand, and what people tell of them.

    Args:
        desk: Holds the ledgers.
        recorder: Takes what people tell, so that it is on disk before it is confirmed.
        clock: Says when they told it.
    """

    def __init__(self, desk: Desk, recorder: Recorder, clock: Clock) -> None:
        self._desk = desk
        self._recorder = recorder
        self._clock = clock

    def swap_views(self, meter: str) -> list[SwapView]:
        """The totalisers of a meter that were ever read."""
        return [SwapView(**asdict(state)) for state in self._desk.counters.swap_states(meter)]

    async def swap(
        self,
        action: Literal["announce", "cancel", "amend"],
        meter: str,
        told: Mapping[str, tuple[float | None, float | None]],
        person: str,
        comment: str | None,
    ) -> list[str]:
        """Announce an exchange, take it back or tell what it was; return once that is on disk."""
        done: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()
        shown = {point: Told(final, initial) for point, (final, initial) in told.items()}
        mono_us = self._clock.now().mono_us
        await self._recorder.put(Exchange(action, meter, shown, person, comment, mono_us, done))
        await asyncio.wait({done}, timeout=ANSWER_S)
        if not done.done():
            raise JournalError(
                f"{meter}: not on disk after {ANSWER_S:g} s, because the journal cannot be "
                "written; it is done once the disk is back: look at the meter before you repeat it"
            )
        return done.result()
