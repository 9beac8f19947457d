"""Lots: what was delivered, what silos hold, what to burn first, and what people tell of it."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict

from gateway.http.auth import Gateway, Reader, who_may
from gateway.http.lot_views import ImportView, TurnView, VersionView
from gateway.http.moments import Moment
from gateway.http.problems import Problem
from gateway.people import Person
from gateway.people.roles import Action

Kind = Literal[
    "lot",
    "filling",
    "discharge",
    "empty",
    "moisture",
    "survey",
    "loss",
    "transfer",
    "claim",
    "price",
]
RecipeReader = Annotated[Person, Depends(who_may(Action.READ_RECIPE))]
Teller = Annotated[Person, Depends(who_may(Action.TELL_LOTS))]


class Told(BaseModel):
    """Lots and events, in the fields of a lots file; instants with a time zone."""

    model_config = ConfigDict(extra="forbid")

    lot: list[dict[str, Any]] = []
    filling: list[dict[str, Any]] = []
    discharge: list[dict[str, Any]] = []
    empty: list[dict[str, Any]] = []
    moisture: list[dict[str, Any]] = []
    survey: list[dict[str, Any]] = []
    loss: list[dict[str, Any]] = []
    transfer: list[dict[str, Any]] = []
    claim: list[dict[str, Any]] = []
    price: list[dict[str, Any]] = []
    dry_run: bool = False
    accept_good: bool = False


def routes() -> APIRouter:
    """The lots' routes."""
    router = APIRouter(prefix="/lots", tags=["lots"])

    @router.get("")
    async def lots(
        context: Gateway, _: RecipeReader, as_of: Moment | None = None
    ) -> list[VersionView]:
        """Every lot and event that counts, as it was known at `as_of` (now where left out)."""
        return list(await context.lots.versions(as_of))

    @router.post("")
    async def tell(told: Told, context: Gateway, person: Teller) -> ImportView:
        """Tell of lots and events; nothing is kept unless all is good, or `accept_good`."""
        documents = told.model_dump(exclude={"dry_run", "accept_good"})
        return await context.lots.take(
            documents, person.name, dry_run=told.dry_run, accept_good=told.accept_good
        )

    @router.get("/burn-first")
    async def burn_first(context: Gateway, _: Reader) -> list[TurnView]:
        """Stores in the order in which they are to be burnt, by risk and age."""
        return list(await context.lots.burn_first())

    @router.get("/silos")
    async def silos(context: Gateway, _: RecipeReader) -> list[dict[str, Any]]:
        """What each traced silo holds by lot, by both ways of blending."""
        return [dict(one) for one in await context.lots.silos()]

    @router.get("/quality")
    async def quality(context: Gateway, _: RecipeReader) -> list[dict[str, Any]]:
        """Grade of RPF by its latest six tests, class of SRF."""
        return [dict(one) for one in await context.lots.quality()]

    @router.get("/{kind}/{key}")
    async def history(kind: Kind, key: str, context: Gateway, _: RecipeReader) -> list[VersionView]:
        """Every version of a lot or event that was told, the oldest first."""
        found = list(await context.lots.history(kind, key))
        if not found:
            raise Problem(404, f"There is no {kind} {key!r}; /api/v1/lots lists all.")
        return found

    return router
