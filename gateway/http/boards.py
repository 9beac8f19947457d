"""Boards: are they heard, and what did they lose."""

from fastapi import APIRouter

from gateway.http.auth import Gateway
from gateway.http.board_views import BoardView
from gateway.http.problems import Problem


def routes() -> APIRouter:
    """The boards' routes."""
    router = APIRouter(prefix="/boards", tags=["boards"])

    @router.get("")
    async def boards(context: Gateway) -> list[BoardView]:
        """Every board."""
        return list(context.boards())

    @router.get("/{board}")
    async def board(board: str, context: Gateway) -> BoardView:
        """One board."""
        for known in context.boards():
            if known.id == board:
                return known
        raise Problem(404, f"There is no board {board!r}; /api/v1/boards lists them.")

    return router
