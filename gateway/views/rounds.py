"""Handheld rounds: what the API shows of them, and a person's word on its way to the disk."""

import asyncio
from typing import Literal

from agent.alarms.rounds import Entry, Round
from agent.alarms.yard import shortened
from gateway.clock import Clock
from gateway.config import Config
from gateway.historian.errors import JournalError
from gateway.http.round_views import CoverageView, GroupView, RoundView
from gateway.recording.desk import Desk
from gateway.recording.recorder import Recorder
from gateway.recording.walks import Walk
from gateway.views.alarms import ANSWER_S


class RoundDesk:
    """Implements `gateway.http.round_views.Rounds`.

    Args:
        config: The site.
        desk: Holds the engine and its rounds.
        recorder: Takes what people enter, so that it is on disk before it is confirmed.
        clock: Says when they did.
    """

    def __init__(self, config: Config, desk: Desk, recorder: Recorder, clock: Clock) -> None:
        self._desk = desk
        self._recorder = recorder
        self._clock = clock
        self.use(config)

    def use(self, config: Config) -> None:
        """Show another site from now on."""
        self._boards = {b.store: b.id for b in config.board if b.store is not None}
        self._containers = [s.id for s in config.stores() if s.kind == "container"]

    def coverage(self) -> CoverageView:
        """How much of the yard is watched at all."""
        yard = self._desk.alarms.yard
        watched = sum(store in yard.watched for store in self._containers)
        groups = [
            GroupView(store, board, yard.group(store), shortened(yard.group(store)) or None)
            for store, board in self._boards.items()
        ]
        bare = [store for store in yard.places if store not in yard.watched]
        return CoverageView(
            containers=len(self._containers),
            watched=watched,
            unwatched=len(self._containers) - watched,
            detection_share=watched / len(self._containers) if self._containers else None,
            unspoken_for=tuple(store for store in bare if yard.speaks_for(store) is None),
            groups=tuple(groups),
            open_rounds=sum(one.open for one in self._desk.alarms.rounds.all()),
        )

    def rounds(self) -> list[RoundView]:
        """The open ones first, each kind the newest first."""
        return [RoundView.of(one) for one in self._desk.alarms.rounds.all()]

    async def open(self, store: str, person: str, comment: str | None) -> RoundView:
        """A person asks for a round around a store."""
        return await self._walk("open", store, person, comment, None)

    async def enter(self, round_id: str, entry: Entry) -> RoundView:
        """A person measured a store."""
        return await self._walk("enter", round_id, entry.person, entry.comment, entry)

    async def close(self, round_id: str, person: str, comment: str | None) -> RoundView:
        """A person closes a round."""
        return await self._walk("close", round_id, person, comment, None)

    async def _walk(
        self,
        action: Literal["open", "enter", "close"],
        about: str,
        person: str,
        comment: str | None,
        entry: Entry | None,
    ) -> RoundView:
        done: asyncio.Future[Round] = asyncio.get_running_loop().create_future()
        mono_us = self._clock.now().mono_us
        await self._recorder.put(Walk(action, about, person, comment, entry, mono_us, done))
        await asyncio.wait({done}, timeout=ANSWER_S)
        if not done.done():
            raise JournalError(
                f"{about}: not on disk after {ANSWER_S:g} s, because the journal cannot be "
                "written; it is done once the disk is back: look at the round before you repeat it"
            )
        return RoundView.of(done.result())
