"""BalanceWatch: the heat of the fuels over what was made of it, as a point that limits judge."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Final

from agent.cofiring.record import FactorRecord
from agent.samples import Sample
from gateway.clock import Clock
from gateway.footprint.live import Live
from gateway.modbus.reading import Reading
from gateway.recording.items import Item, Polled

SOURCE: Final = "gateway-balance"
"""The meter's place in the journal; no meter of a site has such a name."""

_EACH_S: Final = 10.0
_LEAST_COVERAGE: Final = 0.99
_MJ_PER_KWH: Final = 3.6


def heat_rate(record: FactorRecord) -> float | None:
    """Fuel heat per useful output, electricity and steam together [MJ/kWh].

    Args:
        record: Figures of a period.

    Returns:
        None where a fuel, the output or a part of the period is not known.
    """
    heats = [entry.get("mj") for entry in record.fuels]
    if record.gross_kwh is None or record.coverage < _LEAST_COVERAGE or None in heats or not heats:
        return None
    useful_kwh = record.gross_kwh + (record.steam_mj or 0.0) / _MJ_PER_KWH
    if useful_kwh <= 0.0:
        return None
    return math.fsum(heat for heat in heats if heat is not None) / useful_kwh


class BalanceWatch:
    """Hands the heat rate of the trailing minutes to the recorder, as a meter's reading.

    Args:
        unit: Id of the boiler and its turbine.
        live: The newest figures of the trailing minutes; None before there are any.
        clock: When that is.
        put: Takes the items.
    """

    def __init__(
        self,
        unit: str,
        live: Callable[[], Live | None],
        clock: Clock,
        put: Callable[[Item], Awaitable[None]],
    ) -> None:
        self._point = point_of(unit)
        self._live = live
        self._clock = clock
        self._put = put
        self._to_us = 0
        self._request = 0

    async def run(self) -> None:
        """Look every ten seconds until cancelled."""
        while True:
            await asyncio.sleep(_EACH_S)
            await self.look()

    async def look(self) -> None:
        """Tell of what is new; what is not known is not told."""
        live = self._live()
        if live is None or live.to_us <= self._to_us:
            return
        rate = heat_rate(live.factor)
        if rate is None:
            return
        self._to_us, self._request = live.to_us, self._request + 1
        now = self._clock.now()
        sample = Sample(self._point, now.utc_us, rate)
        reading = Reading(
            SOURCE, self._request, now.utc_us, now.mono_us, now.synchronised, gauges=(sample,)
        )
        await self._put(Polled(reading))


def point_of(unit: str) -> str:
    """The point of a unit's heat rate."""
    return f"{unit}.balance.heat_rate_mj_per_kwh"
