"""Response cards: what an alarm means, what to do, and who has done what of it."""

from typing import Annotated, Literal

from fastapi import APIRouter
from fastapi import Path as InPath

from agent.alarms.deeds import Act, Deed
from gateway.http.alarm_views import EventView
from gateway.http.alarms import OptionalRemark
from gateway.http.auth import Gateway, Operator
from gateway.http.card_views import CardView
from gateway.http.context import Context
from gateway.http.problems import Problem

Language = Literal["en", "ja", "zh-Hant"]
Step = Annotated[int, InPath(ge=1, le=99)]


def routes() -> APIRouter:
    """The cards' routes."""
    router = APIRouter(prefix="/alarms", tags=["alarms"])

    @router.get("/{alarm_id}/card")
    async def card(alarm_id: str, context: Gateway, language: Language = "en") -> CardView:
        """The response card of an alarm that is not normal."""
        return _card(context, alarm_id, language)

    @router.post("/{alarm_id}/card/{step}")
    async def tick(
        alarm_id: str,
        step: Step,
        context: Gateway,
        person: Operator,
        remark: OptionalRemark = None,
    ) -> EventView:
        """A step is done; the answer comes once that is on disk."""
        _check(context, alarm_id, step)
        comment = (remark.comment or None) if remark else None
        return await _done(context, Deed(Act.TICK, alarm_id, person.name, comment, step=step))

    @router.delete("/{alarm_id}/card/{step}")
    async def untick(alarm_id: str, step: Step, context: Gateway, person: Operator) -> EventView:
        """A step is not done after all; the answer comes once that is on disk."""
        _check(context, alarm_id, step)
        return await _done(context, Deed(Act.UNTICK, alarm_id, person.name, step=step))

    return router


def _card(context: Context, alarm_id: str, language: str) -> CardView:
    found = context.card(alarm_id, language)
    if found is None:
        raise Problem(404, f"{alarm_id} is normal, or there is no such alarm: it has no card.")
    return found


def _check(context: Context, alarm_id: str, step: int) -> None:
    last = len(_card(context, alarm_id, "en").steps)
    if step > last:
        raise Problem(404, f"The card of {alarm_id} has {last} steps, not {step}.")


async def _done(context: Context, deed: Deed) -> EventView:
    events = await context.decide(deed)
    if not events:
        raise Problem(409, f"Step {deed.step} of {deed.target} is so already.")
    return EventView.of(events[0], None)
