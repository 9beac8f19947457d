"""Plans: what other shares of co-firing would give and cost. Nothing is kept."""

from typing import Any

from fastapi import APIRouter

from agent.errors import HinobanError
from gateway.config_base import Language
from gateway.http.auth import Gateway
from gateway.http.lots import RecipeReader
from gateway.http.problems import Problem


def routes() -> APIRouter:
    """The plans' routes."""
    router = APIRouter(prefix="/cofiring/plan", tags=["cofiring"])

    @router.get("")
    async def example(context: Gateway, language: Language | None = None) -> dict[str, Any]:
        """The example of a 300 MW unit: what it asks, and what its steps would give."""
        return context.plan(None, language)

    @router.post("")
    async def plan(
        asked: dict[str, Any],
        context: Gateway,
        _: RecipeReader,
        language: Language | None = None,
    ) -> dict[str, Any]:
        """What the steps of a plan would give, in the fields of the example's `asked`."""
        try:
            return context.plan(asked, language)
        except HinobanError as err:
            raise Problem(422, f"{err}") from err

    return router
