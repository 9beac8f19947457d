"""A desk with its journal on a real disk, played step by step, killed where a test says."""

import asyncio
import json
import os
import shutil
import signal
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.alarms.conditions import Condition
from agent.alarms.deeds import Act, Deed
from agent.alarms.engine import AlarmEngine
from agent.alarms.handling import Handling
from agent.alarms.silence import BoardDuty
from gateway.clock import Clock
from gateway.config import Board
from gateway.historian.journal import Journal
from gateway.historian.reader import Reader
from gateway.modbus.counters import CounterBook
from gateway.mqtt.boards import BoardBook
from gateway.mqtt.inbox import Arrival, Token
from gateway.recording.commits import Judged, seal
from gateway.recording.desk import Desk
from gateway.recording.items import Decision, Item, Message, Tick

S = 1_000_000
START_US = 1_790_000_000 * S
TEMP = "yard.c1.temp_1_degc"
FIRE, PRE = f"fire:{TEMP}", f"pre:{TEMP}"
OTHER = "fire:yard.c2.temp_1_degc"
CONDITIONS = (
    Condition("fire", "high", "yard.*.temp_*_degc", "fire", "critical", limit=50.0, unit="degc",
              deadband=2.0, on_delay_s=60, off_delay_s=120),
    Condition("pre", "high", "yard.*.temp_*_degc", "advisory", "medium", limit=45.0, unit="degc",
              deadband=2.0, on_delay_s=30, off_delay_s=60),
    Condition("bad", "bad", "yard.*", "fault", "high"),
    Condition("silent", "silence", "*", "fault", "high", report_intervals=3),
)  # fmt: skip
HANDLING = Handling(
    longest_shelf_us=3600 * S,
    agree_within_us=600 * S,
    second_person=frozenset({"fire"}),
    realarm_after_us={"fire": 300 * S},
)

READ_CLOCK = ("alarm", "f|")
"""Where flood and paths keep their elapsed time: the same, read at another moment."""

Make = Callable[["Played"], Item]


def sent(board: str, seq: int, temp: float | None) -> Make:
    """A board sends a temperature, or that its probe is dead."""

    def make(played: "Played") -> Item:
        body = {
            "stream": f"s-{board}", "boot": 1, "seq": seq, "oldest": 1,
            "up_ms": played.at_s * 1000, "t_us": START_US + played.at_s * S,
            "v": {} if temp is None else {"temp_1_degc": temp},
            "bad": {"temp_1_degc": "sensor_open"} if temp is None else {},
        }  # fmt: skip
        topic = f"hinoban/1/t/{board}/samples"
        now = played.clock.now()
        arrival = Arrival(topic, json.dumps(body).encode(), now, Token(1, seq))
        return Message(arrival, lambda _: None)

    return make


def tick(played: "Played") -> Item:
    """Time went on."""
    return Tick(played.clock.now().mono_us)


def does(act: Act, target: str, person: str = "aoki", for_s: int = 0, **more: Any) -> Make:
    """A person does something."""

    def make(played: "Played") -> Item:
        deed = Deed(act, target, person, "why", for_s * S, **more)
        done = played.loop.create_future()
        return Decision(deed, played.clock.now().mono_us, done)

    return make


STORY: tuple[tuple[int, Make], ...] = (
    (0, sent("b1", 1, 20.0)), (5, sent("b2", 1, 51.0)), (10, sent("b1", 2, 51.0)),
    (41, sent("b1", 3, 51.0)), (50, does(Act.ACKNOWLEDGE, PRE)),
    (55, does(Act.SHELVE, PRE, for_s=400)), (65, sent("b2", 2, 51.0)),
    (70, sent("b1", 4, 51.0)), (75, does(Act.SHELVE, FIRE, for_s=200)),
    (80, does(Act.SHELVE, FIRE, "sato", agrees=True)), (90, does(Act.ACKNOWLEDGE, OTHER)),
    (95, does(Act.TAKE_OUT, "b2", for_s=60)), (110, tick), (120, sent("b1", 5, None)),
    (130, sent("b1", 6, 20.0)), (160, tick), (195, sent("b1", 7, 20.0)), (230, tick),
    (255, sent("b1", 8, 20.0)), (290, tick), (300, does(Act.ACKNOWLEDGE, FIRE)),
    (310, does(Act.PUT_BACK, "b2")), (320, does(Act.RESET, FIRE)), (391, tick),
    (400, sent("b2", 3, 52.0)), (460, tick), (470, does(Act.ACKNOWLEDGE, OTHER, "mori")),
)  # fmt: skip
"""Delays that run, shelves, a second person, a time out of service, silence and a re-alarm."""


