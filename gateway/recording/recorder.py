"""From what arrived to what is on disk: evaluate at once, commit in order, acknowledge after.

Items are judged in memory the moment they come, in one order; what they gave is sealed into
commits that one thread writes. Only a commit that is on disk is confirmed: to the broker, the
boards, the person who acknowledged an alarm. While the disk is sick alarm edges are told at once,
marked `unjournalled`, and after a failed commit the desk is rebuilt from disk and every item
since is judged again.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from agent.alarms.events import AlarmEvent
from gateway.clock import STEP_US, Clock, Step
from gateway.historian.errors import JournalError
from gateway.historian.journal import Journal
from gateway.recording.commits import Health, Judged, Sealed
from gateway.recording.desk import Ack, Desk, Outcome
from gateway.recording.items import Change, Item, Message, Polled, SystemCondition, Tick
from gateway.recording.journal_thread import JournalThread, OnDisk, is_of_the_disk
from gateway.recording.judging import Judging
from gateway.recording.waiting import Waiting

__all__ = ["Health", "Recorder"]

SICK_AFTER_S: Final = 2.0
"""A commit that takes longer than this no longer holds back alarm edges [s]."""

MAX_WAITING: Final = 50_000
"""Items judged but not on disk; beyond this no message or reading is taken until the disk is back.

