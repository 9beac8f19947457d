"""Notice: one numbered message to one recipient, and how far it has come."""

from enum import StrEnum
from typing import Final

import msgspec


class Kind(StrEnum):
    """Why somebody is told."""

    PAGE = "page"
    ESCALATION = "escalation"
    REMINDER = "reminder"
    INFORMATION = "information"
    DIGEST = "digest"
    TEST = "test"


class Progress(StrEnum):
    """How far a notice has come."""

    WAITING = "waiting"
    TRYING = "trying"
    REFUSED = "refused"
    DOUBTFUL = "doubtful"
    SENT = "sent"
    WITHDRAWN = "withdrawn"


DONE: Final = frozenset({Progress.SENT, Progress.WITHDRAWN})
"""Nothing more is done about these."""


class Notice(msgspec.Struct):
    """A message with a number that no other message of this site ever has.

    Args:
        number: Rises; a repeated message keeps its own.
        recipient: Id of the recipient.
        kind: Why.
        cause: The raising it is about; empty for digests and tests.
        alarm_id: The alarm, if it is about one.
        urgent: Nothing may hold it back.
        title: The first line.
        body: The rest.
        made_us: When it was made, UTC [µs].
        person: Who asked for it, where somebody did.
        progress: How far it has come.
        attempts: How often it was tried.
        doubted: An attempt ended so that it may have arrived; the next one says so.
        tried_us: When it was tried last, UTC [µs].
        why: Why the last attempt failed; never the address.
    """

    number: int
    recipient: str
    kind: Kind
    cause: str
    alarm_id: str | None
    urgent: bool
    title: str
    body: str
    made_us: int
    person: str | None = None
    progress: Progress = Progress.WAITING
    attempts: int = 0
    doubted: bool = False
    tried_us: int | None = None
    why: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it still has to be sent."""
        return self.progress not in DONE
