"""What happens in the month: lots, fillings, stops, an exchange of a meter, a feeder not heard.

A story may be told in less than thirty days; then everything in it is as much shorter.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np

Rng = np.random.Generator

S: Final = 1_000_000
CELL_US: Final = 10 * S
DAY_US: Final = 86_400 * S
BEFORE_US: Final = 1_800 * S
"""The unit runs and is read so long before the month and after it."""
FUELS: Final = ("coal", "pellets", "pks", "rpf", "oil")
FIFO, MIXED = "pellets", "rpf"
"""Fuels that come out of a silo in the order they went in, and out of one that mixes them."""
DELAY_S: Final = {"coal": 600, "pellets": 300, "pks": 0, "rpf": 120, "oil": 0}
"""From the weigher to the burner."""
BASE_KG_PER_S: Final = {"coal": 6.0, "pellets": 4.0, "pks": 1.6, "rpf": 0.9, "oil": 0.6}

_LOTS: Final = {"coal": 4, "pellets": 7, "pks": 4, "rpf": 6, "oil": 1}
_NCV_DRY: Final = {
    "coal": (26.0, 29.0), "pellets": (18.2, 19.4), "pks": (18.4, 19.6), "rpf": (24.0, 29.0),
    "oil": (40.2, 40.8),
}  # fmt: skip
_WATER: Final = {
    "coal": (0.06, 0.12), "pellets": (0.06, 0.11), "pks": (0.12, 0.16), "rpf": (0.02, 0.06),
    "oil": (0.001, 0.002),
}  # fmt: skip
_CO2: Final = {"coal": (90.0, 97.0), "rpf": (80.0, 90.0), "oil": (76.5, 78.0)}
_WAY: Final = {
    "coal": (8.0, 16.0), "pellets": (12.0, 25.0), "pks": (6.0, 12.0), "rpf": (2.0, 6.0),
    "oil": (9.0, 11.0),
}  # fmt: skip
_WOOD_CO2_G_PER_MJ: Final = 112.0
_USUAL: Final = 0.69
"""Part of its base flow that a fuel has in the mean, stops included."""
_RESERVE: Final = 0.08
"""Part of what burns that lies in a silo beside it."""
_RESERVE_OF_HOURS: Final = 0.5
"""The same in less than a day, throughout which the load may be high."""


@dataclass(frozen=True, slots=True)
class TrueLot:
    """A lot as it really is.

    Args:
        at_us: When it begins to burn, or went into its silo, UTC [µs].
        kg: What went into the silo; 0 for a fuel without one.
        ncv_dry: Net, of the dry matter [MJ/kg].
        water: Mass fraction at delivery, wet basis.
        co2: Of all its carbon [g/MJ net at that moisture].
        biogenic: Part of that.
        way: Supply chain [g CO₂e/MJ net].
        known_us: When its analyses arrive, UTC [µs].
    """

    id: str
    fuel: str
    at_us: int
    kg: float
    ncv_dry: float
    water: float
    co2: float
    biogenic: float
    way: float
    known_us: int

    def ncv(self, water: float) -> float:
        """Net, as fired with so much water [MJ/kg]."""
        return self.ncv_dry * (1.0 - water) - 2.442 * water


@dataclass(frozen=True, slots=True)
class Story:
    """One month.

    Args:
        from_us: Its begin, UTC [µs].
        to_us: Its end, UTC [µs].
        lots: By fuel, in the order they burn or went into the silo.
        stops: Spans without output; the first is a planned stop, the second a trip [UTC µs].
        start_up_us: How long oil alone heats the boiler after a stop [µs].
        swap: Span in which the weigher of `FIFO` stands and is exchanged [UTC µs].
        unheard: Span in which the weigher of `MIXED` is not heard [UTC µs].
    """

    seed: int
    from_us: int
    to_us: int
    lots: dict[str, tuple[TrueLot, ...]]
    stops: tuple[tuple[int, int], ...]
    start_up_us: int
    swap: tuple[int, int]
    unheard: tuple[int, int]

    @property
    def begin_us(self) -> int:
        """When meters are read first."""
        return self.from_us - BEFORE_US

    @property
    def end_us(self) -> int:
        """When meters are read last."""
        return self.to_us + BEFORE_US


def told(seed: int, from_us: int, days: float) -> Story:
    """The story of a seed.

    Args:
        seed: The same one gives the same story.
        from_us: Begin of the month, UTC [µs], a whole cell.
        days: Its length [d]; everything that lasts hours lasts as much shorter as it is.
    """
    rng = np.random.default_rng(seed)
    length = round(days * DAY_US)

    def at(part: float) -> int:
        return from_us + round(part * length) // CELL_US * CELL_US

    def span(part: float, hours: float) -> tuple[int, int]:
        start = at(part)
        return start, start + max(round(hours * 3600 * S * days / 30.0), 6 * CELL_US)

    lots = {}
    for fuel in FUELS:
        cuts = np.sort(rng.uniform(0.06, 0.94, _LOTS[fuel] - 1)).tolist()
        starts = [from_us - BEFORE_US, *(at(cut) for cut in cuts)]
        lots[fuel] = tuple(
            _lot(rng, fuel, n, start, round(0.1 * length)) for n, start in enumerate(starts, 1)
        )
    for fuel in (FIFO, MIXED):
        reserve = _RESERVE if days >= 1.0 else _RESERVE_OF_HOURS
        lots[fuel] = _filled(lots[fuel], fuel, from_us + length + BEFORE_US, reserve)
    planned, trip = rng.uniform(0.15, 0.3), rng.uniform(0.6, 0.75)
    return Story(
        seed,
        from_us,
        from_us + length,
        lots,
        (span(planned, 40.0), span(trip, 9.0)),
        round(5.0 * 3600 * S * days / 30.0),
        span(rng.uniform(0.4, 0.5), 0.5),
        span(rng.uniform(0.8, 0.9), 6.0),
    )


def _lot(rng: Rng, fuel: str, number: int, at_us: int, late_us: int) -> TrueLot:
    co2 = float(rng.uniform(*_CO2[fuel])) if fuel in _CO2 else _WOOD_CO2_G_PER_MJ
    biogenic = {"coal": 0.0, "oil": 0.0, "rpf": float(rng.uniform(0.2, 0.4))}.get(fuel, 1.0)
    return TrueLot(
        f"{fuel}-{number}", fuel, at_us, 0.0, float(rng.uniform(*_NCV_DRY[fuel])),
        float(rng.uniform(*_WATER[fuel])), co2, biogenic, float(rng.uniform(*_WAY[fuel])),
        at_us + late_us,
    )  # fmt: skip


def _filled(
    lots: tuple[TrueLot, ...], fuel: str, end_us: int, reserve: float
) -> tuple[TrueLot, ...]:
    """With as much in each lot as burns until the next, about, and a reserve in the first."""
    edges = [*(lot.at_us for lot in lots), end_us]
    per_s = _USUAL * BASE_KG_PER_S[fuel]
    each = [per_s * (after - before) / S for before, after in pairwise(edges)]
    each[0] += reserve * sum(each)
    return tuple(replace(lot, kg=float(round(kg))) for lot, kg in zip(lots, each, strict=True))
