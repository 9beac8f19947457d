"""Handheld rounds: what is to be measured, what was, and how much of the yard is watched."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, FiniteFloat, StringConstraints

from agent.alarms.rounds import Entry
from gateway.http.auth import Gateway, Operator
from gateway.http.moments import Moment
from gateway.http.problems import Problem
from gateway.http.round_views import CoverageView, RoundView

Comment = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
Name = Annotated[str, StringConstraints(max_length=40)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Wish(_Body):
    """A round that a person asks for."""

    store: Name
    comment: Comment | None = None


class Reading(_Body):
    """What a person measured at a store, from outside; without a time it is just now."""

    store: Name
    t_utc: Moment | None = None
    co_ppm: FiniteFloat | None = None
    temp_degc: FiniteFloat | None = None
    o2_percent: FiniteFloat | None = None
    signs: list[Name] = []
    comment: Comment | None = None


class Ending(_Body):
    """The words a round is closed with; needed where a reading is missing."""

    comment: Comment | None = None


def routes() -> APIRouter:
    """The rounds' routes."""
    router = APIRouter(tags=["rounds"])

    @router.get("/yard")
    async def yard(context: Gateway) -> CoverageView:
        """How much of the yard is watched at all, and which boards speak for which stores."""
        return context.rounds.coverage()

    @router.get("/rounds")
    async def rounds(context: Gateway) -> list[RoundView]:
        """Every round that is remembered: the open ones first."""
        return list(context.rounds.rounds())

    @router.get("/rounds/{round_id}")
    async def one(round_id: str, context: Gateway) -> RoundView:
        """One round."""
        for known in context.rounds.rounds():
            if known.id == round_id:
                return known
        raise Problem(404, f"There is no round {round_id!r}; /api/v1/rounds lists them.")

    @router.post("/rounds")
    async def ask(wish: Wish, context: Gateway, person: Operator) -> RoundView:
        """Open a round around a store; the answer comes once that is on disk."""
        return await context.rounds.open(wish.store, person.name, wish.comment or None)

    @router.post("/rounds/{round_id}/entries")
    async def enter(
        round_id: str, reading: Reading, context: Gateway, person: Operator
    ) -> RoundView:
        """Enter what was measured; it is judged as any other value, and on disk with the answer."""
        entry = Entry(
            store=reading.store,
            person=person.name,
            t_us=reading.t_utc or 0,
            co_ppm=reading.co_ppm,
            temp_degc=reading.temp_degc,
            o2_percent=reading.o2_percent,
            signs=tuple(reading.signs),
            comment=reading.comment or None,
        )
        return await context.rounds.enter(round_id, entry)

    @router.post("/rounds/{round_id}/close")
    async def close(
        round_id: str, context: Gateway, person: Operator, ending: Ending | None = None
    ) -> RoundView:
        """Close a round; what was not measured stays unknown, and needs a word why."""
        comment = (ending.comment or None) if ending else None
        return await context.rounds.close(round_id, person.name, comment)

    return router
