"""Sharing a plant's emissions between electricity and heat, by every common method.

Each function gives the part that electricity carries; heat carries the rest, so that the two
always add up to the whole. Power and heat are in the same unit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from agent.cofiring.fuels import Physics

KELVIN_AT_0_DEGC: Final = 273.15
POWER_BONUS: Final = "power_bonus"
NEGATIVE_HEAT: Final = "power_bonus_negative_heat"


@dataclass(frozen=True, slots=True)
class Heat:
    """What methods need to know beside the amounts of power and heat; None where it is not known.

    Args:
        degc: Temperature at which heat leaves [°C].
        work_share: Its work potential per heat, 0 … 1.
        bonus_share: Part of the plant's emissions that its power would carry at the reference
            factor of the power bonus; more than one where heat would carry less than nothing.
    """

    degc: float | None = None
    work_share: float | None = None
    bonus_share: float | None = None


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


def work_potential(power: float, heat: float, work_share: float) -> float:
    """By the work that the heat could have done: P/(P + e/Δh·H), e = Δh − T₀·Δs."""
    return power / (power + work_share * heat)


def shares(
    power: float, heat: float, physics: Physics, declared: str, known: Heat
) -> dict[str, float | None]:
    """Every method, the declared one first (power and heat of one unit, not both zero).

    Returns:
        By method, what electricity carries; None where the site does not declare what it needs.
        Where no heat leaves, electricity carries everything by every method; where no power does,
        heat.
    """
    degc, work, bonus = known.degc, known.work_share, known.bonus_share
    methods: dict[str, Callable[[], float | None]] = {
        "energy_content": lambda: energy_content(power, heat),
        "efficiency_method": lambda: efficiency_method(power, heat, physics),
        "carnot": lambda: None if degc is None else carnot(power, heat, degc),
        "work_potential": lambda: None if work is None else work_potential(power, heat, work),
        "defra_2_to_1": lambda: defra(power, heat, physics),
        POWER_BONUS: lambda: bonus,
        "all_to_power": lambda: all_to_power(power, heat),
    }
    order = sorted(methods, key=lambda name: name != declared)
    if heat == 0.0 or power == 0.0:
        return dict.fromkeys(order, 1.0 if heat == 0.0 else 0.0)
    return {name: methods[name]() for name in order}
