"""Boards as real processes with a yard of their own, which says in each reading which it is.

One thread writes every board's readings and times every horn. A reading's number is among its
values, so that whatever is stored can be held against when it was written. The horn is timed by
the kernel: a crossing is the renaming of the feed, an answer the time the output file was written.
"""

import contextlib
import json
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
VALUES: Final = ("temp_1_degc", "temp_2_degc", "reading_kg")
HOT_DEGC: Final = 61.5
COOL_DEGC: Final = 20.25

_LOOK_S: Final = 0.02


@dataclass
class Crossing:
    """A temperature that went over its limit, and when the board's horn said so.

    Args:
        at_us: When the reading was there, UTC [µs].
        horn_us: When the horn was switched on, UTC [µs]; None until then.
    """

    at_us: int
    horn_us: int | None = None

    @property
    def latency_s(self) -> float | None:
        """From reading to horn [s]."""
        return None if self.horn_us is None else (self.horn_us - self.at_us) / 1e6


@dataclass
class ChaosBoard:
    """One board: its process, its flash and what it was given to read.

    Args:
        name: Id in the topics.
        folder: Its files; the ring stays there when the process is killed.
        command: Interpreter with options.
        settings: Of its config.
    """

    name: str
    folder: Path
    command: Sequence[str]
    settings: Mapping[str, Any]
    readings: list[tuple[int, dict[str, float]]] = field(default_factory=list)
    crossings: list[Crossing] = field(default_factory=list)
    started_us: list[int] = field(default_factory=list)
    is_hot: bool = False
    _was_hot: bool = False
    process: "subprocess.Popen[bytes] | None" = None
    exits: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        self.out = self.folder / "out.json"
        self.config = self.folder / "config.json"
        self.write_config({})

    def write_config(self, changes: Mapping[str, Any]) -> None:
        """Write the config, read at the next start."""
        files = {"feed": "feed.json", "out": "out.json", "ring": "ring"}
        paths = {key: str(self.folder / name) for key, name in files.items()}
        self.config.write_text(
            json.dumps({"board": self.name, "values": VALUES} | paths | self.settings | changes)
        )

    def start(self) -> None:
        """Give it power."""
        with (self.folder / "console.log").open("ab") as console:
            self.started_us.append(time.time_ns() // 1000)
            self.process = subprocess.Popen(
                [*self.command, str(ROOT / "firmware" / "main.py"), str(self.config)],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console,
            )  # fmt: skip

    def kill(self) -> None:
        """Take its power away, at whatever moment this is."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def tend(self) -> None:
        """Start it again when it reset itself, as a watchdog would."""
        if self.process is not None and (status := self.process.poll()) is not None:
            self.exits.append(status)
            self.start()

    def read(self) -> None:
        """Write the next reading, in one step."""
        number = len(self.readings) + 1
        v = {"temp_1_degc": COOL_DEGC, "temp_2_degc": COOL_DEGC, "reading_kg": float(number)}
        if self.is_hot:
            v["temp_1_degc"] = HOT_DEGC
        part = self.folder / "feed.part"
        part.write_text(json.dumps({"n": number, "v": v}))
        at_us = part.stat().st_mtime_ns // 1000  # by the same coarse clock as the horn's file
        part.replace(self.folder / "feed.json")
        if self.is_hot and not self._was_hot:
            self.crossings.append(Crossing(at_us))
        self._was_hot = self.is_hot
        self.readings.append((at_us, v))

    def look(self) -> None:
        """See whether the horn has answered the newest crossing."""
        if not self.crossings or self.crossings[-1].horn_us is not None:
            return
        crossing = self.crossings[-1]
        with contextlib.suppress(OSError):
            changed_us = self.out.stat().st_mtime_ns // 1000
            if self.horn:  # it was silent before the crossing
                crossing.horn_us = changed_us

    @property
    def horn(self) -> bool | None:
        """Whether the horn sounds; None before the first word."""
        with contextlib.suppress(OSError, ValueError):
            return bool(json.loads(self.out.read_text())["horn"])
        return None


class Yard:
    """All boards' readings and horns, in a thread of its own.

    Args:
        boards: Who is fed.
        every_s: Time between readings [s].
    """

    def __init__(self, boards: Sequence[ChaosBoard], every_s: float) -> None:
        self._boards = boards
        self._every_s = every_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="yard", daemon=True)
        self._thread.start()

    def heat(self) -> None:
        """Let every board's first temperature go over its limit with the next reading."""
        for board in self._boards:
            board.is_hot = True

    def cool(self) -> None:
        """Let all be cool again."""
        for board in self._boards:
            board.is_hot = False

    def close(self) -> None:
        """End the readings."""
        self._over.set()
        self._thread.join(10)

    def _run(self) -> None:
        due_s = time.monotonic()
        while not self._over.is_set():
            if time.monotonic() >= due_s:
                due_s = max(due_s + self._every_s, time.monotonic())
                for board in self._boards:
                    board.read()
            for board in self._boards:
                board.look()
            self._over.wait(min(_LOOK_S, max(0.0, due_s - time.monotonic())))
