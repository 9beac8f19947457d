"""AlarmBook: what happens to alarms, and what people do with them."""

from collections.abc import Callable
from typing import Final

from agent.alarms.elapsed import Elapsed
from agent.alarms.events import AlarmEvent
from agent.alarms.held import HeldAlarms
from agent.alarms.hides import Hide, Hides
from agent.alarms.instant import Instant
from agent.alarms.ranks import is_worse, worst_first
from agent.alarms.standing import Alarm, Cause
from agent.alarms.states import IN_ALARM, UNSEEN, VERBS, Event, State
from agent.alarms.terms import SAVE_EACH_US
from agent.alarms.visibility import (
    HideEvent,
    Visibility,
    check_hands,
    hidden_after,
    may_suppress,
)
from agent.errors import NotAllowedError, UnknownAlarmError

LOWERED: Final = "lowered"
"""Edge of a standing alarm whose class or priority came down."""

ANNOUNCED: Final = "announced"
"""Edge of an alarm that stood or waited already when the gateway started."""

OF_SOURCE: Final = "of_source"
"""Condition in the events of a source that is taken out of service with all that is about it."""


class AlarmBook(HeldAlarms):
    """The alarms that are not normal, and every way they change.

    Args:
        describe: An alarm as it could be raised, or None where nothing could raise that id.
        hides: What hides alarms.
        dress: Gives an alarm that is about to rise what the yard knows of it: its class beside
            what stands, its neighbours, what its store stands for.
        rises: Hides an alarm that is about to rise where its cause stands, and groups it.
    """

    def __init__(
        self,
        describe: Callable[[str], Alarm | None],
        hides: Hides,
        dress: Callable[[Alarm], None] = lambda _: None,
        rises: Callable[[Alarm, Cause], None] = lambda *_: None,
    ) -> None:
        self._dress = dress
        self._rises = rises
        super().__init__(hides)
        self._describe = describe

    def raised(self, alarm: Alarm, cause: Cause) -> list[AlarmEvent]:
        """A condition stands.

        Args:
            alarm: The alarm as it is described now; takes the place of an older description.
            cause: What raised it.
        """
        standing = self._alarms.get(alarm.id)
        if standing is not None:
            if standing.state in IN_ALARM:
                return self.weighed(alarm, cause)
            alarm.state = standing.state
        alarm.reason = cause.reason
        self._dress(alarm)
        self._rises(alarm, cause)
        hidden = self._hidden(alarm).visibility is Visibility.SUPPRESSED
        alarm.untold = hidden if standing is None else standing.untold
        last = next(reversed(self._alarms.values()), None)
        alarm.place = standing.place if standing else last.place + 1 if last else 1
        self._alarms[alarm.id] = alarm
        self._of_store = None
        return self._apply(alarm, Event.RAISED, cause)

    def weighed(self, alarm: Alarm, cause: Cause) -> list[AlarmEvent]:
        """What stands has another class or priority now; a worse one has to be seen again.

        Nothing comes down before somebody has seen how high it was.

        Args:
            alarm: The alarm as it is described now.
            cause: Since when.
        """
        standing = self._alarms.get(alarm.id)
        if standing is None or standing.state not in IN_ALARM:
            return []
        self._dress(alarm)
        worse = is_worse(alarm, standing)
        same = (standing.klass, standing.priority) == (alarm.klass, alarm.priority)
        if same or (not worse and standing.state in UNSEEN):
            return []
        standing.klass, standing.priority = alarm.klass, alarm.priority
        standing.latching, standing.guidance = alarm.latching, alarm.guidance
        standing.untold = standing.untold and may_suppress(alarm.klass, standing.reason)
        self._dirty.add(alarm.id)
        if not worse:
            return [self.told(standing, LOWERED, cause)]
        again = self._apply(standing, Event.REALARMED, cause)
        return again or [self.told(standing, Event.REALARMED, cause)]

    def cleared(self, alarm_id: str, cause: Cause) -> list[AlarmEvent]:
        """A condition returned."""
        alarm = self._alarms.get(alarm_id)
        return [] if alarm is None else self._apply(alarm, Event.CLEARED, cause)

    def told(self, alarm: Alarm, edge: str, cause: Cause) -> AlarmEvent:
        """An event that changes no state, about an alarm that stands or not."""
        alarm = self._alarms.get(alarm.id, alarm)
        return alarm.told(edge, cause, self._hidden(alarm))

    def again(self, alarm_id: str, cause: Cause) -> list[AlarmEvent]:
        """What was acknowledged and still stands has to be seen again."""
        alarm = self._alarms.get(alarm_id)
        return [] if alarm is None else self._apply(alarm, Event.REALARMED, cause)

    def suppress(self, alarm_id: str, cause_id: str, cause: Cause) -> list[AlarmEvent]:
        """A cause hides an alarm by design, whether the alarm stands already or not.

        Fire, gas and people alarms and what is over range are never hidden so: for them, and for
        an alarm that nothing could raise, this does nothing.

        Args:
            alarm_id: The alarm.
            cause_id: What hides it, such as the alarm of a dead access point.
            cause: Since when.
        """
        alarm = self.find(alarm_id)
        if alarm is None or not may_suppress(alarm.klass, alarm.reason):
            return []

        def change(hide: Hide) -> None:
            hide.causes.setdefault(cause_id, cause.at_us)

        return self.hide(alarm_id, HideEvent.SUPPRESSED, change, cause)

    def unsuppress(self, alarm_id: str, cause_id: str, cause: Cause) -> list[AlarmEvent]:
        """A cause that hid an alarm is over; others may go on hiding it."""
        hide = self._hides.get(alarm_id)
        if hide is None or cause_id not in hide.causes:
            return []
        if len(hide.causes) > 1:
            del self._hides.change(alarm_id).causes[cause_id]
            self._hides.settle(alarm_id)
            return []
        return self.hide(alarm_id, HideEvent.UNSUPPRESSED, lambda h: h.causes.clear(), cause)

    def find(self, alarm_id: str) -> Alarm | None:
        """An alarm that stands, or as it would be raised; None where nothing could raise it."""
        return self._alarms.get(alarm_id) or self._describe(alarm_id)

    def hide(
        self, target: str, event: HideEvent, change: Callable[[Hide], None], cause: Cause
    ) -> list[AlarmEvent]:
        """Change what hides an alarm, or all that is about a source.

        What comes to light and was not acknowledged is announced as if it rose now.

        Args:
            target: Alarm id, or a point, board or store.
            event: What happens.
            change: Does it.
            cause: Who or what makes it happen.

        Raises:
            NotAllowedError: A person asked for something that is not so.
        """
        hide = self._hides.get(target)
        changes = hidden_after(frozenset() if hide is None else hide.by, event) is not None
        concerned = self._concerned(target)
        before = [self._hidden(alarm).visibility for alarm in concerned]
        about = self._about(target)
        hide = self._hides.change(target)
        hide.klass, hide.priority, hide.store = about.klass, about.priority, about.store
        change(hide)
        self._hides.settle(target)
        events = [self.told(about, event, cause)] if changes else []
        for alarm, was in zip(concerned, before, strict=True):
            if alarm.untold and not self._hides.suppresses(alarm.id):
                alarm.untold = False
                self._dirty.add(alarm.id)
            hidden = self._hidden(alarm).visibility is not Visibility.SHOWN
            if was is not Visibility.SHOWN and not hidden and alarm.state in UNSEEN:
                events.append(self.told(alarm, Event.REALARMED, cause))
        return events

    def told_of(self, target: str, edge: str, cause: Cause) -> list[AlarmEvent]:
        """An event that changes no state, about what hides an alarm or source."""
        return [self.told(self._about(target), edge, cause)]

    def _about(self, target: str) -> Alarm:
        return self.find(target) or _nameless(target, self._hides.get(target))

    def _concerned(self, target: str) -> list[Alarm]:
        alarm = self._alarms.get(target)
        if alarm is not None:
            return [alarm]
        return [] if ":" in target else [a for a in self if target in (a.source, a.store)]

    def announced(self, cause: Cause) -> list[AlarmEvent]:
        """Everything that stands or waits to be seen, and is shown, is told of again."""
        return [
            alarm.told(ANNOUNCED, cause, self._hidden(alarm))
            for alarm in sorted(self, key=worst_first)
            if alarm.state in IN_ALARM | UNSEEN
            and self._hidden(alarm).visibility is Visibility.SHOWN
        ]

    def by_person(
        self, event: Event, alarm_id: str, person: str, comment: str | None, now: Instant
    ) -> list[AlarmEvent]:
        """A person acknowledges or resets.

        Raises:
            UnknownAlarmError: No such alarm can exist.
            NotAllowedError: Nobody is named, or the state does not allow it.
        """
        if not person.strip():
            raise NotAllowedError(f"{alarm_id}: nobody is named; log in to {_verb(event)} it")
        alarm = self._alarms.get(alarm_id)
        if alarm is None:
            if self._describe(alarm_id) is None:
                raise UnknownAlarmError(f"there is no alarm {alarm_id!r}; see the list of alarms")
            raise NotAllowedError(f"{alarm_id}: it is normal: there is nothing to {_verb(event)}")
        cause = Cause(now.utc_us, now.utc_us, person=person, comment=comment)
        try:
            check_hands(self._hidden(alarm).visibility, event)
            events = self._apply(alarm, event, cause)
        except NotAllowedError as refused:
            raise NotAllowedError(f"{alarm_id}: {refused}") from None
        if events and alarm.state is State.ACKNOWLEDGED:
            alarm.seen = Elapsed(SAVE_EACH_US, now)
        return events

    def _apply(self, alarm: Alarm, event: Event, cause: Cause) -> list[AlarmEvent]:
        if not alarm.apply(event, cause):
            return []
        if alarm.state is State.NORMAL:
            del self._alarms[alarm.id]
            self._of_store = None
        self._dirty.add(alarm.id)
        return [alarm.told(event, cause, self._hidden(alarm))]


def _nameless(target: str, hide: Hide | None) -> Alarm:
    """What is hidden and no condition knows: a source, or an alarm of an older configuration."""
    known = hide or Hide()
    condition, _, source = target.rpartition(":") if ":" in target else (OF_SOURCE, "", target)
    return Alarm(
        condition=condition,
        source=source,
        klass=known.klass,
        priority=known.priority,
        latching=False,
        guidance="system",
        store=known.store,
    )


def _verb(event: Event) -> str:
    return VERBS.get(event, str(event))
