"""AlarmEngine: samples, ticks and people in; alarm events out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from agent.alarms.book import AlarmBook
from agent.alarms.conditions import OF_SYSTEM, Condition, Kind, Klass, Priority
from agent.alarms.events import AlarmEvent
from agent.alarms.horns import HORN, SENSOR_FAULT, Horns, from_history
from agent.alarms.instant import Instant
from agent.alarms.points import Found
from agent.alarms.registry import Registry
from agent.alarms.silence import BoardDuty
from agent.alarms.standing import Alarm, AlarmView, Cause, described
from agent.alarms.states import IN_ALARM, Event
from agent.alarms.stores import StoreStatus, status_of, store_of
from agent.alarms.tracks import Outcome, Rule
from agent.alarms.watches import Watches
from agent.errors import BadConditionError
from agent.samples import Sample

LEAST_LATE_US: Final = 300_000_000
"""A cause is from history when it arrives later than this and than three reports [µs]."""

_LATE: Final = frozenset({Outcome.RAISE_FROM_HISTORY, Outcome.PASSED_IN_HISTORY})


class AlarmEngine:
    """Every alarm of a site, decided from what arrives.

    Args:
        conditions: The site's conditions; their ids are unique.
        boards: What each board owes.

    Raises:
        BadConditionError: Two conditions or boards share an id, or an id is the engine's own.
    """

    def __init__(self, conditions: Sequence[Condition], boards: Sequence[BoardDuty]) -> None:
        ids = [c.id for c in conditions] + [HORN, SENSOR_FAULT]
        for name in ids:
            if ids.count(name) > 1:
                raise BadConditionError(f"alarm {name!r} is declared twice or reserved; rename it")
        self._conditions = {c.id: c for c in conditions}
        self._registry = Registry([Rule(c) for c in conditions if c.kind is not Kind.SILENCE])
        self._duties = {duty.board: duty for duty in boards}
        silences = [c for c in conditions if c.kind is Kind.SILENCE]
        self._silences = {b: [c for c in silences if c.covers(b)] for b in self._duties}
        if len(self._duties) < len(boards):
            raise BadConditionError("two boards share an id; give each its own")
        self._late_us: dict[str | None, int] = {
            d.store: max(3 * d.report_us, LEAST_LATE_US) for d in boards if d.store is not None
        }
        self._book = AlarmBook(self._could_exist)
        self._horns = Horns(self._book)
        self._watches = Watches(
            self._duties,
            {b: [self._limit_us(c, d) for c in self._silences[b]] for b, d in self._duties.items()},
        )

    # ── What arrives ──────────────────────────────────────────────────────────────────────

    def on_samples(self, samples: Iterable[Sample], now: Instant) -> list[AlarmEvent]:
        """Judge samples, in the order given; any order, lateness or repetition is survived."""
        events: list[AlarmEvent] = []
        registry = self._registry
        points = registry.points
        for sample in samples:
            if sample.point in registry.unwatched:
                continue
            judge, group = points.get(sample.point) or registry.meet(sample.point)
            if not group.changed:
                registry.touch(group)
            for found in judge.judge(sample, now):
                events += self._outcome(judge.point, found, sample, now)
        return events

    def on_heard(self, board: str, now: Instant) -> list[AlarmEvent]:
        """Anything of a board arrived, however old its content."""
        if board not in self._watches:
            return []
        self._watches.heard(board, now)
        cause = Cause(now.utc_us, now.utc_us)
        events: list[AlarmEvent] = []
        for condition in self._silences[board]:
            events += self._book.cleared(f"{condition.id}:{board}", cause)
        return events

    def on_tick(self, now: Instant) -> list[AlarmEvent]:
        """Look for boards that fell silent, and for alarms nobody watches any more."""
        events: list[AlarmEvent] = []
        for duty, elapsed_us in self._watches.overdue(now):
            for condition in self._silences[duty.board]:
                if elapsed_us > self._limit_us(condition, duty):
                    events += self._fell_silent(condition, duty, elapsed_us, now)
        for alarm in self._unwatched():
            events += self._book.cleared(alarm.id, Cause(now.utc_us, now.utc_us))
        return events

    def on_board_edge(
        self,
        board: str,
        condition: str,
        edge: str,
        point: str,
        value: float | None,
        limit: float | None,
        t_us: int,
        now: Instant,
    ) -> list[AlarmEvent]:
        """A board told an edge of its own alarm.

        Args:
            board: Its id.
            condition: "temp_high", "co_high" or "sensor_fault".
            edge: "raised", "cleared" or "silenced".
            point: The point it is about, or the board's id where it names none.
            value: The value that caused it, in the point's unit.
            limit: The board's limit, in the point's unit.
            t_us: Capture time, UTC [µs].
            now: When it arrived.
        """
        source = point or board
        duty = self._duties.get(board)
        store = store_of(source) or (duty.store if duty is not None else None)
        late = from_history(t_us, now, self._late_us.get(store, LEAST_LATE_US))
        cause = Cause(t_us, now.utc_us, value, from_history=late)
        return self._horns.edge(condition, edge, source, cause, store=store, limit=limit)

    def system(
        self,
        condition_id: str,
        source: str,
        active: bool,
        now: Instant,
        *,
        priority: str = "high",
        value: float | None = None,
        limit: float | None = None,
        unit: str | None = None,
    ) -> list[AlarmEvent]:
        """A condition the gateway found in itself, such as a clock step or a full disk."""
        cause = Cause(now.utc_us, now.utc_us, value)
        if not active:
            return self._book.cleared(f"{condition_id}:{source}", cause)
        if condition_id in self._conditions:
            raise BadConditionError(f"{condition_id!r} is a condition of the site; take another id")
        alarm = Alarm(
            condition=condition_id,
            source=source,
            klass=str(Klass.SYSTEM),
            priority=str(Priority(priority)),
            latching=False,
            guidance=condition_id if condition_id in OF_SYSTEM else "system",
            limit=limit,
            unit=unit,
        )
        return self._book.raised(alarm, cause)

    # ── What people do ────────────────────────────────────────────────────────────────────

    def acknowledge(
        self, alarm_id: str, person: str, comment: str | None, now: Instant
    ) -> list[AlarmEvent]:
        """A person has seen an alarm; a second time changes nothing.

        Raises:
            UnknownAlarmError: No such alarm can exist.
            NotAllowedError: Nobody is named, or there is nothing to acknowledge.
        """
        return self._book.by_person(Event.ACKNOWLEDGED, alarm_id, person, comment, now)

    def reset(
        self, alarm_id: str, person: str, comment: str | None, now: Instant
    ) -> list[AlarmEvent]:
        """A person resets a latched alarm that was acknowledged and has returned.

        Raises:
            UnknownAlarmError: No such alarm can exist.
            NotAllowedError: Nobody is named, or its state does not allow it yet.
        """
        return self._book.by_person(Event.RESET, alarm_id, person, comment, now)

    # ── What can be seen ──────────────────────────────────────────────────────────────────

    def active(self) -> list[AlarmView]:
        """Every alarm that is not normal: worst first, then oldest."""
        return self._book.views()

    def instances(self, source: str) -> list[AlarmView]:
        """The alarms of one point or board that are not normal."""
        return self._book.views(source)

    def store_status(self, store: str) -> StoreStatus:
        """How one store stands; "unknown" unless all it should tell is known."""
        watches, points = self._watches.of_store(store), self._registry.of_store(store)
        return status_of(store, points, watches, self._book)

    # ── What survives a restart ───────────────────────────────────────────────────────────

    def restore(self, rows: Mapping[str, str]) -> None:
        """Take over what was stored, in place of everything held.

        Args:
            rows: Key -> JSON text, as `dirty` gave them.
        """
        parts: dict[str, dict[str, str]] = {"a": {}, "b": {}, "h": {}, "p": {}}
        for key, text in rows.items():
            part, _, name = key.partition("|")
            parts[part][name] = text
        self._book.restore(parts["a"])
        self._horns.restore(parts["h"])
        self._registry.restore(parts["p"])
        self._watches.restore(parts["b"])

    def dirty(self) -> dict[str, str | None]:
        """Key -> JSON text of what changed since the last call; None deletes."""
        parts = {
            "a": self._book.dirty(),
            "b": self._watches.dirty(),
            "h": self._horns.dirty(),
            "p": self._registry.dirty(),
        }
        return {f"{part}|{key}": text for part, rows in parts.items() for key, text in rows.items()}

    def carry_over(self, successor: "AlarmEngine") -> None:
        """Let an engine with other conditions go on with all that this one holds.

        It is as after a restart with the new conditions, except that nothing has to be on disk:
        all of it counts as changed in the successor. This engine is not to be used any more.
        """
        self._touch()
        rows = self.dirty()
        gone = [key.removeprefix("a|") for key, text in rows.items() if text is None]
        successor.restore({key: text for key, text in rows.items() if text is not None})
        successor._touch(gone)

    # ── Inside ────────────────────────────────────────────────────────────────────────────

    def _touch(self, gone: Iterable[str] = ()) -> None:
        self._book.touch(gone)
        self._horns.touch()
        self._registry.touch_all()
        self._watches.touch()

    def _outcome(
        self, point: str, found: Found, sample: Sample | None, now: Instant
    ) -> list[AlarmEvent]:
        track, outcome = found
        condition = track.rule.condition
        store = store_of(point)
        t_us = now.utc_us if sample is None else sample.t_us
        late_us = self._late_us.get(store, LEAST_LATE_US)
        late = outcome in _LATE or from_history(t_us, now, late_us)
        limited = condition.kind is not Kind.BAD
        if outcome is Outcome.CLEAR:
            value = sample.value if sample is not None and limited else None
            cause = Cause(t_us, now.utc_us, value, from_history=late)
            return self._book.cleared(f"{condition.id}:{point}", cause)
        value = track.value if limited else None
        cause = Cause(t_us, now.utc_us, value, track.reason, from_history=late)
        events = self._book.raised(described(condition, point, store), cause)
        if outcome is Outcome.PASSED_IN_HISTORY:
            events += self._book.cleared(f"{condition.id}:{point}", cause)
        return events

    def _fell_silent(
        self, condition: Condition, duty: BoardDuty, elapsed_us: int, now: Instant
    ) -> list[AlarmEvent]:
        cause = Cause(now.utc_us, now.utc_us, elapsed_us / 1e6)
        alarm = described(condition, duty.board, duty.store)
        alarm.limit, alarm.unit = self._limit_us(condition, duty) / 1e6, "s"
        events = self._book.raised(alarm, cause)
        if not events or duty.store is None:
            return events
        for judge in self._registry.of_store(duty.store):
            self._registry.touch(self._registry.points[judge.point][1])
            for found in judge.went_silent():
                events += self._outcome(judge.point, found, None, now)
        return events

    @staticmethod
    def _limit_us(condition: Condition, duty: BoardDuty) -> float:
        return condition.report_intervals * duty.report_us

    def _unwatched(self) -> list[Alarm]:
        """Alarms in alarm whose condition or board left the configuration: nobody clears them."""
        own = {HORN, SENSOR_FAULT}
        left = [
            a
            for a in self._book
            if a.state in IN_ALARM and a.klass != Klass.SYSTEM and a.condition not in own
            if not self._is_watched(a)
        ]
        return sorted(left, key=lambda a: a.id)

    def _is_watched(self, alarm: Alarm) -> bool:
        condition = self._conditions.get(alarm.condition)
        if condition is None:
            return False
        if condition.kind is Kind.SILENCE:
            return condition in self._silences.get(alarm.source, ())
        return condition.covers(alarm.source)

    def _could_exist(self, alarm_id: str) -> bool:
        name, _, source = alarm_id.partition(":")
        known = source in self._registry.points or source in self._watches
        return known and (name in self._conditions or name in {HORN, SENSOR_FAULT})
