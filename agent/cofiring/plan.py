"""A plan of co-firing: what other shares of heat would give and cost, before anybody buys fuel.

A plan rests on declared efficiencies and on values of tables and lots; it is no record, and none of
its figures may be reported for a period.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from agent.cofiring.changes import FIGURES, Change, changes
from agent.cofiring.chosen import Properties
from agent.cofiring.costs import FuelCost, break_even_co2_price
from agent.cofiring.factors import Burnt, burn
from agent.cofiring.fuels import Tables
from agent.cofiring.portions import add_up
from agent.errors import BadPlanError

MJ_PER_KWH: Final = 3.6
KG_PER_T: Final = 1000.0
_DAY_H: Final = 24.0
_CLOSE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class PlanFuel:
    """A fuel that may be bought.

    Args:
        properties: What it is counted with.
        price_per_t: Delivered [currency/t as received]; None where nobody said.
        stored_t: How much of it can be stored [t]; None where nobody said.
    """

    id: str
    properties: Properties
    biomass: bool
    price_per_t: float | None = None
    stored_t: float | None = None


@dataclass(frozen=True, slots=True)
class PlanStage:
    """A step of the plan.

    Args:
        shares: Part of the heat by fuel; they sum to one.
        net_efficiency: Net power per heat of the fuel, net calorific value.
    """

    name: str
    shares: Mapping[str, float]
    net_efficiency: float


@dataclass(frozen=True, slots=True)
class Plan:
    """A unit and the steps it would take.

    Args:
        net_kw: Net power at full load [kW].
        hours: Full-load hours of a year [h].
        gwp_set: Of the CO₂e figures.
        carbon_price_per_t: Of fossil CO₂ [currency/t].
        stages: The first is what the others are compared with.
    """

    name: str
    net_kw: float
    hours: float
    gwp_set: str
    currency: str
    carbon_price_per_t: float
    fuels: Mapping[str, PlanFuel]
    stages: Sequence[PlanStage]


@dataclass(frozen=True, slots=True)
class Supply:
    """What a fuel would be needed and cost.

    Args:
        storage_days: How long its stores last at full load [d].
        per_gj: Cost of its heat with the carbon price [currency/GJ].
    """

    fuel: str
    share_heat: float
    t_per_year: float
    t_per_day: float
    storage_days: float | None
    per_gj: float | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a stage would give; None where a value it needs is not known.

    Args:
        kwh: Net output of a year [kWh].
        ash_t: Ash of a year [t], with what goes to cement and to landfill.
        cement_part: Part of the ash that goes to cement, and
        landfill_part: to landfill, at this share of biomass.
        fuel_cost: Of a year [currency].
        carbon_cost: Of the fossil CO₂ of a year [currency].
        cost_per_kwh: Fuel and carbon [currency/kWh].
        break_even: CO₂ price at which it costs as much as the first stage [currency/t].
    """

    stage: str
    biomass_share: float
    net_efficiency: float
    kwh: float
    fossil_co2_kg_per_kwh: float | None
    biogenic_co2_kg_per_kwh: float | None
    direct_co2e_kg_per_kwh: float | None
    lifecycle_co2e_kg_per_kwh: float | None
    ash_t: float | None
    ash_to_cement_t: float | None
    ash_to_landfill_t: float | None
    cement_part: float
    landfill_part: float
    fuel_cost: float | None
    carbon_cost: float | None
    cost_per_kwh: float | None
    break_even: float | None
    supplies: tuple[Supply, ...]
    changes: tuple[Change, ...]


def outcomes(plan: Plan, tables: Tables) -> list[Outcome]:
    """What each stage of a plan would give.

    Raises:
        BadPlanError: Shares do not sum to one, name no fuel, or there is no stage.
    """
    if not plan.stages:
        raise BadPlanError("the plan has no stage; add [[stage]] with its shares of heat")
    first = _stage(plan, plan.stages[0], tables, None)
    return [first, *(_stage(plan, stage, tables, first) for stage in plan.stages[1:])]


