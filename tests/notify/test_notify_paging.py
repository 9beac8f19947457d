"""Paging: who hears of an alarm, how often, and until when."""

import asyncio
from collections.abc import Callable

import virtual_time
from notified import World


def test_a_fire_is_paged_once_to_everybody_of_a_site_without_routes(
    make_world: Callable[..., World],
) -> None:
    async def story() -> None:
        world = make_world()
        async with world.life():
            world.feel(51.3)
            await asyncio.sleep(60)
        assert world.titles("shift") == ["#1 FIRE: c0150, 51.3 °C, limit 50 °C"]
        assert len(world.said) == 2

    virtual_time.run(story())
