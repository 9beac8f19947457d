"""What a table value must say before anybody computes with it: unit, basis, range and days."""

import math
from collections.abc import Mapping
from typing import Final

from agent.cofiring.fuels import STAGES, TIERS, Entry
from agent.errors import UnknownFuelError

_MASS: Final = ("g/kg", "kg/kg")
_HEAT: Final = ("g/MJ", "kg/TJ")
_FRACTION: Final = ("1",)
_HEAT_PER: Final = ("mj_ncv", "mj_gcv")
_GASES: Final = ("ch4", "n2o", "upstream_co2e", "land_use_co2e", "upstream")
_FRACTIONS: Final = ("biogenic_carbon_fraction", "oxidation", "moisture", "ash", "hydrogen_dry")
_UNITS: Final[Mapping[str, tuple[str, ...]]] = {
    "ncv": ("MJ/kg",),
    "gcv": ("MJ/kg",),
    "co2": (*_HEAT, "tC/GJ", *_MASS),
    **dict.fromkeys(_GASES, (*_HEAT, *_MASS)),
    **dict.fromkeys(_FRACTIONS, _FRACTION),
}
_BASES: Final[Mapping[str, tuple[str, ...]]] = {
    "ncv": ("ncv_ar", "ncv_ad", "ncv_d"),
    "gcv": ("gcv_ar", "gcv_ad", "gcv_d"),
    "moisture": ("ar",),
    "ash": ("ar", "d"),
    "hydrogen_dry": ("d",),
}
_MARKS: Final = ("S", "V", "D", "M", "")
_DISTRIBUTIONS: Final = ("normal", "lognormal", "split_normal")


def checked(whose: str, quantity: str, entry: Entry) -> Entry:
    """The same entry, if it holds together.

    Args:
        whose: Named in the error.
        quantity: One of `fuels.QUANTITIES`.
        entry: The value.

    Raises:
        UnknownFuelError: Its unit, basis, tier, range or days cannot be.
    """
    rules = (
        ("unit", entry.unit, _UNITS[quantity]),
        ("basis", entry.basis, _BASES.get(quantity, ("",))),
        ("per", entry.per, _pers(quantity, entry.unit)),
        ("carbon", entry.carbon, ("total", "fossil_only") if quantity == "co2" else ("",)),
        ("stage", entry.stage, STAGES if quantity == "upstream" else ("",)),
        ("tier", entry.tier, TIERS),
        ("mark", entry.mark, _MARKS),
        ("distribution", entry.distribution, _DISTRIBUTIONS),
    )
    for name, value, allowed in rules:
        if value not in allowed:
            expected = ", ".join(repr(each) for each in allowed)
            raise UnknownFuelError(
                f"{whose}, {quantity}: {name} {value!r} cannot be; write {expected}"
            )
    low = entry.value if entry.low is None else entry.low
    high = entry.value if entry.high is None else entry.high
    top = 1.0 if entry.unit == "1" else math.inf
    if not (0.0 <= low <= entry.value <= high <= top and math.isfinite(high)):
        raise UnknownFuelError(
            f"{whose}, {quantity}: {entry.low} ≤ {entry.value} ≤ {entry.high} {entry.unit} does "
            "not hold; put the value between low and high, a fraction below 1"
        )
    if entry.valid_to is not None and entry.valid_to < entry.valid_from:
        raise UnknownFuelError(
            f"{whose}, {quantity}: ends on {entry.valid_to}, before its first day "
            f"{entry.valid_from}; mend one of them"
        )
    return entry


def _pers(quantity: str, unit: str) -> tuple[str, ...]:
    if quantity != "co2" and quantity not in _GASES:
        return ("",)
    return ("kg",) if unit in _MASS else _HEAT_PER