Ticks, conditions of the gateway itself and people's decisions are taken all the same.
"""

CHUNK: Final = 5_000
"""Items that go into one commit when many have waited."""

SLICE_S: Final = 0.002
"""So long items are judged before anything else of the gateway has a turn [s]."""

RETRY_S: Final = 1.0
TICK_S: Final = 1.0
IDLE_COMMIT_TICKS: Final = 60

_HELD_BACK: Final = (Message, Polled)
"""What waits while too much is not yet on disk."""

_LOG: Final = logging.getLogger(__name__)


class Recorder:
    """The one writer of the journal.

    Args:
        desk: Judges items; its state is what the journal's state tables hold.
        journal: Where commits go.
        clock: Stamped on commits and watched for steps.
        commit_interval_s: The longest an item without alarm edge waits for its commit [s].
        window: Unconfirmed messages at which a commit is made at once. Readings, which nobody
            waits to have confirmed, do not count.
        committed: Called after each commit with its outcomes and the board acks it allows.
        told: Called with alarm events the moment they may be told.
        sick_after_s: See `SICK_AFTER_S`.
        retry_s: Pause after a failed commit [s].
    """

    def __init__(
        self,
        desk: Desk,
        journal: Journal,
        clock: Clock,
        *,
        commit_interval_s: float,
        window: int,
        committed: Callable[[int, list[Outcome], list[Ack]], None],
        told: Callable[[Sequence[AlarmEvent]], None],
        sick_after_s: float = SICK_AFTER_S,
        retry_s: float = RETRY_S,
    ) -> None:
        self._desk = desk
        self._clock = clock
        self._interval_s = commit_interval_s
        self._window = window
        self._committed = committed
        self._told = told
        self._retry_s = retry_s
        self._slow_words = f"a commit takes longer than {sick_after_s:g} s"
        self._thread = JournalThread(journal, sick_after_s, self._found_slow)
        self._inbox: asyncio.Queue[Item] = asyncio.Queue(maxsize=1000)
        self._waiting = Waiting(desk, clock)
        self._work = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._due: asyncio.TimerHandle | None = None
        self._overdue = False  # what is pending goes to the writer as soon as that is free
        self._ticks_waiting = 0
        self._last_n = journal.last_n()
        self.health = Health()
        self._judging = Judging(desk, clock, self.health, self._failed)
        self._waiting.catch_up(journal)

    async def put(self, item: Item) -> None:
        """Hand over an item; messages and readings wait while too much is not yet on disk."""
        if isinstance(item, _HELD_BACK) and not self._room.is_set():
            await self._room.wait()
        if self._inbox.full():
            await self._inbox.put(item)
        else:
            self._inbox.put_nowait(item)

    async def in_writer(self, work: Callable[[], int]) -> int:
        """Run a function in the journal's thread, between two commits."""
        return await self._thread.run(work)

    async def run(self) -> None:
        """Judge and commit until cancelled; then write what was judged and stop."""
        # What an earlier run raised about its disk or its program is over with this one.
        for condition in ("journal_failed", "judging_failed"):
            self._judge(self._condition(condition, active=False))
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._judge_all(), name="judge")
                group.create_task(self._commit_all(), name="commit")
                group.create_task(self._watch_clock(), name="watch clock")
        finally:
            self._finish()

    # ── Judging ───────────────────────────────────────────────────────────────────────────

    async def _judge_all(self) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + SLICE_S
        while True:
            self._judge(await self._inbox.get())
            # A queue that is never empty never waits: an edge would be sealed, and a commit that
            # is on disk told, only after all that came behind it.
            if not self._waiting.pending or loop.time() >= until:
                await asyncio.sleep(0)
                until = loop.time() + SLICE_S

    def _judge(self, item: Item) -> None:
        judged = self._judging.take(item)
        events, sick = judged.outcome.alarm_events, self.health.sick
        if not events and isinstance(item, SystemCondition):
            return  # it stood, or did not stand, before
        if sick:
            self._tell([judged], unjournalled=True)
        # For as long as the disk is sick, memory is not to grow with time alone.
        if not self._waiting.add(judged, merge_idle=sick):
            return
        self._count_waiting()
        # While the disk is sick each tick is an attempt: that it is well again is not to be found
        # out only when something happens next.
        if not sick and judged.is_idle:
            self._ticks_waiting += 1
            if self._ticks_waiting < IDLE_COMMIT_TICKS:
                return
        if events or item.urgent or self._waiting.unconfirmed >= self._window:
            self._seal()
        elif self._due is None and not self._overdue:
            loop = asyncio.get_running_loop()
            self._due = loop.call_later(self._interval_s, self._seal)

    def _failed(self) -> None:
        # Judged once the present item is done with.
        condition = self._condition("judging_failed", active=True)
        asyncio.get_running_loop().call_soon(self._judge, condition)

    def _condition(self, condition: str, *, active: bool) -> SystemCondition:
        mono_us = self._clock.now().mono_us
        return SystemCondition(condition, "gateway", active, mono_us, "critical")

    # ── Sealing ───────────────────────────────────────────────────────────────────────────

    def _seal(self) -> None:
        """Close what is pending; while the writer is busy it waits for that, up to a chunk."""
        self._cancel_due()
        pending = len(self._waiting.pending)
        self._overdue = pending > 0
        if pending and (not self._waiting.sealed or pending >= CHUNK):
            self._close()

    def _close(self, *, again: bool = False) -> None:
        self._waiting.close(again=again)
        self._overdue = False
        self._ticks_waiting = 0
        self._work.set()

    def _cancel_due(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _count_waiting(self) -> None:
        self.health.waiting = waiting = len(self._waiting)
        if waiting >= MAX_WAITING:
            self._room.clear()
        else:
            self._room.set()

    # ── Committing ────────────────────────────────────────────────────────────────────────

    async def _commit_all(self) -> None:
        while True:
            if not self._waiting.sealed:
                self._work.clear()
                if self._due is None:
                    self._seal()
                await self._work.wait()
            sealed = self._waiting.sealed[0]
            try:
                number = await self._thread.commit(sealed.commit)
            except Exception as err:  # noqa: BLE001 -- what it was decides what is done about it
                landed = await self._after_failure(err, sealed)
                if landed is None:
                    continue
                number = landed
            self._waiting.sealed.popleft()
            self._confirm(number, sealed)
            if self.health.sick and not self._waiting.sealed and not self._thread.was_slow:
                self._recover()

    def _confirm(self, number: int, sealed: Sealed) -> None:
        self._last_n = number
        self.health.commits += 1
        self._count_waiting()
        self._tell(sealed.judged, unjournalled=False)
        for one in sealed.judged:
            one.item.confirm()
        self._committed(number, [one.outcome for one in sealed.judged], sealed.acks)

    async def _after_failure(self, err: Exception, sealed: Sealed) -> int | None:
        """What to do about a commit that reported an error.

        Returns:
            Its number if it is on disk all the same; None if the next attempt is prepared.
        """
        self.health.failures += 1
        self._fall_sick(str(err))
        kept = await self._on_disk()
        if kept.last_n > self._last_n:
            return kept.last_n
        if is_of_the_disk(err):
            await asyncio.sleep(self._retry_s)
            # Once judged again from disk, a commit stays right however often it is tried.
            if not sealed.again:
                self._judge_again(kept)
            return None
        _LOG.error("the journal cannot hold a commit of %d items", len(sealed.judged), exc_info=err)
        if len(sealed.judged) <= 1:
            if not sealed.judged or sealed.judged[0].item.spoilt:
                raise err  # not what came is at fault, but the program or the journal
            self._judging.spoil(sealed.judged[0].item, err)
        self._judge_again(kept, one_by_one=True)
        return None

    async def _on_disk(self) -> OnDisk:
        while True:
            try:
                return await self._thread.read()
            except JournalError as err:
                self.health.last_error = str(err)
                await asyncio.sleep(self._retry_s)

    def _judge_again(self, kept: OnDisk, *, one_by_one: bool = False) -> None:
        """Back to what is on disk, and every item since once more, in the same order."""
        again = self._waiting.reopen()
        changes = (one.item for one in again if isinstance(one.item, Change))
        if (first := next(changes, None)) is not None:
            self._desk.use(first.before)
        self._desk.restore(kept)
        for step in self._waiting.steps:
            self._desk.shift(step, self._clock.now())
        most = 1 if one_by_one else CHUNK
        for one in again:
            judged = self._judging.take(one.item)
            self._tell([judged], unjournalled=True)
            self._waiting.add(judged, merge_idle=False)
            if len(self._waiting.pending) >= most:
                self._close(again=True)
        if self._waiting.pending or self._waiting.corrections or self._waiting.steps:
            self._close(again=True)
        self._count_waiting()

    # ── Sickness ──────────────────────────────────────────────────────────────────────────

    def _found_slow(self) -> None:
        self._fall_sick(self._slow_words)

    def _fall_sick(self, words: str) -> None:
        self.health.last_error = words
        if self.health.sick:
            return
        _LOG.error("the journal cannot be written: %s", words)
        self.health.sick = True
        self._tell(self._waiting, unjournalled=True)
        self._judge(self._condition("journal_failed", active=True))

    def _recover(self) -> None:
        _LOG.warning("the journal is written again")
        self.health.sick = False
        self.health.last_error = None
        self._judge(self._condition("journal_failed", active=False))

    def _tell(self, judged: Iterable[Judged], *, unjournalled: bool) -> None:
        """Tell each edge once: before it is on disk only while the disk is sick."""
        fresh = [e for one in judged if one.outcome.alarm_events for e in one.untold()]
        if fresh:
            self._told([replace(event, unjournalled=unjournalled) for event in fresh])

    # ── The clock, and the end ────────────────────────────────────────────────────────────

    async def _watch_clock(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            if (step := self._clock.look()) is not None:
                self._adopt(step)
            await self.put(Tick(self._clock.now().mono_us))

    def _adopt(self, step: Step) -> None:
        self._waiting.adopt(step)
        if abs(step.step_us) > STEP_US:
            for active in (True, False):
                mono_us = self._clock.now().mono_us
                self._judge(SystemCondition("clock_step", "gateway", active, mono_us))
        self.health.steps += 1
        self._close()

    def _finish(self) -> None:
        """Write what was judged before the stop; what is not confirmed comes again."""
        self._cancel_due()
        if self._waiting.pending:
            self._close()
        try:
            for sealed in self._waiting.sealed:
                self._confirm(self._thread.finish(sealed.commit, self._last_n), sealed)
        except Exception as err:  # noqa: BLE001 -- nothing of it was confirmed: it comes again
            _LOG.warning("stopped with items that are not on disk: %s", err)
        self._thread.stop()
