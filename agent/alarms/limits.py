"""Limits: the conditions of the site, judged on samples and on silence."""

from collections.abc import Iterable, Sequence
from typing import Final

from agent.alarms.book import AlarmBook
from agent.alarms.conditions import Condition, Kind, Klass
from agent.alarms.events import AlarmEvent
from agent.alarms.foresight import is_derived
from agent.alarms.horns import OF_BOARDS, from_history
from agent.alarms.instant import Instant
from agent.alarms.intervals import WAS_IN_ALARM, WAS_NOT_IN_ALARM
from agent.alarms.memories import Memories
from agent.alarms.registry import Registry
from agent.alarms.rounds import is_by_hand
from agent.alarms.rules import Outcome, Rule
from agent.alarms.silence import BoardDuty
from agent.alarms.standing import Alarm, Cause, described
from agent.alarms.states import IN_ALARM
from agent.alarms.stores import StoreStatus, status_of, store_of
from agent.alarms.tracks import Found
from agent.alarms.watches import Watches
from agent.errors import BadConditionError
from agent.samples import Sample

LEAST_LATE_US: Final = 300_000_000
"""A cause is from history when it arrives later than this and than three reports [µs]."""

_OF_FUEL: Final = frozenset({Klass.FIRE, Klass.GAS, Klass.ADVISORY})
_RESTATED: Final = {
    Outcome.WAS_IN_ALARM: WAS_IN_ALARM,
    Outcome.WAS_NOT_IN_ALARM: WAS_NOT_IN_ALARM,
}
_LATE: Final = frozenset({Outcome.RAISE_FROM_HISTORY, Outcome.PASSED_IN_HISTORY})


