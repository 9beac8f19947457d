"""Meters: the exchange of one, told by a person who answers for it."""

from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, FiniteFloat, StringConstraints

from gateway.http.auth import Engineer, Gateway
from gateway.http.context import Context, SwapAction
from gateway.http.meter_views import SwapView
from gateway.http.problems import Problem

_Point = Annotated[str, StringConstraints(max_length=100)]


class Shown(BaseModel):
    """What the devices showed, in the totaliser's unit."""

    model_config = ConfigDict(extra="forbid")

    final: FiniteFloat | None = None
    initial: FiniteFloat | None = None


class SwapOrder(BaseModel):
    """An exchange: its totalisers with what is known of them, and whether it is booked already."""

    model_config = ConfigDict(extra="forbid")

    points: dict[_Point, Shown] = {}
    comment: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] | None = None
    amend: bool = False


def routes() -> APIRouter:
    """The routes of an exchange."""
    router = APIRouter(prefix="/meters", tags=["meters"])

    @router.get("/{meter}/swap")
    async def standing(meter: str, context: Gateway) -> list[SwapView]:
        """How the meter's totalisers stand: last count, what is announced, what is unknown."""
        _known(meter, context)
        return list(context.swap_views(meter))

    @router.post("/{meter}/swap")
    async def announce(
        meter: str,
        context: Gateway,
        person: Engineer,
        order: Annotated[SwapOrder | None, Body()] = None,
    ) -> list[SwapView]:
        """Announce an exchange, or tell one that is booked; the answer comes once on disk."""
        _known(meter, context)
        order = order or SwapOrder()
        told = {point: (shown.final, shown.initial) for point, shown in order.points.items()}
        action: SwapAction = "amend" if order.amend else "announce"
        done = await context.swap(action, meter, told, person.name, order.comment or None)
        return [view for view in context.swap_views(meter) if view.point in done]

    @router.delete("/{meter}/swap")
    async def cancel(meter: str, context: Gateway, person: Engineer) -> list[SwapView]:
        """Take an announcement back while nothing came of it; the answer comes once on disk."""
        _known(meter, context)
        done = await context.swap("cancel", meter, {}, person.name, None)
        return [view for view in context.swap_views(meter) if view.point in done]

    return router


def _known(meter: str, context: Context) -> None:
    if all(view.id != meter for view in context.meters()):
        raise Problem(404, f"There is no meter {meter!r}; /api/v1/meters lists them.")
