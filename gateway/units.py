"""Units that the names of points end in."""

from typing import Final

UNITS: Final = (
    "degc",
    "ppm",
    "pct",
    "percent",
    "kg",
    "kg_per_s",
    "kw",
    "kwh",
    "mj",
    "mj_per_kwh",
    "bar",
    "m3",
    "degc_per_day",
    "ppm_per_h",
    "signs",
)


def unit_of(point: str) -> str:
    """The unit a point's name ends in; "" where it names none."""
    units = sorted(UNITS, key=len, reverse=True)
    return next((unit for unit in units if point.endswith(f"_{unit}")), "")
