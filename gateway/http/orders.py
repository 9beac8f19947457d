"""Orders: what a person tells a board from afar, and what the board answered."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, StrictInt, StringConstraints

from gateway.http.auth import Gateway, Reader, who_may
from gateway.http.context import Context
from gateway.http.order_views import OrderView
from gateway.http.problems import Problem
from gateway.people.roles import Action

AT_THE_HORN = frozenset({"silence", "test", "reset_latch"})
"""What concerns the horn only, so that whoever handles alarms may do it."""


class OrderBody(BaseModel):
    """A command: what to do and with what; for an update, which release."""

    model_config = ConfigDict(extra="forbid")

    op: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,20}$")]
    args: list[StrictInt | None] = []
    release: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None
    comment: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] | None = None


def routes() -> APIRouter:
    """The routes of orders."""
    router = APIRouter(prefix="/boards", tags=["boards"])

    @router.get("/{board}/commands")
    async def told(board: str, context: Gateway) -> list[OrderView]:
        """The newest orders to a board since the gateway started, the last first."""
        _known(board, context)
        return list(context.orders(board))

    @router.post("/{board}/commands")
    async def tell(board: str, context: Gateway, person: Reader, body: OrderBody) -> OrderView:
        """Send a command; the answer comes once it is on disk and sent, the board's comes later."""
        _known(board, context)
        horn = body.op in AT_THE_HORN
        who_may(Action.SILENCE_BOARDS if horn else Action.COMMAND_BOARDS)(person)
        return await context.order(
            board, body.op, body.args, body.release, person.name, body.comment or None
        )

    return router


def _known(board: str, context: Context) -> None:
    if all(view.id != board for view in context.boards()):
        raise Problem(404, f"There is no board {board!r}; /api/v1/boards lists them.")
