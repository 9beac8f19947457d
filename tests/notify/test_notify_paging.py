"""Paging: who hears of an alarm, how often, and until when."""

import asyncio
from collections.abc import Callable

import virtual_time
from notified import ADDRESSES, HOT, RECIPIENTS, World

from gateway.notify.duties import GRACE_US
from gateway.notify.notice import Kind

GRACE_S = GRACE_US / 1e6 + 7
STAIRS = (
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
Make = Callable[..., World]


def test_a_fire_is_paged_once_to_everybody_of_a_site_without_routes(make_world: Make) -> None:
    async def story() -> None:
        world = make_world()
        async with world.life():
            world.feel(51.3)
            await asyncio.sleep(60)
        assert world.titles("shift") == ["#1 FIRE: c0150, 51.3 °C, limit 50 °C"]
        assert len(world.said) == 2

    virtual_time.run(story())


def test_it_comes_again_every_quarter_of_an_hour_until_somebody_acknowledges(
    make_world: Make,
) -> None:
    async def story() -> None:
        world = make_world()
        async with world.life() as notifier:
            world.feel(51.3)
            await asyncio.sleep(32 * 60)
            assert [title.split(":")[0] for title in world.titles("shift")] == [
                "#1 FIRE",
                "#3 FIRE, still not acknowledged (15 min)",
                "#5 FIRE, still not acknowledged (30 min)",
            ]
            world.acknowledge()
            await asyncio.sleep(3600)
            assert notifier.status().cases == 0
        assert len(world.titles("shift")) == 3

    virtual_time.run(story())


def test_a_value_that_came_back_ends_no_escalation_of_a_fire(make_world: Make) -> None:
    async def story() -> None:
        world = make_world(STAIRS)
        async with world.life():
            world.feel(51.3)
            await asyncio.sleep(60)
            world.feel(20.0)
            await asyncio.sleep(11 * 60)
        assert "nobody acknowledged for 10 min" in world.titles("chief")[0]

    virtual_time.run(story())


def test_a_fault_that_is_over_is_not_escalated(make_world: Make) -> None:
    async def story() -> None:
        world = make_world(STAIRS)
        async with world.life():
            world.system("broker_lost")
            await asyncio.sleep(60)
            world.system("broker_lost", active=False)
            await asyncio.sleep(3600)
        assert world.titles() == ["#1 Gateway: gateway, No connection to the broker"]

    virtual_time.run(story())


def test_escalation_goes_on_after_a_restart_where_it_was(make_world: Make) -> None:
    async def story() -> None:
        world = make_world(STAIRS)
        async with world.life():
            world.feel(51.3)
            await asyncio.sleep(7 * 60)
            world.freeze()
        async with world.life():
            await asyncio.sleep(2 * 60)
            assert world.titles("chief") == []
            await asyncio.sleep(2 * 60)
            assert len(world.titles("chief")) == 1
        assert len(world.titles("shift")) == 1

    virtual_time.run(story())


def test_an_alarm_that_stands_at_the_start_is_announced(make_world: Make) -> None:
    async def story() -> None:
        world = make_world()
        world.feel(51.3)
        async with world.life():
            await asyncio.sleep(GRACE_S)
        assert len(world.titles("shift")) == 1
        async with world.life():
            await asyncio.sleep(60)
        assert len(world.titles("shift")) == 1

    virtual_time.run(story())


def test_one_that_was_acknowledged_before_is_not(make_world: Make) -> None:
    async def story() -> None:
        world = make_world()
        world.feel(51.3)
        world.acknowledge()
        async with world.life():
            await asyncio.sleep(60)
        assert world.said == []

    virtual_time.run(story())


def test_what_was_committed_while_nobody_listened_is_paged_even_if_it_is_over(
    make_world: Make,
) -> None:
    async def story() -> None:
        world = make_world()
        async with world.life():
            pass
        world.system("broker_lost")
        world.system("broker_lost", active=False)
        async with world.life():
            await asyncio.sleep(10)
        assert len(world.titles("shift")) == 1

    virtual_time.run(story())


def test_what_is_told_before_it_is_on_disk_is_recognised_when_it_comes(make_world: Make) -> None:
    async def story() -> None:
        world = make_world()
        async with world.life() as notifier:
            events = world.judged(51.3)
            world.tell_early(events)
            await asyncio.sleep(2)
            assert len(world.titles("shift")) == 1
            assert "disk is sick" in world.said[0][2]
            world.freeze()
        async with world.life() as notifier:
            world.commit(events)
            await asyncio.sleep(30)
            assert notifier.status().cases == 1
        assert len(world.titles("shift")) == 1

    virtual_time.run(story())


def test_whoever_wants_to_know_hears_of_the_return_and_it_proves_nothing(make_world: Make) -> None:
    async def story() -> None:
        told = STAIRS.replace("repeat_minutes = 60", 'tell = ["cleared", "acknowledged"]')
        world = make_world(told)
        async with world.life():
            world.feel(51.3)
            world.acknowledge()
            await asyncio.sleep(5)
            world.feel(20.0)
            await asyncio.sleep(5)
            notices = await world.notices()
        assert [n.kind for n in notices] == [Kind.PAGE, Kind.INFORMATION, Kind.INFORMATION]
        assert "By Hana." in notices[1].body
        assert "tells nothing of the fuel" in notices[2].body

    virtual_time.run(story())


def test_removing_a_recipient_withdraws_what_waits_and_the_others_are_told(
    make_world: Make,
) -> None:
    async def story() -> None:
        world = make_world()
        async with world.life() as notifier:
            notifier.use(world.config.model_copy(update={"recipient": world.config.recipient[:1]}))
            world.feel(51.3, HOT)
            await asyncio.sleep(5)
        assert [address for address, _, _ in world.said] == [ADDRESSES["shift"]]

    virtual_time.run(story())
