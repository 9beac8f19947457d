"""Cards: which steps of their response cards people have ticked, while an alarm is not normal."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from agent.alarms.book import AlarmBook
from agent.alarms.events import AlarmEvent
from agent.alarms.instant import Instant
from agent.alarms.standing import Cause
from agent.alarms.states import State
from agent.errors import NotAllowedError

STEP_DONE: Final = "step_done"
"""Edge: a person ticked a step."""

STEP_UNDONE: Final = "step_undone"
"""Edge: a person took a tick away."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A step that somebody has done: its number from 1, who says so, and when, UTC [µs]."""

    step: int
    person: str
    at_us: int


class Cards:
    """The ticks of every alarm that is not normal; with it they are forgotten here.

    Args:
        book: Where the alarms stand.
    """

    def __init__(self, book: AlarmBook) -> None:
        self._book = book
        self._ticks: dict[str, dict[int, Tick]] = {}
        self._dirty: set[str] = set()

    def of(self, alarm_id: str) -> tuple[Tick, ...]:
        """The steps of an alarm that were ticked, by number."""
        return tuple(tick for _, tick in sorted(self._ticks.get(alarm_id, {}).items()))

    def tick(
        self,
        alarm_id: str,
        step: int,
        person: str,
        comment: str | None,
        now: Instant,
        *,
        done: bool = True,
    ) -> list[AlarmEvent]:
        """A person ticks a step, or takes the tick away; a second time changes nothing.

        Args:
            alarm_id: The alarm.
            step: Number of the step on its card, from 1.
            person: Who.
            comment: In that person's words.
            now: When.
            done: Whether it is done.

        Raises:
            NotAllowedError: Nobody is named, or the alarm is normal.
        """
        if not person.strip():
            raise NotAllowedError(f"{alarm_id}: nobody is named; log in to tick a step")
        alarm = self._book.find(alarm_id)
        if alarm is None or self._book.state(alarm_id) is State.NORMAL:
            raise NotAllowedError(f"{alarm_id}: it is normal: there are no steps to tick")
        ticks = self._ticks.setdefault(alarm_id, {})
        if (step in ticks) == done:
            return []
        if done:
            ticks[step] = Tick(step, person, now.utc_us)
        else:
            del ticks[step]
        self._dirty.add(alarm_id)
        cause = Cause(now.utc_us, now.utc_us, person=person, comment=comment)
        event = self._book.told(alarm, STEP_DONE if done else STEP_UNDONE, cause)
        return [replace(event, step=step)]

    def after(self, events: Iterable[AlarmEvent]) -> None:
        """What is normal again has no ticks."""
        for event in events:
            if event.state == State.NORMAL and self._ticks.pop(event.alarm_id, None) is not None:
                self._dirty.add(event.alarm_id)

    def restore(self, rows: dict[str, str]) -> None:
        """Take over alarm id -> JSON text, in place of everything held."""
        self._ticks = {
            alarm_id: {step: Tick(step, person, at) for step, person, at in json.loads(text)}
            for alarm_id, text in rows.items()
        }
        self._dirty.clear()

    def touch(self) -> None:
        """Everything counts as changed."""
        self._dirty.update(self._ticks)

    def dirty(self) -> dict[str, str | None]:
        """Alarm id -> JSON text of what changed since the last call; None if nothing is ticked."""
        changed: dict[str, str | None] = {}
        for alarm_id in self._dirty:
            ticks = self.of(alarm_id)
            held = [[tick.step, tick.person, tick.at_us] for tick in ticks]
            changed[alarm_id] = json.dumps(held) if ticks else None
        self._dirty.clear()
        return changed
