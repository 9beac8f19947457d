"""Alarms: what stands, what happened, and what a person does about it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from agent.alarms.deeds import Act, Deed
from gateway.http.alarm_views import AlarmView, EventView, HiddenView, IntervalView
from gateway.http.auth import Gateway, Maintainer, Operator
from gateway.http.context import Context
from gateway.http.moments import Moment
from gateway.http.problems import Problem
from gateway.people import Person

Comment = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]


Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class Remark(BaseModel):
    """What a person adds."""

    model_config = ConfigDict(extra="forbid")

    comment: Comment | None = None


class Stay(BaseModel):
    """Why and for how long [s] something is not to be shown."""

    model_config = ConfigDict(extra="forbid")

    comment: Reason
    for_s: Annotated[float, Field(gt=0, le=31_536_000)]
    agree: Literal[False] = False


class Agreement(BaseModel):
    """A second person agrees to what a first one asked for, as the list of what is hidden says."""

    model_config = ConfigDict(extra="forbid")

    agree: Literal[True]


OptionalRemark = Annotated[Remark | None, Body()]
Asked = Annotated[Stay | Agreement, Body()]


def routes() -> APIRouter:
    """The alarms' routes."""
    router = APIRouter(prefix="/alarms", tags=["alarms"])

    @router.get("")
    async def alarms(context: Gateway) -> list[AlarmView]:
        """Every alarm that stands or waits for a person."""
        return list(context.alarms())

    @router.get("/hidden")
    async def hidden(context: Gateway) -> list[HiddenView]:
        """Everything that hides an alarm or source, or waits for a second person to agree."""
        return list(context.hidden_alarms())

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

    @router.get("/{alarm_id}/intervals")
    async def intervals(
        context: Gateway,
        alarm_id: str,
        since: Annotated[Moment | None, Query(alias="from")] = None,
        until: Annotated[Moment | None, Query(alias="to")] = None,
    ) -> list[IntervalView]:
        """When the condition was in alarm, late samples included; none where it never was."""
        return list(await context.alarm_intervals(alarm_id, from_us=since, to_us=until))

    @router.post("/{alarm_id}/ack")
    async def acknowledge(
        alarm_id: str, context: Gateway, person: Operator, remark: OptionalRemark = None
    ) -> EventView:
        """Acknowledge; the answer comes once that is on disk."""
        events = await context.decide(_deed(Act.ACKNOWLEDGE, alarm_id, person, remark))
        if not events:
            raise Problem(409, f"{alarm_id} was acknowledged already; nothing has changed.")
        return EventView.of(events[0], None)

    @router.post("/{alarm_id}/reset")
    async def reset(
        alarm_id: str, context: Gateway, person: Operator, remark: OptionalRemark = None
    ) -> EventView:
        """Reset a latched alarm; the answer comes once that is on disk."""
        return await _done(context, _deed(Act.RESET, alarm_id, person, remark))

    @router.post("/{alarm_id}/shelve")
    async def shelve(alarm_id: str, context: Gateway, person: Operator, asked: Asked) -> EventView:
        """Shelve an alarm for a time; fire, gas and people alarms wait for a second person."""
        return await _done(context, _stay(Act.SHELVE, alarm_id, person, asked))

    @router.post("/{alarm_id}/unshelve")
    async def unshelve(
        alarm_id: str, context: Gateway, person: Operator, remark: OptionalRemark = None
    ) -> EventView:
        """End a shelf before its time."""
        return await _done(context, _deed(Act.UNSHELVE, alarm_id, person, remark))

    @router.post("/{alarm_id}/out-of-service")
    async def out_of_service(
        alarm_id: str, context: Gateway, person: Maintainer, asked: Asked
    ) -> EventView:
        """Take an alarm, or all that is about a point, board or store, out of service."""
        return await _done(context, _stay(Act.TAKE_OUT, alarm_id, person, asked))

    @router.post("/{alarm_id}/return")
    async def put_back(
        alarm_id: str, context: Gateway, person: Operator, remark: OptionalRemark = None
    ) -> EventView:
        """Return an alarm or source to service."""
        return await _done(context, _deed(Act.PUT_BACK, alarm_id, person, remark))

    return router


def _deed(act: Act, target: str, person: Person, remark: Remark | None) -> Deed:
    return Deed(act, target, person.name, (remark.comment or None) if remark else None)


def _stay(act: Act, target: str, person: Person, asked: Stay | Agreement) -> Deed:
    if isinstance(asked, Agreement):
        return Deed(act, target, person.name, agrees=True)
    return Deed(act, target, person.name, asked.comment, round(asked.for_s * 1e6))


async def _done(context: Context, deed: Deed) -> EventView:
    events = await context.decide(deed)
    if not events:
        raise Problem(409, f"{deed.target} is so already; nothing has changed.")
    return EventView.of(events[0], None)
