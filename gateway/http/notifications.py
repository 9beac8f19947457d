"""Notifications: what was sent to whom with what result, test messages, and the horn."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, StringConstraints

from gateway.http.auth import Gateway, Operator
from gateway.http.notification_views import HornView, NotificationView, RecipientView


class TestBody(BaseModel):
    """Who is to get a test message."""

    model_config = ConfigDict(extra="forbid")

    recipient: Annotated[str, StringConstraints(max_length=40)]


def routes() -> APIRouter:
    """The routes of notification and horn."""
    router = APIRouter(tags=["notifications"])

    @router.get("/notifications")
    async def sent(
        context: Gateway,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        before: Annotated[int | None, Query(ge=1)] = None,
    ) -> list[NotificationView]:
        """Messages with their results, the newest first."""
        return list(await context.notifications.sent(limit, before))

    @router.get("/notifications/recipients")
    async def recipients(context: Gateway) -> list[RecipientView]:
        """Everybody who is told, and whether they can be reached."""
        return list(context.notifications.recipients())

    @router.post("/notifications/test")
    async def test(context: Gateway, person: Operator, body: TestBody) -> NotificationView:
        """Send a test message now; its result stands under its number a little later."""
        return context.notifications.test(body.recipient, person.name)

    @router.get("/horn")
    async def horn(context: Gateway) -> HornView:
        """How the gateway's own horn stands."""
        return context.notifications.horn()

    @router.post("/horn/silence")
    async def silence(context: Gateway, person: Operator) -> HornView:
        """Silence what sounds now; the alarms stand, and whatever is raised later sounds again."""
        return await context.notifications.silence(person.name)

    return router
