"""Health and the site: what may be asked without signing in is kept to the least."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from gateway.config_base import Language
from gateway.http.auth import Gateway, Reader, session_of, signed_in
from gateway.http.health_view import Health
from gateway.http.meter_views import MeterView
from gateway.http.problems import Problem
from gateway.people import Person
from gateway.people.store import Session


class Status(BaseModel):
    """One word."""

    status: Literal["ok", "degraded", "failing"]


class SiteView(BaseModel):
    """What the page shows before anybody signs in."""

    id: str
    name: str
    timezone: str
    language: Language


def somebody(
    request: Request,
    context: Gateway,
    session: Annotated[Session | None, Depends(session_of)],
) -> Person | None:
    """Who asks, or None where nobody is signed in."""
    try:
        return signed_in(request, context, session)
    except Problem:
        return None


def open_routes() -> APIRouter:
    """Routes for anybody."""
    router = APIRouter(tags=["health"])

    @router.get("/health")
    async def health(
        context: Gateway, person: Annotated[Person | None, Depends(somebody)]
    ) -> Health | Status:
        """How the gateway fares: one word for anybody, the whole for those signed in."""
        whole = context.health()
        return Status(status=whole.status) if person is None else whole

    @router.get("/site")
    async def site(context: Gateway) -> SiteView:
        """The site's name, time zone and language."""
        about = context.config.site
        return SiteView(
            id=about.id, name=about.name, timezone=about.timezone, language=about.language
        )

    return router


def routes() -> APIRouter:
    """Routes for those signed in."""
    router = APIRouter(tags=["health"])

    @router.get("/meters")
    async def meters(context: Gateway, _: Reader) -> list[MeterView]:
        """Every meter, and whether it answers."""
        return list(context.meters())

    return router
