"""Wiring: the parts of an alarm engine, put together."""

from collections.abc import Iterator, Mapping, Sequence

from agent.alarms.book import AlarmBook
from agent.alarms.bulkhead import Bulkhead
from agent.alarms.cards import Cards
from agent.alarms.carrying import Carrying
from agent.alarms.combined import Combined
from agent.alarms.conditions import Condition, Klass
from agent.alarms.crowd import Crowd, CrowdSpec
from agent.alarms.events import AlarmEvent
from agent.alarms.exposure import Exposure
from agent.alarms.gasps import Gasps
from agent.alarms.handling import Handling
from agent.alarms.hides import Hides
from agent.alarms.hiding import Hiding
from agent.alarms.horns import Horns
from agent.alarms.instant import Instant
from agent.alarms.limits import Limits
from agent.alarms.outlook import Outlook, OutlookSpec
from agent.alarms.parts import ALARMS, POINTS, Parts
from agent.alarms.postings import Postings
from agent.alarms.reminders import Reminders
from agent.alarms.round_book import RoundBook, RoundSettings
from agent.alarms.silence import BoardDuty
from agent.alarms.standing import Alarm, Cause
from agent.alarms.stores import store_of
from agent.alarms.yard import Yard
from agent.samples import Sample


class Wiring:
    """The parts of an engine, each knowing of the others only what it is given.

    Args:
        conditions: The site's conditions; their ids are unique.
        boards: What each board owes.
        outlook: What early warning rests on; without it nothing is derived.
        yard: What stands where, and which stores a board speaks for.
        rounds: How handheld rounds are walked.
        handling: How long people may hide alarms, and when acknowledged ones come back.
        crowd: How alarms are inhibited by cause, grouped and counted.

    Attributes:
        bulkhead: Between the parts: none keeps another from being judged.

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
        self.bulkhead = Bulkhead()
        self._hides = Hides(handling.second_person)
        self._book = AlarmBook(self._describe, self._hides, self._dress, self._rises)
        self.yard = yard or Yard()
        self.rounds = RoundBook(self.yard, rounds or RoundSettings(), self._book)
        self._combined = Combined(conditions, self._book)
        self._limits = Limits(conditions, boards, self._book)
        self._gasps = Gasps(conditions, {duty.board: duty for duty in boards}, self._book)
        self._horns = Horns(self._book)
        self.hiding = Hiding(self._book, self._hides, handling, self._limits.knows_place)
        self.cards = Cards(self._book)
        self._reminders = Reminders(self._book, handling.realarm_after_us)
        self._outlook = Outlook(outlook)
        self._exposure = Exposure()
        self._derived: list[Sample] = []
        self._idle: set[str] = set()  # points met that no part asks for: most of a meter's
        self.crowd = Crowd(crowd or CrowdSpec(), conditions, boards, self._book, self._hides)
        self._postings = Postings(boards, self._book, self._limits.registry)
        self._parts = Parts(
            {
                **self.crowd.parts,
                ALARMS: self._book,
                "b": self._limits.watches,
                "c": self.cards,
                "g": self._gasps,
                "h": self._horns,
                "o": self._outlook,
                POINTS: self._limits.registry,
                "r": self.rounds,
                "v": self._hides,
                "w": self._limits.memories,
                "x": self._exposure,
                "y": self._postings,
            },
            self._limits.registry,
            self.bulkhead,
        )

    def restore(self, rows: Mapping[str, str]) -> None:
        """Take over what was stored, in place of everything held.

        Args:
            rows: Key -> JSON text, as `dirty` gave them.
        """
        self._parts.restore(rows)
        self._limits.adopt()
        self._derived = []
        self._idle.clear()

    def dirty(self) -> dict[str, str | None]:
        """Key -> JSON text of what changed since the last call; None deletes."""
        return self._parts.dirty()

    def carry_over(self, successor: "Wiring") -> None:
        """Let an engine with other conditions go on with all that this one holds.

        It is as after a restart with the new conditions, except that nothing has to be on disk:
        all of it counts as changed in the successor. This engine is not to be used any more.
        """
        self._parts.hand_over(successor._parts)
        successor._limits.adopt()

    def tell_all(self) -> Iterator[dict[str, str | None]]:
        """As `dirty`, of all that is held, little by little, while this engine judges on."""
        return self._parts.tell_all()

    def begin(self, late: set[str], points: Mapping[str, str]) -> None:
        """Take over the points of an engine that judges on, ahead of `follow`.

        Args:
            late: Names of their rows that are others than were taken over before.
            points: All their rows.
        """
        self._parts.begin(late, points)

    def follow(self, carrying: Carrying) -> None:
        """Go on with all that another engine held, as after a restart; nothing counts as changed.

        Args:
            carrying: All that the other told; it is not to be used any more.
        """
        self._parts.finish(carrying)
        self._limits.adopt()

    def let_go(self) -> Iterator[None]:
        """Forget the points, little by little: this engine is not to be used any more."""
        return self._parts.let_go()

    def followed(self, events: list[AlarmEvent], now: Instant) -> list[AlarmEvent]:
        """Events, and what follows from them in the yard."""
        if events:
            with self.bulkhead:
                events = events + self._combined.after(events)
            with self.bulkhead:
                self.rounds.on_events(events, now)
            with self.bulkhead:
                self.crowd.told(events, now)
            with self.bulkhead:
                self.cards.after(events)
        return events

    def _is_idle(self, point: str) -> bool:
        """Whether no part asks for a point that was met."""
        return (
            point in self._limits.registry.unwatched
            and point not in self._limits.memories.guards
            and not self._outlook.asks_for(point)
            and not self._exposure.asks_for(point)
        )

    def _rises(self, alarm: Alarm, cause: Cause) -> None:
        with self.bulkhead:
            self.crowd.rises(alarm, cause)

    def _dress(self, alarm: Alarm) -> None:
        with self.bulkhead:
            self._combined.dress(alarm)
        with self.bulkhead:
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
