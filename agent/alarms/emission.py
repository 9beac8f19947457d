"""Emission: how pellets give CO, and warm, by themselves; what more than that means."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

ABSOLUTE_ZERO_DEGC: Final = -273.15
_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Emission:
    """What healthy fuel in one kind of store does at a temperature.

    Args:
        activation_k: Activation energy of the CO over the gas constant [K].
        reference_k: Temperature at which the relative rate is 1 [K].
        half_life_h: In which time fuel comes to give half as much CO [h].
        most_ppm_per_day: What the worst fresh fuel gains at the reference, without a leak [ppm/d].
        least_leak_per_day: Air exchange of the tightest container [1/d].
        most_leak_per_day: Air exchange of the leakiest container [1/d].
        settling_days: How slowly the bulk follows the air [d].
        pool_k_per_day: Factor of the oxidation that warms fresh fuel [K/d].
        pool_activation_k: Its activation energy over the gas constant [K].
    """

    activation_k: float
    reference_k: float
    half_life_h: float
    most_ppm_per_day: float
    least_leak_per_day: float
    most_leak_per_day: float
    settling_days: float
    pool_k_per_day: float
    pool_activation_k: float

    @classmethod
    def of_container(cls, constants: Mapping[str, Mapping[str, Any]]) -> Self:
        """The model of a container from the ``[constant]`` part of ``tables/yard.toml``."""
        c = {name: float(entry["value"]) for name, entry in constants.items()}
        sides = sum(c[side] ** -2 for side in ("width", "length", "height"))
        return cls._of(c, c["container_gas"], math.pi**2 * sides)

    @classmethod
    def of_silo(cls, constants: Mapping[str, Mapping[str, Any]]) -> Self:
        """The model of a silo from the same table: a full one, without a head space."""
        c = {name: float(entry["value"]) for name, entry in constants.items()}
        root = 2.4048  # first root of the Bessel function J0: a cylinder cools so
        return cls._of(
            c, c["container_gas"] - c["head_space"], (2.0 * root / c["silo_diameter"]) ** 2
        )

    @classmethod
    def _of(cls, c: Mapping[str, float], gas_m3: float, per_m2: float) -> Self:
        """A store with so much gas over a container's fuel, and so quick to settle."""
        ppm_per_g = c["co_volume"] / gas_m3 * 1e6
        diffusivity = c["conductivity"] / (c["bulk_density"] * c["heat_capacity"])
        return cls(
            activation_k=c["co_energy"] / c["gas_constant"],
            reference_k=c["co_reference"],
            half_life_h=c["co_half_life"] * 24.0,
            most_ppm_per_day=c["co_rate_most"] * c["container_fuel"] / 1000.0 * ppm_per_g,
            least_leak_per_day=c["exchange_least"],
            most_leak_per_day=c["exchange_most"],
            settling_days=1.0 / (diffusivity * per_m2 * _DAY_S),
            pool_k_per_day=c["pool_rate"] * c["pool_heat"] / c["heat_capacity"] * _DAY_S,
            pool_activation_k=c["pool_energy"] / c["gas_constant"],
        )

    def relative(self, degc: float, age_h: float) -> float:
        """CO given off over what fresh fuel gives at the reference temperature.

        Args:
            degc: Measured temperature of the fuel [°C].
            age_h: Since it was fresh, or since any fixed moment where only ratios count [h].
        """
        inverse = 1.0 / (degc - ABSOLUTE_ZERO_DEGC) - 1.0 / self.reference_k
        return math.exp(-self.activation_k * inverse) * math.exp2(-age_h / self.half_life_h)

    def ceiling_ppm(self, emitted: float, level: float) -> float:
        """Most CO that healthy fuel can gain, in the tightest container [ppm].

        Args:
            emitted: Relative rate over the time in question [d].
            level: CO over that time [ppm·d].
        """
        return self.most_ppm_per_day * emitted - self.least_leak_per_day * level

    def most_warming(self, degc: float) -> float:
        """How fast fresh fuel in fresh air can warm by itself at this temperature [K/d]."""
        kelvin = degc - ABSOLUTE_ZERO_DEGC
        return self.pool_k_per_day * math.exp(-self.pool_activation_k / kelvin)
