"""Walk: what a person does about a handheld round, on its way to the disk."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from agent.alarms.engine import AlarmEngine
from agent.alarms.events import AlarmEvent
from agent.alarms.instant import Instant
from agent.alarms.rounds import Entry, Round
from agent.alarms.walking import close_round, enter_round
from agent.errors import NotAllowedError
from gateway.historian.rows import Deed
from gateway.recording.items import Awaited

AHEAD_US: Final = 120_000_000
"""A watch may be so far ahead of the gateway's clock [µs]."""


@dataclass(slots=True)
class Walk(Awaited):
    """A round is opened, entered into or closed by a person.

    Args:
        action: Which of the three.
        about: The store for "open", else the round's id.
        person: Who does it.
        comment: In their words.
        entry: What was measured, for "enter"; its `t_us` is 0 where it was just now.
        mono_us: When it was asked for, monotonic [µs].
        done: Resolved with the round once it is on disk.

    Attributes:
        round: The round as it became.
    """

    action: Literal["open", "enter", "close"]
    about: str
    person: str
    comment: str | None
    entry: Entry | None
    mono_us: int
    done: asyncio.Future[Round]
    round: Round | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.urgent = True

    @property
    def subject(self) -> str:
        """The store or round."""
        return self.about

    @property
    def answer(self) -> Round | None:
        """The round as it became."""
        return self.round

    def carry_out(self, alarms: AlarmEngine, now: Instant) -> tuple[list[AlarmEvent], Deed]:
        """Do it; the journal's line about it comes back with the alarm events it caused.

        Raises:
            UnknownRoundError: There is no such round.
            NotAllowedError: It cannot be done, in words.
        """
        events: list[AlarmEvent] = []
        details: tuple[str, ...] = ()
        round_id = self.about
        if self.action == "open":
            round_id = alarms.rounds.open(self.about, self.person, now).id
            details = (f"store {self.about}",)
        elif self.action == "close":
            events = close_round(alarms, self.about, self.person, self.comment, now)
        elif self.entry is not None:
            entry = self._timed(self.entry, now)
            events = enter_round(alarms, self.about, entry, now)
            details = told(entry)
        self.round = Round.load(alarms.rounds.get(round_id).dump())
        kind = {"open": "round opened", "enter": "round entry", "close": "round closed"}
        deed = Deed(kind[self.action], round_id, self.person, now.utc_us, self.comment, details)
        return events, deed

    @staticmethod
    def _timed(entry: Entry, now: Instant) -> Entry:
        if not entry.t_us:
            return replace(entry, t_us=now.utc_us)
        if now.synchronised and entry.t_us > now.utc_us + AHEAD_US:
            ahead_s = (entry.t_us - now.utc_us) / 1e6
            raise NotAllowedError(
                f"{entry.store}: the reading lies {ahead_s:.0f} s in the future; leave the time"
                " out, or correct it"
            )
        return entry


def told(entry: Entry) -> tuple[str, ...]:
    """A reading as the details of a journal's line."""
    values = {
        "store": entry.store,
        "co_ppm": entry.co_ppm,
        "temp_degc": entry.temp_degc,
        "o2_percent": entry.o2_percent,
        "signs": ", ".join(entry.signs) or None,
    }
    return tuple(f"{name} {value}" for name, value in values.items() if value is not None)
