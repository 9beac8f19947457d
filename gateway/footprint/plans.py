"""Plans: from a file or a request to what the agent computes, and its answer as plain data.

Its words are those of the plan itself; what the program says of a plan stands in `views/plans.py`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, ValidationError

from agent.cofiring.factors import choose
from agent.cofiring.fuels import SiteValues, Tables
from agent.cofiring.plan import Plan, PlanFuel, PlanStage, outcomes
from agent.errors import BadPlanError
from gateway.config_base import Language, Table
from gateway.footprint.lots.bodies import lot_of
from gateway.footprint.lots.checking import Checker, Place

EXAMPLE: Final = Path(__file__).resolve().parents[1] / "deploy" / "example-plan.toml"
"""A 300 MW unit that goes from 20 over 29 to 50 % and beyond."""

Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Written = Annotated[str, Field(min_length=1)]
Name = Written | Annotated[dict[Language, Written], Field(min_length=1)]
"""A name, or one for each language."""

_FIRST_DAY: Final = "1970-01-01T00:00:00+00:00"


class UnitTable(Table):
    """The unit: net power [kW], net efficiency and full-load hours of a year [h]."""

    net_kw: Positive
    net_efficiency: Annotated[float, Field(gt=0, lt=1)]
    hours: Annotated[float, Field(gt=0, le=8784)]


class FuelTable(Table):
    """A fuel: its entry in the tables, its price, its store, and a lot's own analysis."""

    id: Written
    name: Name | None = None
    table: Written
    price_per_t: Annotated[float, Field(ge=0)] | None = None
    stored_t: Annotated[float, Field(ge=0)] | None = None
    lot: Mapping[str, Any] = Field(default_factory=dict)


class StageTable(Table):
    """A step: parts of the heat by fuel; what is left of one is the plan's `rest`."""

    name: Name
    shares: dict[str, Share]
    net_efficiency: Annotated[float, Field(gt=0, lt=1)] | None = None


class PlanTable(Table):
    """A plan as people write it."""

    name: Name
    on: date
    gwp_set: Literal["SAR", "AR4", "AR5", "AR6"] = "AR5"
    country: Literal["JP", "TW"] | None = None
    currency: Annotated[str, Field(min_length=1, max_length=8)] = "USD"
    carbon_price_per_t: Annotated[float, Field(ge=0)] = 0.0
    rest: Written
    unit: UnitTable
    fuel: Annotated[tuple[FuelTable, ...], Field(min_length=1, max_length=50)]
    stage: Annotated[tuple[StageTable, ...], Field(min_length=1, max_length=50)]


def plan_file(path: Path) -> dict[str, Any]:
    """A plan as it is written in a TOML file.

    Raises:
        BadPlanError: It cannot be read.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as err:
        raise BadPlanError(f"{path}: {err.strerror}; name a plan that can be read") from err
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as err:
        raise BadPlanError(f"{path}: {err}; mend the line") from err


def planned(document: Mapping[str, Any], tables: Tables, language: str = "en") -> dict[str, Any]:
    """What the stages of a plan would give, JSON-ready.

    Args:
        document: The plan, in the fields of `example-plan.toml`.
        tables: Reviewed tables.
        language: Of the plan's names, where it has them in several.

    Raises:
        BadPlanError: Something in it cannot be.
        UnknownFuelError: A fuel is in no table, or has no calorific value or factor.
    """
    asked = _asked(document)
    plan = _plan(asked, tables, language)
    return {
        "name": plan.name,
        "currency": plan.currency,
        "gwp_set": plan.gwp_set,
        "carbon_price_per_t": plan.carbon_price_per_t,
        "fuels": [
            {"id": fuel.id, "name": _named(fuel.name or fuel.id, language)}
            | _fuel(plan.fuels[fuel.id])
            for fuel in asked.fuel
        ],
        "stages": [asdict(outcome) for outcome in outcomes(plan, tables)],
    }


def _asked(document: Mapping[str, Any]) -> PlanTable:
    try:
        return PlanTable.model_validate(document)
    except ValidationError as err:
        first = err.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadPlanError(f"plan, {where}: {first['msg']}; see example-plan.toml") from err


def _named(name: Name, language: str) -> str:
    """A name in a language; where it has none in it, as it is written first."""
    if isinstance(name, str):
        return name
    return {str(key): text for key, text in name.items()}.get(language, next(iter(name.values())))


def _plan(asked: PlanTable, tables: Tables, language: str) -> Plan:
    fuels = {fuel.id: _fuel_of(fuel, asked, tables) for fuel in asked.fuel}
    return Plan(
        name=_named(asked.name, language),
        net_kw=asked.unit.net_kw,
        hours=asked.unit.hours,
        gwp_set=asked.gwp_set,
        currency=asked.currency,
        carbon_price_per_t=asked.carbon_price_per_t,
        fuels=fuels,
        stages=[
            PlanStage(
                _named(stage.name, language),
                _whole(stage.shares, asked.rest),
                stage.net_efficiency or asked.unit.net_efficiency,
            )
            for stage in asked.stage
        ],
    )


def _whole(shares: Mapping[str, float], rest: str) -> dict[str, float]:
    if rest in shares:
        return dict(shares)
    return {rest: 1.0 - sum(shares.values()), **shares}


def _fuel_of(fuel: FuelTable, asked: PlanTable, tables: Tables) -> PlanFuel:
    entry = tables.fuel(fuel.table).of_site(SiteValues(country=asked.country or ""))
    lot = None
    if fuel.lot:
        checker = Checker("plan", lambda path: Place(None))
        told = {"id": f"{fuel.id} of the plan", "fuel": fuel.id, "from_utc": _FIRST_DAY}
        checker.documents("lot", [{**told, **fuel.lot}])
        if checker.found.problems:
            raise BadPlanError(str(checker.found.problems[0]))
        lot = lot_of(checker.found.entries[0].body)
    known = entry.at("biogenic_carbon_fraction", asked.on)
    return PlanFuel(
        fuel.id,
        choose(entry, lot, asked.on, tables.physics),
        known is not None and known.value == 1.0,
        fuel.price_per_t,
        fuel.stored_t,
    )


def _fuel(fuel: PlanFuel) -> dict[str, Any]:
    values = fuel.properties
    return {
        "biomass": fuel.biomass,
        "price_per_t": fuel.price_per_t,
        "stored_t": fuel.stored_t,
        "values": {
            name: None
            if one is None
            else {"value": one.value, "unit": one.unit, "basis": one.basis, "from": one.how}
            for name, one in (("ncv", values.ncv), ("co2", values.co2), ("ash", values.ash))
        },
    }
