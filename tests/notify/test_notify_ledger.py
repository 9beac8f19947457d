"""The ledger: numbers that are never given twice, and a disk that holds up no page."""

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import virtual_time
from notified import RECIPIENTS, World

from gateway.notify.ledger import BLOCK, Ledger, LedgerError
from gateway.notify.notice import Kind, Notice, Progress
from gateway.notify.sender import Result

Make = Callable[..., World]


def notice(number: int, made_us: int = 0, progress: Progress = Progress.WAITING) -> Notice:
    return Notice(number, "shift", Kind.PAGE, "", None, True, "t", "b", made_us, progress=progress)


def copied(path: Path, copy: Path) -> None:
    """The file as a kill at this moment leaves it."""
    for end in ("", "-wal"):
        Path(f"{copy}{end}").write_bytes(Path(f"{path}{end}").read_bytes())


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(600):
        if holds():
            return
        await asyncio.sleep(0.1)
    raise AssertionError("in vain")


async def kept(ledger: Ledger, *notices: Notice) -> None:
    writing = asyncio.create_task(ledger.run())
    for one in notices:
        ledger.put(one)
    assert await ledger.kept()
    writing.cancel()
    await asyncio.wait({writing})


def test_what_is_open_comes_back_and_what_is_done_does_not(tmp_path: Path) -> None:
    async def story() -> None:
        path = tmp_path / "notify.sqlite"
        done = notice(1, progress=Progress.SENT)
        await kept(Ledger(path), done, notice(2), notice(3, progress=Progress.TRYING))
        again = Ledger(path)
        assert [one.number for one in again.unfinished()] == [2, 3]
        assert [one.number for one in again.notices(2)] == [3, 2]
        assert [one.number for one in again.notices(9, before=2)] == [1]

    virtual_time.run(story())


def test_an_orderly_end_leaves_no_gap_and_a_kill_gives_no_number_twice(tmp_path: Path) -> None:
    async def story() -> None:
        path = tmp_path / "notify.sqlite"
        first = Ledger(path)
        numbers = [first.number() for _ in range(3)]
        await kept(first, *map(notice, numbers))
        assert numbers == [1, 2, 3]
        assert Ledger(path).number() == 4
        # Killed: what was reserved stays reserved, because it may have been used.
        killed = Ledger(path)
        writing = asyncio.create_task(killed.run())
        killed.put(notice(killed.number()))
        assert await killed.kept()
        used_while_sick = [killed.number() for _ in range(BLOCK // 2)]
        copy = tmp_path / "copy.sqlite"
        copied(path, copy)
        assert Ledger(copy).number() > max(used_while_sick)
        writing.cancel()
        await asyncio.wait({writing})

    virtual_time.run(story())


def test_a_damaged_file_is_put_aside_and_told_of(make_world: Make) -> None:
    async def story() -> None:
        world = make_world()
        (world.folder / "notify.sqlite").write_bytes(b"this is no database at all" * 100)
        world.feel(51.3)
        async with world.life() as notifier:
            await asyncio.sleep(15)
            assert any("put aside" in words for words in notifier.status().problems)
        assert len(world.titles("shift")) == 1  # what stands is told, maybe again
        assert (world.folder / "notify.sqlite.damaged").exists()

    virtual_time.run(story())


def test_a_folder_nobody_may_write_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="check the disk and its rights"):
        Ledger(tmp_path / "missing" / "notify.sqlite")


def test_no_page_waits_for_a_disk_that_cannot_be_written(make_world: Make) -> None:
    """Another process holds the file locked, which no write gets past."""

    async def story() -> None:
        world = make_world()
        async with world.life() as notifier:
            locked = sqlite3.connect(world.folder / "notify.sqlite", isolation_level=None)
            locked.execute("BEGIN EXCLUSIVE")
            world.tell_early(world.judged(51.3))
            await until(lambda: len(world.said) == 2)
            assert any("go out all the same" in words for words in notifier.status().problems)
            locked.execute("ROLLBACK")
            locked.close()
            await until(lambda: notifier.status().problems == ())
            notices = await world.notices()
        assert [one.progress for one in notices] == [Progress.SENT] * 2

    virtual_time.run(story())


def test_what_became_of_a_message_is_kept_for_400_days_and_no_longer(tmp_path: Path) -> None:
    async def story() -> None:
        ledger = Ledger(tmp_path / "notify.sqlite")
        ledger.purge(1000)
        old = notice(1, 999, Progress.SENT)
        await kept(ledger, old, notice(2, 999), notice(3, 1000, Progress.SENT))
        again = Ledger(tmp_path / "notify.sqlite")
        again.purge(1000)
        await kept(again)
        assert [one.number for one in Ledger(tmp_path / "notify.sqlite").notices(9)] == [3, 2]

    virtual_time.run(story())


def test_an_event_there_are_no_words_for_is_told_without_them(make_world: Make) -> None:
    async def story() -> None:
        world = make_world()
        async with world.life() as notifier:
            (fire, *_) = world.judged(51.3)
            world.commit([replace(fire, t_us=900_000_000_000_000_000)])  # in the year 30489
            await asyncio.sleep(1)
            assert notifier.status().problems == ()
        assert world.titles("shift") == ["#1 FIRE: c0150"]

    virtual_time.run(story())


def test_nobody_is_reminded_of_what_has_not_reached_them(make_world: Make) -> None:
    async def story() -> None:
        world = make_world()
        world.answers = lambda to, _: Result.REFUSED if "chief" in to else Result.SENT
        async with world.life():
            world.feel(51.3)
            await asyncio.sleep(3600)
            world.answers = lambda _to, _title: Result.SENT
            await asyncio.sleep(120)
            mine = [n for n in await world.notices() if n.recipient == "chief"]
        assert [(n.kind, n.progress) for n in mine] == [(Kind.PAGE, Progress.SENT)]

    virtual_time.run(story())


def test_a_message_that_cannot_be_delivered_raises_an_alarm_after_five_minutes(
    make_world: Make,
) -> None:
    async def story() -> None:
        world = make_world()
        world.answers = lambda to, _: Result.REFUSED if "chief" in to else Result.SENT
        async with world.life() as notifier:
            world.feel(51.3)
            await asyncio.sleep(240)
            assert not notifier.status().is_failing
            await asyncio.sleep(120)
            assert notifier.status().is_failing
            tried = len(world.titles("chief"))
            assert tried >= 5
            world.answers = lambda _to, _title: Result.SENT
            await asyncio.sleep(120)
            assert not notifier.status().is_failing
        assert len(world.titles("shift")) == 1

    virtual_time.run(story())


def test_an_entry_of_another_release_keeps_nobody_from_being_told(make_world: Make) -> None:
    async def story() -> None:
        world = make_world(RECIPIENTS)
        async with world.life():
            pass
        connection = sqlite3.connect(world.folder / "notify.sqlite")
        for kind in ("case", "held", "early", "cursor", "tested", "silenced", "number"):
            connection.execute(
                "INSERT OR REPLACE INTO memo VALUES (?, 'x', '{\"new\":1}')", (kind,)
            )
        connection.execute('INSERT INTO notice VALUES (1000, 1, 0, \'{"kind":"new"}\')')
        connection.commit()
        connection.close()
        async with world.life() as notifier:
            assert any("cannot be read" in words for words in notifier.status().problems)
            world.feel(51.3)
            await until(lambda: bool(world.said))

    virtual_time.run(story())
