"""What the API needs of the gateway about alarms: part of the protocol in `context.py`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol

from agent.alarms.deeds import Deed
from agent.alarms.events import AlarmEvent
from gateway.http.alarm_views import AlarmView, HiddenView, IntervalView
from gateway.http.card_views import CardView
from gateway.http.crowd_views import FloodView, GroupView


class Alarms(Protocol):
    """The alarms that stand, what happened to them, and what a person does about them."""

    def alarms(self) -> Sequence[AlarmView]:
        """Every alarm that is not normal."""
        ...

    async def alarm_journal(
        self, *, after: int | None, limit: int, from_us: int | None, to_us: int | None
    ) -> Sequence[tuple[int, AlarmEvent]]:
        """Numbered events: with `after` the next ones in order, without it the newest first."""
        ...

    async def alarm_intervals(
        self, alarm_id: str, *, from_us: int | None, to_us: int | None
    ) -> Sequence[IntervalView]:
        """When something was in alarm, as the journal tells it, in order."""
        ...

    def hidden_alarms(self) -> Sequence[HiddenView]:
        """Everything that hides an alarm or source, or waits for a second person."""
        ...

    def card(self, alarm_id: str, language: str) -> CardView | None:
        """The response card of an alarm with what was done of it; None where it is normal."""
        ...

    async def decide(self, deed: Deed) -> Sequence[AlarmEvent]:
        """Do what a person decided, and return once that is on disk; empty if already so.

        Raises:
            UnknownAlarmError: No such alarm or source can exist.
            NotAllowedError: It is not allowed now, or not to this person.
        """
        ...


class Crowd(Protocol):
    """Many alarms at once."""

    def groups(self) -> Sequence[GroupView]:
        """Failed paths, and stores with more than one alarm."""
        ...

    def flood(self) -> FloodView:
        """How many alarms people are told of."""
        ...


class Records(Protocol):
    """The alarm journal as a whole."""

    @property
    def policy(self) -> str:
        """Content security policy of its pages."""
        ...

    async def kpi(
        self, *, week: str | None, month: str | None, from_us: int | None, to_us: int | None
    ) -> Mapping[str, Any]:
        """The figures of a period; the last whole week where none is named.

        Raises:
            PeriodError: There is no such period.
        """
        ...

    async def report(
        self,
        *,
        week: str | None,
        month: str | None,
        from_us: int | None,
        to_us: int | None,
        language: str | None,
    ) -> str:
        """The same as a page for the printer."""
        ...

    def export(
        self,
        kind: Literal["csv", "jsonl", "html"],
        *,
        alarm: str | None,
        from_us: int | None,
        to_us: int | None,
        language: str | None,
    ) -> Iterator[str]:
        """The journal, piece by piece; blocks while it reads."""
        ...
