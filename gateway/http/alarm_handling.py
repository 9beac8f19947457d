"""What people may do with alarms: how long they hide them, and which classes need two people."""

from dataclasses import dataclass

from fastapi import APIRouter

from gateway.handling import handling_of
from gateway.http.auth import Gateway, Reader


@dataclass(frozen=True, slots=True)
class HandlingView:
    """What the site allows.

    Args:
        longest_shelf_s: The longest time an alarm may be shelved [s]; 0 where none may be.
        agree_within_s: How long a second person has to agree [s].
        second_person: Classes that are only hidden by two people.
    """

    longest_shelf_s: float
    agree_within_s: float
    second_person: tuple[str, ...]


def routes() -> APIRouter:
    """The route of what is allowed."""
    router = APIRouter(prefix="/alarms", tags=["alarms"])

    @router.get("/handling")
    async def handling(context: Gateway, _: Reader) -> HandlingView:
        """How long people of this site may hide alarms, and who has to agree."""
        allowed = handling_of(context.config.alarm_handling)
        return HandlingView(
            longest_shelf_s=allowed.longest_shelf_us / 1e6,
            agree_within_s=allowed.agree_within_us / 1e6,
            second_person=tuple(sorted(allowed.second_person)),
        )

    return router
