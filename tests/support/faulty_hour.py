"""Polling with faults, in virtual time: what was asked, what went wrong and what was stored."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from faulty_bus import DEVICES, LONGEST_REPLY_S, POLL_S, TIMEOUT_S, Record, profile_of
from virtual_time import LoopTime, run

from gateway.clock import Clock
from gateway.config import Line, Meter
from gateway.modbus.counters import CounterBook
from gateway.modbus.mapping import counter_specs
from gateway.modbus.poller import MeterStatus, Poller
from gateway.modbus.profile import Profile
from simulators.fieldbus.bus import Bus
from simulators.fieldbus.device import Device, Field
from simulators.fieldbus.frames import Mbap, Rtu
from simulators.fieldbus.schedule import Episode, Schedule
from simulators.fieldbus.serial_line import SerialLine
from simulators.fieldbus.tcp import TcpLine

Secrets = tuple[ssl.SSLContext, Path]

START_S: Final = 1000.0
"""The loop's time when an hour begins [s]; virtual time starts there."""

_INSTANT_S: Final = 0.001


@dataclass
class Hour:
    """What happened.

    Args:
        devices: The devices as they were.
        buses: What they were asked, and what no one could have noticed.
        episodes: What went wrong.
        record: What was stored.
        statuses: How the meters say that they fare.
    """

    devices: tuple[Device, ...]
    buses: list[Bus]
    episodes: list[Episode]
    record: Record
    statuses: list[MeterStatus]

    def device(self, point: str) -> Device:
        return next(device for device in self.devices if device.name == point.partition(".")[0])

    def field(self, point: str) -> Field:
        return self.device(point).field(point.partition(".")[2])

    def excused(self, point: str, t_s: float) -> bool:
        """Whether the bus sent a wrong answer just then that nobody can tell from a right one."""
        unit, total = self.device(point).unit, self.field(point).total
        return any(
            excuse.unit == unit
            and excuse.from_s - _INSTANT_S <= t_s <= excuse.to_s + _INSTANT_S
            and (excuse.why == "duplicate" or (total is None) == (excuse.why == "lie"))
            for bus in self.buses
            for excuse in bus.excused
        )


def polled(
    transport: str,
    episodes: Sequence[Episode],
    seconds: float,
    *,
    seed: int = 1,
    devices: Sequence[Device] = DEVICES,
    tls: Secrets | None = None,
    longest_reply_s: float = LONGEST_REPLY_S,
    max_change: bool = True,
    record: type[Record] = Record,
) -> Hour:
    """Poll the devices for so long, in virtual time.

    Args:
        transport: "tcp" and "tls": every device with a port of its own; "tcp_shared": all behind
            one gateway; "rtu", "rtu_over_tcp": all on one bus.
        episodes: What goes wrong.
        seconds: For how long.
        seed: Decides which requests are struck, and how.
        devices: The devices.
        tls: What the server shows, and what the gateway trusts; for "tls".
        longest_reply_s: What the profiles say of the devices' latest replies [s].
        max_change: Whether the profiles say how fast gauges can change.
        record: Keeps what is stored.
    """
    profiles = {
        device.name: profile_of(device, longest_reply_s, max_change=max_change)
        for device in devices
    }
    return run(_polled(transport, episodes, seconds, seed, tuple(devices), tls, profiles, record))


async def _polled(
    transport: str,
    episodes: Sequence[Episode],
    seconds: float,
    seed: int,
    devices: tuple[Device, ...],
    tls: Secrets | None,
    profiles: Mapping[str, Profile],
    made: type[Record],
) -> Hour:
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        buses, lines, line_ids = [], [], {}
        alone = transport in {"tcp", "tls"}
        for number, group in enumerate([(one,) for one in devices] if alone else [devices]):
            units = {device.unit for device in group}
            own = [e for e in episodes if e.unit is None or e.unit in units]
            bus = Bus(group, loop.time, Schedule(own, seed + number))
            settings = await stack.enter_async_context(_served(transport, bus, tls))
            lines.append(Line(id=f"line{number}", **settings))
            line_ids |= dict.fromkeys(units, f"line{number}")
            buses.append(bus)
        meters = [
            Meter(
                id=device.name,
                profile=device.name,
                line=line_ids[device.unit],
                unit=device.unit,
                poll_s=POLL_S,
                timeout_s=TIMEOUT_S,
                points={f.name: f"{device.name}.{f.name}" for f in device.fields},
            )
            for device in devices
        ]
        clock = Clock(LoopTime())
        record = made(CounterBook(counter_specs(meters, profiles), clock.boot_id))
        poller = Poller(meters, lines, profiles, clock, record)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await poller.run()
        for bus in buses:
            assert bus.writes_seen == 0
        return Hour(devices, buses, list(episodes), record, poller.status())


@asynccontextmanager
async def _served(transport: str, bus: Bus, tls: Secrets | None) -> AsyncIterator[dict[str, Any]]:
    if transport == "rtu":
        async with SerialLine(bus) as serial:
            yield {"transport": "rtu", "device": serial.device, "baud": 115_200}
        return
    context, authority = tls if tls is not None and transport == "tls" else (None, None)
    framing = Rtu if transport == "rtu_over_tcp" else Mbap
    async with TcpLine(bus, framing=framing, tls=context) as line:
        kind = "tcp" if transport == "tcp_shared" else transport
        settings = {"transport": kind, "host": "127.0.0.1", "port": line.port}
        yield settings if authority is None else settings | {"tls_ca": authority}