class Limits:
    """What every point and board is judged by.

    Args:
        conditions: The site's conditions; their ids are unique.
        boards: What each board owes.
        book: Where the alarms stand.

    Raises:
        BadConditionError: Two conditions or boards share an id, or an id is the engine's own.
    """

    def __init__(
        self, conditions: Sequence[Condition], boards: Sequence[BoardDuty], book: AlarmBook
    ) -> None:
        ids = [c.id for c in conditions] + list(OF_BOARDS)
        for name in ids:
            if ids.count(name) > 1:
                raise BadConditionError(f"alarm {name!r} is declared twice or reserved; rename it")
        self._book = book
        self._weighed = False
        self._conditions = {c.id: c for c in conditions}
        of_points = [c for c in conditions if not c.about_boards]
        self.memories = Memories(of_points)
        self.registry = Registry([Rule(c, self.memories) for c in of_points])
        self._duties = {duty.board: duty for duty in boards}
        silences = [c for c in conditions if c.kind is Kind.SILENCE]
        self._silences = {b: [c for c in silences if c.covers(b)] for b in self._duties}
        if len(self._duties) < len(boards):
            raise BadConditionError("two boards share an id; give each its own")
        self._late_us: dict[str | None, int] = {
            d.store: max(3 * d.report_us, LEAST_LATE_US) for d in boards if d.store is not None
        }
        self.watches = Watches(
            self._duties,
            {b: [self._limit_us(c, d) for c in self._silences[b]] for b, d in self._duties.items()},
        )

    def __contains__(self, condition_id: str) -> bool:
        return condition_id in self._conditions

    def store_watched_by(self, board: str) -> str | None:
        """The store a board reports on."""
        duty = self._duties.get(board)
        return None if duty is None else duty.store

    def is_late(self, store: str | None, t_us: int, now: Instant) -> bool:
        """Whether something captured at `t_us` is history at its store by now."""
        return from_history(t_us, now, self._late_us.get(store, LEAST_LATE_US))

    def on_samples(self, samples: Iterable[Sample], now: Instant) -> list[AlarmEvent]:
        """Judge samples, in the order given; any order, lateness or repetition is survived."""
        events: list[AlarmEvent] = []
        registry = self.registry
        points, guards = registry.points, self.memories.guards
        for sample in samples:
            if sample.point in guards:
                for guard in guards[sample.point]:
                    guard.note(sample)
            if sample.point in registry.unwatched:
                continue
            judge, group = points.get(sample.point) or registry.meet(sample.point)
            if not group.changed:
                registry.changed(group)
            for found in judge.judge(sample, now):
                events += self._outcome(judge.point, found, sample, now)
            if judge.unsettled:
                registry.unsettled.append(judge)
        return events

    def on_heard(self, board: str, now: Instant) -> list[AlarmEvent]:
        """Anything of a board arrived, however old its content."""
        if board not in self.watches:
            return []
        self.watches.heard(board, now)
        cause = Cause(now.utc_us, now.utc_us)
        events: list[AlarmEvent] = []
        for condition in self._silences[board]:
            events += self._book.cleared(f"{condition.id}:{board}", cause)
        return events

    def on_tick(self, now: Instant) -> list[AlarmEvent]:
        """Look for boards that fell silent, and for alarms nobody watches any more."""
        events: list[AlarmEvent] = []
        if not self._weighed:
            self._weighed = True  # classes and priorities may be others than before the start
            for alarm in list(self._book):
                events += self.weigh(alarm.id, now)
        for duty, elapsed_us in self.watches.overdue(now):
            for condition in self._silences[duty.board]:
                if elapsed_us > self._limit_us(condition, duty):
                    events += self._fell_silent(condition, duty, elapsed_us, now)
        events += self._settle(now)
        for alarm in self._unwatched():
            events += self._book.cleared(alarm.id, Cause(now.utc_us, now.utc_us))
        return events

    def adopt(self) -> None:
        """After a start: what stands is judged on by its condition, be it one that was away."""
        for alarm in self._book:
            condition = self._conditions.get(alarm.condition)
            if alarm.state not in IN_ALARM or condition is None or condition.about_boards:
                continue
            if not condition.covers(alarm.source):
                continue
            met = self.registry.points.get(alarm.source)
            judge, group = met or self.registry.meet(alarm.source)
            if judge.adopt(alarm.condition, alarm.raised_us):
                self.registry.changed(group)

    def weigh(self, alarm_id: str, now: Instant) -> list[AlarmEvent]:
        """Give a standing alarm the class and priority its condition has now."""
        alarm = self.describe(alarm_id)
        return [] if alarm is None else self._book.weighed(alarm, Cause(now.utc_us, now.utc_us))

    def conditions_of(self, point: str) -> list[Condition]:
        """The conditions that judge a point; none for one that was never met."""
        met = self.registry.points.get(point)
        return [] if met is None else [track.rule.condition for track in met[0].tracks]

    def stands(self, store: str) -> bool:
        """Whether an alarm or advisory of a store's values stands, by what was sampled."""
        return any(
            track.active and track.rule.condition.klass in _OF_FUEL
            for judge in self.registry.of_store(store)
            for track in judge.tracks
        )

    def store_status(self, store: str, *, doubted: bool = False) -> StoreStatus:
        """How one store stands; "unknown" unless all it should tell is known.

        Args:
            store: Its id.
            doubted: A path to it has failed.
        """
        watches = self.watches.of_store(store)
        told = [p for p in self.registry.of_store(store) if not is_derived(p.point)]
        points = [p for p in told if not is_by_hand(p.point)]
        owed = {f"yard.{store}.{value}" for watch in watches for value in watch.duty.values}
        if owed:
            points = [p for p in points if p.point in owed]
        missing = len(points) < len(owed)
        late_us = self._late_us.get(store, LEAST_LATE_US)
        alarms = self._book.of_store(store)
        return status_of(store, points, watches, alarms, late_us, doubted=doubted, missing=missing)

    def forget(self, store: str, cause: Cause) -> list[AlarmEvent]:
        """A person found out what no board tells any more: its alarms return, its points start new.

        Args:
            store: A store; nothing happens to one that a board watches.
            cause: Who found out, and when.
        """
        if self.watches.of_store(store):
            return []
        left = [p.point for p in self.registry.of_store(store) if not is_by_hand(p.point)]
        events: list[AlarmEvent] = []
        for alarm in self._book.of_store(store):
            if alarm.klass != Klass.SYSTEM and not is_by_hand(alarm.source):
                events += self._book.cleared(alarm.id, cause)
        self.registry.forget(left)
        return events

    def describe(self, alarm_id: str) -> Alarm | None:
        """An alarm as it would be raised now; None if no condition could raise it."""
        name, _, source = alarm_id.partition(":")
        condition = self._conditions.get(name)
        if condition is None or not self.knows(source) or not condition.covers(source):
            return None
        return described(condition, source, store_of(source) or self.store_watched_by(source))

    def knows(self, source: str) -> bool:
        """Whether it is a point that was met, or a board."""
        return source in self.registry.points or source in self.watches

    def knows_place(self, name: str) -> bool:
        """Whether it is a point that was met, a board, or a store of one of them."""
        stores = (duty.store for duty in self._duties.values())
        return self.knows(name) or bool(self.registry.of_store(name)) or name in stores

    def _outcome(
        self, point: str, found: Found, sample: Sample | None, now: Instant
    ) -> list[AlarmEvent]:
        track, outcome, from_us, to_us = found
        condition = track.rule.condition
        store = store_of(point)
        if (edge := _RESTATED.get(outcome)) is not None:
            cause = Cause(from_us, now.utc_us, from_history=True, from_us=from_us, to_us=to_us)
            return [self._book.told(described(condition, point, store), edge, cause)]
        limited = condition.kind is not Kind.BAD
        events: list[AlarmEvent] = []
        if outcome is not Outcome.CLEAR:
            t_us = from_us if sample is not None else now.utc_us
            cause = Cause(
                t_us,
                now.utc_us,
                track.value if limited else None,
                track.reason,
                from_history=outcome in _LATE or self.is_late(store, t_us, now),
                from_us=None if t_us == from_us else from_us,
                to_us=to_us,
            )
            events += self._book.raised(described(condition, point, store), cause)
        if to_us is not None:
            showed = sample is not None and sample.t_us == to_us and limited
            cause = Cause(
                to_us,
                now.utc_us,
                sample.value if sample is not None and showed else None,
                from_history=outcome in _LATE or self.is_late(store, to_us, now),
            )
            events += self._book.cleared(f"{condition.id}:{point}", cause)
        return events

    def _settle(self, now: Instant) -> list[AlarmEvent]:
        """Tell the journal where late samples have changed when something was in alarm.

        Until then a stretch may have changed many times, with each sample of a backlog.
        """
        judges = sorted(set(self.registry.unsettled), key=lambda judge: judge.point)
        self.registry.unsettled.clear()
        events: list[AlarmEvent] = []
        for judge in judges:
            for found in judge.settle():
                events += self._outcome(judge.point, found, None, now)
            self.registry.changed(self.registry.points[judge.point][1])
        return events

    def _fell_silent(
        self, condition: Condition, duty: BoardDuty, elapsed_us: int, now: Instant
    ) -> list[AlarmEvent]:
        cause = Cause(now.utc_us, now.utc_us, elapsed_us / 1e6)
        alarm = described(condition, duty.board, duty.store)
        alarm.limit, alarm.unit = self._limit_us(condition, duty) / 1e6, "s"
        events = self._book.raised(alarm, cause)
        if not events:
            return events
        for judge in self.registry.of_duty(duty):
            self.registry.changed(self.registry.points[judge.point][1])
            for found in judge.went_silent():
                events += self._outcome(judge.point, found, None, now)
        return events

    @staticmethod
    def _limit_us(condition: Condition, duty: BoardDuty) -> float:
        return condition.report_intervals * duty.report_us

    def _unwatched(self) -> list[Alarm]:
        """Alarms in alarm whose condition or board left the configuration: nobody clears them."""
        left = [
            a
            for a in self._book
            if a.state in IN_ALARM and a.klass != Klass.SYSTEM and a.condition not in OF_BOARDS
            if not self._is_watched(a)
        ]
        return sorted(left, key=lambda a: a.id)

    def _is_watched(self, alarm: Alarm) -> bool:
        condition = self._conditions.get(alarm.condition)
        if condition is None:
            return False
        if condition.about_boards and alarm.source not in self._duties:
            return False
        return condition.covers(alarm.source)
