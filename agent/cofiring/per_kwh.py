"""Figures per kWh: gas masses shared over an output, and what they weigh by each GWP set."""

import math
from typing import Any, Final

from agent.cofiring.fuels import Gwp, Tables
from agent.cofiring.output import GASES, Allocated, Output
from agent.cofiring.portions import Portion
from agent.cofiring.rollup import Tally

UPSTREAM_MIXED: Final = "upstream_gwp_mixed"

BySet = dict[str, float]
"""kg CO₂e by GWP set."""


def figures(whole: Tally, output: Output | None, tables: Tables) -> dict[str, Any]:
    """A record's figures per kWh of its product.

    Args:
        whole: The minutes that figures may rest on.
        output: Of the product; None where none can be given.
        tables: GWP sets.
    """
    gases = {f"{gas}_per_kwh": per_kwh(whole.gas(gas), output) for gas in GASES}
    direct = co2e(list(gases.values()), tables)
    upstream = _every(per_kwh(whole.gas("upstream_co2e_kg"), output), tables)
    land_use = _every(per_kwh(whole.gas("land_use_co2e_kg"), output), tables)
    return gases | {
        "direct_co2e_kg_per_kwh": direct,
        "upstream_co2e_kg_per_kwh": upstream,
        "lifecycle_co2e_kg_per_kwh": _plus(direct, upstream),
        "land_use_co2e_kg_per_kwh": land_use,
    }


def of_gross(whole: Tally, shared: Allocated, tables: Tables) -> dict[str, Any]:
    """Figures per gross kWh: the same emissions over the generator's terminals."""
    gross = whole.gross_kwh
    if shared.output is None or gross is None or gross <= 0.0:
        return {"fossil_co2_kg_per_gross_kwh": None, "direct_co2e_kg_per_gross_kwh": None}
    output = Output(gross, shared.output.share)
    gases = [per_kwh(whole.gas(gas), output) for gas in GASES]
    return {
        "fossil_co2_kg_per_gross_kwh": gases[0],
        "direct_co2e_kg_per_gross_kwh": co2e(gases, tables),
    }


def per_kwh(kg: float | None, output: Output | None) -> float | None:
    """A mass of the plant as a figure of a product [kg/kWh]; None where one is unknown."""
    if kg is None or output is None:
        return None
    return kg * output.share / output.kwh


def co2e(gases: list[float | None], tables: Tables) -> BySet | None:
    """Fossil CO₂, methane and nitrous oxide, in the order of `GASES`, by each GWP set."""
    co2, _, ch4_fossil, ch4_biogenic, n2o = gases
    if co2 is None or ch4_fossil is None or ch4_biogenic is None or n2o is None:
        return None

    def weighed(gwp: Gwp) -> float:
        methane = float(getattr(gwp, tables.combustion_ch4))
        return math.fsum((co2, (ch4_fossil + ch4_biogenic) * methane, n2o * gwp.n2o))

    return {name: weighed(gwp) for name, gwp in tables.gwp.items()}


def upstream_by_stage(tally: Tally) -> list[dict[str, Any]]:
    """Supply chain by fuel and stage [kg CO₂e]; None where a stage or its whole is unknown."""
    found: dict[tuple[str, str], list[float | None]] = {}
    for portion in tally.portions:
        for stage, kg in _stages(portion):
            found.setdefault((portion.fuel, stage), []).append(kg)
    known = [
        {"fuel": fuel, "stage": stage, "co2e_kg": _sum(parts)}
        for (fuel, stage), parts in found.items()
    ]
    return known + [{"fuel": f, "stage": "all", "co2e_kg": None} for f in tally.unmeasured]


def _stages(portion: Portion) -> list[tuple[str, float | None]]:
    """Each stage that is known, and "all" of the supply chain."""
    mj = portion.burnt.mj
    stages: list[tuple[str, float | None]] = [
        (stage, mj * chosen.value * 1e-3 if mj is not None and chosen.unit == "g/MJ" else None)
        for stage, chosen in portion.properties.upstream
    ]
    return [*stages, ("all", portion.burnt.upstream_co2e_kg)]


def _every(kg: float | None, tables: Tables) -> BySet | None:
    """One figure for every set: its source gives CO₂e and not the gases."""
    return None if kg is None else dict.fromkeys(tables.gwp, kg)


def _plus(a: BySet | None, b: BySet | None) -> BySet | None:
    return None if a is None or b is None else {name: a[name] + b[name] for name in a}


def _sum(parts: list[float | None]) -> float | None:
    known = [part for part in parts if part is not None]
    return math.fsum(known) if len(known) == len(parts) else None
