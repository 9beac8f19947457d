"""MeterStatus: how one meter fares, as health, the API and `check` show it."""

from dataclasses import dataclass, field
from typing import Final, Literal

LATE_US: Final = 50_000
"""A poll whose first request leaves later than this after its tick is late [µs]."""


@dataclass(frozen=True, slots=True)
class MeterStatus:
    """How a meter fares.

    Args:
        id: The meter's id.
        state: "ok" if every request was answered when last sent, "failing" if not, "never"
            until its first good answer.
        last_good_us: Capture time of its last good answer, UTC [µs].
        requests: Requests made, whether or not the device could be reached.
        failures: Those that gave nothing.
        last_error: Why the last of them did.
        overruns: Polls left out because the one before was not over at their tick.
        strays: Replies that answered no request and were thrown away.
        polls_due: Ticks of its poll groups that came.
        late_polls: Polls whose first request left more than 50 ms after their tick.
        polls_on_time: Polls that left within 50 ms and were answered in full before the next tick.
        held_back: Readings of gauges not reported because they stayed within their deadband.
    """

    id: str
    state: Literal["ok", "failing", "never"]
    last_good_us: int | None
    requests: int
    failures: int
    last_error: str | None
    overruns: int
    strays: int
    polls_due: int = 0
    late_polls: int = 0
    polls_on_time: int = 0
    held_back: int = 0


@dataclass(slots=True)
class Tally:
    """What is counted of one meter; it outlives a change of the meter's settings."""

    number: int = 0
    requests: int = 0
    failures: int = 0
    last_error: str | None = None
    last_good_us: int | None = None
    overruns: int = 0
    strays: int = 0
    polls_due: int = 0
    late_polls: int = 0
    polls_on_time: int = 0
    held_back: int = 0
    failing: set[str] = field(default_factory=set)

    def status(self, id_: str, strays: int, held_back: int) -> MeterStatus:
        """How the meter fares.

        Args:
            id_: Its id.
            strays: Stray replies of its present connection, which are not in `strays` yet.
            held_back: Readings held back with its present settings, likewise.
        """
        state: Literal["ok", "failing"] = "failing" if self.failing else "ok"
        return MeterStatus(
            id_,
            "never" if self.last_good_us is None else state,
            self.last_good_us,
            self.requests,
            self.failures,
            self.last_error,
            self.overruns,
            self.strays + strays,
            self.polls_due,
            self.late_polls,
            self.polls_on_time,
            self.held_back + held_back,
        )
