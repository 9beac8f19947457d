"""What the sky does to a yard, for many runs at once: air, sun, air pressure."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.yard.constants import load_constants

Array = NDArray[np.float64]

DAY_S: Final = 86_400.0

# How a summer's weather is drawn; ours, as nothing but the bounds of the air is given.
_MEAN_DEGC: Final = (12.0, 28.0)
_DAILY_SWING_K: Final = (2.0, 5.0)
_FRONTS_K: Final = 2.5
_FRONTS_DAYS: Final = 3.0
_SUN_K: Final = (5.0, 15.0)
_CLOUDS: Final = (0.2, 1.0)
_PRESSURE_PART: Final = 0.006
_PRESSURE_DAYS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Weather:
    """One run's weather, a value a step.

    Args:
        air_degc: Air in the shade [°C].
        sun_k: How much warmer than air a sunlit wall's surface would come to be [K].
        pressure: Air pressure over its mean, less one.
    """

    air_degc: Array
    sun_k: Array
    pressure: Array


def draw_weather(dice: np.random.Generator, steps: int, step_s: float) -> Weather:
    """Draw the weather of one run."""
    constants = load_constants()
    days = np.arange(steps) * step_s / DAY_S
    mean_degc = dice.uniform(*_MEAN_DEGC)
    swing_k = dice.uniform(*_DAILY_SWING_K)
    fronts_k = _FRONTS_K * _wander(dice, steps, step_s / DAY_S / _FRONTS_DAYS)
    daily = np.sin(2.0 * np.pi * (days - 0.375))  # warmest at three in the afternoon
    air_degc = np.clip(
        mean_degc + swing_k * daily + fronts_k,
        constants["ambient_least"],
        constants["ambient_most"],
    )
    clouds = dice.uniform(*_CLOUDS, size=int(days[-1]) + 1)[days.astype(int)]
    height = np.maximum(np.sin(2.0 * np.pi * (days - 0.25)), 0.0)
    sun_k = dice.uniform(*_SUN_K) * clouds * height
    pressure = _PRESSURE_PART * _wander(dice, steps, step_s / DAY_S / _PRESSURE_DAYS)
    return Weather(air_degc, sun_k, pressure)


def _wander(dice: np.random.Generator, steps: int, step: float) -> Array:
    """Noise with a memory and spread 1; `step` is one step over the length of the memory."""
    kept = np.exp(-step)
    kicks = dice.standard_normal(steps) * np.sqrt(1.0 - kept**2)
    kicks[0] = dice.standard_normal()
    found = np.empty(steps)
    value = 0.0
    for n, kick in enumerate(kicks):
        value = kept * value + kick if n else kick
        found[n] = value
    return found
