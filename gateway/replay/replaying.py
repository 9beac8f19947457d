"""Replaying: recorded commits through a fresh alarm engine; nothing is written anywhere."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Final

from agent.alarms.cards import STEP_DONE, STEP_UNDONE
from agent.alarms.deeds import Act, Deed, carry_out
from agent.alarms.engine import AlarmEngine
from agent.alarms.events import AlarmEvent
from agent.alarms.instant import Instant
from agent.errors import NotAllowedError, UnknownAlarmError
from gateway.historian.alarms import StoredAlarm
from gateway.historian.corrections import Frame
from gateway.historian.told import Kind
from gateway.replay.recorded import Recorded

_ACTS: Final = {
    "acknowledged": Act.ACKNOWLEDGE,
    "reset": Act.RESET,
    "shelved": Act.SHELVE,
    "unshelved": Act.UNSHELVE,
    "out_of_service": Act.TAKE_OUT,
    "returned_to_service": Act.PUT_BACK,
    STEP_DONE: Act.TICK,
    STEP_UNDONE: Act.UNTICK,
}


def replay(
    engine: AlarmEngine,
    commits: Iterable[Recorded],
    journalled: Iterable[StoredAlarm],
    passed: Callable[[int], None],
) -> Iterator[AlarmEvent]:
    """What the engine tells of what was recorded.

    People's deeds are done again where that is possible: who acknowledged what does not stand in
    this replay did nothing.

    Args:
        engine: Judges by the limits in question; holds nothing yet.
        commits: What came, in order.
        journalled: The journal's events, in order, of which people's deeds are taken.
        passed: Called with the time of each commit, UTC [µs].
    """
    deeds = _Deeds(journalled)
    for commit in commits:
        frame, take = commit.frame, commit.take
        deeds.begin(frame.n)
        for told in commit.told:
            if deeds.due:
                yield from deeds.do(engine, frame, told.at_us)
            now = _instant(frame, told.at_us)
            if told.kind is Kind.TICK:
                yield from engine.on_tick(now)
                continue
            if told.kind is not Kind.OTHER:
                yield from engine.on_heard(told.name, now)
            if samples := take(told):
                yield from engine.on_samples(samples, now)
        if deeds.due:
            yield from deeds.do(engine, frame, None)
        passed(commit.utc_us)


class _Deeds:
    """What people did, to be done when their commit comes."""

    def __init__(self, journalled: Iterable[StoredAlarm]) -> None:
        self._left = (one for one in journalled if one.event.edge in _ACTS and one.event.person)
        self._next = next(self._left, None)
        self._first: int | None = None
        self.due: list[AlarmEvent] = []

    def begin(self, n: int) -> None:
        """A commit begins; what was done before the first one is left out."""
        if self._first is None:
            self._first = n
        while self._next is not None and self._next.n <= n:
            if self._next.n >= self._first:
                self.due.append(self._next.event)
            self._next = next(self._left, None)

    def do(self, engine: AlarmEngine, frame: Frame, until_us: int | None) -> Iterator[AlarmEvent]:
        """Do what was done up to an instant, or all that is left of the commit."""
        while self.due and (until_us is None or self.due[0].at_us <= until_us):
            event = self.due.pop(0)
            now = _instant(frame, event.at_us)
            for deed in _deeds(event):
                with suppress(NotAllowedError, UnknownAlarmError):
                    yield from carry_out(engine, deed, now)


def _deeds(event: AlarmEvent) -> Iterator[Deed]:
    span_us = 0 if event.until_us is None else event.until_us - event.at_us
    act, person = _ACTS[event.edge], event.person or ""
    yield Deed(act, event.alarm_id, person, event.comment, span_us, step=event.step or 0)
    if event.second:
        yield Deed(act, event.alarm_id, event.second, event.comment, span_us, agrees=True)


def _instant(frame: Frame, utc_us: int) -> Instant:
    return Instant(utc_us, utc_us - frame.clock_us, frame.synchronised, frame.boot_id)
