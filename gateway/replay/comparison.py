"""Comparison: when each alarm stood, beside when it would have stood."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from agent.alarms.events import AlarmEvent
from agent.alarms.intervals import Interval, overlaps, recorded
from agent.alarms.kpis_windows import Stretch
from agent.alarms.stores import store_of


class Change(StrEnum):
    """What becomes of a stretch in alarm."""

    SAME = "same"
    MOVED = "moved"
    """It stood and would have stood, from another instant or to another one."""
    APPEARS = "appears"
    VANISHES = "vanishes"


@dataclass(frozen=True, slots=True)
class Stay:
    """One stretch in alarm that was, would have been, or both; times UTC [µs] within the period."""

    alarm_id: str
    store: str | None
    change: Change
    was: Stretch | None
    would_be: Stretch | None

    @property
    def condition(self) -> str:
        """The condition's id."""
        return self.alarm_id.partition(":")[0]


@dataclass(slots=True)
class Tally:
    """How many stretches there were and would have been, and how long they were together [µs]."""

    was: int = 0
    would_be: int = 0
    was_us: int = 0
    would_be_us: int = 0
    changes: dict[Change, int] = field(default_factory=lambda: dict.fromkeys(Change, 0))

    def take(self, stay: Stay) -> None:
        """Count one more."""
        if stay.was is not None:
            self.was += 1
            self.was_us += stay.was.to_us - stay.was.from_us
        if stay.would_be is not None:
            self.would_be += 1
            self.would_be_us += stay.would_be.to_us - stay.would_be.from_us
        self.changes[stay.change] += 1


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changes.

    Args:
        stays: Every stretch in alarm of the conditions that were judged again, by time.
        conditions: The same, counted by condition.
        stores: Counted by store; under "" what belongs to none.
    """

    stays: tuple[Stay, ...]
    conditions: Mapping[str, Tally]
    stores: Mapping[str, Tally]

    @property
    def is_same(self) -> bool:
        """Whether all would have been as it was."""
        return all(stay.change is Change.SAME for stay in self.stays)


def compare(
    was: Iterable[AlarmEvent],
    would_be: Iterable[AlarmEvent],
    judged: Iterable[str],
    from_us: int,
    to_us: int,
) -> Comparison:
    """Set side by side what was told and what would have been.

    Args:
        was: The journal's events, in order, from its beginning on.
        would_be: Those of the replay.
        judged: Ids of the conditions that were judged again.
        from_us: Start of the period, UTC [µs].
        to_us: End, not in it, UTC [µs].
    """
    names = set(judged)
    stores: dict[str, str | None] = {}
    sides = [_spans(side, names, stores, from_us, to_us) for side in (was, would_be)]
    stays = sorted(
        (
            stay
            for alarm_id in sides[0].keys() | sides[1].keys()
            for stay in _paired(
                alarm_id, stores[alarm_id], sides[0].get(alarm_id, ()), sides[1].get(alarm_id, ())
            )
        ),
        key=lambda stay: (stay.was or stay.would_be or Stretch(0, 0), stay.alarm_id),
    )
    conditions = {name: Tally() for name in sorted(names)}
    of_stores: dict[str, Tally] = {}
    for stay in stays:
        conditions[stay.condition].take(stay)
        of_stores.setdefault(stay.store or "", Tally()).take(stay)
    return Comparison(tuple(stays), conditions, dict(sorted(of_stores.items())))


def _spans(
    events: Iterable[AlarmEvent],
    judged: set[str],
    stores: dict[str, str | None],
    from_us: int,
    to_us: int,
) -> dict[str, list[Stretch]]:
    own = []
    for event in events:
        if event.condition in judged and event.at_us < to_us:
            stores.setdefault(event.alarm_id, event.store or store_of(event.source))
            own.append(event)
    return {
        alarm_id: cut
        for alarm_id, spans in recorded(own).items()
        if (cut := [*_cut(spans, from_us, to_us)])
    }


def _cut(spans: Iterable[Interval], from_us: int, to_us: int) -> Iterable[Stretch]:
    for since_us, until_us in spans:
        end_us = to_us if until_us is None else min(until_us, to_us)
        if max(since_us, from_us) < end_us:
            yield Stretch(max(since_us, from_us), end_us)


def _paired(
    alarm_id: str, store: str | None, was: Sequence[Stretch], would_be: Sequence[Stretch]
) -> Iterable[Stay]:
    """Each stretch with the first one of the other side that it shares time with."""
    left = list(would_be)
    for one in was:
        other = next((o for o in left if overlaps(one, [o])), None)
        if other is None:
            covered = overlaps(one, would_be)
            change = Change.MOVED if covered else Change.VANISHES
            yield Stay(alarm_id, store, change, one, None)
            continue
        left.remove(other)
        change = Change.SAME if one == other else Change.MOVED
        yield Stay(alarm_id, store, change, one, other)
    for other in left:
        change = Change.MOVED if overlaps(other, was) else Change.APPEARS
        yield Stay(alarm_id, store, change, None, other)
