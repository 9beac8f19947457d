"""The poller against real servers: on its tick, complete, honest, and nobody waits for the dead."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from agent.samples import Quality
from gateway.clock import Clock
from gateway.config import Meter
from gateway.modbus.backoff import Backoff
from gateway.modbus.poller import MeterStatus, Poller, Reading
from gateway.modbus.profile import Profile, parse_profile

MakeServer = Callable[..., Any]

PROFILE = parse_profile(
    "meter",
    """
[device]
name = "Meter"
source = "test"
[fields]
power_kw     = { register = "holding", address = 0, type = "uint16", scale = 0.1, unit = "kw", \
max = 100 }
energy_kwh   = { register = "holding", address = 1, type = "uint32", unit = "kwh", \
kind = "counter", max_rate_per_s = 10 }
pressure_bar = { register = "input", address = 7, type = "float32", unit = "bar" }
""",
)
PROFILES: dict[str, Profile] = {"meter": PROFILE}
CONTENTS = {0: 123, 1: 1, 2: 4464, 7: 0x4120, 8: 0}


def meter(port: int, name: str = "m1", **more: Any) -> Meter:
    points = {field: f"{name}.{field}" for field in PROFILE.fields}
    settings = {"poll_s": 0.1, "timeout_s": 0.5, "points": points} | more
    return Meter(id=name, profile="meter", host="127.0.0.1", port=port, **settings)


async def poll(poller: Poller, enough: Callable[[], bool], got: asyncio.Condition) -> None:
    """Run until enough was delivered."""
    task = asyncio.create_task(poller.run())
    try:
        async with got, asyncio.timeout(20):
            await got.wait_for(lambda: enough() or task.done())
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Collector:
    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self.got = asyncio.Condition()

    async def __call__(self, reading: Reading) -> None:
        async with self.got:
            self.readings.append(reading)
            self.got.notify_all()

    def of(self, name: str) -> list[Reading]:
        return [r for r in self.readings if r.meter == name]


def status_of(poller: Poller, name: str) -> MeterStatus:
    (status,) = [s for s in poller.status() if s.id == name]
    return status


def test_a_good_device(lying_server: MakeServer, clock: Clock) -> None:
    async def main() -> None:
        seen = Collector()
        async with lying_server(CONTENTS) as server:
            poller = Poller([meter(server.port)], [], PROFILES, clock, seen)
            assert [s.state for s in poller.status()] == ["never"]
            before_us = clock.now().utc_us
            await poll(poller, lambda: len(seen.readings) >= 4, seen.got)
            after_us = clock.now().utc_us
        first, second = seen.readings[:2]
        (power,) = first.gauges
        (energy,) = first.counters
        (pressure,) = second.gauges
        assert (power.point, power.quality) == ("m1.power_kw", Quality.GOOD)
        assert power.value == pytest.approx(12.3)
        assert (energy.point, energy.raw, energy.reason) == ("m1.energy_kwh", 70_000, None)
        assert (pressure.value, second.counters) == (10.0, ())
        assert power.t_us == energy.t_us == first.t_us
        assert [r.request for r in seen.readings[:4]] == [1, 2, 3, 4]
        times = [r.t_us for r in seen.readings]
        assert times == sorted(times)
        assert before_us < times[0]
        assert times[-1] < after_us
        assert all(r.synchronised for r in seen.readings)
        status = status_of(poller, "m1")
        assert (status.state, status.failures, status.last_error) == ("ok", 0, None)
        assert status.last_good_us in times
        assert len({(a.function, a.address, a.count) for a in server.asked}) == 2

    asyncio.run(main())


def test_a_refused_request_spoils_its_own_fields_only(
    lying_server: MakeServer, clock: Clock
) -> None:
    async def main() -> None:
        seen = Collector()
        async with lying_server({0: 123, 1: 0, 2: 5}) as server:
            poller = Poller([meter(server.port)], [], PROFILES, clock, seen)
            await poll(poller, lambda: len(seen.readings) >= 6, seen.got)
            assert server.connections == 1
        for block, pressure in zip(seen.readings[::2], seen.readings[1::2], strict=False):
            assert block.gauges[0].quality is Quality.GOOD
            assert block.counters[0].raw == 5
            assert (pressure.gauges[0].value, pressure.gauges[0].reason) == (None, "comm_fail")
        status = status_of(poller, "m1")
        assert status.state == "failing"
        assert status.last_error is not None
        assert "illegal data address" in status.last_error

    asyncio.run(main())


def test_a_lost_reply_spoils_its_own_fields_only(lying_server: MakeServer, clock: Clock) -> None:
    async def main() -> None:
        seen = Collector()

        def deaf_on_one_ear(asked: Any) -> list[object]:
            return [] if asked.function == 4 else [asked.frame(asked.pdu(CONTENTS))]

        async with lying_server(script=deaf_on_one_ear) as server:
            poller = Poller([meter(server.port)], [], PROFILES, clock, seen)
            await poll(poller, lambda: len(seen.readings) >= 6, seen.got)
            assert server.connections >= 3
        for block, pressure in zip(seen.readings[::2], seen.readings[1::2], strict=False):
            assert block.counters[0].raw == 70_000
            assert pressure.gauges[0].reason == "comm_fail"

    asyncio.run(main())


def test_an_implausible_value_is_bad_and_its_neighbours_good(
    lying_server: MakeServer, clock: Clock
) -> None:
    async def main() -> None:
        seen = Collector()
        async with lying_server(CONTENTS | {0: 1001}) as server:
            poller = Poller([meter(server.port)], [], PROFILES, clock, seen)
            await poll(poller, lambda: len(seen.readings) >= 1, seen.got)
        assert (seen.readings[0].gauges[0].reason) == "out_of_range"
        assert seen.readings[0].counters[0].raw == 70_000
        assert status_of(poller, "m1").state == "ok"

    asyncio.run(main())


def test_the_dead_delay_nobody(lying_server: MakeServer, clock: Clock) -> None:
    async def main() -> None:
        seen = Collector()
        async with lying_server(CONTENTS) as alive, lying_server(script=lambda _: []) as silent:
            async with lying_server() as gone:
                nowhere = gone.port
            meters = [
                meter(silent.port, "silent", timeout_s=5.0),
                meter(nowhere, "nowhere"),
                meter(alive.port, "alive"),
            ]
            poller = Poller(meters, [], PROFILES, clock, seen)
            await poll(poller, lambda: len(seen.of("alive")) >= 20, seen.got)
        assert seen.of("silent") == []
        assert all(g.quality is Quality.GOOD for r in seen.of("alive") for g in r.gauges)
        for reading in seen.of("nowhere"):
            assert {s.reason for s in reading.gauges} == {"comm_fail"}
            assert {(c.raw, c.reason) for c in reading.counters} <= {(None, "comm_fail")}
        nowhere_status = status_of(poller, "nowhere")
        assert (nowhere_status.state, nowhere_status.last_good_us) == ("never", None)
        # Left alone after the second failure, though every poll says that nothing is known.
        assert 2 <= nowhere_status.failures < len(seen.of("nowhere"))
        assert nowhere_status.requests == nowhere_status.failures

    asyncio.run(main())


def test_a_device_that_returns_is_read_again(lying_server: MakeServer, clock: Clock) -> None:
    async def main() -> None:
        seen = Collector()
        server = lying_server(CONTENTS)
        async with server:
            poller = Poller([meter(server.port)], [], PROFILES, clock, seen)
            task = asyncio.create_task(poll(poller, lambda: len(seen.readings) >= 60, seen.got))
            await server.first_asked.wait()
        async with seen.got, asyncio.timeout(10):
            await seen.got.wait_for(lambda: status_of(poller, "m1").failures >= 2)
        bad = len(seen.readings)
        async with server:
            await task
        assert any(s.reason == "comm_fail" for r in seen.readings[:bad] for s in r.gauges)
        assert seen.readings[-1].gauges[0].quality is Quality.GOOD
        assert status_of(poller, "m1").state == "ok"

    asyncio.run(main())


def test_polls_that_cannot_be_kept_are_counted(lying_server: MakeServer, clock: Clock) -> None:
    async def main() -> None:
        seen = Collector()

        def slow(asked: Any) -> list[object]:
            return [asyncio.sleep(0.12), asked.frame(asked.pdu(CONTENTS))]

        async with lying_server(script=slow) as server:
            poller = Poller(
                [meter(server.port, poll_s=0.05, timeout_s=5.0)], [], PROFILES, clock, seen
            )
            await poll(poller, lambda: len(seen.readings) >= 4, seen.got)
        assert status_of(poller, "m1").overruns >= 2
        assert all(s.quality is Quality.GOOD for r in seen.readings for s in r.gauges)

    asyncio.run(main())


def test_capture_is_halfway_and_follows_an_adopted_clock(
    lying_server: MakeServer, clock: Clock, machine_time: Any
) -> None:
    async def main() -> None:
        seen = Collector()
        day_us = 86_400_000_000

        async def adopt() -> None:
            machine_time.ahead_us = day_us
            step = clock.look()
            assert step is not None
            clock.adopt(step)

        def slow(asked: Any) -> list[object]:
            answer = asked.frame(asked.pdu(CONTENTS))
            steps = [adopt()] if len(server.asked) == 1 else []
            return [asyncio.sleep(0.2), *steps, answer]

        async with lying_server(script=slow) as server:
            poller = Poller(
                [meter(server.port, poll_s=1.0, timeout_s=5.0)], [], PROFILES, clock, seen
            )
            await poll(poller, lambda: len(seen.readings) >= 1, seen.got)
            now = clock.now()
        (reading, *_) = seen.readings
        assert now.utc_us - reading.t_us >= 100_000
        assert now.utc_us - reading.t_us < day_us
        assert clock.at(reading.mono_us).utc_us == reading.t_us

    asyncio.run(main())


def test_a_failing_delivery_ends_the_poller(lying_server: MakeServer, clock: Clock) -> None:
    async def fail(_reading: Reading) -> None:
        raise RuntimeError("the recorder is gone")

    async def main() -> None:
        async with lying_server(CONTENTS) as server:
            poller = Poller([meter(server.port)], [], PROFILES, clock, fail)
            with pytest.raises(ExceptionGroup) as caught:
                await poller.run()
            assert caught.group_contains(RuntimeError, match="recorder")

    asyncio.run(main())


def test_back_off_grows_by_two_seconds_up_to_five_minutes() -> None:
    backoff = Backoff()
    waits = []
    for _ in range(200):
        backoff.failed(1000.0)
        waits.append(backoff.wait_s(1000.0))
    assert waits[:4] == [0.0, 2.0, 4.0, 6.0]
    assert waits[-1] == 300.0
    assert backoff.wait_s(1299.0) == 1.0
    backoff.succeeded()
    assert backoff.wait_s(1000.0) == 0.0
    backoff.failed(1000.0)
    assert backoff.wait_s(1000.0) == 0.0
