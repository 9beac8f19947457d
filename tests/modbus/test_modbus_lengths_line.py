"""What a device on a serial line is really asked, poll after poll."""

import asyncio
from itertools import pairwise

from virtual_time import LoopTime, run

from agent.samples import Quality
from gateway.clock import Clock
from gateway.config import Line, Meter
from gateway.modbus.poller import Poller, Reading
from gateway.modbus.profile import parse_profile
from simulators.fieldbus.bus import Bus
from simulators.fieldbus.device import Device, Field
from simulators.fieldbus.frames import Rtu
from simulators.fieldbus.tcp import TcpLine
from simulators.fieldbus.truth import Swing

PROFILES = {
    "family": parse_profile(
        "family",
        """[device]
name = "A family of meters"
source = "test"
[fields]
power_kw = { register = "input", address = 10, type = "uint16", unit = "kw" }
third_kw = { register = "input", address = 11, type = "uint16", unit = "kw" }
""",
    )
}
SWING = Swing(10.0, 900.0, 1.0)
SMALL = Field("power_kw", "input", 10, "uint16", swing=SWING)
LARGE = Field("third_kw", "input", 11, "uint16", swing=SWING)
POLLS = 20


async def polled(device: Device) -> tuple[list[int], list[tuple[float | None, Quality]]]:
    """How many registers each request asked for, and what became of the power."""
    loop = asyncio.get_running_loop()
    bus = Bus([device], loop.time)
    samples: list[tuple[float | None, Quality]] = []

    async def take(reading: Reading) -> None:
        samples.extend((sample.value, sample.quality) for sample in reading.gauges)

    async with TcpLine(bus, framing=Rtu) as server:
        line = Line(id="bus", transport="rtu_over_tcp", host="127.0.0.1", port=server.port)
        meter = Meter(
            id="m", profile="family", line="bus", unit=device.unit, points={"power_kw": "m.p_kw"}
        )
        poller = Poller([meter], [line], PROFILES, Clock(LoopTime()), take)
        task = asyncio.create_task(poller.run())
        await asyncio.sleep(POLLS + 0.5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert bus.writes_seen == 0
    return [int.from_bytes(asked.pdu[3:5], "big") for asked in bus.asked], samples


def test_successive_requests_for_one_value_differ_in_length() -> None:
    counts, samples = run(polled(Device("large", 5, (SMALL, LARGE), {})))
    assert len(counts) == POLLS
    assert set(counts) == {1, 2}
    assert all(one != other for one, other in pairwise(counts))
    assert all(quality is Quality.GOOD for _, quality in samples)


def test_a_smaller_model_is_asked_once_for_what_it_lacks() -> None:
    counts, samples = run(polled(Device("small", 5, (SMALL,), {})))
    assert len(counts) == POLLS
    assert counts.count(2) == 1
    assert [quality for _, quality in samples].count(Quality.GOOD) == POLLS - 1
