"""What looks wrong in the values that count for a fuel: said aloud, never corrected."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from agent.cofiring.chosen import Chosen
from agent.cofiring.fuels import FuelEntry

MIXED: Final = "mixed_bases"
IMPLIED: Final = "implied_factor"


def implied_g_per_mj(co2: Chosen | None, ncv: Chosen | None, gcv: Chosen | None) -> float | None:
    """What a CO₂ factor says per net heat [g/MJ]; None where its calorific values are unknown.

    Gross and net values that belong to different coals give figures that no coal has.
    """
    if co2 is None or ncv is None or ncv.value <= 0.0:
        return None
    scale = {"g/MJ": 1.0, "kg/TJ": 1e-3, "g/kg": 1.0, "kg/kg": 1e3}[co2.unit]
    match co2.basis:
        case "mj_ncv":
            return co2.value * scale
        case "mj_gcv" if gcv is not None:
            return co2.value * scale * gcv.value / ncv.value
        case "kg":
            return co2.value * scale / ncv.value
    return None


def range_g_per_mj(entry: FuelEntry, carbon: str, on: date) -> tuple[float, float] | None:
    """The published 95 % range of a fuel's CO₂ factor [g/MJ net]; None where there is none."""
    for known in entry.candidates("co2", on):
        ends = (known.low, known.high)
        fits = known.per == "mj_ncv" and known.carbon == carbon and known.unit == "g/MJ"
        if fits and ends[0] is not None and ends[1] is not None:
            return ends[0], ends[1]
    return None


def doubts(
    entry: FuelEntry, on: date, co2: Chosen | None, ncv: Chosen | None, gcv: Chosen | None
) -> Iterator[str]:
    """What somebody who signs for these values should know."""
    if ncv is not None and ncv.acknowledged:
        yield f"{MIXED}: {ncv.value:.6g} MJ/kg is {ncv.basis}; {ncv.acknowledged}"
    implied = implied_g_per_mj(co2, ncv, gcv)
    published = range_g_per_mj(entry, co2.carbon, on) if co2 else None
    if implied is None or published is None or published[0] <= implied <= published[1]:
        return
    yield (
        f"{IMPLIED}: {implied:.1f} g/MJ is outside this fuel's {published[0]:g}–{published[1]:g}: "
        "other fuel quality or basis"
    )
