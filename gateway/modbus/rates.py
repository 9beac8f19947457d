"""Rates: what a unit per time gives in a second, by the names of units."""

from fractions import Fraction
from typing import Final

_TIMES: Final = {"s": 1, "min": 60, "h": 3600, "day": 86_400}
_SIZES: Final[dict[str, tuple[str, Fraction]]] = {
    "g": ("mass", Fraction(1, 1000)),
    "kg": ("mass", Fraction(1)),
    "t": ("mass", Fraction(1000)),
    "l": ("volume", Fraction(1, 1000)),
    "m3": ("volume", Fraction(1)),
    "nm3": ("normal volume", Fraction(1)),
    "j": ("energy", Fraction(1, 1000)),
    "kj": ("energy", Fraction(1)),
    "mj": ("energy", Fraction(1000)),
    "gj": ("energy", Fraction(1_000_000)),
    "wh": ("energy", Fraction(36, 10)),
    "kwh": ("energy", Fraction(3600)),
    "mwh": ("energy", Fraction(3_600_000)),
    "gwh": ("energy", Fraction(3_600_000_000)),
    "varh": ("reactive", Fraction(36, 10)),
    "kvarh": ("reactive", Fraction(3600)),
    "mvarh": ("reactive", Fraction(3_600_000)),
    "vah": ("apparent", Fraction(36, 10)),
    "kvah": ("apparent", Fraction(3600)),
    "mvah": ("apparent", Fraction(3_600_000)),
}
"""Unit of a total -> what it measures and its size."""


def per_second(rate: str, total: str) -> float | None:
    """How much of a total's unit one unit of a rate gives in a second.

    Args:
        rate: Unit of the rate as it ends a name: ``kw``, ``kg_per_s``, ``m3_per_h``.
        total: Unit of the total: ``kwh``, ``kg``, ``m3``.

    Returns:
        None where the one is not the other per time.
    """
    size, _, time = rate.partition("_per_")
    seconds = _TIMES.get(time) if time else 3600
    # A power is its unit of work per hour: kW is kWh/h.
    have, want = _SIZES.get(size if time else f"{size}h"), _SIZES.get(total)
    if have is None or want is None or seconds is None or have[0] != want[0]:
        return None
    return float(have[1] / want[1] / seconds)
