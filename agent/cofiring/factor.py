"""The factor: from a period's sums to the figures of a FactorRecord."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from agent.cofiring import allocation, rollup
from agent.cofiring.assess import Figures, assess
from agent.cofiring.fuels import Gwp, Tables
from agent.cofiring.plant import Plant
from agent.cofiring.record import FactorRecord
from agent.cofiring.rollup import Sums, Tally
from agent.cofiring.uncertainty import PerKwh

MJ_PER_KWH: Final = 3.6
UPSTREAM_MIXED: Final = "upstream_gwp_mixed"
INCOMPLETE: Final = "incomplete"
BELOW_MINIMUM: Final = "below_minimum_output"
NO_HEAT: Final = "no_heat_exported"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_GASES: Final = ("fossil_co2_kg", "biogenic_co2_kg", "ch4_fossil_kg", "ch4_biogenic_kg", "n2o_kg")


@dataclass(frozen=True, slots=True)
class Span:
    """A period: its kind ("minute", "settlement", …), start and end, UTC [µs]."""

    kind: str
    from_us: int
    to_us: int


@dataclass(frozen=True, slots=True)
class Output:
    """What the emissions are shared over.

    Args:
        kwh: Output of the product [kWh].
        share: Part of the plant's emissions the product carries, 0 … 1.
    """

    kwh: float
    share: float


def utc_text(t_us: int) -> str:
    """An instant as records write it: ISO 8601, UTC, microseconds only where there are any."""
    return (_EPOCH + timedelta(microseconds=t_us)).isoformat().replace("+00:00", "Z")


def series_id(plant: Plant, product: str, kind: str) -> str:
    """Name of a series of records, such as ``example.unit1.electricity.minute``."""
    return f"{plant.plant_id}.{plant.unit_id}.{product}.{kind}"


def build(span: Span, sums: Sums, plant: Plant, tables: Tables, product: str) -> FactorRecord:
    """The record of one product over one period, before it is stored.

    Args:
        span: The period.
        sums: Over the period's slots; missing ones lower the coverage.
        plant: The unit and the site's choices.
        tables: Reviewed tables.
        product: "electricity" or "steam".

    Returns:
        The record without number, digest and chain.
    """
    everything, whole = sums.everything, sums.whole
    output, allocated, reason = _output(sums, plant, tables, product)
    per_kwh = {f"{gas}_per_kwh": _per_kwh(whole.gas(gas), output) for gas in _GASES}
    masses: dict[str, Any] = {g: everything.gas(g) for g in (*_GASES, "upstream_co2e_kg")}
    ratios: dict[str, Any] = dict(per_kwh)
    upstream = _per_kwh(whole.gas("upstream_co2e_kg"), output)
    direct = _direct(per_kwh, tables)
    upstream_map = None if upstream is None else dict.fromkeys(tables.gwp, upstream)
    lifecycle = _plus(direct, upstream_map)
    share_heat = shares(everything, "mj")
    figures = Figures(
        per_kwh["fossil_co2_kg_per_kwh"],
        _in_set(direct, plant),
        _in_set(lifecycle, plant),
        share_heat,
        _per(output, allocated, product),
    )
    return FactorRecord(
        series_id=series_id(plant, product, span.kind),
        plant_id=plant.plant_id,
        unit_id=plant.unit_id,
        product=product,
        valid_from_utc=utc_text(span.from_us),
        valid_to_utc=utc_text(span.to_us),
        period=span.kind,
        timezone=plant.timezone,
        gross_kwh=everything.gross_kwh,
        aux_kwh=everything.aux_kwh,
        net_kwh=everything.net_kwh,
        sold_kwh=everything.sold_kwh,
        own_use_kwh=_own_use(sums),
        steam_mj=everything.steam_mj,
        **masses,
        **ratios,
        direct_co2e_kg_per_kwh=direct,
        upstream_co2e_kg_per_kwh=upstream_map,
        lifecycle_co2e_kg_per_kwh=lifecycle,
        no_factor_reason=reason,
        gwp_set=plant.gwp_set,
        share_heat=share_heat,
        share_mass=shares(everything, "kg"),
        fuels=_recipe(everything),
        allocation=allocated,
        primary_data_share=rollup.primary_data_share(sums),
        coverage=rollup.coverage(sums, plant, span.to_us - span.from_us),
        estimated_fraction=rollup.estimated_fraction(sums, plant),
        marks=[*([UPSTREAM_MIXED] if upstream_map else []), *_doubts(everything)],
        tables=[
            {"name": t.name, "version": t.version, "sha256": t.sha256} for t in tables.versions
        ],
        **assess(sums, (span.from_us, span.to_us), figures, plant, tables),
    )


def _doubts(sums: Tally) -> list[str]:
    """What looks wrong in the values that counted, by fuel."""
    found = [f"{p.fuel}: {doubt}" for p in sums.portions for doubt in p.properties.doubts]
    return list(dict.fromkeys(found))


def shares(sums: Tally, name: str) -> dict[str, float] | None:
    """Shares by fuel of heat ("mj") or mass ("kg"); they sum to one.

    None where a fuel is unknown or nothing was burnt: a share of an incomplete mix would mislead.
    """
    by_fuel = sums.by_fuel(name)
    if sums.unmeasured or not by_fuel:
        return None
    known = {fuel: value for fuel, value in by_fuel.items() if value is not None}
    whole = math.fsum(known.values())
    if len(known) < len(by_fuel) or whole <= 0.0:
        return None
    return {fuel: value / whole for fuel, value in known.items()}


def _output(
    sums: Sums, plant: Plant, tables: Tables, product: str
) -> tuple[Output | None, dict[str, Any] | None, str | None]:
    if not sums.complete:
        return None, None, INCOMPLETE
    whole = sums.whole
    net = whole.net_kwh
    minimum = plant.minimum_net_kwh * whole.minutes
    if net is None or net < minimum or net <= 0.0:
        return None, None, BELOW_MINIMUM
    heat = max(whole.steam_mj or 0.0, 0.0) / MJ_PER_KWH
    methods = allocation.shares(net, heat, tables.physics)
    el_share = methods[plant.allocation_method]
    allocated = {
        "method": plant.allocation_method,
        "el_share": el_share,
        "alternatives": methods,
        "net_kwh": net,
        "heat_kwh": heat,
        "minutes": whole.minutes,
    }
    if product == "electricity":
        return Output(net, el_share), allocated, None
    if heat <= 0.0:
        return None, allocated, NO_HEAT
    return Output(heat, 1.0 - el_share), allocated, None


def _per_kwh(kg: float | None, output: Output | None) -> float | None:
    if kg is None or output is None:
        return None
    return kg * output.share / output.kwh


def _direct(per_kwh: dict[str, float | None], tables: Tables) -> dict[str, float] | None:
    co2 = per_kwh["fossil_co2_kg_per_kwh"]
    ch4_fossil = per_kwh["ch4_fossil_kg_per_kwh"]
    ch4_biogenic = per_kwh["ch4_biogenic_kg_per_kwh"]
    n2o = per_kwh["n2o_kg_per_kwh"]
    if co2 is None or ch4_fossil is None or ch4_biogenic is None or n2o is None:
        return None

    def co2e(gwp: Gwp) -> float:
        methane = float(getattr(gwp, tables.combustion_ch4))
        return math.fsum((co2, (ch4_fossil + ch4_biogenic) * methane, n2o * gwp.n2o))

    return {name: co2e(gwp) for name, gwp in tables.gwp.items()}


def _per(output: Output | None, allocated: dict[str, Any] | None, product: str) -> PerKwh | None:
    if output is None or allocated is None:
        return None
    scale = output.share / output.kwh
    return PerKwh(scale, allocated["el_share"], allocated["method"], product != "electricity")


def _in_set(by_set: dict[str, float] | None, plant: Plant) -> float | None:
    return None if by_set is None else by_set[plant.gwp_set]


def _plus(a: dict[str, float] | None, b: dict[str, float] | None) -> dict[str, float] | None:
    return None if a is None or b is None else {name: a[name] + b[name] for name in a}


def _own_use(sums: Sums) -> float | None:
    """Net output that was not sold [kWh]; None where power was drawn that no meter here counts."""
    net, sold = sums.everything.net_kwh, sums.everything.sold_kwh
    return None if net is None or sold is None or sums.drawing else net - sold


def _recipe(sums: Tally) -> list[dict[str, Any]]:
    burnt = [
        {
            "fuel": p.fuel,
            "lot": p.lot,
            "kg": p.burnt.kg,
            "mj": p.burnt.mj,
            "fossil_co2_kg": p.burnt.fossil_co2_kg,
            "biogenic_co2_kg": p.burnt.biogenic_co2_kg,
            "properties": p.properties.as_dict(),
        }
        for p in sums.portions
    ]
    return burnt + [{"fuel": fuel, "lot": None, "kg": None} for fuel in sums.unmeasured]
