"""A run of the study: four containers just loaded, their weather, and what smoulders in one."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from simulators.yard.constants import load_constants
from simulators.yard.weather import DAY_S, Array, Weather, draw_weather

CONTAINERS: Final = 4
"""Instrumented containers of a run."""

_LOADED_WITHIN_K: Final = 5.0


@dataclass(frozen=True, slots=True)
class Hot:
    """What smoulders in a run.

    Args:
        container: In which of its containers.
        onset_day: When it begins [d].
        doubling_days: In which time it doubles [d].
        place_m: Where, from a corner of the fuel [m].
    """

    container: int
    onset_day: float
    doubling_days: float
    place_m: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Run:
    """One run as drawn; the same seed is the same run, with its hotspot or without.

    Args:
        seed: What it was drawn from.
        weather: Over all its containers.
        hot: What smoulders; None in a calm run.
        exchange_per_day: Air exchange of each container [1/d].
        co_mg_per_t_day: CO of its fuel at 25 °C when fresh [mg/(t·d)].
        loaded_degc: Temperature its fuel came with [°C].
        sunlight: How much of the sun it gets, 0 to 1.
        spent: Part of its oxidation pool that is behind it when it is loaded, 0 to 1.
    """

    seed: int
    weather: Weather
    hot: Hot | None
    exchange_per_day: Array
    co_mg_per_t_day: Array
    loaded_degc: Array
    sunlight: Array
    spent: Array

    @property
    def rows(self) -> list[tuple[int, Hot | None]]:
        """Container and what smoulders there; the last row is the hot one, the rest its twins."""
        calm: list[tuple[int, Hot | None]] = [(n, None) for n in range(CONTAINERS)]
        return calm if self.hot is None else [*calm, (self.hot.container, self.hot)]


def draw_run(seed: int, *, hot: bool, days: float, step_s: float) -> Run:
    """Draw one run: four containers, just loaded, and the weather over them."""
    constants = load_constants()
    dice = np.random.default_rng(seed)
    weather = draw_weather(dice, round(days * DAY_S / step_s), step_s)
    exchange = np.exp(
        dice.uniform(
            np.log(constants["exchange_least"]), np.log(constants["exchange_most"]), CONTAINERS
        )
    )
    co_rate = dice.uniform(constants["co_rate_least"], constants["co_rate_most"], CONTAINERS)
    loaded = weather.air_degc.mean() + dice.uniform(-_LOADED_WITHIN_K, _LOADED_WITHIN_K, CONTAINERS)
    sunlight = dice.uniform(0.5, 1.0, CONTAINERS)
    spent = dice.uniform(0.0, 1.0, CONTAINERS)  # ours: fuel straight from the press to long at sea
    spot = Hot(
        container=int(dice.integers(CONTAINERS)),
        onset_day=dice.uniform(constants["hotspot_onset_least"], constants["hotspot_onset_most"]),
        doubling_days=float(
            np.exp(
                dice.uniform(
                    np.log(constants["hotspot_doubling_least"]),
                    np.log(constants["hotspot_doubling_most"]),
                )
            )
        ),
        place_m=(
            dice.uniform(0.0, constants["width"]),
            dice.uniform(0.0, constants["length"]),
            dice.uniform(0.0, constants["height"]),
        ),
    )
    return Run(seed, weather, spot if hot else None, exchange, co_rate, loaded, sunlight, spent)
