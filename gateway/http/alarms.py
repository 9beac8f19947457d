"""Alarms: what stands, what happened, and what a person does about it."""

from typing import Annotated

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, StringConstraints

from gateway.http.auth import Gateway, Operator
from gateway.http.moments import Moment
from gateway.http.problems import Problem
from gateway.http.views import AlarmView, EventView

Comment = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]


class Remark(BaseModel):
    """What a person adds."""

    model_config = ConfigDict(extra="forbid")

    comment: Comment | None = None


OptionalRemark = Annotated[Remark | None, Body()]


def routes() -> APIRouter:
    """The alarms' routes."""
    router = APIRouter(prefix="/alarms", tags=["alarms"])

    @router.get("")
    async def alarms(context: Gateway) -> list[AlarmView]:
        """Every alarm that stands or waits for a person."""
        return list(context.alarms())

    @router.get("/journal")
    async def journal(
        context: Gateway,
        after: Annotated[int | None, Query(ge=0)] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
        since: Annotated[Moment | None, Query(alias="from")] = None,
        until: Annotated[Moment | None, Query(alias="to")] = None,
    ) -> list[EventView]:
        """Events: the newest first, or with `after` those that follow that number, in order."""
        if since is not None and until is not None and since >= until:
            raise Problem(422, "`from` must lie before `to`.")
        events = await context.alarm_journal(after=after, limit=limit, from_us=since, to_us=until)
        return [EventView.of(event, n) for n, event in events]

    @router.post("/{alarm_id}/ack")
    async def acknowledge(
        alarm_id: str, context: Gateway, person: Operator, remark: OptionalRemark = None
    ) -> EventView:
        """Acknowledge; the answer comes once that is on disk."""
        comment = (remark.comment or None) if remark else None
        event = await context.acknowledge(alarm_id, person.name, comment)
        if event is None:
            raise Problem(409, f"{alarm_id} was acknowledged already; nothing has changed.")
        return EventView.of(event, None)

    @router.post("/{alarm_id}/reset")
    async def reset(
        alarm_id: str, context: Gateway, person: Operator, remark: OptionalRemark = None
    ) -> EventView:
        """Reset a latched alarm; the answer comes once that is on disk."""
        comment = (remark.comment or None) if remark else None
        return EventView.of(await context.reset(alarm_id, person.name, comment), None)

    return router
