"""Sharing a plant's emissions between electricity and heat, by every common method.

Each function gives the part that electricity carries, 0 … 1; heat carries the rest, so that the
two always add up to the whole. Power and heat are in the same unit.
"""

from collections.abc import Callable
from typing import Final

from agent.cofiring.fuels import Physics

KELVIN_AT_0_DEGC: Final = 273.15


def energy_content(power: float, heat: float) -> float:
    """P/(P + H)."""
    return power / (power + heat)


def all_to_power(power: float, heat: float) -> float:
    """Everything to electricity: heat is free."""
    return 1.0


def efficiency_method(power: float, heat: float, physics: Physics) -> float:
    """By the fuel that separate plants would have burnt: (P/e_P)/(H/e_H + P/e_P)."""
    for_power = power / physics.power_efficiency
    return for_power / (heat / physics.heat_efficiency + for_power)


def defra(power: float, heat: float, physics: Physics) -> float:
    """DEFRA 2:1: power weighs twice, 2P/(2P + H)."""
    weighted = physics.power_weight * power
    return weighted / (weighted + heat)


def carnot(power: float, heat: float, steam_degc: float) -> float:
    """By exergy: heat that leaves at `steam_degc` [°C] weighs C_h = (T_h − 273.15)/T_h, T_h [K]."""
    quality = steam_degc / (steam_degc + KELVIN_AT_0_DEGC)
    return power / (power + quality * heat)


def shares(power: float, heat: float, physics: Physics) -> dict[str, float]:
    """Every method that needs no more than power and heat (of one unit, not both zero)."""
    methods: dict[str, Callable[[float, float], float]] = {
        "energy_content": energy_content,
        "all_to_power": all_to_power,
        "efficiency_method": lambda p, h: efficiency_method(p, h, physics),
        "defra_2_to_1": lambda p, h: defra(p, h, physics),
    }
    return {name: method(power, heat) for name, method in methods.items()}
