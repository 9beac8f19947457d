"""Plans: what other shares of co-firing would give and cost. Nothing is kept."""

from typing import Any

from fastapi import APIRouter

from agent.errors import HinobanError
from gateway.http.auth import Gateway
from gateway.http.lots import RecipeReader
from gateway.http.problems import Problem


def routes() -> APIRouter:
    """The plans' routes."""
    router = APIRouter(prefix="/cofiring/plan", tags=["cofiring"])

    @router.get("")
    async def example(context: Gateway) -> dict[str, Any]:
        """The example of a 300 MW unit: what it asks, and what its steps would give."""
        return context.plan(None)

    @router.post("")
    async def plan(asked: dict[str, Any], context: Gateway, _: RecipeReader) -> dict[str, Any]:
        """What the steps of a plan would give, in the fields of the example's `asked`."""
        try:
            return context.plan(asked)
        except HinobanError as err:
            raise Problem(422, f"{err}") from err

    return router
