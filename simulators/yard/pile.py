"""Heat in a store of pellets: conduction in spheres around one place, two reactions that warm.

The fuel is taken as a ball of the same volume, cut into shells around the place where it may
smoulder; its rind gives heat to the air. Real stores are boxes and cylinders: times to reach a
probe come out right (14 cm in a day), shapes do not.
"""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Final

from simulators.yard.constants import ABSOLUTE_ZERO_DEGC, load_constants

_C: Final = load_constants()
_GAS_CONSTANT: Final = _C["gas_constant"]
_BULK_KG_PER_M3: Final = _C["bulk_density"]
_CONDUCTIVITY_W_PER_MK: Final = _C["conductivity"]
_HEAT_CAPACITY_J_PER_KGK: Final = _C["heat_capacity"]
_WALL_W_PER_M2K: Final = _C["wall_transfer"]

# S1, a pool that oxidises once; S2, the runaway.
_POOL_RATE_PER_S: Final = _C["pool_rate"]
_POOL_ENERGY_J_PER_MOL: Final = _C["pool_energy"]
_POOL_HEAT_J_PER_KG: Final = _C["pool_heat"]
_RUNAWAY_W_PER_KG: Final = _C["runaway_power"]
_RUNAWAY_ENERGY_J_PER_MOL: Final = _C["runaway_energy"]

# No runaway in the dark centre of a pile is stronger than the oxygen that reaches a nest.
_LARGEST_RUNAWAY_W: Final = _C["nest_power"]

_HOTSPOT_M: Final = _C["hotspot_radius"]


class Pile:
    """The fuel of one store.

    Args:
        fuel_m3: Volume of the bulk [m³].
        shells: Into how many shells it is cut; more near a probe, few where nobody looks.
        degc: Temperature throughout at the start [°C].
        spent: Part of the pool that is oxidised already, 0 to 1.
    """

    def __init__(self, fuel_m3: float, shells: int, degc: float, spent: float) -> None:
        radius = math.cbrt(3.0 * fuel_m3 / (4.0 * math.pi))
        self._step_m = radius / shells
        edges = [n * self._step_m for n in range(shells + 1)]
        spheres = [4.0 / 3.0 * math.pi * edge**3 for edge in edges]
        self._volume_m3 = [b - a for a, b in pairwise(spheres)]
        between = _CONDUCTIVITY_W_PER_MK / self._step_m
        self._link_w_per_k = [4.0 * math.pi * edge**2 * between for edge in edges[1:-1]]
        rind = self._step_m / 2.0 / _CONDUCTIVITY_W_PER_MK + 1.0 / _WALL_W_PER_M2K
        self._wall_w_per_k = 4.0 * math.pi * radius**2 / rind
        self._hot_shells = max(1, round(_HOTSPOT_M / self._step_m))
        self._hot_m3 = spheres[self._hot_shells]
        self._pool = [1.0 - spent] * shells
        self.degc = [degc] * shells

    @property
    def mean_degc(self) -> float:
        """Mean temperature of the bulk [°C]."""
        heat = math.fsum(t * v for t, v in zip(self.degc, self._volume_m3, strict=True))
        return heat / math.fsum(self._volume_m3)

    def probe_degc(self, distance_m: float) -> float:
        """Temperature at a distance from the middle [°C], between shells by straight line."""
        place = min(max(distance_m / self._step_m - 0.5, 0.0), len(self.degc) - 1.0)
        inner = min(int(place), len(self.degc) - 2)
        return self.degc[inner] + (self.degc[inner + 1] - self.degc[inner]) * (place - inner)

    def step(self, dt_s: float, air_degc: float, oxygen: float, hotspot_w: float) -> float:
        """Let time pass.

        Args:
            dt_s: How much, up to about an hour [s].
            air_degc: Air around the store [°C].
            oxygen: Oxygen in the gas over that of fresh air, 0 to 1.
            hotspot_w: Heat of the hotspot, where there is oxygen [W].

        Returns:
            Heat that oxidation gave, the hotspot's included [W].
        """
        pool_w = [self._burn_pool(n, dt_s, oxygen) for n in range(len(self.degc))]
        runaway_w = [
            oxygen
            * _BULK_KG_PER_M3
            * volume
            * _arrhenius(_RUNAWAY_W_PER_KG, _RUNAWAY_ENERGY_J_PER_MOL, t)
            for volume, t in zip(self._volume_m3, self.degc, strict=True)
        ]
        runaway = math.fsum(runaway_w)
        limit = min(1.0, oxygen * _LARGEST_RUNAWAY_W / runaway) if runaway > 0.0 else 0.0
        source_w = [p + r * limit for p, r in zip(pool_w, runaway_w, strict=True)]
        for n in range(self._hot_shells):
            source_w[n] += hotspot_w * self._volume_m3[n] / self._hot_m3
        self._conduct(dt_s, air_degc, source_w)
        return math.fsum(source_w)

    def _burn_pool(self, n: int, dt_s: float, oxygen: float) -> float:
        rate = oxygen * _arrhenius(_POOL_RATE_PER_S, _POOL_ENERGY_J_PER_MOL, self.degc[n])
        burnt = self._pool[n] * -math.expm1(-rate * dt_s)
        self._pool[n] -= burnt
        return burnt * _POOL_HEAT_J_PER_KG * _BULK_KG_PER_M3 * self._volume_m3[n] / dt_s

    def _conduct(self, dt_s: float, air_degc: float, source_w: list[float]) -> None:
        """One implicit step: the tridiagonal system is solved from the middle outwards and back."""
        last = len(self.degc) - 1
        ratio: list[float] = []
        found: list[float] = []
        for n, volume in enumerate(self._volume_m3):
            stored = _BULK_KG_PER_M3 * _HEAT_CAPACITY_J_PER_KGK * volume / dt_s
            inward = self._link_w_per_k[n - 1] if n else 0.0
            outward = self._link_w_per_k[n] if n < last else self._wall_w_per_k
            own = stored + inward + outward
            right = stored * self.degc[n] + source_w[n]
            if n == last:
                right += outward * air_degc
            if n:
                own -= inward * ratio[-1]
                right += inward * found[-1]
            ratio.append(outward / own)
            found.append(right / own)
        warmer = found[last]
        self.degc[last] = warmer
        for n in range(last - 1, -1, -1):
            warmer = found[n] + ratio[n] * warmer
            self.degc[n] = warmer


def arrhenius_ratio(energy_j_per_mol: float, degc: float, reference_k: float) -> float:
    """How much faster a reaction runs at a temperature [°C] than at a reference [K]."""
    kelvin = degc - ABSOLUTE_ZERO_DEGC
    return math.exp(-energy_j_per_mol / _GAS_CONSTANT * (1.0 / kelvin - 1.0 / reference_k))


def _arrhenius(factor: float, energy_j_per_mol: float, degc: float) -> float:
    return factor * math.exp(-energy_j_per_mol / (_GAS_CONSTANT * (degc - ABSOLUTE_ZERO_DEGC)))


AirTemperature = Callable[[float], float]
"""Air temperature [°C] at a simulated time since the start [s]."""
