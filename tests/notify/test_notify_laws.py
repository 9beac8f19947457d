"""Laws: no duty is lost and a doubtful one keeps its number; limits swallow nothing urgent."""

import asyncio
import re
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
import virtual_time
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from notified import ADDRESSES, RECIPIENTS, World, site

from gateway.notify.limited import HangingError
from gateway.notify.notice import Kind, Progress
from gateway.notify.sender import Result

SEED = 20_261_122
STORES = ("c0025", "c0075", "c0125", "c0150")
OUTCOMES = ("sent", "refused", "doubtful", "hangs", "killed")
LIMITED = RECIPIENTS.replace('id = "shift"', 'id = "shift"\nmost_per_hour = 3\ndigest_minutes = 5')
_TITLE = re.compile(r"(REPEAT )?#(\d+) (.*)")

steps = st.lists(
    st.one_of(
        st.tuples(st.just("raise"), st.sampled_from(STORES)),
        st.tuples(st.just("early"), st.sampled_from(STORES)),
        st.tuples(st.just("wait"), st.sampled_from([0, 1, 3, 70])),
        st.tuples(st.just("kill"), st.just("")),
        st.tuples(st.just("restart"), st.just("")),
    ),
    min_size=1,
    max_size=8,
)
outcomes = st.lists(st.sampled_from(OUTCOMES), max_size=12)


class Service:
    """Takes messages in ways a test has drawn; at the end it takes them all."""

    def __init__(self, world: World, drawn: list[str]) -> None:
        self.world = world
        self.drawn = list(drawn)
        self.taken: list[tuple[str, bool, int, str]] = []
        self.doubted: set[int] = set()

    def deliver(self, address: str, title: str, _body: str) -> tuple[Result, str]:
        found = _TITLE.fullmatch(title)
        assert found is not None
        number = int(found[2])
        if number in self.doubted:
            assert found[1], "what may have come before says so"
        outcome = self.drawn.pop(0) if self.drawn else "sent"
        if outcome != "refused":
            self.taken.append((address, bool(found[1]), number, found[3]))
        if outcome == "killed":
            self.world.freeze()
            self.doubted.add(number)
            return Result.SENT, ""
        if outcome == "hangs":
            self.doubted.add(number)
            raise HangingError("no answer")
        if outcome == "doubtful":
            self.doubted.add(number)
        return Result(outcome), ""


async def live(world: World, service: Service, story: list[tuple[str, Any]]) -> list[str]:
    """One story; returns the stores that were raised."""
    raised: list[str] = []
    rest = list(story)
    while rest:
        async with world.life(service.deliver):
            while rest:
                word, what = rest.pop(0)
                if word in {"raise", "early"} and what not in raised:
                    raised.append(what)
                    events = world.judged(4000.0, f"yard.{what}.co_ppm")
                    if word == "early":
                        world.tell_early(events)
                        await asyncio.sleep(0.5)
                    world.commit(events)
                elif word == "wait":
                    await asyncio.sleep(what)
                elif word == "kill":
                    world.freeze()
                if word in {"kill", "restart"} or world.is_frozen:
                    break
    return raised


@pytest.mark.long
def test_no_duty_is_lost_and_a_doubtful_one_is_repeated_under_its_number(
    full_size: bool,
) -> None:
    @seed(SEED)
    @settings(
        max_examples=500 if full_size else 15,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(steps, outcomes)
    def law(story: list[tuple[str, Any]], drawn: list[str]) -> None:
        async def told() -> None:
            with tempfile.TemporaryDirectory() as folder:
                world = World(Path(folder), site(Path(folder), RECIPIENTS, ADDRESSES))
                service = Service(world, drawn)
                raised = await live(world, service, story)
                service.drawn = []
                async with world.life(service.deliver):
                    await asyncio.sleep(400)
                    notices = await world.notices()
                world.journal.close()
            pages = [n for n in notices if n.kind is Kind.PAGE]
            for store in raised:
                for recipient, address in ADDRESSES.items():
                    mine = [
                        n for n in pages if n.recipient == recipient and f".{store}." in n.cause
                    ]
                    assert mine, f"{recipient} was not told of {store}"
                    assert all(n.progress is Progress.SENT for n in mine)
                    got = {n for to, _, n, _ in service.taken if to == address}
                    assert any(n.number in got for n in mine)
            texts = {number: text for _, _, number, text in service.taken}
            for _, _, number, text in service.taken:
                assert texts[number] == text, "a number is one message for ever"

        virtual_time.run(told())

    print(f"seed {SEED}")  # noqa: T201
    law()


@pytest.mark.long
def test_limits_hold_and_swallow_nothing(full_size: bool) -> None:
    moments = st.lists(
        st.tuples(st.sampled_from([0, 1, 6, 20, 61]), st.sampled_from(["fire", "fault", "fault"]),
                  st.sampled_from(["", "", "", "restart", "kill"])),
        min_size=1, max_size=14,
    )  # fmt: skip

    @seed(SEED)
    @settings(
        max_examples=200 if full_size else 5,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(moments)
    def law(story: list[tuple[int, str, str]]) -> None:
        virtual_time.run(_limited(story))

    print(f"seed {SEED}")  # noqa: T201
    law()


def _limited(story: list[tuple[int, str, str]]) -> Coroutine[Any, Any, None]:
    async def told() -> None:
        with tempfile.TemporaryDirectory() as folder:
            world = World(Path(folder), site(Path(folder), LIMITED, ADDRESSES))
            faults, fires, rest = 0, 0, list(enumerate(story))
            while rest:
                async with world.life():
                    while rest:
                        n, (minutes, what, then) = rest.pop(0)
                        if what == "fire":
                            world.feel(4000.0, f"yard.x{n}.co_ppm")
                            fires += 1
                        else:
                            world.system("account_failed", f"part{n}")
                            faults += 1
                        await asyncio.sleep(1 + 60 * minutes)
                        if then == "kill":
                            world.freeze()
                        if then:
                            break
            async with world.life():
                await asyncio.sleep(900)
                mine = [n for n in await world.notices() if n.recipient == "shift"]
            world.journal.close()
        held = sum(int(n.title.split()[1]) for n in mine if n.kind is Kind.DIGEST)
        single = sorted(n.made_us for n in mine if n.kind is Kind.PAGE and not n.urgent)
        urgent = {n.cause for n in mine if n.kind is Kind.PAGE and n.urgent}
        assert len(urgent) == fires, "every fire is a page of its own"
        assert held + len(single) == faults, "what is not told one by one is counted"
        for n, made_us in enumerate(single[3:]):
            assert made_us - single[n] >= 3_600_000_000, "never more than three an hour"

    return told()
