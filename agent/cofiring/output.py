"""Output: what a period's emissions are shared over, and where the power went."""

import math
from dataclasses import dataclass
from typing import Any, Final

from agent.cofiring import allocation
from agent.cofiring.allocation import Heat
from agent.cofiring.fuels import Tables
from agent.cofiring.plant import Plant
from agent.cofiring.rollup import Sums, Tally

MJ_PER_KWH: Final = 3.6
INCOMPLETE: Final = "incomplete"
BELOW_MINIMUM: Final = "below_minimum_output"
NO_HEAT: Final = "no_heat_exported"
NO_METHOD: Final = "allocation_undeclared"
ALL_TO_HEAT: Final = "no_net_power_all_to_heat"
GASES: Final = ("fossil_co2_kg", "biogenic_co2_kg", "ch4_fossil_kg", "ch4_biogenic_kg", "n2o_kg")


@dataclass(frozen=True, slots=True)
class Output:
    """What the emissions are shared over.

    Args:
        kwh: Output of the product [kWh].
        share: Part of the plant's emissions the product carries.
    """

    kwh: float
    share: float


@dataclass(frozen=True, slots=True)
class Allocated:
    """How a period's emissions are shared.

    Args:
        output: Of the product; None where no figure per kWh can be given.
        record: What the record says of it; None where there is nothing to share.
        reason: Why there is no figure.
        marks: What has to be seen with it.
    """

    output: Output | None
    record: dict[str, Any] | None
    reason: str | None = None
    marks: tuple[str, ...] = ()


def allocate(sums: Sums, plant: Plant, tables: Tables, product: str) -> Allocated:
    """Share what the minutes that figures may rest on gave.

    Args:
        sums: Of the period.
        plant: The unit and the method its site declares.
        tables: Constants of the methods.
        product: "electricity" or "steam".
    """
    if not sums.complete:
        return Allocated(None, None, INCOMPLETE)
    whole = sums.whole
    net = whole.net_kwh
    power, heat = max(net or 0.0, 0.0), max(whole.steam_mj or 0.0, 0.0) / MJ_PER_KWH
    # Heat is no less exported while the turbine stands: the minimum is of both together there.
    useful = power if product == "electricity" else power + heat
    if net is None or useful <= 0.0 or useful < plant.minimum_net_kwh * whole.minutes:
        return Allocated(None, None, BELOW_MINIMUM)
    known = _heat(whole, power, plant, tables)
    methods = allocation.shares(power, heat, tables.physics, plant.allocation_method, known)
    el_share = methods[plant.allocation_method]
    record = {
        "method": plant.allocation_method,
        "el_share": el_share,
        "alternatives": methods,
        "net_kwh": net,
        "heat_kwh": heat,
        "minutes": whole.minutes,
        "reference_degc": plant.steam.reference_degc if plant.steam else None,
        "bonus_source": plant.bonus.source if plant.bonus else None,
    } | {name: whole.gas(name) for name in GASES}
    marks = (allocation.NEGATIVE_HEAT,) if (methods[allocation.POWER_BONUS] or 0.0) > 1.0 else ()
    if el_share is None:
        return Allocated(None, record, NO_METHOD, marks)
    if product == "electricity":
        return Allocated(Output(net, el_share), record, None, marks)
    if heat <= 0.0:
        return Allocated(None, record, NO_HEAT, marks)
    if power == 0.0:
        marks = (*marks, ALL_TO_HEAT)
    return Allocated(Output(heat, 1.0 - el_share), record, None, marks)


def kwh_by_fuel(tally: Tally, plant: Plant) -> dict[str, float] | None:
    """Net electricity by fuel [kWh]: by each boiler's steam first, then by its fuels' heat.

    None where a fuel, a boiler or the output is unknown, or nothing was made.
    """
    net, heats = tally.net_kwh, tally.by_fuel("mj")
    if net is None or net <= 0.0 or tally.unmeasured or any(mj is None for mj in heats.values()):
        return None
    fuels = {fuel: mj or 0.0 for fuel, mj in heats.items()}
    if not plant.boilers:
        return _split(net, fuels)
    steams = {}
    for boiler in plant.boilers:
        count = tally.meters.get(boiler.steam_point)
        if count is None or count.total is None:
            return None
        steams[boiler.id] = max(count.total, 0.0)
    found: dict[str, float] = {}
    by_boiler = _split(net, steams) or {}
    for boiler in plant.boilers:
        mine = {fuel: fuels.get(fuel, 0.0) for fuel in boiler.fuels}
        parts = _split(by_boiler.get(boiler.id, 0.0), mine)
        if parts is None:
            return None
        found |= parts
    return found


