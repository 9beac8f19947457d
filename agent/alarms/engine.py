"""AlarmEngine: samples, ticks and people in; alarm events out."""

from collections.abc import Sequence

from agent.alarms.conditions import OF_SYSTEM, Klass, Priority
from agent.alarms.events import AlarmEvent
from agent.alarms.instant import Instant
from agent.alarms.prospects import EarlyWarning, early_warning
from agent.alarms.standing import Alarm, AlarmView, Cause
from agent.alarms.states import Event
from agent.alarms.stores import StoreStatus, store_of
from agent.alarms.wiring import Wiring
from agent.errors import BadConditionError
from agent.samples import Sample


class AlarmEngine(Wiring):
    """Every alarm of a site, decided from what arrives; made as `Wiring` says."""

    # ── What arrives ──────────────────────────────────────────────────────────────────────

    def on_samples(self, samples: Sequence[Sample], now: Instant) -> list[AlarmEvent]:
        """Judge samples, in the order given; any order, lateness or repetition is survived.

        What early warning derives from them is judged too, and told by `derived`.
        """
        idle = self._idle
        asked = [sample for sample in samples if sample.point not in idle]
        if not asked:
            return []
        events = self._limits.on_samples(asked, now)
        with self.bulkhead:
            for derived in self._outlook.on_samples(asked, now.utc_us, self._limits.stands):
                events += self._limits.on_samples(derived, now)
                self._derived += derived
        with self.bulkhead:
            if derived := self._exposure.on_samples(asked, now.utc_us):
                events += self._limits.on_samples(derived, now)
                self._derived += derived
        self._idle.update(sample.point for sample in asked if self._is_idle(sample.point))
        return self.followed(events, now)

    def derived(self) -> list[Sample]:
        """What was derived since the last call, to be stored with what it was derived from."""
        derived, self._derived = self._derived, []
        return derived

    def on_heard(self, board: str, now: Instant) -> list[AlarmEvent]:
        """Anything of a board arrived, however old its content."""
        with self.bulkhead:
            self.crowd.on_heard(board)
        with self.bulkhead:
            self._postings.heard(board)
        return self.followed(self._limits.on_heard(board, now), now)

    def on_tick(self, now: Instant) -> list[AlarmEvent]:
        """Look for boards that fell silent, alarms nobody watches any more, and overdue rounds."""
        with self.bulkhead:
            self.crowd.at(now)
        events: list[AlarmEvent] = []
        for part in (self._limits, self._gasps, self.crowd, self.hiding, self._reminders):
            with self.bulkhead:
                events += part.on_tick(now)
        events = self.followed(events, now)
        with self.bulkhead:
            events += self.rounds.on_tick(now)
        return events

    def on_board_presence(self, board: str, now: Instant, *, online: bool) -> list[AlarmEvent]:
        """A board says that it is there, or the broker, by its last will, that it is gone."""
        with self.bulkhead:
            self.crowd.at(now)
            if not online:
                self.crowd.on_gone(board)
        return self.followed(self._gasps.told(board, now, online=online), now)

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
        store = store_of(source) or self._limits.store_watched_by(board)
        late = self._limits.is_late(store, t_us, now)
        cause = Cause(t_us, now.utc_us, value, from_history=late)
        events = self._horns.edge(condition, edge, source, cause, now, store=store, limit=limit)
        return self.followed(events, now)

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
        if condition_id in self._limits:
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
        return self.followed(self._book.raised(alarm, cause), now)

    def announce(self, now: Instant) -> list[AlarmEvent]:
        """After a start: tell of everything that stands or waits to be seen, and is shown."""
        return self._book.announced(Cause(now.utc_us, now.utc_us))

    # ── What people do ────────────────────────────────────────────────────────────────────

    def acknowledge(
        self, alarm_id: str, person: str, comment: str | None, now: Instant
    ) -> list[AlarmEvent]:
        """A person has seen an alarm; a second time changes nothing.

        Raises:
            UnknownAlarmError: No such alarm can exist.
            NotAllowedError: Nobody is named, or there is nothing to acknowledge.
        """
        events = self._book.by_person(Event.ACKNOWLEDGED, alarm_id, person, comment, now)
        events += self._limits.weigh(alarm_id, now)
        return self.followed(events, now)

    def reset(
        self, alarm_id: str, person: str, comment: str | None, now: Instant
    ) -> list[AlarmEvent]:
        """A person resets a latched alarm that was acknowledged and has returned.

        Raises:
            UnknownAlarmError: No such alarm can exist.
            NotAllowedError: Nobody is named, or its state does not allow it yet.
        """
        events = self._book.by_person(Event.RESET, alarm_id, person, comment, now)
        self.cards.after(events)
        return events

    def by_hand(self, samples: Sequence[Sample], now: Instant) -> list[AlarmEvent]:
        """What people measured by hand; told by `derived` too, so that it is stored."""
        self._derived += samples
        return self.on_samples(samples, now)

    def forget(self, store: str, cause: Cause, now: Instant) -> list[AlarmEvent]:
        """A person found out about a store what no board tells any more: its alarms return."""
        return self.followed(self._limits.forget(store, cause), now)

    # ── What can be seen ──────────────────────────────────────────────────────────────────

    def active(self) -> list[AlarmView]:
        """Every alarm that is not normal: worst first, then oldest; in a flood people first."""
        return self.crowd.ordered(self._book.views())

    def instances(self, source: str) -> list[AlarmView]:
        """The alarms of one point or board that are not normal."""
        return self._book.views(source)

    def store_status(self, store: str) -> StoreStatus:
        """How one store stands; "unknown" unless all it should tell is known."""
        return self._limits.store_status(store, doubted=self.crowd.doubts(store))

    def early_warning(self, store: str) -> EarlyWarning:
        """What early warning knows of a store, and when its values reach their limits."""
        return early_warning(store, self._outlook.foresight(store), self._limits.conditions_of)
