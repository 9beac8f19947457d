"""Held: what a recipient is not told one by one, and how much they are told."""

from collections import deque
from typing import Final

import msgspec

from gateway.config_notify import Recipient
from gateway.notify.facts import Facts

HOUR_US: Final = 3_600_000_000


class Held(msgspec.Struct, frozen=True):
    """One message that waits for a digest.

    Args:
        recipient: Who would have got it.
        facts: What it is about.
        kind: Why it would have been sent.
        quiet: Held back by quiet hours, not by the limit.
    """

    recipient: str
    facts: Facts
    kind: str
    quiet: bool

    @property
    def key(self) -> str:
        """Its name among all that is held."""
        return f"{self.recipient}|{self.kind}|{self.facts.cause}"


class Pace:
    """How many messages one recipient got in the last hour of elapsed time.

    Args:
        settings: The recipient.
    """

    def __init__(self, settings: Recipient) -> None:
        self.use(settings)
        self._told: deque[int] = deque()
        self._digest_us: int | None = None

    def use(self, settings: Recipient) -> None:
        """Other limits from now on."""
        self._most = settings.most_per_hour
        self._between_us = round(settings.digest_minutes * 60e6)

    def may_tell(self, mono_us: int) -> bool:
        """Whether one more message fits into the hour before `mono_us` [µs]."""
        while self._told and mono_us - self._told[0] >= HOUR_US:
            self._told.popleft()
        return len(self._told) < self._most

    def tell(self, mono_us: int) -> None:
        """A message counts."""
        self._told.append(mono_us)

    def digest_due(self, since_us: int, mono_us: int) -> bool:
        """Whether a digest of what has been held since `since_us` may go out, monotonic [µs]."""
        last_us = since_us if self._digest_us is None else max(since_us, self._digest_us)
        return mono_us - last_us >= self._between_us

    def digest(self, mono_us: int) -> None:
        """A digest goes out."""
        self._digest_us = mono_us
