"""`python -m simulators.plant`: the unit and its six meters, until told to stop."""

import argparse
import asyncio
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from simulators import lots, scenario
from simulators.modbus import Requests
from simulators.plant.curves import demand_curve
from simulators.plant.ledger import Ledger
from simulators.plant.registers import TABLE, load_devices
from simulators.plant.server import DeviceServer
from simulators.plant.unit import Amounts, Plant
from simulators.shell import SteadyClock, say, stop_on_signal, wait

_TICK_S: Final = 0.2


async def _run(options: argparse.Namespace) -> None:
    stopped = stop_on_signal()
    chosen = scenario.load(options.scenario)
    part = chosen.plant
    if options.speed is not None:
        part = dataclasses.replace(part, speed=options.speed)
    if options.stop_from_s is not None:
        part = scenario.with_stop(part, options.stop_from_s, options.stop_to_s)
    devices = load_devices(options.devices)
    ports = options.ports or (
        [device.port for device in devices]
        if options.ports_from is None
        else [options.ports_from + n for n in range(len(devices))]
    )
    if len(ports) != len(devices):
        raise ValueError(f"{len(ports)} ports given, {len(devices)} meters need one each")
    clock = SteadyClock(options.ahead_s)
    plant = Plant(demand_curve(part, options.seed), lots.read(options.lots), clock.utc_us())

    def instant() -> tuple[Amounts, Amounts]:
        return plant.at(clock.utc_us())

    requests = Requests(options.requests)
    servers = [DeviceServer(device, instant, requests) for device in devices]
    ledger = Ledger(options.ledger)
    about: dict[str, object] = {
        "scenario": chosen.name,
        "seed": options.seed,
        "speed": part.speed,
    }
    try:
        for server, port in zip(servers, ports, strict=True):
            await server.start(port)
        ledger.open_run(plant.start_us, devices, about)
        say("ready plant " + " ".join(f"{s.device.meter}={s.port}" for s in servers))
        while not await wait(stopped, _TICK_S):
            plant.advance(clock.utc_us())
            for minute in plant.closed_minutes():
                ledger.minute(minute)
            requests.save()
    finally:
        for server in servers:
            await server.stop()
        for minute in plant.finish(clock.utc_us()):
            ledger.minute(minute)
        requests.save()
        ledger.close()


def main(argv: Sequence[str] | None = None) -> None:
    """Command line: run the plant."""
    parser = argparse.ArgumentParser(prog="python -m simulators.plant", description=__doc__)
    parser.add_argument("--scenario", default="calm", help="name, or path of a TOML file")
    parser.add_argument("--ports-from", type=int, help="first of consecutive ports, one a meter")
    parser.add_argument(
        "--ports",
        type=lambda text: [int(port) for port in text.split(",")],
        help="a port a meter, comma-separated, 0 for any free one",
    )
    parser.add_argument("--lots", type=Path, required=True, help="lots file to read")
    parser.add_argument("--ledger", type=Path, required=True, help="truth ledger to append to")
    parser.add_argument("--devices", type=Path, default=TABLE, help="table of meters (TOML)")
    parser.add_argument("--requests", type=Path, help="file to keep the counts of requests in")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speed", type=float, help="of the daily curves; the scenario's if absent")
    parser.add_argument(
        "--ahead-s", type=float, default=0.0, help="its clock is so far ahead of the machine's"
    )
    parser.add_argument("--stop-from-s", type=float, help="the unit stops so long after the start")
    parser.add_argument("--stop-to-s", type=float, help="and is back at its load then")
    options = parser.parse_args(argv)
    if (options.stop_from_s is None) != (options.stop_to_s is None):
        parser.error("give both --stop-from-s and --stop-to-s, or neither")
    try:
        asyncio.run(_run(options))
    except (ValueError, OSError) as wrong:
        parser.exit(1, f"plant: {wrong}\n")


if __name__ == "__main__":
    main()
