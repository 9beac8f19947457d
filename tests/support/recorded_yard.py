"""A yard recorded by the gateway's own desk and journal, on a clock moved by hand.

Twelve hours of three boards: heat, gas, late data, silence, doubles, dead sensors, a restart and a
reboot, and what people did. The seed is fixed by what is written here; there is no chance in it.
"""

import asyncio
import json
import math
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tomli_w

from agent.alarms.deeds import Act, Deed
from gateway.clock import Clock
from gateway.historian.journal import Journal
from gateway.modbus.counters import CounterBook
from gateway.modbus.crosscheck import CrossChecks
from gateway.mqtt.boards import BoardBook
from gateway.mqtt.inbox import Arrival, Token
from gateway.recording.commits import Judged, seal
from gateway.recording.desk import Desk, Outcome
from gateway.recording.items import Decision, Item, Message, Tick
from gateway.site import Site, load_site, rules_of

EXAMPLE = Path(__file__).parents[2] / "gateway" / "deploy" / "example-plant.toml"
S = 1_000_000
MINUTE_US = 60 * S
HOUR_US = 3600 * S
BEGIN_US = 1_795_000_020 * S
HOURS = 12
BOARDS = {"b0025": "c0025", "b0075": "c0075", "b0125": "c0125"}


class HandTime:
    """A machine's clocks, moved by hand; a reboot begins a new monotonic time."""

    def __init__(self) -> None:
        self.utc = BEGIN_US
        self.booted_us = BEGIN_US - 1000 * S
        self.boot = 1

    def utc_us(self) -> int:
        return self.utc

    def mono_us(self) -> int:
        return self.utc - self.booted_us

    def synchronised(self) -> bool:
        return True

    def boot_id(self) -> str:
        return f"boot-{self.boot}"

    def reboot(self) -> None:
        self.boot += 1
        self.booted_us = self.utc - 30 * S


class RecordedYard:
    """Records; `path` is the site's file."""

    def __init__(self, folder: Path) -> None:
        raw = tomllib.loads(EXAMPLE.read_text())
        raw["storage"]["directory"] = "data"
        raw["clock"] = {"synchronised_by": "assume"}
        raw["cofiring"]["lots_file"] = str(EXAMPLE.parent / raw["cofiring"]["lots_file"])
        raw["board"] = [board for board in raw["board"] if board["id"] in BOARDS]
        self.path = folder / "plant.toml"
        self.path.write_text(tomli_w.dumps(raw))
        self.site: Site = load_site(self.path)
        self.journal = folder / "data" / "journal.sqlite"
        self.journal.parent.mkdir()
        self.archive = folder / "data" / "archive"
        self.time = HandTime()
        self._seqs = dict.fromkeys(BOARDS, 0)
        self._held: dict[str, list[tuple[str, dict[str, Any]]]] = {}
        self._last: dict[str, dict[str, Any]] = {}
        self._mid = 0
        self._start()

    def _start(self) -> None:
        rules = rules_of(self.site)
        self._opened = Journal.open(self.journal)
        self._clock = Clock(self.time)
        self._desk = Desk(
            self.site.config.site.id,
            BoardBook(self.site.config.board, self._clock.boot_id),
            CounterBook(rules.counters, self._clock.boot_id),
            rules.engine(),
            CrossChecks(rules.comparisons),
        )
        self._desk.restore(self._opened)
        self._judged: list[Judged] = []

    def _take(self, item: Item) -> None:
        outcome = Outcome()
        self._desk.take(item, self._clock, outcome)
        self._judged.append(Judged(item, outcome))

    def commit(self) -> None:
        self._opened.commit(
            seal(
                self._judged, self._desk, self._clock, corrections=(), steps=[], again=False
            ).commit
        )
        self._judged = []

    def restart(self, *, reboot: bool = False, away_us: int = 0) -> None:
        """End and begin again; what was judged is on disk before."""
        self.commit()
        self._opened.close()
        self.time.utc += away_us
        if reboot:
            self.time.reboot()
        self._start()

    def close(self) -> None:
        self.commit()
        self._opened.close()

    # ── What comes ──────────────────────────────────────────────────────────────────────

    def tick(self) -> None:
        self.time.utc += 137_000
        self._take(Tick(self._clock.now().mono_us))

    def say(self, board: str, values: dict[str, float | str], *, hold: bool = False) -> None:
        """A board samples; where its link is down the message waits in it."""
        self.time.utc += 11_000
        self._seqs[board] += 1
        body = {
            "stream": "s1",
            "boot": 1,
            "seq": self._seqs[board],
            "oldest": 1,
            "up_ms": (self.time.utc - BEGIN_US) // 1000 + 5_000,
            "t_us": self.time.utc - 3_000,
            "v": {k: v for k, v in values.items() if not isinstance(v, str)},
            "bad": {k: v for k, v in values.items() if isinstance(v, str)},
        }
        if hold:
            self._held.setdefault(board, []).append(("samples", body))
        else:
            self._arrive(board, "samples", body)

    def release(self, board: str, order: int = 1) -> None:
        """What a board kept comes at once, with `order` -1 the newest first."""
        for part, body in self._held.pop(board, [])[::order]:
            self.time.utc += 1_000
            self._arrive(board, part, body)

    def again(self, board: str) -> None:
        """A board sends its last message a second time."""
        self.time.utc += 5_000
        self._arrive(board, "samples", self._last[board])

    def _arrive(self, board: str, part: str, body: dict[str, Any]) -> None:
        self._mid += 1
        topic = f"hinoban/1/{self.site.config.site.id}/{board}/{part}"
        arrival = Arrival(topic, json.dumps(body).encode(), self._clock.now(), Token(1, self._mid))
        self._last = self._last | {board: body}
        self._take(Message(arrival, lambda _: None))

    def do(self, act: Act, target: str, person: str, comment: str = "", span_us: int = 0) -> None:
        async def decide() -> None:
            done = asyncio.get_running_loop().create_future()
            deed = Deed(act, target, person, comment, span_us)
            self._take(Decision(deed, self._clock.now().mono_us, done))

        self.time.utc += 3_000
        asyncio.run(decide())

    @property
    def minute(self) -> int:
        return (self.time.utc - BEGIN_US) // MINUTE_US


