"""AlarmEngine: samples, ticks and people in; alarm events out."""

from collections.abc import Mapping, Sequence

from agent.alarms.book import AlarmBook
from agent.alarms.combined import Combined
from agent.alarms.conditions import OF_SYSTEM, Condition, Klass, Priority
from agent.alarms.crowd import Crowd, CrowdSpec
from agent.alarms.events import AlarmEvent
from agent.alarms.gasps import Gasps
from agent.alarms.handling import Handling
from agent.alarms.hides import Hides
from agent.alarms.hiding import Hiding
from agent.alarms.horns import Horns
from agent.alarms.instant import Instant
from agent.alarms.limits import Limits
from agent.alarms.outlook import Outlook, OutlookSpec
from agent.alarms.parts import Parts
from agent.alarms.prospects import EarlyWarning, early_warning
from agent.alarms.reminders import Reminders
from agent.alarms.round_book import RoundBook, RoundSettings
from agent.alarms.rounds import Entry
from agent.alarms.silence import BoardDuty
from agent.alarms.standing import Alarm, AlarmView, Cause
from agent.alarms.states import Event
from agent.alarms.stores import StoreStatus, store_of
from agent.alarms.yard import Yard
from agent.errors import BadConditionError
from agent.samples import Sample


class AlarmEngine:
    """Every alarm of a site, decided from what arrives.

    Args:
        conditions: The site's conditions; their ids are unique.
        boards: What each board owes.
        outlook: What early warning rests on; without it nothing is derived.
        yard: What stands where, and which stores a board speaks for.
        rounds: How handheld rounds are walked.
        handling: How long people may hide alarms, and when acknowledged ones come back.

        crowd: How alarms are inhibited by cause, grouped and counted.

    Raises:
        BadConditionError: Two conditions or boards share an id, an id is the engine's own, or
            paths contradict each other.
    """

    def __init__(
        self,
        conditions: Sequence[Condition],
        boards: Sequence[BoardDuty],
        *,
        outlook: OutlookSpec | None = None,
        yard: Yard | None = None,
        rounds: RoundSettings | None = None,
        handling: Handling | None = None,
        crowd: CrowdSpec | None = None,
    ) -> None:
        handling = handling or Handling()
        self._hides = Hides()
        self._book = AlarmBook(self._describe, self._hides, self._dress, self._rises)
        self.yard = yard or Yard()
        self.rounds = RoundBook(self.yard, rounds or RoundSettings(), self._book)
        self._combined = Combined(conditions, self._book)
        self._limits = Limits(conditions, boards, self._book)
        self._gasps = Gasps(conditions, {duty.board: duty for duty in boards}, self._book)
        self._horns = Horns(self._book)
        self.hiding = Hiding(self._book, self._hides, handling, self._limits.knows_place)
        self._reminders = Reminders(self._book, handling.realarm_after_us)
        self._outlook = Outlook(outlook)
        self._derived: list[Sample] = []
        self.crowd = Crowd(crowd or CrowdSpec(), conditions, boards, self._book, self._hides)
        self._parts = Parts(
            {
                **self.crowd.parts,
                "a": self._book,
                "b": self._limits.watches,
                "g": self._gasps,
                "h": self._horns,
                "o": self._outlook,
                "p": self._limits.registry,
                "r": self.rounds,
                "v": self._hides,
                "w": self._limits.memories,
            }
        )

    # ── What arrives ──────────────────────────────────────────────────────────────────────

    def on_samples(self, samples: Sequence[Sample], now: Instant) -> list[AlarmEvent]:
        """Judge samples, in the order given; any order, lateness or repetition is survived.

        What early warning derives from them is judged too, and told by `derived`.
        """
        events = self._limits.on_samples(samples, now)
        for derived in self._outlook.on_samples(samples, now.utc_us, self._limits.stands):
            events += self._limits.on_samples(derived, now)
            self._derived += derived
        return self._followed(events, now)

    def derived(self) -> list[Sample]:
        """What was derived since the last call, to be stored with what it was derived from."""
        derived, self._derived = self._derived, []
        return derived

    def on_heard(self, board: str, now: Instant) -> list[AlarmEvent]:
        """Anything of a board arrived, however old its content."""
        self.crowd.on_heard(board)
        return self._followed(self._limits.on_heard(board, now), now)

    def on_tick(self, now: Instant) -> list[AlarmEvent]:
        """Look for boards that fell silent, alarms nobody watches any more, and overdue rounds."""
        self.crowd.at(now)
        events = self._limits.on_tick(now) + self._gasps.on_tick(now) + self.crowd.on_tick(now)
        events += self.hiding.on_tick(now) + self._reminders.on_tick(now)
        return self._followed(events, now) + self.rounds.on_tick(now)

    def on_board_presence(self, board: str, now: Instant, *, online: bool) -> list[AlarmEvent]:
        """A board says that it is there, or the broker, by its last will, that it is gone."""
        self.crowd.at(now)
        if not online:
            self.crowd.on_gone(board)
        return self._followed(self._gasps.told(board, now, online=online), now)

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
        events = self._horns.edge(condition, edge, source, cause, store=store, limit=limit)
        return self._followed(events, now)

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
        return self._followed(self._book.raised(alarm, cause), now)

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
        return self._followed(events, now)

    def reset(
        self, alarm_id: str, person: str, comment: str | None, now: Instant
    ) -> list[AlarmEvent]:
        """A person resets a latched alarm that was acknowledged and has returned.

        Raises:
            UnknownAlarmError: No such alarm can exist.
            NotAllowedError: Nobody is named, or its state does not allow it yet.
        """
        return self._book.by_person(Event.RESET, alarm_id, person, comment, now)

    def enter_round(self, round_id: str, entry: Entry, now: Instant) -> list[AlarmEvent]:
        """A person measured a store by hand: judged as any other sample, and told by `derived`.

        Raises:
            UnknownRoundError: There is no such round.
            NotAllowedError: It is closed, the store is not in it, or the reading cannot be.
        """
        self.rounds.enter(round_id, entry)
        samples = entry.samples()
        self._derived += samples
        return self.on_samples(samples, now) + self.rounds.on_tick(now)

    def close_round(
        self, round_id: str, person: str, comment: str | None, now: Instant
    ) -> list[AlarmEvent]:
        """A person closes a round.

        Raises:
            UnknownRoundError: There is no such round.
            NotAllowedError: It is closed, nobody is named, or a reading is missing without a word.
        """
        self.rounds.close(round_id, person, comment, now)
        return self.rounds.on_tick(now)

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

    # ── What survives a restart ───────────────────────────────────────────────────────────

    def restore(self, rows: Mapping[str, str]) -> None:
        """Take over what was stored, in place of everything held.

        Args:
            rows: Key -> JSON text, as `dirty` gave them.
        """
        self._parts.restore(rows)
        self._derived = []

    def dirty(self) -> dict[str, str | None]:
        """Key -> JSON text of what changed since the last call; None deletes."""
        return self._parts.dirty()

    def carry_over(self, successor: "AlarmEngine") -> None:
        """Let an engine with other conditions go on with all that this one holds.

        It is as after a restart with the new conditions, except that nothing has to be on disk:
        all of it counts as changed in the successor. This engine is not to be used any more.
        """
        self._parts.hand_over(successor._parts)

    def _followed(self, events: list[AlarmEvent], now: Instant) -> list[AlarmEvent]:
        """Events, and what follows from them in the yard."""
        if events:
            events = events + self._combined.after(events)
            self.rounds.on_events(events, now)
            self.crowd.told(events, now)
        return events

    def _rises(self, alarm: Alarm, cause: Cause) -> None:
        self.crowd.rises(alarm, cause)

    def _dress(self, alarm: Alarm) -> None:
        self._combined.dress(alarm)
        if alarm.klass in {Klass.FIRE, Klass.GAS} and alarm.store is not None:
            alarm.neighbours = self.yard.neighbours(alarm.store)
            alarm.coverage = self.yard.coverage(alarm.store)

    def _describe(self, alarm_id: str) -> Alarm | None:
        if (overdue := self.rounds.describe(alarm_id)) is not None:
            return overdue
        source = alarm_id.partition(":")[2]
        if not self._limits.knows(source):
            return None
        store = store_of(source) or self._limits.store_watched_by(source)
        return self._limits.describe(alarm_id) or self._horns.describe(alarm_id, store)
