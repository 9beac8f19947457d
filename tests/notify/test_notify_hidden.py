"""Hidden, grouped, late: what is told of alarms that are not simply there."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import virtual_time
from notified import FIRE, RECIPIENTS, World

from gateway.notify.duties import GRACE_US

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


def test_a_hidden_alarm_is_paged_when_it_is_shown_again_unseen(make_world: Make) -> None:
    async def story() -> None:
        world = make_world()
        for visibility in ("shelved", "suppressed", "out_of_service"):
            alarm_id = f"broker_lost:{visibility}"
            world.hidden[alarm_id] = visibility
        async with world.life():
            for visibility in ("shelved", "suppressed", "out_of_service"):
                world.system("broker_lost", visibility)
            await asyncio.sleep(60)
            assert world.said == []
            world.hidden.clear()
            await asyncio.sleep(GRACE_S)
        assert len(world.titles("shift")) == 3

    virtual_time.run(story())


def test_shelving_ends_the_paging_of_an_alarm_and_erases_nothing(make_world: Make) -> None:
    async def story() -> None:
        world = make_world(STAIRS)
        async with world.life():
            world.feel(51.3)
            await asyncio.sleep(60)
            world.hidden[FIRE] = "shelved"
            await asyncio.sleep(3600)
            assert len(world.titles()) == 1
            world.hidden.clear()
            await asyncio.sleep(GRACE_S)
        assert len(world.titles("shift")) == 2

    virtual_time.run(story())


def test_a_group_is_one_page_and_the_fire_in_it_another(make_world: Make) -> None:
    async def story() -> None:
        world = make_world()
        for n in range(20):
            world.grouped[f"account_failed:b{n}"] = "path_lost:ap1"
        world.grouped[FIRE] = "path_lost:ap1"
        async with world.life():
            world.system("path_lost", "ap1")
            for n in range(20):
                world.system("account_failed", f"b{n}")
            world.feel(51.3)
            await asyncio.sleep(60)
        # The fire was made last and goes first.
        assert [title.split(":")[0] for title in world.titles("shift")] == ["#3 FIRE", "#1 Gateway"]

    virtual_time.run(story())


def test_a_critical_alarm_of_a_group_is_a_page_of_its_own(make_world: Make) -> None:
    async def story() -> None:
        world = make_world()
        world.grouped["journal_failed:gateway"] = "path_lost:ap1"
        async with world.life():
            world.commit(
                [
                    replace(event, priority="critical", group="path_lost:ap1")
                    for event in world.engine.system(
                        "journal_failed", "gateway", True, world.instant(), priority="critical"
                    )
                ]
            )
            await asyncio.sleep(60)
        assert len(world.titles("shift")) == 1

    virtual_time.run(story())


def test_the_first_alarm_of_a_store_stands_for_no_other(make_world: Make) -> None:
    async def story() -> None:
        world = make_world()
        world.grouped["account_failed:b1"] = "temp_pre:yard.c0150.temp_1_degc"
        async with world.life():
            world.system("account_failed", "b1")
            await asyncio.sleep(60)
        assert len(world.titles("shift")) == 1

    virtual_time.run(story())


def test_an_alarm_that_became_worse_is_told_anew(make_world: Make) -> None:
    async def story() -> None:
        world = make_world()
        async with world.life():
            (gas,) = world.feel(4000.0, "yard.c0150.co_ppm")
            await asyncio.sleep(30)
            # The sample that made it worse is older than the one that raised it.
            worse = replace(gas, edge="realarmed", klass="fire", t_us=gas.t_us - 5_000_000)
            world.commit([worse])
            await asyncio.sleep(30)
        kinds = [title.split(":")[0].split(" ", 1)[1] for title in world.titles("shift")]
        assert kinds == ["GAS, DO NOT OPEN", "FIRE"]

    virtual_time.run(story())


def test_a_late_fire_is_paged_from_history(make_world: Make) -> None:
    async def story() -> None:
        world = make_world()
        async with world.life():
            world.feel(51.3, ago_s=7200)
            await asyncio.sleep(30)
        ((_, _, body),) = [one for one in world.said if "shift" in one[0]]
        assert "From history" in body

    virtual_time.run(story())


def test_a_late_fire_that_had_returned_before_it_came_is_not(make_world: Make) -> None:
    async def story() -> None:
        world = make_world()
        async with world.life():
            world.feel(20.0)
            events = world.feel(51.3, ago_s=7200)
            edges = [event.edge for event in events if event.alarm_id == FIRE]
            assert edges == ["raised", "cleared"]
            await asyncio.sleep(60)
        assert world.said == []

    virtual_time.run(story())
