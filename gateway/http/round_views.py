"""Handheld rounds and coverage as the API shows them, and what the API needs of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol

from agent.alarms.rounds import Entry, Round
from gateway.http.moments import Moment, named


@dataclass(frozen=True, slots=True)
class ReadingView:
    """One store measured by hand, from outside.

    Args:
        co_ppm: CO at its seals or vent [ppm].
        temp_degc: Temperature of its wall or of what was reached [°C].
        o2_percent: Oxygen at the same place [% by volume].
        signs: What was seen, felt or smelt.
    """

    store: str
    person: str
    t_us: Annotated[Moment, named("t_utc")]
    co_ppm: float | None
    temp_degc: float | None
    o2_percent: float | None
    signs: tuple[str, ...]
    comment: str | None

    @staticmethod
    def of(entry: Entry) -> "ReadingView":
        """The view of an entry."""
        return ReadingView(
            entry.store,
            entry.person,
            entry.t_us,
            entry.co_ppm,
            entry.temp_degc,
            entry.o2_percent,
            entry.signs,
            entry.comment,
        )


@dataclass(frozen=True, slots=True)
class RoundView:
    """A handheld round.

    Args:
        store: The store whose alarm it is about.
        stores: What is to be measured, in order.
        missing: Those of them of which there is no reading; their state is unknown.
        alarms: The alarms it is about; none where a person opened it.
        opened_by: That person.
        overdue: Its time is over and something is missing.
    """

    id: str
    open: bool
    store: str
    stores: tuple[str, ...]
    missing: tuple[str, ...]
    alarms: tuple[str, ...]
    opened_us: Annotated[Moment, named("opened_utc")]
    opened_by: str | None
    due_us: Annotated[Moment, named("due_utc")]
    overdue: bool
    readings: tuple[ReadingView, ...]
    closed_us: Annotated[Moment | None, named("closed_utc")]
    closed_by: str | None
    comment: str | None

    @staticmethod
    def of(one: Round) -> "RoundView":
        """The view of a round."""
        return RoundView(
            id=one.id,
            open=one.open,
            store=one.store,
            stores=one.stores,
            missing=one.missing,
            alarms=tuple(one.alarms),
            opened_us=one.opened_us,
            opened_by=one.opened_by,
            due_us=one.due_us,
            overdue=one.overdue,
            readings=tuple(ReadingView.of(entry) for entry in one.entries),
            closed_us=one.closed_us,
            closed_by=one.closed_by,
            comment=one.comment,
        )


@dataclass(frozen=True, slots=True)
class GroupView:
    """The stores that one board speaks for, beside its own."""

    store: str
    board: str
    stores: tuple[str, ...]
    coverage: str | None


@dataclass(frozen=True, slots=True)
class CoverageView:
    """How much of the yard is watched at all.

    Args:
        containers: All of them.
        watched: Those with a board of their own.
        unwatched: Those without: nothing is known of them but what people measure by hand.
        detection_share: Probability that one hotspot, somewhere among the containers, has a board
            in its own container, 0–1; None where there are no containers.
        unspoken_for: Stores without a board that no board speaks for.
        groups: Who speaks for whom.
        open_rounds: Handheld rounds that are to be walked.
    """

    containers: int
    watched: int
    unwatched: int
    detection_share: float | None
    unspoken_for: tuple[str, ...]
    groups: tuple[GroupView, ...]
    open_rounds: int


class Rounds(Protocol):
    """Handheld rounds, and what people enter; coroutines return once it is on disk."""

    def coverage(self) -> CoverageView:
        """How much of the yard is watched at all."""
        ...

    def rounds(self) -> Sequence[RoundView]:
        """The open ones first, each kind the newest first."""
        ...

    async def open(self, store: str, person: str, comment: str | None) -> RoundView:
        """A person asks for a round around a store.

        Raises:
            NotAllowedError: There is no such store, or a round of it is open.
        """
        ...

    async def enter(self, round_id: str, entry: Entry) -> RoundView:
        """A person measured a store; where `Entry.t_us` is 0, just now.

        Raises:
            UnknownRoundError: There is no such round.
            NotAllowedError: It is closed, or the reading cannot be.
        """
        ...

    async def close(self, round_id: str, person: str, comment: str | None) -> RoundView:
        """A person closes a round.

        Raises:
            UnknownRoundError: There is no such round.
            NotAllowedError: It is closed, or something is missing and no word says why.
        """
        ...
