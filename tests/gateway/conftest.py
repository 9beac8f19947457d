"""A gateway's desk, journal and recorder on a clock moved by hand and a disk that can fall sick."""

import asyncio
import json
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from rig import Rig

from agent.alarms.conditions import Condition, Kind, Klass, Priority
from agent.alarms.deeds import Act, Deed
from agent.alarms.engine import AlarmEngine
from agent.alarms.events import AlarmEvent
from agent.alarms.silence import BoardDuty
from gateway.clock import Clock
from gateway.config import Board
from gateway.historian.coverage import KIND as COVERAGE
from gateway.historian.coverage import covered
from gateway.historian.errors import JournalError
from gateway.historian.journal import Journal
from gateway.historian.reader import Reader
from gateway.historian.rows import Commit
from gateway.modbus.counters import CounterBook, CounterSpec
from gateway.modbus.reading import CounterRead, Reading
from gateway.mqtt.boards import BoardBook
from gateway.mqtt.inbox import Arrival, Token
from gateway.recording.desk import Ack, Desk, Outcome
from gateway.recording.items import Decision, Item, Message, Polled, Tick
from gateway.recording.recorder import Recorder

S = 1_000_000
BOOT_US = 1_790_000_000 * S
BOARDS = ("b1", "b2")
COUNTER = "unit1.coal.mass_total_kg"
TEMP = "yard.c1.temp_1_degc"
HOT = f"temp_high:{TEMP}"
WITHIN_S = 10.0


class ManualTime:
    """A machine's clocks, moved by hand."""

    def __init__(self) -> None:
        self.mono = 100 * S
        self.offset = BOOT_US
        self.right = True

    def utc_us(self) -> int:
        return self.mono + self.offset

    def mono_us(self) -> int:
        return self.mono

    def synchronised(self) -> bool:
        return self.right

    def boot_id(self) -> str:
        return "boot-1"


