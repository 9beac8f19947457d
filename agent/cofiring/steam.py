"""Exported steam: what a kilogram of it carries, net of what comes back, by IAPWS-IF97."""

import math
from dataclasses import dataclass
from typing import Final

import seuif97  # type: ignore[import-untyped]  # the library ships no types

from agent.cofiring.plant import Steam
from agent.errors import BadSteamError

KELVIN_AT_0_DEGC: Final = 273.15
_ENTHALPY: Final = 4
_ENTROPY: Final = 5
_KJ_PER_MJ: Final = 1000.0
_OUTSIDE: Final = -1000.0
"""The library's answers outside its range are below this."""


@dataclass(frozen=True, slots=True)
class Water:
    """A state of water or steam: pressure [MPa], temperature [°C]."""

    mpa: float
    degc: float


def exported(
    steam: Water, condensate: Water, make_up: Water, returned: float, reference_degc: float
) -> Steam:
    """What a kilogram of steam carries that leaves while water comes back.

    Args:
        steam: As it leaves.
        condensate: As it comes back.
        make_up: What stands in for condensate that does not come back.
        returned: Mass of condensate per mass of steam, 0 … 1.
        reference_degc: Temperature of the surroundings, T₀ [°C].

    Raises:
        BadSteamError: A state IAPWS-IF97 does not know, or steam that carries no heat.
    """
    if not 0.0 <= returned <= 1.0:
        raise BadSteamError(f"condensate return {returned} is no fraction; write 0.8 for 80 %")
    (h, s), (h_c, s_c), (h_m, s_m) = (_state(each) for each in (steam, condensate, make_up))
    heat = h - returned * h_c - (1.0 - returned) * h_m
    entropy = s - returned * s_c - (1.0 - returned) * s_m
    if heat <= 0.0:
        raise BadSteamError(
            f"steam of {steam.mpa} MPa and {steam.degc} °C carries {heat:.1f} kJ/kg more than what "
            "comes back; check pressures [MPa] and temperatures [°C]"
        )
    work = heat - (reference_degc + KELVIN_AT_0_DEGC) * entropy
    return Steam(steam.degc, heat / _KJ_PER_MJ, work / _KJ_PER_MJ, reference_degc)


def _state(water: Water) -> tuple[float, float]:
    """Enthalpy [kJ/kg] and entropy [kJ/(kg·K)]."""
    h = float(seuif97.pt(water.mpa, water.degc, _ENTHALPY))
    s = float(seuif97.pt(water.mpa, water.degc, _ENTROPY))
    if h <= _OUTSIDE or s <= _OUTSIDE or not math.isfinite(h + s):
        raise BadSteamError(
            f"water at {water.mpa} MPa and {water.degc} °C is outside IAPWS-IF97; give up to "
            "100 MPa and 800 °C"
        )
    return h, s
