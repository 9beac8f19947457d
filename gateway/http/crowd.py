"""Many alarms at once: what belongs together, and whether it is too much for one person."""

from fastapi import APIRouter

from gateway.http.auth import Gateway
from gateway.http.crowd_views import FloodView, GroupView


def routes() -> APIRouter:
    """The crowd's routes."""
    router = APIRouter(prefix="/alarms", tags=["alarms"])

    @router.get("/groups")
    async def groups(context: Gateway) -> list[GroupView]:
        """Failed paths, and stores with more than one alarm; each with what came first."""
        return list(context.crowd.groups())

    @router.get("/flood")
    async def flood(context: Gateway) -> FloodView:
        """How many alarms people are told of, and whether that is a flood."""
        return context.crowd.flood()

    return router
