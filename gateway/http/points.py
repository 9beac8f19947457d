"""Points: what is measured now, and what was."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Query

from gateway.http.auth import Gateway
from gateway.http.moments import Moment
from gateway.http.problems import Problem
from gateway.http.value_views import PointView, Value

_HOUR_US: Final = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples of one point, in time order."""

    point: str
    unit: str
    samples: list[Value]


def period(
    from_us: int | None, to_us: int | None, now_us: int, default_us: int = _HOUR_US
) -> tuple[int, int]:
    """The range asked for; up to now and an hour long where it is left out.

    Raises:
        Problem: 422 where it ends before it begins.
    """
    end_us = now_us if to_us is None else to_us
    begin_us = end_us - default_us if from_us is None else from_us
    if begin_us >= end_us:
        raise Problem(422, "`from` must lie before `to`.")
    return begin_us, end_us


def routes() -> APIRouter:
    """The points' routes."""
    router = APIRouter(prefix="/points", tags=["points"])

    @router.get("")
    async def points(context: Gateway) -> list[PointView]:
        """Every point with its newest sample."""
        return list(context.points())

    @router.get("/{point}/samples")
    async def samples(
        point: str,
        context: Gateway,
        since: Annotated[Moment | None, Query(alias="from")] = None,
        until: Annotated[Moment | None, Query(alias="to")] = None,
        max_points: Annotated[int, Query(ge=2, le=100_000)] = 5000,
    ) -> Samples:
        """Samples with `from` ≤ capture time < `to`; beyond `max_points` they are thinned."""
        known = next((p for p in context.points() if p.point == point), None)
        if known is None:
            raise Problem(404, f"There is no point {point!r}; /api/v1/points lists them.")
        from_us, to_us = period(since, until, context.now().utc_us)
        found = await context.samples(point, from_us, to_us, max_points)
        return Samples(point, known.unit, [Value.of(sample) for sample in found])

    return router
