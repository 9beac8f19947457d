"""Co-firing: what burns, by mass and by heat."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from gateway.http.auth import Gateway
from gateway.http.footprint_views import CofiringView
from gateway.http.moments import Moment
from gateway.http.points import period


def routes() -> APIRouter:
    """The co-firing routes."""
    router = APIRouter(prefix="/cofiring", tags=["cofiring"])

    @router.get("/latest")
    async def latest(context: Gateway) -> CofiringView | None:
        """The newest closed minute; null before the first."""
        return context.cofiring_latest()

    @router.get("")
    async def cofiring(
        context: Gateway,
        since: Annotated[Moment | None, Query(alias="from")] = None,
        until: Annotated[Moment | None, Query(alias="to")] = None,
        period_: Annotated[
            Literal["minute", "settlement", "day", "month", "fiscal_year"], Query(alias="period")
        ] = "minute",
    ) -> list[CofiringView]:
        """Periods of a kind that begin in the range; the last hour by default."""
        from_us, to_us = period(since, until, context.now().utc_us)
        return list(await context.cofiring(from_us, to_us, period_))

    return router
