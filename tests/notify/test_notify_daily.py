"""The daily test message, and the heartbeat that is missed elsewhere."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
import virtual_time
from listener import listening
from notified import RECIPIENTS, World

from gateway.config_notify import Heartbeat
from gateway.notify.heartbeat import Beat
from gateway.notify.notice import Kind, Progress
from gateway.notify.sender import Result

DAY_S = 86_400
# Virtual time begins at 2026-01-01 00:16 UTC, which is 09:16 in Tokyo.
AT_TEN = RECIPIENTS.replace('id = "shift"', 'id = "shift"\ntest_at = "10:00"')
Make = Callable[..., World]


def test_everybody_is_tested_once_a_day_at_their_local_time(make_world: Make) -> None:
    async def story() -> None:
        world = make_world(AT_TEN)
        async with world.life():
            await asyncio.sleep(40 * 60)
            assert world.titles("shift") == []
            await asyncio.sleep(10 * 60)
            assert world.titles("shift") == ["#1 Test message of Example co-firing plant"]
            world.freeze()
        async with world.life():
            await asyncio.sleep(3600)
            assert len(world.titles("shift")) == 1  # the day is remembered
            await asyncio.sleep(DAY_S)
        assert len(world.titles("shift")) == 2
        assert len(world.titles("chief")) == 1  # at 23:59

    virtual_time.run(story())


def test_a_test_that_does_not_arrive_is_seen_in_health(make_world: Make) -> None:
    async def story() -> None:
        world = make_world(AT_TEN)
        world.answers = lambda _to, _title: Result.REFUSED
        async with world.life() as notifier:
            await asyncio.sleep(3600)
            (words,) = notifier.status().problems
            assert words == "recipient shift: refused; 1 wait"
            assert notifier.status().is_failing
            notice = notifier.test("chief", "Hana")
            await asyncio.sleep(1)
            mine = [n for n in await world.notices() if n.number == notice.number]
            assert [(n.kind, n.progress, n.person) for n in mine] == [
                (Kind.TEST, Progress.REFUSED, "Hana")
            ]

    virtual_time.run(story())


@pytest.fixture
def address(tmp_path: Path) -> Path:
    return tmp_path / "beat"


def test_a_heartbeat_is_sent_only_while_all_is_well(address: Path) -> None:
    well = {"journal": True, "broker": True}
    with listening() as service:
        address.write_text(service.url("http", "ping/uuid-of-hana"))
        beat = Beat(
            Heartbeat(url_file=address),
            {name: lambda name=name: well[name] for name in well},
        )
        asyncio.run(beat.beat())
        assert (service.got, beat.problems()) == (["/ping/uuid-of-hana"], [])
        well["broker"] = False
        asyncio.run(beat.beat())
        assert len(service.got) == 1
        assert beat.problems() == ["no heartbeat is sent, because of: broker"]
        well["broker"] = True
        service.status = 404
        asyncio.run(beat.beat())
        assert beat.problems() == ["the heartbeat's service answers 404; check the address"]
        service.status = 200
        asyncio.run(beat.beat())
        assert beat.problems() == []


def test_no_heartbeat_while_no_recipient_can_be_reached(make_world: Make) -> None:
    async def story() -> None:
        world = make_world(RECIPIENTS)
        down = {"shift"}
        world.answers = lambda to, _title: (
            Result.REFUSED if any(name in to for name in down) else Result.SENT
        )
        async with world.life() as notifier:
            assert notifier.status().can_tell  # nobody was tried yet
            for name in ("shift", "chief"):
                notifier.test(name, "Hana")
            await asyncio.sleep(10)
            assert notifier.status().can_tell  # the chief can be told
            down.add("chief")
            notifier.test("chief", "Hana")
            await asyncio.sleep(10)
            assert not notifier.status().can_tell
            beat = Beat(
                Heartbeat(url_file=world.folder / "beat"),
                {"notification": lambda: notifier.status().can_tell},
            )
            await beat.beat()
            assert beat.problems() == ["no heartbeat is sent, because of: notification"]
            down.clear()
            await asyncio.sleep(600)
            assert notifier.status().can_tell
            assert [one.waiting for one in notifier.status().recipients] == [0, 0]

    virtual_time.run(story())


def test_a_site_that_tells_nobody_by_its_own_will_beats(make_world: Make) -> None:
    async def story() -> None:
        async with make_world("[notify]\nnobody = true\n").life() as notifier:
            assert notifier.status().can_tell

    virtual_time.run(story())


def test_a_heartbeat_that_reaches_nobody_says_so_without_the_address(address: Path) -> None:
    beat = Beat(Heartbeat(url_file=address), {})
    asyncio.run(beat.beat())
    assert "cannot be read" in beat.problems()[0]
    address.write_text("http://127.0.0.1:1/uuid-of-hana")
    asyncio.run(beat.beat())
    assert "cannot be reached (ConnectionRefusedError)" in beat.problems()[0]
    assert "uuid-of-hana" not in beat.problems()[0]
    beat.use(None)
    asyncio.run(beat.beat())
    assert beat.problems() == []


def test_a_site_that_tells_nobody_has_a_word_of_health(make_world: Make) -> None:
    async def story() -> None:
        world = make_world("")
        async with world.life() as notifier:
            world.feel(51.3)
            await asyncio.sleep(60)
            assert "no [[recipient]]" in notifier.status().problems[0]
        world.config = world.config.model_copy(
            update={"notify": world.config.notify.model_copy(update={"nobody": True})}
        )
        async with world.life() as notifier:
            assert notifier.status().problems == ()

    virtual_time.run(story())


def test_quiet_hours_hold_back_all_but_what_is_urgent_and_then_count_it(make_world: Make) -> None:
    quiet = 'id = "shift"\nquiet_from = "09:00"\nquiet_to = "10:00"'

    async def story() -> None:
        world = make_world(RECIPIENTS.replace('id = "shift"', quiet))
        async with world.life():
            for n in range(4):
                world.system("account_failed", f"part{n}")
            world.feel(51.3)
            await asyncio.sleep(40 * 60)
            assert all(" FIRE" in title for title in world.titles("shift"))
            assert len(world.titles("shift")) == 3  # with its repetitions
            await asyncio.sleep(5 * 60)
        digests = [title for title in world.titles("shift") if "held back" in title]
        assert [title.split(" ", 1)[1] for title in digests] == ["4 messages were held back"]

    virtual_time.run(story())
