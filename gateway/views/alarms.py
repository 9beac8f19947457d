"""What the API shows of alarms, and the way a person's decision takes: through the journal."""

import asyncio
from collections.abc import Mapping
from typing import Final

from agent.alarms import standing
from agent.alarms.deeds import Deed
from agent.alarms.events import AlarmEvent
from agent.alarms.intervals import recorded
from gateway.clock import Clock
from gateway.historian.errors import JournalError
from gateway.historian.reader import Reader
from gateway.http.alarm_views import AlarmView, HiddenView, IntervalView
from gateway.http.card_views import CardView
from gateway.recording.desk import Desk
from gateway.recording.items import Decision
from gateway.recording.recorder import Recorder
from gateway.views.cards import CardRack
from gateway.views.freshness import Freshness

ANSWER_S: Final = 10.0
"""How long a person waits to hear that a decision is on disk [s]."""


class AlarmDesk:
    """The alarms that stand, what happened to them, and what people decide.

    Args:
        desk: Holds the engine.
        recorder: Decisions go through it, so that they are on disk before they are confirmed.
        freshness: Which values are too old to be shown as the present ones.
        places: Source (point, store, board or meter) -> what people call it.
    """

    def __init__(
        self,
        desk: Desk,
        recorder: Recorder,
        reader: Reader,
        clock: Clock,
        freshness: Freshness,
        places: Mapping[str, str],
    ) -> None:
        self._desk = desk
        self._recorder = recorder
        self._reader = reader
        self._reading = asyncio.Lock()
        self._clock = clock
        self._freshness = freshness
        self._rack = CardRack()
        self.use(places)

    def use(self, places: Mapping[str, str]) -> None:
        """Call sources by these names from now on."""
        self._places = places

    def alarms(self) -> list[AlarmView]:
        """Every alarm that is not normal."""
        return [self._view(alarm) for alarm in self._desk.alarms.active()]

    async def alarm_journal(
        self, *, after: int | None, limit: int, from_us: int | None, to_us: int | None
    ) -> list[tuple[int, AlarmEvent]]:
        """Numbered events: with `after` the next ones in order, without it the newest first."""
        async with self._reading:
            stored = await asyncio.to_thread(
                self._reader.alarm_events,
                after or 0,
                limit,
                from_us,
                to_us,
                newest_first=after is None,
            )
        return [(one.id, one.event) for one in stored]

    async def intervals(
        self, alarm_id: str, *, from_us: int | None, to_us: int | None
    ) -> list[IntervalView]:
        """When something was in alarm, as the journal tells it; those that touch the period."""
        async with self._reading:
            events = await asyncio.to_thread(self._reader.events_about, alarm_id)
        spans = recorded(events).get(alarm_id, [])
        return [
            IntervalView(a, b)
            for a, b in spans
            if (to_us is None or a < to_us) and (from_us is None or b is None or b > from_us)
        ]

    def hidden(self) -> list[HiddenView]:
        """Everything that hides an alarm or source, or waits for a second person."""
        return [HiddenView.of(one) for one in self._desk.alarms.hiding.views()]

    def card(self, alarm_id: str, language: str) -> CardView | None:
        """The response card of an alarm with what was done of it; None where it is normal."""
        engine = self._desk.alarms
        view = next((one for one in engine.active() if one.alarm_id == alarm_id), None)
        if view is None:
            return None
        return self._rack.card(alarm_id, view.guidance, language, engine.cards.of(alarm_id))

    async def decide(self, deed: Deed) -> list[AlarmEvent]:
        """Do what a person decided, and return what it changed once that is on disk."""
        done: asyncio.Future[list[AlarmEvent]] = asyncio.get_running_loop().create_future()
        await self._recorder.put(Decision(deed, self._clock.now().mono_us, done))
        await asyncio.wait({done}, timeout=ANSWER_S)
        if not done.done():
            raise JournalError(
                f"{deed.target}: not on disk after {ANSWER_S:g} s, because the journal cannot be "
                "written; it is done once the disk is back: look at the alarm before you repeat it"
            )
        return done.result()

    def _view(self, alarm: standing.AlarmView) -> AlarmView:
        sample = self._desk.latest.get(alarm.source)
        newest = None if sample is None else self._freshness.value(sample)
        place = alarm.store or alarm.source
        return AlarmView(
            id=alarm.alarm_id,
            condition=alarm.condition,
            source=alarm.source,
            store=alarm.store,
            place=self._places.get(place, place),
            klass=alarm.klass,
            priority=alarm.priority,
            state=alarm.state,
            present=alarm.in_alarm,
            raised_us=alarm.raised_us,
            value=alarm.value if newest is None else newest.value,
            limit=alarm.limit,
            unit=alarm.unit,
            can_acknowledge=alarm.can_acknowledge,
            can_reset=alarm.can_reset,
            latched=alarm.latching,
            reason=alarm.reason if newest is None else newest.reason,
            acknowledged_by=alarm.acknowledged_by,
            comment=alarm.comment,
            from_history=alarm.from_history,
            guidance=(alarm.guidance,),
            group=alarm.group,
            neighbours=alarm.neighbours,
            coverage=alarm.coverage,
            visibility=alarm.visibility,
            hidden_by=alarm.hidden_by,
            hidden_until_us=alarm.hidden_until_us,
            hidden_why=alarm.hidden_why,
        )
