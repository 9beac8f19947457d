"""Months of a plant whose truth is known, and what faulty meters and laboratories say of them.

Each month is drawn anew: loads, lots, and every error there is. Constants and formulas are this
module's own, so that an account of what was read can be held against what was.

Errors, 95 %: belts ±1.5 %, power ±0.5 %, heat ±2 %, and a year without calibration on top; NCV of a
laboratory ±1 % and each of its samples ±1.73 %; CO₂ ±0.7 % and ±0.71 %; moisture ±0.5 and ±1
points; biogenic carbon ±2 and ±2 points; supply chain of a lot ±10 %; the default CO₂ of coal
89.5 … 99.7 g/MJ, and CH₄ and N₂O of each fuel anywhere in their published ranges.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rng = np.random.Generator

SLOTS: Final = 30 * 48
SLOT_S: Final = 1800.0
_Z: Final = 1.959963984540054
_LATENT_MJ_PER_KG: Final = 2.442
_GWP_CH4: Final = 28.0
_GWP_N2O: Final = 265.0
_COAL_CO2_G_PER_MJ: Final = (94.6, 5.1)
_CH4_KG_PER_TJ: Final = {"coal": (0.3, 3.0), "pellets": (10.0, 100.0), "rpf": (10.0, 100.0)}
_N2O_KG_PER_TJ: Final = {"coal": (0.5, 5.0), "pellets": (1.5, 15.0), "rpf": (1.5, 15.0)}
_SCALE: Final = {"belt": 0.015, "power": 0.005, "heat": 0.02}
_DRIFT: Final = {"belt": 0.005, "power": 0.0005, "heat": 0.005}
_CLOCK_S: Final = 0.1
_LOTS: Final = {"coal": 2, "pellets": 6, "rpf": 4}
_NCV_DRY: Final = {"coal": (27.0, 29.0), "pellets": (18.2, 19.2), "rpf": (24.0, 29.0)}
_MOISTURE: Final = {"coal": (0.06, 0.12), "pellets": (0.06, 0.11), "rpf": (0.02, 0.06)}
_UPSTREAM_G_PER_MJ: Final = {"coal": (8.0, 16.0), "pellets": (12.0, 25.0), "rpf": (2.0, 6.0)}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A lot as its papers describe it, and which slots it burns in.

    Args:
        laboratory: Who analysed it.
        samples: Independent samples behind each laboratory value.
    """

    id: str
    fuel: str
    from_slot: int
    laboratory: str
    samples: int
    ncv_dry_mj_per_kg: float
    moisture: float
    co2_total_g_per_mj_ncv: float | None
    biogenic_carbon_fraction: float | None
    upstream_co2e_g_per_mj_ncv: float


@dataclass(frozen=True, slots=True)
class Month:
    """One month.

    Args:
        readings: Totalisers "coal", "pellets", "rpf" [kg], "gross", "aux" [kWh] and "steam" [MJ],
            as read at each slot's start and at the end of the last.
        sheets: Lots in the order they burn.
        truth: What really was: "fossil" and "lifecycle" [kg/kWh], "rpf" and "pellets" as parts of
            the heat.
    """

    readings: dict[str, Array]
    sheets: tuple[Sheet, ...]
    truth: dict[str, float]


def draw(seed: int, *, one_laboratory: bool = False) -> Month:
    """A month; the same seed gives the same loads, lots and meters.

    Args:
        seed: Of everything drawn.
        one_laboratory: Whether a fuel's lots all go to one laboratory, which is wrong by the same
            in each of them; else each goes to another.
    """
    rng = np.random.default_rng(seed)
    load = _curve(rng, 0.55, 1.0)
    mix = {"pellets": _curve(rng, 0.1, 0.3), "rpf": _curve(rng, 0.05, 0.2)}
    mix["coal"] = 1.0 - mix["pellets"] - mix["rpf"]
    fired_mj = load * 190.0 * SLOT_S
    sheets: list[Sheet] = []
    sums = dict.fromkeys(("fossil", "other", "upstream"), 0.0)
    heat, flows = {}, {}
    for fuel in _LOTS:
        gases = _gases(rng, fuel)
        flows[fuel] = np.zeros(SLOTS)
        heat[fuel] = 0.0
        everybody = _Laboratory(f"of {fuel}")
        for first, last in _spans(rng, fuel):
            lot = _Lot(rng, fuel)
            mj = fired_mj[first:last] * mix[fuel][first:last]
            flows[fuel][first:last] = mj / lot.ncv_ar
            burnt = float(mj.sum())
            co2 = lot.co2 if lot.co2 is not None else gases[0]
            heat[fuel] += burnt
            sums["fossil"] += burnt * co2 * 1e-3 * (1.0 - lot.biogenic)
            sums["other"] += burnt * (gases[1] * _GWP_CH4 + gases[2] * _GWP_N2O) * 1e-6
            sums["upstream"] += burnt * lot.upstream * 1e-3
            lot_id = f"{fuel}-{first}"
            laboratory = everybody if one_laboratory else _Laboratory(f"of {lot_id}")
            sheets.append(lot.sheet(rng, lot_id, first, laboratory))
    power = fired_mj * 0.36 / 3.6
    flows |= {"gross": power, "aux": power * 0.08, "steam": fired_mj * 0.12}
    readings = {name: _read(rng, name, flow) for name, flow in flows.items()}
    out = float((flows["gross"] - flows["aux"] + flows["steam"] / 3.6).sum())
    whole = math.fsum(heat.values())
    truth = {
        "fossil": sums["fossil"] / out,
        "lifecycle": math.fsum(sums.values()) / out,
        "rpf": heat["rpf"] / whole,
        "pellets": heat["pellets"] / whole,
    }
    return Month(readings, tuple(sheets), truth)