class SickJournal(Journal):
    """A journal on a real disk that fails, hangs or lies when told to.

    Args:
        script: What happens to the commits to come: "ok", "refused", "landed" (on disk, yet an
            error), "slow" (until `go_on` is set). Afterwards "ok", or `after`.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.script: list[str] = []
        self.after = "ok"
        self.go_on = threading.Event()
        self.attempts = 0
        self.poison: Callable[[Commit], bool] = lambda commit: False
        self.unreadable = 0

    def commit(self, commit: Commit) -> int:
        self.attempts += 1
        mode = self.script.pop(0) if self.script else self.after
        if self.poison(commit):
            raise OverflowError("a number too large for the journal")
        if mode == "refused":
            raise JournalError("the disk is full") from sqlite3.OperationalError("disk is full")
        if mode == "slow":
            self.go_on.wait(WITHIN_S)
        n = super().commit(commit)
        if mode == "landed":
            raise JournalError("no answer") from sqlite3.OperationalError("disk I/O error")
        return n

    def state(self, kind: str) -> dict[str, str]:
        if self.unreadable:
            self.unreadable -= 1
            raise JournalError("unreadable") from sqlite3.OperationalError("disk I/O error")
        return super().state(kind)


@dataclass
class Bench:
    """Desk, journal and recorder, and what they told."""

    path: Path
    make_journal: Callable[[Path], Journal] = SickJournal
    time: ManualTime = field(default_factory=ManualTime)
    events: list[AlarmEvent] = field(default_factory=list)
    acks: list[Ack] = field(default_factory=list)
    confirmed: list[int] = field(default_factory=list)
    commits: list[int] = field(default_factory=list)
    _mid: int = 0
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.journal: Any = self.make_journal(self.path)
        self.clock = Clock(self.time)
        self.desk = make_desk(self.clock)
        self.desk.restore(self.journal)
        self.recorder = Recorder(
            self.desk,
            self.journal,
            self.clock,
            committed=self._committed,
            told=self.events.extend,
            **{"commit_interval_s": 0.01, "window": 50, "sick_after_s": 0.15, "retry_s": 0.02}
            | self.options,
        )

    def _committed(self, n: int, _outcomes: list[Outcome], acks: list[Ack]) -> None:
        self.commits.append(n)
        self.acks += acks

    # ── items ───────────────────────────────────────────────────────────────────────────

    def message(self, board: str, part: str, body: Any) -> Message:
        self._mid += 1
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        arrival = Arrival(
            f"hinoban/1/t/{board}/{part}", payload, self.clock.now(), Token(1, self._mid)
        )
        return Message(arrival, lambda a: self.confirmed.append(a.token.mid))

    def samples(
        self, seq: int, temp: float | None = 20.0, *, board: str = "b1", oldest: int = 1
    ) -> Message:
        values = {} if temp is None else {"temp_1_degc": temp}
        bad = {"temp_1_degc": "sensor_open"} if temp is None else {}
        body = {
            "stream": "s1",
            "boot": 1,
            "seq": seq,
            "oldest": oldest,
            "up_ms": self.time.mono // 1000,
            "t_us": self.time.utc_us(),
            "v": values,
            "bad": bad,
        }
        return self.message(board, "samples", body)

    def polled(self, request: int, raw: int | None) -> Polled:
        now = self.clock.now()
        reason = None if raw is not None else "comm_fail"
        read = CounterRead(
            COUNTER,
            now.utc_us,
            raw,
            reason,
            mono_us=now.mono_us,
            synchronised=now.synchronised,
        )
        return Polled(
            Reading("m1", request, now.utc_us, now.mono_us, now.synchronised, counters=(read,))
        )

    def tick(self) -> Tick:
        return Tick(self.clock.now().mono_us)

    def decision(self, action: Any, alarm_id: str = HOT, comment: str | None = None) -> Decision:
        done = asyncio.get_running_loop().create_future()
        deed = Deed(Act(action), alarm_id, "noor", comment)
        return Decision(deed, self.clock.now().mono_us, done)

    # ── running ─────────────────────────────────────────────────────────────────────────

    def run(self, play: Callable[[], Awaitable[None]]) -> None:
        """Run the recorder while `play` goes on, then stop it as a SIGTERM would."""

        async def both() -> None:
            running = asyncio.create_task(self.recorder.run())
            playing = asyncio.ensure_future(play())
            await asyncio.wait({running, playing}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                playing.cancel()
                await asyncio.gather(playing, return_exceptions=True)
                await running
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await playing

        try:
            asyncio.run(both())
        finally:
            self.journal.go_on.set()
            self.journal.close()

    async def put(self, items: Iterable[Item]) -> None:
        for item in items:
            await self.recorder.put(item)

    async def settled(self) -> None:
        """Until everything put so far is on disk."""
        await self.until(
            lambda: (
                self.recorder._inbox.empty()
                and not any(not one.is_idle for one in self.recorder._waiting.pending)
                and not self.recorder._waiting.sealed
                and not self.recorder.health.sick
            )
        )

    @staticmethod
    async def until(condition: Callable[[], Any]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not condition():  # noqa: ASYNC110 -- what is waited for has no event
                await asyncio.sleep(0.005)

    # ── looking ─────────────────────────────────────────────────────────────────────────

    def stored(self) -> dict[str, Any]:
        return stored(self.path)


def make_desk(clock: Clock) -> Desk:
    boards = [
        Board(id=name, store=f"c{n}", report_s=10.0, values=("temp_1_degc", "co_ppm"))
        for n, name in enumerate(BOARDS, 1)
    ]
    conditions = [
        Condition(
            id="temp_high",
            kind=Kind.HIGH,
            pattern="yard.*.temp_*_degc",
            klass=Klass.FIRE,
            priority=Priority.CRITICAL,
            limit=50.0,
            unit="degc",
            deadband=2.0,
        ),
        Condition(
            id="silent",
            kind=Kind.SILENCE,
            pattern="*",
            klass=Klass.FAULT,
            priority=Priority.HIGH,
            report_intervals=3.0,
        ),
    ]
    return Desk(
        "t",
        BoardBook(boards, clock.boot_id),
        CounterBook({COUNTER: CounterSpec("kg", 1.0, 1_000_000, 50.0)}, clock.boot_id),
        AlarmEngine(conditions, [BoardDuty(b.id, 10 * S, b.store) for b in boards]),
    )


def stored(path: Path) -> dict[str, Any]:
    """What a journal holds, however it was cut into commits; the journal's own alarm apart."""
    found: dict[str, Any] = {"samples": [], "bookings": [], "events": [], "lost": []}
    reader = Reader(path)
    for row in reader.rows(0, 10**9):
        found["bookings"] += row.bookings
        for batch in row.batches:
            key = (batch.origin.name, batch.origin.stream, batch.origin.seq, batch.origin.request)
            if batch.origin.lost is not None:
                found["lost"].append((*key, batch.origin.seq_to, batch.origin.lost))
            else:
                found["samples"].append((key, batch.samples))
    events: Sequence[Any] = reader.alarm_events(limit=10**6)
    found["events"] = [one.event for one in events if one.event.klass != "system"]
    found["system"] = [(one.event.alarm_id, one.event.edge) for one in events
                       if one.event.klass == "system"]  # fmt: skip
    reader.close()
    connection = sqlite3.connect(path)
    found["state"] = {
        (kind, key): json.loads(text)
        for kind, key, text in connection.execute("SELECT kind, key, json FROM state")
        # Nor what counts and chains it with the others.
        if not key.startswith(("a|journal_failed", "f|")) and kind != "alarm_chain"
    }
    connection.close()
    rows = [(one, found["state"].pop(one)) for one in [*found["state"]] if one[0] == COVERAGE]
    found["covered"] = covered({key: str(to_us) for (_, key), to_us in rows})
    for (kind, key), state in found["state"].items():
        if kind == "alarm" and key.startswith("a|"):
            del state["place"]  # among those that stand, which may be the journal's own too
        if kind == "board" and key.count("/") == 2:
            del state["up_ms"]  # written now and then, as commits happen to be cut
    return found


@pytest.fixture
def make_bench(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    """Makes benches; with the same name they share a journal, one after the other."""

    def make(name: str = "journal", **fields: Any) -> Bench:
        return Bench(tmp_path / f"{name}.sqlite", **fields)

    return make


@pytest.fixture(scope="session")
def bench_at() -> Callable[..., Bench]:
    """Makes a bench whose journal is at a path."""
    return Bench


@pytest.fixture
def make_rig(tmp_path: Path) -> Iterator[Callable[..., Rig]]:
    """Makes rigs of real processes in the test's own folder."""
    rigs: list[Rig] = []

    def make(**options: Any) -> Rig:
        rig = Rig(tmp_path / f"rig{len(rigs)}", **options)
        rigs.append(rig)
        return rig

    yield make
    for rig in rigs:
        rig.kill_all()
