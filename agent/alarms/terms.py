"""Term: what a person set for a time: a shelf, a stay out of service, a request."""

from dataclasses import dataclass
from typing import Any, Final

from agent.alarms.elapsed import Elapsed
from agent.alarms.instant import Instant

SAVE_EACH_US: Final = 600_000_000
"""After so long a term's elapsed time is stored again [µs]: what a boot without UTC may lose."""

_DRIFT_US: Final = 1_000_000


@dataclass(slots=True)
class Term:
    """Something that a person set for a time, counted in elapsed time.

    Args:
        person: Who set it.
        why: In that person's words.
        span_us: For how long [µs].
        until_us: When it ends by the gateway's clock, UTC [µs]; follows the clock's steps.
        time: What passed of it.
        second: Who agreed, where two had to.
    """

    person: str
    why: str
    span_us: int
    until_us: int
    time: Elapsed
    second: str | None = None

    @classmethod
    def begin(
        cls, person: str, why: str, span_us: int, now: Instant, second: str | None = None
    ) -> "Term":
        """A term that begins now."""
        until_us = now.utc_us + span_us
        return cls(person, why, span_us, until_us, Elapsed(SAVE_EACH_US, now), second)

    @property
    def since_us(self) -> int:
        """When it was set, UTC by the clock of then [µs]."""
        return self.time.begun_us or 0

    def is_over(self, now: Instant) -> bool:
        """Whether its time has passed."""
        left_us = self.span_us - self.time.elapsed_us(now)
        until_us = now.utc_us + left_us
        if left_us > 0 and abs(until_us - self.until_us) > _DRIFT_US:
            self.until_us = until_us
            self.time.unsaved = True
        return left_us <= 0

    def dump(self) -> dict[str, Any]:
        """JSON-ready state."""
        return {
            "person": self.person,
            "why": self.why,
            "span_us": self.span_us,
            "until_us": self.until_us,
            "second": self.second,
            "time": self.time.dump(),
        }

    @classmethod
    def load(cls, dumped: dict[str, Any]) -> "Term":
        """The term `dump` described."""
        time = Elapsed(SAVE_EACH_US)
        time.load(dumped["time"])
        return cls(**{**dumped, "time": time})


@dataclass(slots=True)
class Request:
    """What a person asked for and a second one has to agree to.

    Args:
        action: What it becomes: "shelved" or "out_of_service".
        span_us: For how long that is to last [µs].
        term: Who asks, why, and until when the second person may agree.
    """

    action: str
    span_us: int
    term: Term

    def dump(self) -> dict[str, Any]:
        """JSON-ready state."""
        return {"action": self.action, "span_us": self.span_us, "term": self.term.dump()}

    @classmethod
    def load(cls, dumped: dict[str, Any]) -> "Request":
        """The request `dump` described."""
        return cls(**{**dumped, "term": Term.load(dumped["term"])})
