"""One container or silo: its fuel, the gas in it, and what smoulders there."""

import math
from dataclasses import dataclass
from typing import Final

from simulators.scenario import Hotspot
from simulators.yard.constants import load_constants
from simulators.yard.pile import AirTemperature, Pile, arrhenius_ratio

DAY_S: Final = 86_400.0

_C: Final = load_constants()
_AIR_OXYGEN: Final = _C["oxygen_in_air"]
_OXYGEN_KG_PER_M3: Final = _C["oxygen_density"]
_HEAT_PER_OXYGEN_J_PER_KG: Final = _C["oxygen_heat"]
_CO_M3_PER_G: Final = _C["co_volume"]

_CO_ENERGY_J_PER_MOL: Final = _C["co_energy"]
_CO_REFERENCE_K: Final = _C["co_reference"]
_CO_HALF_LIFE_S: Final = _C["co_half_life"] * DAY_S

_HOTSPOT_CO_G_PER_H: Final = _C["hotspot_co"]
_HOTSPOT_W: Final = _C["hotspot_power"]
_HOTSPOT_GROWTH: Final = 8.0
"""A nest grows until the oxygen that diffuses into it is all used: eight times its beginning."""

_NITROGEN_PER_DAY: Final = 1.5


@dataclass(frozen=True, slots=True)
class StoreKind:
    """Size of a container or silo.

    Args:
        mass_t: Fuel in it [t].
        fuel_m3: Bulk of the fuel [m³].
        gas_m3: Gas in pores and head space [m³].
    """

    mass_t: float
    fuel_m3: float
    gas_m3: float


class Store:
    """One store over simulated time.

    Args:
        id: Name of the store.
        kind: Its size.
        shells: Shells of the heat model.
        degc: Temperature at the start [°C].
        spent: Part of the oxidation pool behind it.
        air_exchange_per_day: Changes of its gas with the air outside [1/d].
        co_mg_per_t_day: CO a tonne of its fuel gives at 25 °C when fresh [mg/(t·d)].
        hotspot: What smoulders there, its times in simulated seconds, or None.
    """

    def __init__(
        self,
        id: str,  # noqa: A002 - a store's id is its id everywhere
        kind: StoreKind,
        *,
        shells: int,
        degc: float,
        spent: float,
        air_exchange_per_day: float,
        co_mg_per_t_day: float,
        hotspot: Hotspot | None = None,
    ) -> None:
        self.id = id
        self._kind = kind
        self.pile = Pile(kind.fuel_m3, shells, degc, spent)
        self._exchange_per_day = air_exchange_per_day
        self._co_g_per_h = co_mg_per_t_day * kind.mass_t / 1000.0 / 24.0
        self._hotspot = hotspot
        self._strength = 0.0
        self._oxygen = _AIR_OXYGEN
        # It has stood for a while: begin where the source and the leak hold the balance.
        per_day_m3 = self._co_source_g_per_h(0.0) * 24.0 * _CO_M3_PER_G
        self._co_m3 = per_day_m3 / air_exchange_per_day
        self._now_s = 0.0

    @property
    def co_ppm(self) -> float:
        """CO in its gas [ppm by volume]."""
        return self._co_m3 / self._kind.gas_m3 * 1e6

    @property
    def oxygen_percent(self) -> float:
        """Oxygen in its gas [% by volume]."""
        return self._oxygen * 100.0

    def advance(self, to_s: float, dt_s: float, air: AirTemperature) -> None:
        """Let simulated time pass in whole steps.

        Args:
            to_s: Simulated time since the start to reach, but not to pass [s].
            dt_s: One step [s].
            air: Air temperature over simulated time.
        """
        while self._now_s + dt_s <= to_s:
            self._step(dt_s, air(self._now_s))

    def _step(self, dt_s: float, air_degc: float) -> None:
        inert = self._smoulder()
        oxygen = self._oxygen / _AIR_OXYGEN
        heat_w = self.pile.step(dt_s, air_degc, oxygen, _HOTSPOT_W * self._strength * oxygen)
        co_g_per_h = self._co_source_g_per_h(self._now_s)
        co_g_per_h += _HOTSPOT_CO_G_PER_H * self._strength * oxygen
        exchange = (_NITROGEN_PER_DAY if inert else self._exchange_per_day) * dt_s / DAY_S
        kept = math.exp(-exchange)
        self._co_m3 = self._co_m3 * kept + co_g_per_h * dt_s / 3600.0 * _CO_M3_PER_G
        fresh = 0.0 if inert else _AIR_OXYGEN
        used_m3 = heat_w * dt_s / _HEAT_PER_OXYGEN_J_PER_KG / _OXYGEN_KG_PER_M3
        oxygen_left = fresh + (self._oxygen - fresh) * kept - used_m3 / self._kind.gas_m3
        self._oxygen = max(oxygen_left, 0.0)
        self._now_s += dt_s

    def _smoulder(self) -> bool:
        """Let the hotspot grow; whether nitrogen flows."""
        spot = self._hotspot
        if spot is None or self._now_s < spot.onset_s:
            return False
        if spot.nitrogen_s is not None and self._now_s >= spot.nitrogen_s:
            return True
        doublings = (self._now_s - spot.onset_s) / DAY_S / spot.doubling_days
        self._strength = min(2.0 ** min(doublings, 60.0), _HOTSPOT_GROWTH)
        return False

    def _co_source_g_per_h(self, age_s: float) -> float:
        """CO of the fuel that does not smoulder [g/h]: warmth, age and oxygen set it."""
        warmth = arrhenius_ratio(_CO_ENERGY_J_PER_MOL, self.pile.mean_degc, _CO_REFERENCE_K)
        age = math.exp2(-age_s / _CO_HALF_LIFE_S)
        return self._co_g_per_h * warmth * age * self._oxygen / _AIR_OXYGEN