class _Laboratory:
    """Somebody who is wrong by the same in whatever is analysed."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._wrong: dict[str, float] = {}

    def wrong(self, rng: Rng, quantity: str) -> float:
        """How wrong, in standard deviations; one is drawn each time, and the first one counts."""
        return self._wrong.setdefault(quantity, float(rng.standard_normal()))


class _Lot:
    """A lot as it really is."""

    def __init__(self, rng: Rng, fuel: str) -> None:
        self.fuel = fuel
        self.ncv_dry = float(rng.uniform(*_NCV_DRY[fuel]))
        self.moisture = float(rng.uniform(*_MOISTURE[fuel]))
        self.upstream = float(rng.uniform(*_UPSTREAM_G_PER_MJ[fuel]))
        self.co2 = float(rng.uniform(80.0, 92.0)) if fuel == "rpf" else None
        share = {"coal": 0.0, "pellets": 1.0}.get(fuel)
        self.biogenic = float(rng.uniform(0.25, 0.45)) if share is None else share

    @property
    def ncv_ar(self) -> float:
        """Net, as received [MJ/kg]."""
        return self.ncv_dry * (1.0 - self.moisture) - _LATENT_MJ_PER_KG * self.moisture

    def sheet(self, rng: Rng, lot_id: str, from_slot: int, laboratory: _Laboratory) -> Sheet:
        """What laboratory and papers say of it."""
        samples = int(rng.integers(1, 5))

        def error(quantity: str, shared: float, each: float) -> float:
            repeated = rng.standard_normal(samples).mean()
            return float(shared * laboratory.wrong(rng, quantity) + each * repeated) / _Z

        lab = self.fuel == "rpf"
        return Sheet(
            lot_id,
            self.fuel,
            from_slot,
            laboratory.name,
            samples,
            self.ncv_dry * (1.0 + error("ncv", 0.01, math.sqrt(3.0) * 0.01)),
            self.moisture + error("moisture", 0.005, 0.01),
            self.co2 * (1.0 + error("co2", 0.007, math.sqrt(0.51) * 0.01)) if self.co2 else None,
            self.biogenic + error("biogenic", 0.02, 0.02) if lab else None,
            self.upstream * (1.0 + 0.1 * float(rng.standard_normal()) / _Z),
        )


def _gases(rng: Rng, fuel: str) -> tuple[float, float, float]:
    """The fuel's own CO₂ [g/MJ], CH₄ and N₂O [g/GJ]."""
    value, half = _COAL_CO2_G_PER_MJ
    co2 = value + half * float(rng.standard_normal()) / _Z
    return co2, _between(rng, *_CH4_KG_PER_TJ[fuel]), _between(rng, *_N2O_KG_PER_TJ[fuel])


def _between(rng: Rng, low: float, high: float) -> float:
    """Lognormal, 95 % of cases between low and high."""
    sigma = math.log(high / low) / (2.0 * _Z)
    return math.sqrt(low * high) * math.exp(sigma * float(rng.standard_normal()))


def _curve(rng: Rng, low: float, high: float) -> Array:
    """A smooth course between two values."""
    hours = np.arange(SLOTS) / 48.0
    phase = rng.uniform(0.0, 2.0 * np.pi, 2)
    wave = 0.7 * np.sin(2.0 * np.pi * hours + phase[0]) + 0.3 * np.sin(0.9 * hours + phase[1])
    course: Array = low + (high - low) * (0.5 + 0.5 * wave)
    return course


def _spans(rng: Rng, fuel: str) -> list[tuple[int, int]]:
    cuts = np.sort(rng.choice(np.arange(24, SLOTS - 24), _LOTS[fuel] - 1, replace=False))
    edges = [0, *(int(cut) for cut in cuts), SLOTS]
    return list(pairwise(edges))


def _read(rng: Rng, name: str, flow: Array) -> Array:
    """A totaliser with a wrong scale, a drift, whole counts and a clock that is a little wrong."""
    kind = {"gross": "power", "aux": "power", "steam": "heat"}.get(name, "belt")
    scale = 1.0 + _SCALE[kind] * float(rng.standard_normal()) / _Z
    scale += _DRIFT[kind] * float(rng.uniform(-1.0, 1.0))
    total = float(rng.uniform(0.0, 1e6)) + np.concatenate([[0.0], np.cumsum(flow)]) * scale
    rate = np.append(flow, flow[-1]) * scale / SLOT_S
    late = rng.uniform(-_CLOCK_S, _CLOCK_S, total.size)
    counts: Array = np.floor(total + rate * late)
    return counts
