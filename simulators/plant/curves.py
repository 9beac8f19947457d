"""What the unit is asked to do: load, steam and mix over a day, feeders that wobble and stop."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from simulators.lots import FUELS
from simulators.scenario import PlantPart

_HOUR_S: Final = 3600.0
_FEEDER_RAMP_S: Final = 5.0
_UNIT_RAMP_S: Final = 15.0
_MOST_PELLETS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Demand:
    """What the unit is asked for at one instant.

    Args:
        gross_kw: Power at the generator's terminals [kW].
        steam_kw: Heat of the exported steam, net of condensate [kW].
        share: Part of the fuel heat each fuel should give, 0 to 1, together 1.
        feed: What each feeder really gives of that, about 1, and 0 when it stands.
        running: 1 at load, 0 while the unit is stopped.
        banking_kg_per_s: Coal burnt for ignition and banking while stopped [kg/s].
    """

    gross_kw: float
    steam_kw: float
    share: dict[str, float]
    feed: dict[str, float]
    running: float
    banking_kg_per_s: float


def demand_curve(part: PlantPart, seed: int) -> Callable[[float], Demand]:
    """The demand as a function of the time since the start [s].

    Args:
        part: Speed of the curves, feeders' outages and stops of the unit.
        seed: Sets the phases of the wobble.
    """
    dice = random.Random(f"{seed}/curves")
    phase = {fuel: (dice.uniform(0, math.tau), dice.uniform(0, math.tau)) for fuel in FUELS}
    load_phase = dice.uniform(0, math.tau)

    def demand(t_s: float) -> Demand:
        hour = part.day_start_h + part.speed * t_s / _HOUR_S
        pellets = min(
            max(0.25 + 0.30 * math.sin(math.tau * (hour - 8.0) / 5.0), 0.0), _MOST_PELLETS
        )
        rpf = 0.06 + 0.02 * math.sin(math.tau * hour / 7.0)
        running = 1.0
        banking = 0.0
        for stop in part.stop:
            down = _depth(t_s, stop.from_s, stop.to_s, _UNIT_RAMP_S)
            running = min(running, 1.0 - down)
            banking = max(banking, down * stop.coal_kg_per_s)
        feed = {
            fuel: 1.0
            + 0.010 * math.sin(math.tau * t_s / 7.3 + slow)
            + 0.005 * math.sin(math.tau * t_s / 2.9 + fast)
            for fuel, (slow, fast) in phase.items()
        }
        for outage in part.outage:
            feed[outage.fuel] *= 1.0 - _depth(t_s, outage.from_s, outage.to_s, _FEEDER_RAMP_S)
        return Demand(
            gross_kw=60_000.0
            + 13_000.0 * math.sin(math.tau * (hour - 8.0) / 24.0)
            + 2_000.0 * math.sin(math.tau * hour / 3.7 + load_phase),
            steam_kw=14_000.0 + 4_000.0 * math.sin(math.tau * (hour - 4.0) / 24.0),
            share={"coal": 1.0 - pellets - rpf, "pellets": pellets, "rpf": rpf},
            feed=feed,
            running=running,
            banking_kg_per_s=banking,
        )

    return demand


def _depth(t_s: float, from_s: float, to_s: float, ramp_s: float) -> float:
    """How far something is down: 0 outside, 1 inside, with a ramp at either end."""
    if not from_s < t_s < to_s:
        return 0.0
    return min(1.0, (t_s - from_s) / ramp_s, (to_s - t_s) / ramp_s)
