"""Factors: the live one, and the records, as known now or at any earlier time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from agent.cofiring.record import RECIPE_FIELDS
from gateway.http.auth import Gateway, Reader
from gateway.http.context import FactorRecord
from gateway.http.footprint_views import LiveFactor
from gateway.http.moments import Moment
from gateway.http.problems import Problem
from gateway.people import Person
from gateway.people.roles import Action


@dataclass(frozen=True, slots=True)
class Latest:
    """The live factor, and the newest record of each series and period."""

    live: LiveFactor | None
    records: list[dict[str, Any]]


def routes() -> APIRouter:
    """The factors' routes."""
    router = APIRouter(prefix="/factors", tags=["factors"])

    @router.get("/latest")
    async def latest(context: Gateway, person: Reader) -> Latest:
        """The live factor and the newest records."""
        records = await context.factors_latest()
        return Latest(context.factor_live(), _shown(records, person))

    @router.get("")
    async def factors(
        *,
        context: Gateway,
        person: Reader,
        series: str | None = None,
        period: Literal["minute", "settlement", "day", "month", "year", "fiscal_year"]
        | None = None,
        since: Annotated[Moment | None, Query(alias="from")] = None,
        until: Annotated[Moment | None, Query(alias="to")] = None,
        as_of: Moment | None = None,
        limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
    ) -> list[dict[str, Any]]:
        """Records as they were known at `as_of` (now where left out), in time order."""
        if since is not None and until is not None and since >= until:
            raise Problem(422, "`from` must lie before `to`.")
        records = await context.factors(
            series=series, period=period, from_us=since, to_us=until, as_of_us=as_of, limit=limit
        )
        return _shown(records, person)

    @router.get("/{record_id}")
    async def factor(record_id: str, context: Gateway, person: Reader) -> dict[str, Any]:
        """One record, superseded or not."""
        record = await context.factor(record_id)
        if record is None:
            raise Problem(404, f"There is no factor record {record_id!r}.")
        return _shown([record], person)[0]

    return router


def _shown(records: Sequence[FactorRecord], person: Person) -> list[dict[str, Any]]:
    hidden = () if person.may(Action.READ_RECIPE) else RECIPE_FIELDS
    return [{k: v for k, v in record.items() if k not in hidden} for record in records]
