"""KPI figures: what a report of alarm loads is made of; None is what nobody knows."""

from collections.abc import Mapping
from dataclasses import dataclass

from agent.alarms.kpis_history import Standing
from agent.alarms.kpis_table import Target
from agent.alarms.kpis_windows import Stretch


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure beside its target; both `value` and `met` are None where they are unknown."""

    name: str
    value: float | None
    target: Target
    met: bool | None


@dataclass(frozen=True, slots=True)
class PriorityShare:
    """How many alarms had a priority; critical is counted with high.

    Args:
        share: Of all alarms [0–1]; None where there was none, or nothing is known.
        target: What it should be, about [0–1].
    """

    priority: str
    count: int | None
    share: float | None
    target: float
    met: bool | None


@dataclass(frozen=True, slots=True)
class BadActor:
    """One of the most frequent alarms, with its share of all [0–1]."""

    alarm_id: str
    condition: str
    source: str
    priority: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Answers:
    """How alarms were acknowledged in the period.

    Args:
        count: How many were; None if unknown.
        median_s: Median of the time from raised to acknowledged [s].
        p90_s: The time within which nine of ten were (nearest rank) [s].
        longest_s: The longest [s].
        waiting: Alarms nobody had acknowledged at the end of the period; None if unknown.
    """

    count: int | None
    median_s: float | None
    p90_s: float | None
    longest_s: float | None
    waiting: int | None


@dataclass(frozen=True, slots=True)
class Hiding:
    """What a person hid: "shelved" or "out_of_service", when [µs], until when [µs], who and why."""

    alarm_id: str
    kind: str
    at_us: int
    until_us: int | None
    person: str | None
    second: str | None
    comment: str | None


@dataclass(frozen=True, slots=True)
class AlarmKpis:
    """All figures of a period.

    Args:
        from_us: Start, UTC [µs].
        to_us: End, not in it, UTC [µs].
        coverage: Share of the period for which there is a journal [0–1].
        alarms: How many alarms were told; None if unknown.
        figures: Those with a target, in the order of the table.
        priorities: "low", "medium" and "high".
        bad_actors: The most frequent alarms, the worst first.
        floods: Floods that touch the period, from where they began, at most to the period's end.
        flood_s: How long the covered period was in flood [s]; None if unknown.
        chattering: Alarms that chattered in the period.
        stale: Stays that were stale, and shown, at some time of the period, the oldest first.
        answers: How alarms were acknowledged.
        hidden: What hid them -> how many alarms rose unseen, which count in no other figure; None
            if unknown.
        hidings: What people hid in the period.
        table: Version of the table.
    """

    from_us: int
    to_us: int
    coverage: float
    alarms: int | None
    figures: tuple[Figure, ...]
    priorities: tuple[PriorityShare, ...]
    bad_actors: tuple[BadActor, ...]
    floods: tuple[Stretch, ...]
    flood_s: float | None
    chattering: tuple[str, ...]
    stale: tuple[Standing, ...]
    answers: Answers
    hidden: Mapping[str, int] | None
    hidings: tuple[Hiding, ...]
    table: str

    def figure(self, name: str) -> Figure:
        """The figure of a name in the table's targets."""
        return next(figure for figure in self.figures if figure.name == name)
