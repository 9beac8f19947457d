"""Boiler and turbine: from the demand to flows, and their exact integrals.

Time is cut into cells of 0.1 s, aligned to UTC. In a cell every flow is constant, so the amount at
any instant is a sum of products and no integration error exists: this *is* the truth.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from simulators.lots import FUELS, Lot
from simulators.plant.curves import Demand
from simulators.plant.truth import GASES, gases_per_mj

CELL_US: Final = 100_000
MINUTE_US: Final = 60_000_000

BOILER_EFFICIENCY: Final = 0.89
"""Heat in live steam per heat in fuel (net, as received)."""

POWER_PER_LIVE_HEAT: Final = 0.40
"""Gross power per heat in live steam when no steam is exported."""

POWER_LOST_PER_STEAM: Final = 0.20
"""Gross power that each kW of exported steam no longer makes in the turbine."""

_AUX_BASE_KW: Final = 2_200.0
_AUX_STANDING_KW: Final = 1_400.0
_AUX_PER_GROSS: Final = 0.05
_OWN_USE: Final = 0.02

QUANTITIES: Final = (
    *(f"{fuel}_kg" for fuel in FUELS),
    *(f"{fuel}_mj" for fuel in FUELS),
    "gross_kwh",
    "aux_kwh",
    "sold_kwh",
    "imported_kwh",
    "steam_mj",
    *GASES,
)
"""What the plant counts; a flow is the same per second."""

Amounts = dict[str, float]


@dataclass(frozen=True, slots=True)
class Minute:
    """One UTC minute, or the part of it that the plant ran.

    Args:
        from_us: Begin [µs since 1970].
        to_us: End [µs since 1970].
        amounts: What was counted in it, by `QUANTITIES`.
        totals: What was counted since the start, at its end.
        lots: The lot of each fuel in it.
    """

    from_us: int
    to_us: int
    amounts: Amounts
    totals: Amounts
    lots: dict[str, str]


class Plant:
    """The unit from `start_us` on; time only goes forward.

    Args:
        demand: What is asked of it, by time since the start [s].
        lots: The lots of every fuel.
        start_us: When it starts [µs since 1970]; cut to the cell.

    Raises:
        ValueError: A fuel has no lot at the start.
    """

    def __init__(
        self, demand: Callable[[float], Demand], lots: Sequence[Lot], start_us: int
    ) -> None:
        self._demand = demand
        self._lots = {fuel: [lot for lot in lots if lot.fuel == fuel] for fuel in FUELS}
        self._begins = {fuel: [lot.from_us for lot in self._lots[fuel]] for fuel in FUELS}
        self._cell = start_us // CELL_US
        self.start_us = self._cell * CELL_US
        self._totals = [0.0] * len(QUANTITIES)
        self._minute = [0.0] * len(QUANTITIES)
        self._minute_from_us = self.start_us
        self._closed: list[Minute] = []
        self._current: dict[str, tuple[Lot, tuple[float, ...]]] = {}
        self._enter_minute()
        self._flows = self._flows_of(self._cell)

    def at(self, utc_us: int) -> tuple[Amounts, Amounts]:
        """The plant at one instant.

        Args:
            utc_us: When [µs since 1970]; not before the instant asked for last.

        Returns:
            Flows [each quantity per second] and totals since the start.

        Raises:
            ValueError: The instant lies before the cell the plant is in.
        """
        self.advance(utc_us)
        part_s = (utc_us - self._cell * CELL_US) / 1e6
        totals = [
            total + minute + flow * part_s
            for total, minute, flow in zip(self._totals, self._minute, self._flows, strict=True)
        ]
        return _named(self._flows), _named(totals)

    def advance(self, utc_us: int) -> None:
        """Move on to the cell that holds this instant [µs since 1970]."""
        cell = utc_us // CELL_US
        if cell < self._cell:
            raise ValueError(f"{utc_us} µs is before the plant's time; ask in order of time")
        while self._cell < cell:
            self._minute = [
                amount + flow * (CELL_US / 1e6)
                for amount, flow in zip(self._minute, self._flows, strict=True)
            ]
            self._cell += 1
            if self._cell * CELL_US % MINUTE_US == 0:
                self._close_minute(self._cell * CELL_US)
            self._flows = self._flows_of(self._cell)

    def closed_minutes(self) -> list[Minute]:
        """The minutes that ended since the last call."""
        closed, self._closed = self._closed, []
        return closed

    def finish(self, utc_us: int) -> list[Minute]:
        """Stop counting at this instant [µs since 1970]; the last minutes, the plant is over."""
        self.advance(utc_us)
        part_s = (utc_us - self._cell * CELL_US) / 1e6
        self._minute = [
            amount + flow * part_s for amount, flow in zip(self._minute, self._flows, strict=True)
        ]
        if utc_us > self._minute_from_us:
            self._close_minute(utc_us)
        return self.closed_minutes()

    def _close_minute(self, end_us: int) -> None:
        amounts = self._minute
        self._totals = [a + b for a, b in zip(self._totals, amounts, strict=True)]
        self._minute = [0.0] * len(QUANTITIES)
        lots = {fuel: lot.id for fuel, (lot, _) in self._current.items()}
        self._closed.append(
            Minute(self._minute_from_us, end_us, _named(amounts), _named(self._totals), lots)
        )
        self._minute_from_us = end_us
        self._enter_minute()

    def _enter_minute(self) -> None:
        """Lots begin on whole minutes: take those of the minute that begins now."""
        for fuel in FUELS:
            place = bisect_right(self._begins[fuel], self._minute_from_us) - 1
            if place < 0:
                raise ValueError(
                    f"no lot of {fuel} has begun; write a lots file that starts earlier"
                )
            lot = self._lots[fuel][place]
            self._current[fuel] = (lot, gases_per_mj(lot))

    def _flows_of(self, cell: int) -> list[float]:
        asked = self._demand((cell * CELL_US + CELL_US // 2 - self.start_us) / 1e6)
        live_kw = (asked.gross_kw + POWER_LOST_PER_STEAM * asked.steam_kw) / POWER_PER_LIVE_HEAT
        asked_mj_per_s = live_kw / BOILER_EFFICIENCY / 1000.0
        burnt = {f: asked_mj_per_s * asked.share[f] * asked.feed[f] * asked.running for f in FUELS}
        # Output follows the heat that really arrives; banking coal heats but drives nothing.
        reached = sum(burnt.values()) / asked_mj_per_s
        gross_kw, steam_kw = asked.gross_kw * reached, asked.steam_kw * reached
        burnt["coal"] += asked.banking_kg_per_s * self._current["coal"][0].ncv_ar_mj_per_kg
        aux_kw = (
            _AUX_BASE_KW * asked.running
            + _AUX_STANDING_KW * (1.0 - asked.running)
            + _AUX_PER_GROSS * gross_kw
        )
        net_kw = gross_kw - aux_kw
        gases = [0.0] * len(GASES)
        for fuel, (_, per_mj) in self._current.items():
            gases = [sum_ + burnt[fuel] * one for sum_, one in zip(gases, per_mj, strict=True)]
        return [
            *(burnt[fuel] / self._current[fuel][0].ncv_ar_mj_per_kg for fuel in FUELS),
            *(burnt[fuel] for fuel in FUELS),
            gross_kw / 3600.0,
            aux_kw / 3600.0,
            max(net_kw, 0.0) * (1.0 - _OWN_USE) / 3600.0,
            max(-net_kw, 0.0) / 3600.0,
            steam_kw / 1000.0,
            *gases,
        ]


def _named(values: Sequence[float]) -> Amounts:
    return dict(zip(QUANTITIES, values, strict=True))
