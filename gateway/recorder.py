"""From what arrived to what is on disk: evaluate at once, commit in order, acknowledge after.

Items are judged in memory the moment they come, in one order; what they gave is sealed into
commits that one thread writes. Only a commit that is on disk is confirmed: to the broker, the
boards, the person who acknowledged an alarm. While the disk is sick alarm edges are told at once,
marked `unjournalled`, and after a failed commit the desk is rebuilt from disk and every item
since is judged again.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Final

from agent.alarms.events import AlarmEvent
from agent.errors import HinobanError
from gateway.clock import STEP_US, Clock, Step
from gateway.desk import Ack, Desk, Outcome
from gateway.historian.errors import JournalError
from gateway.historian.journal import Journal
from gateway.historian.rows import Commit, Correction
from gateway.items import Item, SystemCondition, Tick

SICK_AFTER_S: Final = 2.0
"""A commit that takes longer than this no longer holds back alarm edges [s]."""

MAX_WAITING: Final = 50_000
"""Items judged but not on disk; beyond this nothing more is taken until the disk is back."""

RETRY_S: Final = 1.0
TICK_S: Final = 1.0
IDLE_COMMIT_TICKS: Final = 60


@dataclass(slots=True)
class _Judged:
    item: Item
    outcome: Outcome


@dataclass(slots=True)
class _Sealed:
    judged: list[_Judged]
    commit: Commit
    acks: list[Ack]


@dataclass(slots=True)
class Health:
    """How the journal is doing.

    Args:
        commits: Commits since the start.
        failures: Commits that failed since the start.
        last_error: Words of the last failure, None once a commit succeeded again.
        sick: Whether alarm edges are being told before they are on disk.
        waiting: Items judged but not yet on disk.
        refused: Messages that could not be read, since the start, by reason.
        steps: Clock steps since the start.
    """

    commits: int = 0
    failures: int = 0
    last_error: str | None = None
    sick: bool = False
    waiting: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    steps: int = 0


class Recorder:
    """The one writer of the journal.

    Args:
        desk: Judges items; its state is what the journal's state tables hold.
        journal: Where commits go.
        clock: Stamped on commits and watched for steps.
        commit_interval_s: The longest an item without alarm edge waits for its commit [s].
        window: Unconfirmed messages at which a commit is made at once.
        committed: Called after each commit with its outcomes and the board acks it allows.
        told: Called with alarm events the moment they may be told.
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
    ) -> None:
        self._desk = desk
        self._journal = journal
        self._clock = clock
        self._interval_s = commit_interval_s
        self._window = window
        self._committed = committed
        self._told = told
        self._inbox: asyncio.Queue[Item] = asyncio.Queue(maxsize=1000)
        self._pending: list[_Judged] = []
        self._corrections: list[Correction] = []
        self._sealed: deque[_Sealed] = deque()
        self._work = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._due: asyncio.TimerHandle | None = None
        self._ticks_waiting = 0
        self._writing: Future[int] | None = None
        self._slow = False
        self._last_n = journal.last_n()
        self._told_edges: set[tuple[str, str, int]] = set()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self.health = Health()

    async def put(self, item: Item) -> None:
        """Hand over an item; waits while too much is not yet on disk."""
        await self._inbox.put(item)

    async def run(self) -> None:
        """Judge and commit until cancelled; then write what was judged and stop."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._judge_all(), name="judge")
                group.create_task(self._commit_all(), name="commit")
                group.create_task(self._watch_clock(), name="watch clock")
        finally:
            self._finish()

    async def _judge_all(self) -> None:
        while True:
            await self._room.wait()
            item = await self._inbox.get()
            self._judge(item)
            while not self._inbox.empty() and len(self._pending) < self._window:
                self._judge(self._inbox.get_nowait())

    def _judge(self, item: Item) -> None:
        try:
            outcome = self._desk.take(item, self._clock)
        except HinobanError as err:
            item.refuse(err)
            reason = getattr(err, "reason", type(err).__name__)
            self.health.refused[reason] = self.health.refused.get(reason, 0) + 1
            outcome = Outcome()
        self._pending.append(_Judged(item, outcome))
        self.health.waiting += 1
        if self.health.waiting >= MAX_WAITING:
            self._room.clear()
        if self.health.sick:
            self._tell(outcome.alarm_events, unjournalled=True)
        if isinstance(item, Tick) and not outcome.alarm_events:
            self._ticks_waiting += 1
            if self._ticks_waiting < IDLE_COMMIT_TICKS:
                return
        urgent = bool(outcome.alarm_events) or item.urgent or len(self._pending) >= self._window
        self._seal_in(0.0 if urgent else self._interval_s)

    def _seal_in(self, delay_s: float) -> None:
        loop = asyncio.get_running_loop()
        if self._due is not None:
            if delay_s > 0:
                return
            self._due.cancel()
        self._due = loop.call_later(delay_s, self._seal)

    def _seal(self) -> None:
        """Close the pending items into a commit, stamped now; the order of seals is kept."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        if self._sealed and not self._corrections:
            return  # what is pending joins the next commit, once the writer is free
        if not self._pending and not self._corrections:
            return
        self._sealed.append(self._close(self._pending))
        self._pending = []
        self._work.set()

    def _close(self, judged: list[_Judged]) -> _Sealed:
        now = self._clock.now()
        corrections = [*self._corrections, *self._desk.corrections()]
        self._corrections = []
        self._ticks_waiting = 0
        outcomes = [one.outcome for one in judged]
        commit = Commit(
            boot_id=self._clock.boot_id,
            utc_us=now.utc_us,
            mono_us=now.mono_us,
            synchronised=now.synchronised,
            batches=tuple(batch for o in outcomes for batch in o.batches),
            bookings=tuple(booking for o in outcomes for booking in o.bookings),
            alarm_events=tuple(event for o in outcomes for event in o.alarm_events),
            corrections=tuple(corrections),
            state=self._desk.dirty(),
            ticks_us=tuple(tick for o in outcomes for tick in o.ticks_us),
        )
        return _Sealed(judged, commit, self._desk.acks())

    async def _commit_all(self) -> None:
        while True:
            if not self._sealed:
                self._work.clear()
                if self._pending and self._due is None:
                    self._seal_in(0.0)
                await self._work.wait()
            sealed = self._sealed[0]
            try:
                number = await self._write(sealed)
            except JournalError as err:
                self._writing = None
                if (landed := await self._landed()) is None:
                    await self._rebuild(err)
                    continue
                number = landed
            self._sealed.popleft()
            self._confirm(number, sealed)

    async def _write(self, sealed: _Sealed) -> int:
        self._writing = self._writer.submit(self._journal.commit, sealed.commit)
        writing = asyncio.wrap_future(self._writing)
        self._slow = False
        try:
            number = await asyncio.wait_for(asyncio.shield(writing), SICK_AFTER_S)
        except TimeoutError:
            self._slow = True
            self._fall_sick(f"a commit takes longer than {SICK_AFTER_S:g} s")
            number = await asyncio.shield(writing)
        self._writing = None
        return number

    def _confirm(self, number: int, sealed: _Sealed) -> None:
        self._last_n = number
        self.health.commits += 1
        self.health.waiting -= len(sealed.judged)
        if self.health.waiting < MAX_WAITING:
            self._room.set()
        self._tell(sealed.commit.alarm_events, unjournalled=False)
        for one in sealed.judged:
            one.item.confirm()
        self._committed(number, [one.outcome for one in sealed.judged], sealed.acks)
        if self.health.sick and not self._sealed and not self._slow:
            self._recover()

    async def _landed(self) -> int | None:
        """Whether a commit that reported an error is on disk all the same; its number then."""
        loop = asyncio.get_running_loop()
        try:
            last_n = await loop.run_in_executor(self._writer, self._journal.last_n)
        except JournalError:
            return None
        return last_n if last_n > self._last_n else None

    async def _rebuild(self, err: JournalError) -> None:
        """After a failed commit: back to what is on disk, and every item since once more."""
        self.health.failures += 1
        self._fall_sick(str(err))
        await asyncio.sleep(RETRY_S)
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._writer, self._desk.restore, self._journal)
        except JournalError as again:
            self.health.last_error = str(again)
            return
        corrections = [c for one in self._sealed for c in one.commit.corrections]
        self._corrections = [c for c in corrections if c.kind == "clock"] + self._corrections
        items = [one.item for sealed in self._sealed for one in sealed.judged]
        items += [one.item for one in self._pending]
        self._sealed.clear()
        self._pending = []
        for item in items:
            outcome = Outcome() if item.refused else self._desk.take(item, self._clock)
            self._pending.append(_Judged(item, outcome))
            self._tell(outcome.alarm_events, unjournalled=True)
        self.health.waiting = len(self._pending)
        self._seal()

    def _fall_sick(self, words: str) -> None:
        self.health.last_error = words
        if self.health.sick:
            return
        self.health.sick = True
        for one in (*(j for s in self._sealed for j in s.judged), *self._pending):
            self._tell(one.outcome.alarm_events, unjournalled=True)
        with contextlib.suppress(asyncio.QueueFull):
            self._inbox.put_nowait(self._journal_failed(active=True))

    def _recover(self) -> None:
        self.health.sick = False
        self.health.last_error = None
        with contextlib.suppress(asyncio.QueueFull):
            self._inbox.put_nowait(self._journal_failed(active=False))

    def _journal_failed(self, *, active: bool) -> SystemCondition:
        return SystemCondition("journal_failed", "gateway", active, self._clock.now().mono_us)

    def _tell(self, events: Sequence[AlarmEvent], *, unjournalled: bool) -> None:
        """Tell each edge once: before it is on disk only while the disk is sick."""
        fresh = []
        for event in events:
            edge = (event.alarm_id, event.edge, event.t_us)
            if edge in self._told_edges:
                if not unjournalled:
                    self._told_edges.discard(edge)
                continue
            if unjournalled:
                self._told_edges.add(edge)
            fresh.append(replace(event, unjournalled=unjournalled))
        if fresh:
            self._told(fresh)

    async def _watch_clock(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            if (step := self._clock.look()) is not None:
                self._adopt(step)
            await self.put(Tick(self._clock.now().mono_us))

    def _adopt(self, step: Step) -> None:
        """Take over a new clock between two commits: all judged so far keeps the old one."""
        if self._pending:
            self._sealed.append(self._close(self._pending))
            self._pending = []
        self._clock.adopt(step)
        self._desk.shift(step, self._clock.now())
        if step.became_synchronised:
            self._corrections.append(
                Correction("clock", step.offset_us, boot_id=self._clock.boot_id)
            )
        if abs(step.step_us) > STEP_US:
            for active in (True, False):
                mono_us = self._clock.now().mono_us
                self._judge(SystemCondition("clock_step", "gateway", active, mono_us))
        self.health.steps += 1
        self._sealed.append(self._close(self._pending))
        self._pending = []
        self._work.set()

    def _finish(self) -> None:
        """Write what was judged before the stop; what is not confirmed comes again."""
        if self._due is not None:
            self._due.cancel()
        if self._pending:
            self._sealed.append(self._close(self._pending))
        writing = self._writing
        for sealed in list(self._sealed):
            try:
                number = writing.result() if writing else self._journal.commit(sealed.commit)
            except JournalError:
                break  # nothing of it was acknowledged: boards and broker send it again
            writing = None
            self._confirm(number, sealed)
        self._writer.shutdown(wait=True)