class Machine:
    """The machine's clocks: UTC goes on over a reboot, monotonic time begins anew."""

    def __init__(self, boot: int, booted_s: int) -> None:
        self.boot, self.booted_s, self.at_s = boot, booted_s, 0

    def utc_us(self) -> int:
        return START_US + self.at_s * S

    def mono_us(self) -> int:
        return (self.at_s - self.booted_s) * S

    def synchronised(self) -> bool:
        return True

    def boot_id(self) -> str:
        return f"boot-{self.boot}"


class Played:
    """A gateway's desk on a journal.

    Args:
        path: The journal.
        machine: The clocks.
    """

    def __init__(self, path: Path, machine: Machine | None = None) -> None:
        self.machine = machine or Machine(1, -1000)
        self.loop = asyncio.new_event_loop()
        self.clock = Clock(self.machine)
        boards = [
            Board(id=f"b{n}", store=f"c{n}", report_s=25.0, values=("temp_1_degc",)) for n in (1, 2)
        ]
        duties = [BoardDuty(b.id, 25 * S, b.store) for b in boards]
        self.desk = Desk(
            "t",
            BoardBook(boards, self.clock.boot_id),
            CounterBook({}, self.clock.boot_id),
            AlarmEngine(CONDITIONS, duties, handling=HANDLING),
        )
        self.journal = Journal.open(path)
        self.desk.restore(self.journal)

    @property
    def at_s(self) -> int:
        return self.machine.at_s

    def step(self, n: int) -> None:
        """Judge one step of the story and commit what it gave, as one commit."""
        self.machine.at_s, make = STORY[n]
        item = make(self)
        outcome = self.desk.take(item, self.clock)
        sealed = seal([Judged(item, outcome)], self.desk, self.clock,
                      corrections=(), steps=[], again=False)  # fmt: skip
        self.journal.commit(sealed.commit)

    def kill_at(self, statement: int) -> None:
        """Die right before so many statements more have been run."""
        left = statement

        def count(_: str) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        self.journal._connected().set_trace_callback(count)

    def statements(self, n: int) -> int:
        """How many statements a step's commit runs."""
        run: list[str] = []
        self.journal._connected().set_trace_callback(run.append)
        self.step(n)
        self.journal._connected().set_trace_callback(None)
        return len(run)

    def close(self) -> None:
        self.journal.close()
        self.loop.close()


@dataclass(frozen=True)
class Stood:
    """What a journal holds, and what a gateway that starts with it shows."""

    rows: Mapping[tuple[str, str], Any]
    events: tuple[Any, ...]
    shown: tuple[Any, ...]
    hidden: tuple[Any, ...]


def stood(path: Path, machine: Machine | None = None) -> Stood:
    """Look at a journal."""
    connection = sqlite3.connect(path)
    rows = {
        (kind, key): json.loads(text)
        for kind, key, text in connection.execute("SELECT kind, key, json FROM state")
        if (kind, key) != READ_CLOCK
    }
    connection.close()
    reader = Reader(path)
    events = tuple(one.event for one in reader.alarm_events(limit=10_000))
    reader.close()
    played = Played(path, machine)
    shown = tuple(played.desk.alarms.active())
    hidden = tuple(played.desk.alarms.hiding.views())
    played.close()
    return Stood(rows, events, shown, hidden)


def copied(source: Path, target: Path) -> Path:
    """A journal that is closed, elsewhere."""
    for old in target.parent.glob(f"{target.name}*"):
        old.unlink()
    shutil.copy(source, target)
    return target


def killed(path: Path, n: int, statement: int) -> None:
    """A process of its own plays one step and is killed right before a statement."""
    child = os.fork()
    if child == 0:
        try:
            played = Played(path)
            played.kill_at(statement)
            played.step(n)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"step {n} was over before statement {statement}"
    assert os.WTERMSIG(status) == signal.SIGKILL