def trade(sums: Sums, plant: Plant) -> dict[str, Any]:
    """Where the power went and came from, in fields of the record.

    Imported power stands on its own line with its own factor, and is in no figure of the plant's.
    Own use is None where power was drawn that no meter here counts, or where for some minutes
    nobody knows what was sold.
    """
    everything = sums.everything
    net, sold = everything.net_kwh, everything.sold_kwh
    count = everything.meters.get(plant.imported_point) if plant.imported_point else None
    imported = count.total if count else None
    unknown = sums.unsold > 0 or (sums.drawing > 0 and imported is None)
    own = None if net is None or sold is None or unknown else net - sold
    factor = plant.imported
    return {
        "sold_kwh": sold,
        "imported_kwh": imported,
        "imported_co2e_kg": None
        if imported is None or factor is None
        else imported * factor.kg_co2e_per_kwh,
        "imported_factor": None
        if factor is None
        else {"kg_co2e_per_kwh": factor.kg_co2e_per_kwh, "source": factor.source},
        "own_use_kwh": own if own is None else own + (imported or 0.0),
        "auxiliaries": _auxiliaries(everything, plant),
    }


def certificates(
    from_us: int, to_us: int, biomass_kwh: float | None, plant: Plant
) -> tuple[float | None, list[str]]:
    """Certificates sold of the power of a period [kWh], and the mark of a double claim.

    Power whose certificates others hold cannot be claimed as renewable once more.
    """
    sold = [s.kwh for s in plant.certificates_sold if from_us <= s.from_us and s.to_us <= to_us]
    if not sold:
        return None, []
    kwh = math.fsum(sold)
    if biomass_kwh is None or kwh <= biomass_kwh:
        return kwh, []
    return kwh, [f"double_claim: {kwh:.0f} kWh sold of {biomass_kwh:.0f} kWh made"]


def _auxiliaries(tally: Tally, plant: Plant) -> list[dict[str, Any]]:
    counted = []
    for point in plant.aux_points:
        count = tally.meters.get(point)
        name = plant.aux_names.get(point, point)
        counted.append({"name": name, "kwh": count.total if count else None, "counted": True})
    left_out = [{"name": name, "kwh": None, "counted": False} for name in plant.aux_left_out]
    return counted + left_out


def _heat(whole: Tally, net: float, plant: Plant, tables: Tables) -> Heat:
    steam, bonus = plant.steam, plant.bonus
    share = None
    if bonus is not None:
        direct = co2e_kg(whole, plant.gwp_set, tables)
        share = net * bonus.kg_co2e_per_kwh / direct if direct else None
    return Heat(steam.degc if steam else None, steam.work_share if steam else None, share)


def co2e_kg(tally: Tally, gwp_set: str, tables: Tables) -> float | None:
    """Direct fossil CO₂, methane and nitrous oxide of a period [kg CO₂e] by one GWP set."""
    gwp = tables.gwp[gwp_set]
    methane = float(getattr(gwp, tables.combustion_ch4))
    weights = (1.0, 0.0, methane, methane, gwp.n2o)
    parts = []
    for name, weight in zip(GASES, weights, strict=True):
        kg = tally.gas(name) if weight else 0.0
        if kg is None:
            return None
        parts.append(kg * weight)
    return math.fsum(parts)


def _split(whole: float, weights: dict[str, float]) -> dict[str, float] | None:
    total = math.fsum(weights.values())
    if total <= 0.0:
        return dict.fromkeys(weights, 0.0) if whole == 0.0 else None
    return {name: whole * weight / total for name, weight in weights.items()}
