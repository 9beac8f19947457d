"""Hiding: what people keep from being shown for a time, alone or two together."""

from collections.abc import Callable

from agent.alarms.book import AlarmBook
from agent.alarms.conditions import Klass, Priority
from agent.alarms.events import AlarmEvent
from agent.alarms.handling import Handling
from agent.alarms.hides import Hide, Hides, HideView
from agent.alarms.instant import Instant
from agent.alarms.standing import Alarm, Cause
from agent.alarms.terms import Request, Term
from agent.alarms.visibility import HideEvent
from agent.errors import NotAllowedError, UnknownAlarmError

OVERDUE = "service_overdue"
"""Condition of something that is out of service for longer than was expected."""


class Hiding:
    """Shelves and times out of service; what is hidden goes on being judged.

    Args:
        book: Where the alarms stand.
        hides: What hides them.
        handling: How long, and who has to agree.
        knows: Whether a point, board or store is known.
    """

    def __init__(
        self, book: AlarmBook, hides: Hides, handling: Handling, knows: Callable[[str], bool]
    ) -> None:
        self._book = book
        self._hides = hides
        self._handling = handling
        self._knows = knows

    def shelve(
        self, alarm_id: str, person: str, why: str, span_us: int, now: Instant
    ) -> list[AlarmEvent]:
        """A person shelves an alarm for a time, or asks a second one to agree to that.

        Args:
            alarm_id: The alarm, standing or not.
            person: Who shelves it.
            why: In that person's words.
            span_us: For how long [µs].
            now: When.

        Raises:
            UnknownAlarmError: No such alarm can exist.
            NotAllowedError: Person, reason or time will not do.
        """
        alarm = self._alarm(alarm_id)
        _check(alarm_id, person, why, span_us)
        longest_us = self._handling.longest_shelf_us
        if span_us > longest_us:
            raise NotAllowedError(
                f"{alarm_id}: {_words(span_us)} is too long for a shelf; give "
                f"{_words(longest_us)} at most, or take it out of service"
            )
        return self._set(alarm, HideEvent.SHELVED, person, why, span_us, now)

    def take_out(
        self, target: str, person: str, why: str, span_us: int, now: Instant
    ) -> list[AlarmEvent]:
        """A person takes an alarm, or all that is about a point, board or store, out of service.

        With a source, its fire, gas, people and over-range alarms are shown all the same: each of
        them is taken out of service by its own name.

        Args:
            target: An alarm's id, or a point, board or store.
            person: Who takes it out of service.
            why: In that person's words.
            span_us: For how long that is expected [µs]; it does not end by itself.
            now: When.

        Raises:
            UnknownAlarmError: No such alarm or source can exist.
            NotAllowedError: Person, reason or time will not do.
        """
        alarm = None if self._knows(target) else self._alarm(target)
        _check(target, person, why, span_us)
        if alarm is not None:
            return self._set(alarm, HideEvent.OUT_OF_SERVICE, person, why, span_us, now)
        term = Term.begin(person, why, span_us, now)
        return self._begin(target, HideEvent.OUT_OF_SERVICE, term, now)

    def agree(
        self, action: HideEvent, alarm_id: str, person: str, now: Instant
    ) -> list[AlarmEvent]:
        """A second person agrees to what a first one asked for.

        Raises:
            UnknownAlarmError: No such alarm can exist.
            NotAllowedError: Nobody asked for it, that has lapsed, or the same person did.
        """
        self._alarm(alarm_id)
        hide = self._hides.get(alarm_id)
        asked = None if hide is None else hide.asked
        if asked is None or asked.action != action or asked.term.is_over(now):
            raise NotAllowedError(
                f"{alarm_id}: nobody asks for this any more; ask for it, and let a second person "
                "agree"
            )
        if not person.strip() or _same(person, asked.term.person):
            raise NotAllowedError(
                f"{alarm_id}: {asked.term.person} asked for this; a second person has to agree, "
                "signed in by another name"
            )
        first = asked.term
        term = Term.begin(first.person, first.why, asked.span_us, now, second=person)
        return self._begin(alarm_id, action, term, now)

    def unshelve(
        self, alarm_id: str, person: str, why: str | None, now: Instant
    ) -> list[AlarmEvent]:
        """A person ends a shelf before its time.

        Raises:
            UnknownAlarmError: No such alarm can exist.
            NotAllowedError: Nobody is named, or it is not shelved.
        """
        return self._end(alarm_id, HideEvent.UNSHELVED, person, why, now)

    def put_back(self, target: str, person: str, why: str | None, now: Instant) -> list[AlarmEvent]:
        """A person returns an alarm or a source to service.

        Raises:
            UnknownAlarmError: No such alarm or source can exist.
            NotAllowedError: Nobody is named, or it is in service.
        """
        events = self._end(target, HideEvent.RETURNED_TO_SERVICE, person, why, now)
        return events + self._book.cleared(f"{OVERDUE}:{target}", _at(now))

    def on_tick(self, now: Instant) -> list[AlarmEvent]:
        """End what is over, and tell of what is out of service for too long."""
        events: list[AlarmEvent] = []
        for target, hide in self._hides.timed():
            if hide.shelf is not None and hide.shelf.is_over(now):
                events += self._book.hide(target, HideEvent.SHELF_EXPIRED, _unshelve, _at(now))
            if hide.asked is not None and hide.asked.term.is_over(now):
                hide.asked = None
                self._hides.settle(target)
                events += self._book.told_of(target, "request_expired", _at(now))
            if hide.out is not None and hide.out.is_over(now):
                events += self._book.raised(_overdue(target, hide), _at(now))
            if any(term.time.unsaved for term in hide.terms):
                self._hides.settle(target)
        return events

    def views(self) -> list[HideView]:
        """Everything that hides something, or waits for a second person."""
        return self._hides.views()

    def _set(
        self, alarm: Alarm, action: HideEvent, person: str, why: str, span_us: int, now: Instant
    ) -> list[AlarmEvent]:
        if alarm.klass not in self._handling.second_person:
            return self._begin(alarm.id, action, Term.begin(person, why, span_us, now), now)
        self._check_free(alarm.id, now)
        asked = Term.begin(person, why, self._handling.agree_within_us, now)
        self._hides.change(alarm.id).asked = Request(action, span_us, asked)
        self._hides.settle(alarm.id)
        cause = Cause(now.utc_us, now.utc_us, person=person, comment=why, until_us=asked.until_us)
        return [self._book.told(alarm, f"{action}_requested", cause)]

    def _check_free(self, alarm_id: str, now: Instant) -> None:
        """Let nobody put another request in the place of one that a second person may be reading.

        Raises:
            NotAllowedError: One waits already.
        """
        hide = self._hides.get(alarm_id)
        asked = None if hide is None else hide.asked
        if asked is not None and not asked.term.is_over(now):
            minutes = (self._handling.agree_within_us + 59_999_999) // 60_000_000
            raise NotAllowedError(
                f"{alarm_id}: {asked.term.person} asks for {_words(asked.span_us)} already; let a "
                f"second person agree to that, or ask once it has lapsed, after {minutes} min"
            )

    def _begin(self, target: str, action: HideEvent, term: Term, now: Instant) -> list[AlarmEvent]:
        def change(hide: Hide) -> None:
            hide.asked = None
            if action is HideEvent.SHELVED:
                hide.shelf = term
            else:
                hide.out = term

        cause = Cause(
            now.utc_us,
            now.utc_us,
            person=term.person,
            comment=term.why,
            second=term.second,
            until_us=term.until_us,
        )
        events = self._book.hide(target, action, change, cause)
        if action is HideEvent.OUT_OF_SERVICE:
            events += self._book.cleared(f"{OVERDUE}:{target}", _at(now))
        return events

    def _end(
        self, target: str, action: HideEvent, person: str, why: str | None, now: Instant
    ) -> list[AlarmEvent]:
        if not person.strip():
            raise NotAllowedError(f"{target}: nobody is named; log in")
        if self._hides.get(target) is None and not self._knows(target):
            self._alarm(target)
        cause = Cause(now.utc_us, now.utc_us, person=person, comment=why)
        change = _unshelve if action is HideEvent.UNSHELVED else _return
        try:
            return self._book.hide(target, action, change, cause)
        except NotAllowedError as refused:
            raise NotAllowedError(f"{target}: {refused}") from None

    def _alarm(self, alarm_id: str) -> Alarm:
        alarm = self._book.find(alarm_id)
        if alarm is None:
            raise UnknownAlarmError(f"there is no alarm {alarm_id!r}; see the list of alarms")
        return alarm


def _check(target: str, person: str, why: str, span_us: int) -> None:
    if not person.strip():
        raise NotAllowedError(f"{target}: nobody is named; log in")
    if not why.strip():
        raise NotAllowedError(f"{target}: no reason is given; say why")
    if span_us <= 0:
        raise NotAllowedError(f"{target}: {_words(span_us)} is no time; give one above 0")


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _unshelve(hide: Hide) -> None:
    hide.shelf = None


def _return(hide: Hide) -> None:
    hide.out = None


def _at(now: Instant) -> Cause:
    return Cause(now.utc_us, now.utc_us)


def _overdue(target: str, hide: Hide) -> Alarm:
    return Alarm(
        condition=OVERDUE,
        source=target,
        klass=str(Klass.SYSTEM),
        priority=str(Priority.MEDIUM),
        latching=False,
        guidance=OVERDUE,
        store=hide.store,
    )


def _words(span_us: int) -> str:
    minutes = span_us / 60e6
    return f"{minutes:g} min" if abs(minutes) < 120 else f"{minutes / 60:g} h"
