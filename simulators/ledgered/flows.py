"""Flows of the unit in cells of ten seconds: fuels as they burn, water, power and steam.

In a cell every flow is constant, so that amounts are sums of products, and exact.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.ledgered.story import BASE_KG_PER_S, CELL_US, DELAY_S, FIFO, FUELS, S, Story

Array = NDArray[np.float64]

_RAMP_S: Final = 1800.0
_EFFICIENCY: Final = 0.36
_STEAM: Final = 0.10
_NCV_LIKE: Final = {"coal": 25.0, "pellets": 17.0, "pks": 15.5, "rpf": 25.5, "oil": 40.4}
_WATER_SWING: Final = 0.04


@dataclass(frozen=True, slots=True)
class Flows:
    """What flows, cell by cell.

    Args:
        start_us: Begin of the first cell, UTC [µs].
        burnt: By fuel, at the burner [kg/s].
        weighed: By fuel, at its weigher [kg/s].
        water: Of shells at their feeder, mass fraction.
        power: "gross", "aux" and "sold" [kWh/s].
        steam: Exported [MJ/s].
    """

    start_us: int
    burnt: dict[str, Array]
    weighed: dict[str, Array]
    water: Array
    power: dict[str, Array]
    steam: Array

    def __len__(self) -> int:
        return len(self.water)

    def edges_us(self) -> NDArray[np.int64]:
        """Begin of each cell and end of the last, UTC [µs]."""
        return self.start_us + CELL_US * np.arange(len(self) + 1, dtype=np.int64)


def flows(story: Story) -> Flows:
    """The flows of a story."""
    rng = np.random.default_rng([story.seed, 1])
    count = (story.end_us - story.begin_us) // CELL_US
    t = (story.begin_us + CELL_US * (np.arange(count) + 0.5) - story.from_us) / S
    hour = t / 3600.0
    phases = rng.uniform(0.0, math.tau, 8)
    load = 0.82 + 0.12 * np.sin(math.tau * hour / 24.0 + phases[0])
    load += 0.05 * np.sin(math.tau * hour / 2.3 + phases[1])
    running, heating = _running(story, t)
    burnt = {}
    for n, fuel in enumerate(FUELS[:-1]):
        mix = 1.0 + 0.10 * np.sin(math.tau * hour / (9.0 + 5.0 * n) + phases[2 + n])
        burnt[fuel] = BASE_KG_PER_S[fuel] * mix * load * running / 1.1
    burnt["oil"] = BASE_KG_PER_S["oil"] * heating
    burnt["coal"] = burnt["coal"] + 0.25 * heating
    # A weigher that is exchanged stands; nothing of its fuel goes by.
    burnt[FIFO] = burnt[FIFO] * ~_inside(story, story.swap, DELAY_S[FIFO], t)
    heat = sum(burnt[fuel] * _NCV_LIKE[fuel] for fuel in FUELS)
    output = np.where(running > 0.2, heat, 0.0)
    gross = output * _EFFICIENCY / 3.6
    aux = (1.2 + 0.4 * running) / 3.6 + 0.05 * gross
    moist = 0.16 + _WATER_SWING * np.sin(math.tau * hour / 71.0 + phases[7])
    moist += 0.01 * np.sin(math.tau * hour / 5.0)
    return Flows(
        story.begin_us,
        burnt,
        {fuel: _earlier(flow, DELAY_S[fuel]) for fuel, flow in burnt.items()},
        moist,
        {"gross": gross, "aux": aux, "sold": np.maximum(gross - aux, 0.0) * 0.98},
        output * _STEAM,
    )


def _running(story: Story, t: Array) -> tuple[Array, Array]:
    """How much of its load the unit makes, and how much oil heats it while it starts."""
    running, heating = np.ones_like(t), np.zeros_like(t)
    for number, (from_us, to_us) in enumerate(story.stops):
        begin, end = (from_us - story.from_us) / S, (to_us - story.from_us) / S
        ramp = min(_RAMP_S, (end - begin) / 8.0)
        # A planned stop takes its time; a trip does not, and is purged with fuel in the furnace.
        down = np.clip((t - begin) / (ramp if number == 0 else 30.0), 0.0, 1.0)
        up = np.clip((t - end) / ramp, 0.0, 1.0)
        running = np.minimum(running, np.maximum(1.0 - down, up))
        heat_from = end - min(story.start_up_us / S, 0.6 * (end - begin))
        heating = np.maximum(heating, ((t > heat_from) & (t < end + ramp)).astype(float))
        purge = min(300.0, 0.1 * (end - begin))
        heating = np.maximum(heating, 0.3 * ((t > begin) & (t < begin + purge)))
    return running, heating


def _inside(story: Story, span: tuple[int, int], delay_s: int, t: Array) -> NDArray[np.bool_]:
    begin, end = ((edge - story.from_us) / S + delay_s for edge in span)
    found: NDArray[np.bool_] = (t > begin) & (t < end)
    return found


def _earlier(flow: Array, delay_s: int) -> Array:
    """What burns is weighed so much earlier; after the last cell goes on what flows in it."""
    cells = delay_s * S // CELL_US
    return np.append(flow[cells:], np.full(cells, flow[-1])) if cells else flow
