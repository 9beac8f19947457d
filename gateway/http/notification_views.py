"""Notification as the API shows it, and what the API needs of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol

from gateway.http.moments import Moment, named


@dataclass(frozen=True, slots=True)
class NotificationView:
    """One message to one recipient, and what became of it.

    Args:
        number: Its own, whatever happens; a repeated message keeps it.
        kind: "page", "escalation", "reminder", "information", "digest" or "test".
        progress: "waiting", "trying", "refused" and "doubtful" go on; "sent" and "withdrawn" do
            not.
        urgent: No limit or quiet hour holds it back.
        title: Its first line.
        body: The rest.
        attempts: How often it was tried.
        doubted: It may have arrived more than once.
        why: Why the last attempt failed.
        person: Who asked for it, where somebody did.
    """

    number: int
    recipient: str
    kind: str
    progress: str
    urgent: bool
    alarm_id: str | None
    title: str
    body: str
    made_us: Annotated[Moment, named("made_utc")]
    tried_us: Annotated[Moment | None, named("tried_utc")]
    attempts: int
    doubted: bool
    why: str
    person: str | None


@dataclass(frozen=True, slots=True)
class RecipientView:
    """Somebody who is told, and whether they can be reached.

    Args:
        waiting: Messages that still have to be sent.
        urgent: Those of them that are urgent.
        oldest_us: When the oldest of them was made.
        held: Messages that wait for a digest.
        sent: Messages sent since the gateway started.
        why: Why the last attempt failed; empty once one has worked.
    """

    id: str
    waiting: int
    urgent: int
    oldest_us: Annotated[Moment | None, named("oldest_utc")]
    held: int
    sent: int
    why: str


@dataclass(frozen=True, slots=True)
class HornView:
    """The gateway's own horn.

    Args:
        fitted: Whether the site has one.
        sounding: The alarms it sounds for.
        problem: Why it cannot be kept quiet, where it cannot.
        silenced: The alarms somebody has silenced just now.
    """

    fitted: bool
    sounding: tuple[str, ...]
    problem: str | None
    silenced: tuple[str, ...] = ()


class Notifications(Protocol):
    """What was sent to whom, and the horn."""

    async def sent(self, limit: int, before: int | None) -> Sequence[NotificationView]:
        """Messages with their results, the newest first; with `before` those of lower numbers."""
        ...

    def recipients(self) -> Sequence[RecipientView]:
        """Everybody who is told."""
        ...

    def test(self, recipient: str, person: str) -> NotificationView:
        """Send a test message.

        Raises:
            NotAllowedError: There is no such recipient.
        """
        ...

    def horn(self) -> HornView:
        """How the horn stands."""
        ...

    async def silence(self, person: str) -> HornView:
        """Silence the horn for what sounds now; what is raised later sounds again."""
        ...
