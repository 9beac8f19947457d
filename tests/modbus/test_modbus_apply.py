"""The set of meters is changed while it is polled: what did not change loses no tick."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from virtual_time import LoopTime, run

from gateway.clock import Clock
from gateway.config import Line, Meter
from gateway.modbus.poller import Poller, Reading
from gateway.modbus.profile import parse_profile

MakeServer = Callable[..., Any]

TEXT = """
[device]
name = "Meter"
source = "test"
[fields]
power_kw   = { register = "holding", address = 0, type = "uint16", unit = "kw" }
energy_kwh = { register = "holding", address = 1, type = "uint32", unit = "kwh", \
kind = "counter", max_rate_per_s = 10 }
"""
PROFILES = {"meter": parse_profile("meter", TEXT)}
CONTENTS = {0: 123, 1: 0, 2: 1000}


def meter(port: int, name: str, **more: Any) -> Meter:
    points = {"power_kw": f"{name}.power_kw", "energy_kwh": f"{name}.energy_kwh"}
    settings = {"host": "127.0.0.1", "port": port, "poll_s": 0.2, "points": points} | more
    return Meter(id=name, profile="meter", **settings)


class Run:
    """A poller in virtual time, and what it delivered."""

    def __init__(self, meters: list[Meter], lines: list[Line] | None = None) -> None:
        self.readings: list[Reading] = []
        self.poller = Poller(meters, lines or [], PROFILES, Clock(LoopTime()), self._take)

    async def __aenter__(self) -> "Run":
        self._task = asyncio.create_task(self.poller.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _take(self, reading: Reading) -> None:
        self.readings.append(reading)

    def times(self, name: str) -> list[int]:
        """Capture times in fifths of a second."""
        return [r.t_us // 200_000 for r in self.readings if r.meter == name]

    def status(self, name: str) -> Any:
        (found,) = [status for status in self.poller.status() if status.id == name]
        return found


def consecutive(ticks: list[int]) -> bool:
    return ticks == list(range(ticks[0], ticks[0] + len(ticks)))


def test_unchanged_meters_miss_no_tick(lying_server: MakeServer) -> None:
    async def main() -> None:
        async with (
            lying_server(CONTENTS) as kept,
            lying_server(CONTENTS) as left,
            lying_server(CONTENTS) as moved,
            lying_server(CONTENTS) as new,
        ):
            stays = meter(kept.port, "kept")
            first = [stays, meter(left.port, "left"), meter(moved.port, "moved")]
            async with Run(first) as run:
                await asyncio.sleep(2.05)
                moved_before = run.status("moved")
                second = [
                    stays,
                    meter(moved.port, "moved", poll_s=0.4),
                    meter(new.port, "new"),
                ]
                await run.poller.apply(second, [], PROFILES)
                asked_left = len(left.asked)
                await asyncio.sleep(2.0)
            assert consecutive(run.times("kept"))
            assert len(run.times("kept")) == 20
            assert len(kept.asked) == 20
            assert kept.connections == 1
            assert (asked_left, len(left.asked), len(moved.asked)) == (10, 10, 10 + 5)
            assert moved.connections == 2
            assert consecutive(run.times("new"))
            assert len(new.asked) == 10
            # What is counted of a meter outlives a change of its settings.
            numbers = [r.request for r in run.readings if r.meter == "moved"]
            assert numbers == list(range(1, 16))
            assert run.status("moved").requests == moved_before.requests + 5
            assert [s.id for s in run.poller.status()] == ["kept", "moved", "new"]
            for name in ("kept", "new"):
                status = run.status(name)
                assert (status.overruns, status.late_polls) == (0, 0)
                assert status.polls_on_time == status.polls_due

    run(main())


def test_a_poll_that_is_running_is_finished_first(lying_server: MakeServer) -> None:
    async def main() -> None:
        def slow(asked: Any) -> list[object]:
            return [asyncio.sleep(0.15), asked.frame(asked.pdu(CONTENTS))]

        async with lying_server(script=slow) as server:
            async with Run([meter(server.port, "m")]) as run:
                await asyncio.sleep(0.25)  # in the midst of a poll
                order: list[str] = []

                async def between() -> None:
                    order.append(f"{len(run.readings)} delivered")

                await run.poller.apply([meter(server.port, "m", unit=7)], [], PROFILES, between)
                assert order == ["1 delivered"]
                await asyncio.sleep(1.0)
            assert all(read.raw == 1000 for r in run.readings for read in r.counters)
            assert {asked.unit for asked in server.asked[-3:]} == {7}

    run(main())


def test_what_cannot_be_put_in_force_leaves_all_as_it_was(lying_server: MakeServer) -> None:
    async def main() -> None:
        async def between() -> None:
            raise RuntimeError("the recorder refuses")

        async with lying_server(CONTENTS) as kept, lying_server(CONTENTS) as left:
            before = [meter(kept.port, "kept"), meter(left.port, "left")]
            async with Run(before) as run:
                await asyncio.sleep(1.05)
                with pytest.raises(RuntimeError, match="refuses"):
                    await run.poller.apply(before[:1], [], PROFILES, between)
                with pytest.raises(KeyError):
                    await run.poller.apply(before[:1], [], {}, between)
                await asyncio.sleep(1.0)
            assert consecutive(run.times("kept"))
            assert consecutive(run.times("left"))
            assert kept.connections == 1

    run(main())


def test_units_of_a_line_come_and_go(lying_server: MakeServer) -> None:
    async def main() -> None:
        async with lying_server(CONTENTS) as server:
            line = Line(id="bus", host="127.0.0.1", port=server.port)
            units = {
                name: meter(502, name, host=None, line="bus", unit=unit)
                for name, unit in (("a", 1), ("b", 2), ("c", 3))
            }
            async with Run([units["a"], units["b"]], [line]) as run:
                await asyncio.sleep(1.05)
                await run.poller.apply([units["b"], units["c"]], [line], PROFILES)
                await asyncio.sleep(1.0)
                assert server.connections == 1
                assert consecutive(run.times("b"))
                assert len(run.times("a")) == len(run.times("c")) == 5
                # Another line is another connection for all that are on it.
                slower = line.model_copy(update={"pause_s": 0.01})
                await run.poller.apply([units["b"], units["c"]], [slower], PROFILES)
                await asyncio.sleep(1.0)
                assert server.connections == 2
                # The last that leaves takes the connection along.
                await run.poller.apply([], [slower], PROFILES)
                await asyncio.sleep(0.1)
                assert not server.open_writers

    run(main())


VARIANTS = st.fixed_dictionaries(
    {name: st.sampled_from(["absent", "as it is", "another"]) for name in ("a", "b", "c")}
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(history=st.lists(VARIANTS, min_size=2, max_size=6))
def test_whatever_comes_and_goes_what_stays_misses_no_tick(
    lying_server: MakeServer, history: list[dict[str, str]]
) -> None:
    async def main() -> None:
        servers = {name: lying_server(CONTENTS) for name in "abc"}
        async with AsyncExitStack() as stack:
            for server in servers.values():
                await stack.enter_async_context(server)

            def meters(wanted: dict[str, str]) -> list[Meter]:
                return [
                    meter(servers[name].port, name, unit=1 if what == "as it is" else 2)
                    for name, what in wanted.items()
                    if what != "absent"
                ]

            async with Run(meters(history[0])) as run:
                await asyncio.sleep(1.05)
                for wanted in history[1:]:
                    await run.poller.apply(meters(wanted), [], PROFILES)
                    await asyncio.sleep(1.0)
            for name, server in servers.items():
                stays = [wanted[name] for wanted in history]
                expected = 5 * sum(what != "absent" for what in stays)
                assert len(run.times(name)) == expected
                # Whenever it was there it was polled on every tick, changed or not: a change
                # takes no time here.
                assert len(set(run.times(name))) == expected
                changes = [stays[0]] + [b for a, b in pairwise(stays) if a != b]
                present = sum(what != "absent" for what in changes)
                assert server.connections == present

    run(main())