def _stage(plan: Plan, stage: PlanStage, tables: Tables, first: Outcome | None) -> Outcome:
    _check(plan, stage)
    kwh = plan.net_kw * plan.hours
    heat_mj = kwh * MJ_PER_KWH / stage.net_efficiency
    burnt = {
        fuel: burn(share * heat_mj / _ncv(plan.fuels[fuel]), plan.fuels[fuel].properties)
        for fuel, share in stage.shares.items()
        if share > 0.0
    }
    fossil, biogenic = _sum(burnt, "fossil_co2_kg"), _sum(burnt, "biogenic_co2_kg")
    direct = _direct(burnt, tables, plan.gwp_set)
    upstream = _sum(burnt, "upstream_co2e_kg")
    life = None if direct is None or upstream is None else direct + upstream
    biomass = math.fsum(s for f, s in stage.shares.items() if plan.fuels[f].biomass)
    route = tables.norms.ash_route(biomass)
    ash_t = _ash_t(plan, burnt)
    fuel_cost = add_up(
        None if price is None else one.kg / KG_PER_T * price
        for fuel, one in burnt.items()
        for price in (plan.fuels[fuel].price_per_t,)
    )
    carbon = None if fossil is None else fossil / KG_PER_T * plan.carbon_price_per_t
    cost = None if fuel_cost is None or carbon is None else (fuel_cost + carbon) / kwh
    found = Outcome(
        stage=stage.name,
        biomass_share=biomass,
        net_efficiency=stage.net_efficiency,
        kwh=kwh,
        fossil_co2_kg_per_kwh=_per(fossil, kwh),
        biogenic_co2_kg_per_kwh=_per(biogenic, kwh),
        direct_co2e_kg_per_kwh=_per(direct, kwh),
        lifecycle_co2e_kg_per_kwh=_per(life, kwh),
        ash_t=ash_t,
        ash_to_cement_t=None if ash_t is None else ash_t * route.cement,
        ash_to_landfill_t=None if ash_t is None else ash_t * route.landfill,
        cement_part=route.cement,
        landfill_part=route.landfill,
        fuel_cost=fuel_cost,
        carbon_cost=carbon,
        cost_per_kwh=cost,
        break_even=_break_even(fuel_cost, fossil, first),
        supplies=tuple(_supply(plan, fuel, stage, one) for fuel, one in burnt.items()),
        changes=(),
    )
    if first is None:
        return found
    figures = {name: (getattr(first, name), getattr(found, name)) for name in FIGURES}
    return replace(found, changes=changes(figures, first.stage))


def _check(plan: Plan, stage: PlanStage) -> None:
    if unknown := [fuel for fuel in stage.shares if fuel not in plan.fuels]:
        raise BadPlanError(
            f"stage {stage.name!r} burns {', '.join(unknown)}; the plan has {', '.join(plan.fuels)}"
        )
    whole = math.fsum(stage.shares.values())
    if abs(whole - 1.0) > _CLOSE or min(stage.shares.values()) < 0.0:
        raise BadPlanError(
            f"stage {stage.name!r}: shares of heat sum to {whole:g}; make them sum to 1, none "
            "below 0"
        )
    if not 0.0 < stage.net_efficiency < 1.0:
        raise BadPlanError(
            f"stage {stage.name!r}: net efficiency {stage.net_efficiency:g} is no part of the "
            "heat; write 0.39 for 39 %"
        )


def _ncv(fuel: PlanFuel) -> float:
    if fuel.properties.ncv is None:
        raise BadPlanError(f"{fuel.id}: no calorific value is known; give one in its lot")
    return fuel.properties.ncv.value


def _sum(burnt: Mapping[str, Burnt], name: str) -> float | None:
    return add_up(getattr(one, name) for one in burnt.values())


def _direct(burnt: Mapping[str, Burnt], tables: Tables, gwp_set: str) -> float | None:
    """Fossil CO₂, methane and nitrous oxide of the stack [kg CO₂e]."""
    gwp = tables.gwp[gwp_set]
    ch4 = float(getattr(gwp, tables.combustion_ch4))
    parts = (
        _sum(burnt, "fossil_co2_kg"),
        _scaled(_sum(burnt, "ch4_fossil_kg"), ch4),
        _scaled(_sum(burnt, "ch4_biogenic_kg"), ch4),
        _scaled(_sum(burnt, "n2o_kg"), gwp.n2o),
    )
    return add_up(parts)


def _ash_t(plan: Plan, burnt: Mapping[str, Burnt]) -> float | None:
    return add_up(
        None if ash is None else one.kg / KG_PER_T * ash.value
        for fuel, one in burnt.items()
        for ash in (plan.fuels[fuel].properties.ash,)
    )


def _supply(plan: Plan, fuel: str, stage: PlanStage, one: Burnt) -> Supply:
    asked = plan.fuels[fuel]
    t = one.kg / KG_PER_T
    per_day = t / plan.hours * _DAY_H
    per_gj = None
    if asked.price_per_t is not None and one.fossil_co2_kg is not None:
        co2 = one.fossil_co2_kg / one.kg
        cost = FuelCost(fuel, asked.price_per_t, _ncv(asked), co2)
        per_gj = cost.per_gj(plan.carbon_price_per_t)
    days = None if asked.stored_t is None else asked.stored_t / per_day
    return Supply(fuel, stage.shares[fuel], t, per_day, days, per_gj)


def _break_even(
    fuel_cost: float | None, fossil_kg: float | None, first: Outcome | None
) -> float | None:
    if first is None or fuel_cost is None or fossil_kg is None:
        return None
    if first.fuel_cost is None or first.fossil_co2_kg_per_kwh is None:
        return None
    before_kg = first.fossil_co2_kg_per_kwh * first.kwh
    return break_even_co2_price(fuel_cost - first.fuel_cost, (before_kg - fossil_kg) / KG_PER_T)


def _per(kg: float | None, kwh: float) -> float | None:
    return None if kg is None else kg / kwh


def _scaled(kg: float | None, weight: float) -> float | None:
    return None if kg is None else kg * weight
