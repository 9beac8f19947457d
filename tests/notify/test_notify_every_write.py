"""Killed at every write: the duties after the restart are those without the kill."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pytest
import virtual_time
from notified import ADDRESSES, FIRE, RECIPIENTS, World, site

from gateway.notify.ledger import Ledger
from gateway.notify.notice import Kind, Progress

ROUTES = (
    RECIPIENTS
    + """
[[route]]
id = "all"
classes = ["fire", "system"]
recipients = ["shift"]
repeat_minutes = 60
[[route.step]]
after_minutes = 10
recipients = ["chief"]
"""
)
GAS = "yard.c0025.co_ppm"
Told = set[tuple[str, Kind, str]]


async def lived(folder: Path, kill_at: int, monkeypatch: pytest.MonkeyPatch) -> tuple[Told, int]:
    """A history of alarms, killed right after the nth write; what was told, and the writes."""
    world = World(folder, site(folder, ROUTES, ADDRESSES))
    writes = 0
    write = Ledger._write

    def counted(self: Ledger, rows: dict[Any, Any]) -> None:
        nonlocal writes
        write(self, rows)
        writes += 1
        if writes == kill_at:
            world.freeze()

    loop = asyncio.get_running_loop()
    began_s = loop.time()
    story: list[Any] = [
        (5, lambda: world.feel(51.3)),
        (15, lambda: world.system("broker_lost")),
        (80, lambda: world.system("broker_lost", active=False)),
        (140, lambda: world.feel(4000.0, GAS)),
        (150, lambda: world.acknowledge(f"co_high:{GAS}")),
        (640, lambda: world.acknowledge(FIRE)),
        (660, lambda: world.feel(20.0)),
    ]
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "_write", counted)
        while story:
            async with world.life():
                while story and not world.is_frozen:
                    if loop.time() - began_s >= story[0][0]:
                        story.pop(0)[1]()
                    await asyncio.sleep(1)
    async with world.life():
        await asyncio.sleep(30)
        notices = await world.notices()
    world.journal.close()
    assert all(one.progress is Progress.SENT for one in notices)
    told = {(one.recipient, one.kind, one.cause) for one in notices}
    assert len(told) == len(notices), "nobody is told the same twice"
    return told, writes


@pytest.mark.long
def test_killed_at_every_write_the_duties_are_the_same(
    monkeypatch: pytest.MonkeyPatch, full_size: bool
) -> None:
    def run(kill_at: int) -> tuple[Told, int]:
        with tempfile.TemporaryDirectory() as folder:
            return virtual_time.run(lived(Path(folder), kill_at, monkeypatch))

    without, writes = run(0)
    assert sorted((to, str(kind)) for to, kind, _ in without) == [
        ("chief", "escalation"),
        ("chief", "page"),
        ("shift", "page"),
        ("shift", "page"),
        ("shift", "page"),
    ]
    for kill_at in range(1, writes, 1 if full_size else 4):
        assert run(kill_at)[0] == without, f"killed at write {kill_at}"