def record(folder: Path) -> RecordedYard:
    """The twelve hours."""
    yard = RecordedYard(folder)
    for minute in range(HOURS * 60):
        yard.time.utc = max(yard.time.utc, BEGIN_US + minute * MINUTE_US)
        for board in BOARDS:
            values, hold, silent = _values(board, minute)
            if not silent:
                yard.say(board, values, hold=hold)
        _happens(yard, minute)
        for _ in range(4):
            yard.time.utc += 13 * S
            yard.tick()
        if minute % 5 == 4:
            yard.commit()
    yard.close()
    return yard


def _values(board: str, minute: int) -> tuple[dict[str, float | str], bool, bool]:
    """What a board measures, whether its link is down, and whether it is silent."""
    wave = math.sin(minute / 40.0)
    temp: float | str = 25.0 + wave
    co: float | str = 300.0 + 40.0 * wave
    hold = silent = False
    if board == "b0025":
        # Two excursions of CO: to 2800 ppm, and to 3400 ppm.
        co = 300.0 + 2500.0 * _hump(minute, 60, 150) + 3100.0 * _hump(minute, 400, 520)
    elif board == "b0075":
        # Hot while its link is down; hot again, live.
        temp = 25.0 + 32.0 * _hump(minute, 130, 190) + 27.0 * _hump(minute, 560, 640)
        hold = 100 <= minute < 260
    else:
        temp = "sensor_open" if 300 <= minute < 320 else temp
        silent = 330 <= minute < 350 or 610 <= minute < 630
        co = "over_range" if 450 <= minute < 458 else co
    return {"temp_1_degc": temp, "temp_2_degc": 24.0, "co_ppm": co}, hold, silent


def _hump(minute: int, from_: int, to: int) -> float:
    if not from_ <= minute < to:
        return 0.0
    return math.sin(math.pi * (minute - from_) / (to - from_))


def _happens(yard: RecordedYard, minute: int) -> None:
    match minute:
        case 70:
            yard.again("b0025")
        case 260:
            yard.release("b0075", order=-1)
        case 270:
            yard.do(Act.ACKNOWLEDGE, "temp_high:yard.c0075.temp_1_degc", "aoki", "seen")
        case 340:
            yard.again("b0125")
        case 365:
            yard.restart(away_us=90 * S)
        case 470:
            yard.do(Act.ACKNOWLEDGE, "co_high:yard.c0025.co_ppm", "mori")
        case 480:
            yard.do(Act.SHELVE, "temp_pre:yard.c0075.temp_1_degc", "mori", "trial", 2 * HOUR_US)
        case 585:
            yard.restart(reboot=True, away_us=7 * MINUTE_US)
        case 650:
            yard.do(Act.ACKNOWLEDGE, "temp_high:yard.c0075.temp_1_degc", "aoki")


def events(yard: RecordedYard) -> Iterator[Any]:
    """What was journalled."""
    from gateway.historian.reader import Reader  # noqa: PLC0415

    reader = Reader(yard.journal)
    yield from (stored.event for stored in reader.alarm_events(limit=100_000))
    reader.close()
