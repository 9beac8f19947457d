"""A site whose alarms go to people: real engine, journal and notifier, in virtual time."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from virtual_time import LoopTime

from agent.alarms.conditions import Condition, Kind, Klass, Priority
from agent.alarms.engine import AlarmEngine
from agent.alarms.events import AlarmEvent
from agent.alarms.instant import Instant
from agent.alarms.silence import BoardDuty
from agent.alarms.standing import AlarmView
from agent.samples import Sample
from gateway.clock import Clock
from gateway.config import Config
from gateway.historian.journal import Journal
from gateway.historian.rows import Commit
from gateway.notify.courier import Deliver
from gateway.notify.notice import Notice
from gateway.notify.notifier import Around, Notifier
from gateway.notify.sender import Result

EXAMPLE = Path(__file__).parents[2] / "gateway" / "deploy" / "example-plant.toml"
HOT = "yard.c0150.temp_1_degc"
FIRE = f"temp_high:{HOT}"

CONDITIONS = (
    Condition("temp_high", Kind.HIGH, "yard.*.temp_*_degc", Klass.FIRE, Priority.CRITICAL,
              50.0, "degc", deadband=2.0, on_samples=1),
    Condition("temp_pre", Kind.HIGH, "yard.*.temp_*_degc", Klass.ADVISORY, Priority.MEDIUM,
              45.0, "degc", deadband=2.0, on_samples=1),
    Condition("co_high", Kind.HIGH, "yard.*.co_ppm", Klass.GAS, Priority.CRITICAL,
              3000.0, "ppm", deadband=300.0, on_samples=1),
    Condition("board_silent", Kind.SILENCE, "*", Klass.FAULT, Priority.HIGH),
)  # fmt: skip


def site(folder: Path, text: str = "", addresses: dict[str, str] | None = None) -> Config:
    """The example plant with these tables; each address goes into a file of its recipient."""
    raw: dict[str, Any] = tomllib.loads(EXAMPLE.read_text())
    raw.update(tomllib.loads(text))
    for name, address in (addresses or {}).items():
        (folder / name).write_text(address + "\n")
    for one in raw.get("recipient", ()):
        one.setdefault("url_file", str(folder / one["id"]))
        one.setdefault("test_at", "23:59")
    return Config.model_validate(raw)


class World:
    """One gateway's notification; `life` is one run of it, and there may be several in a row.

    Attributes:
        said: Every message that left, as title and body, by recipient.
        answers: Called for every message; what the service answers.
    """

    def __init__(self, folder: Path, config: Config) -> None:
        self.folder = folder
        self.config = config
        self.clock = Clock(LoopTime())
        self.journal = Journal.open(folder / "journal.sqlite")
        self.engine = AlarmEngine(
            CONDITIONS, [BoardDuty(b.id, round(b.report_s * 1e6), b.store) for b in config.board]
        )
        self.said: list[tuple[str, str, str]] = []
        self.answers: Callable[[str, str], Result] = lambda _to, _title: Result.SENT
        self.notifier: Notifier | None = None
        self.hidden: dict[str, str] = {}
        self.grouped: dict[str, str] = {}
        self._frozen: dict[Path, bytes] | None = None

    def deliver(self, address: str, title: str, body: str) -> tuple[Result, str]:
        self.said.append((address, title, body))
        result = self.answers(address, title)
        return result, "" if result is Result.SENT else str(result)

    @asynccontextmanager
    async def life(self, deliver: Deliver | None = None) -> AsyncIterator[Notifier]:
        """Run the notifier; at the end it is stopped as the gateway's end stops it."""
        notifier = self.notifier = Notifier(
            self.config,
            self.folder / "notify.sqlite",
            self.folder / "journal.sqlite",
            self.clock,
            Around(self.standing, lambda: (6, 0)),
            deliver or self.deliver,
        )
        running = asyncio.create_task(notifier.run())
        try:
            await asyncio.sleep(1)
            yield notifier
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            self.notifier = None
            self._thaw()

    @property
    def is_frozen(self) -> bool:
        """Whether the present life was killed already."""
        return self._frozen is not None

    def freeze(self) -> None:
        """This moment is the last the disk knows of the present life: then it was killed."""
        if self._frozen is None:
            self._frozen = {file: file.read_bytes() for file in self.folder.glob("notify.sqlite*")}

    def standing(self) -> list[AlarmView]:
        """What stands; some of it hidden or grouped by a test."""
        return [
            replace(
                view,
                visibility=self.hidden.get(view.alarm_id, view.visibility),
                group=self.grouped.get(view.alarm_id),
            )
            for view in self.engine.active()
        ]

    def _dressed(self, events: Sequence[AlarmEvent]) -> list[AlarmEvent]:
        return [
            replace(
                event,
                visibility=self.hidden.get(event.alarm_id, event.visibility),
                group=self.grouped.get(event.alarm_id),
            )
            for event in events
        ]

    def _thaw(self) -> None:
        if self._frozen is not None:
            for file in self.folder.glob("notify.sqlite*"):
                file.unlink()
            for file, content in self._frozen.items():
                file.write_bytes(content)
            self._frozen = None

    def instant(self) -> Instant:
        now = self.clock.now()
        return Instant(now.utc_us, now.mono_us, now.synchronised, self.clock.boot_id)

    def feel(self, value: float, point: str = HOT, ago_s: float = 0.0) -> list[AlarmEvent]:
        t_us = self.clock.now().utc_us - round(ago_s * 1e6)
        return self.commit(self.judged(value, point, t_us))

    def judged(self, value: float, point: str = HOT, t_us: int | None = None) -> list[AlarmEvent]:
        """What a value gives, not committed."""
        t_us = self.clock.now().utc_us if t_us is None else t_us
        return self._dressed(self.engine.on_samples([Sample(point, t_us, value)], self.instant()))

    def acknowledge(self, alarm_id: str = FIRE) -> list[AlarmEvent]:
        return self.commit(self.engine.acknowledge(alarm_id, "Hana", None, self.instant()))

    def system(self, name: str, source: str = "gateway", *, active: bool = True) -> None:
        self.commit(self._dressed(self.engine.system(name, source, active, self.instant())))

    def commit(self, events: Sequence[AlarmEvent]) -> list[AlarmEvent]:
        now = self.clock.now()
        self.journal.commit(
            Commit(self.clock.boot_id, now.utc_us, now.mono_us, True, alarm_events=tuple(events))
        )
        if self.notifier is not None:
            self.notifier.told(events)
            self.notifier.committed()
        return list(events)

    def tell_early(self, events: Sequence[AlarmEvent]) -> None:
        """As the recorder does while its disk is sick."""
        assert self.notifier is not None
        self.notifier.told([replace(event, unjournalled=True) for event in events])

    async def notices(self) -> list[Notice]:
        assert self.notifier is not None
        return (await self.notifier.notices(1000))[::-1]

    def titles(self, to: str = "") -> list[str]:
        return [title for address, title, _ in self.said if to in address]


RECIPIENTS = """
[[recipient]]
id = "shift"
[[recipient]]
id = "chief"
"""
ADDRESSES = {"shift": "json://shift", "chief": "json://chief"}
