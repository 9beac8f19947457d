"""`python -m simulators.fieldbus`: Modbus devices to try, well or not, until told to stop."""

import argparse
import asyncio
import dataclasses
import ssl
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from simulators.fieldbus.bus import Bus
from simulators.fieldbus.device import DEVICES, Device, load
from simulators.fieldbus.faults import FAULTS
from simulators.fieldbus.frames import Mbap, Rtu
from simulators.fieldbus.schedule import Episode, Schedule, episode_of
from simulators.fieldbus.serial_line import SerialLine
from simulators.fieldbus.tcp import TcpLine
from simulators.modbus import Requests
from simulators.shell import say, stop_on_signal, wait

_TRANSPORTS: Final = ("tcp", "tls", "rtu", "rtu_over_tcp")
_FAULTY: Final = 0.01
_TICK_S: Final = 0.5


async def _serve(options: argparse.Namespace, devices: Sequence[Device]) -> None:
    stopped = stop_on_signal()
    loop = asyncio.get_running_loop()
    begun_s = loop.time()
    requests = Requests(options.requests, "fieldbus")
    episodes = [*options.fault]
    if options.faulty:
        episodes += [Episode(fault, probability=_FAULTY) for fault in FAULTS]
    bus = Bus(devices, lambda: loop.time() - begun_s, Schedule(episodes, options.seed), requests)
    units = " ".join(f"{device.name}={device.unit}" for device in devices)
    async with _line(options, bus) as line:
        place = str(line.device) if isinstance(line, SerialLine) else f"127.0.0.1:{line.port}"
        say(f"ready fieldbus {options.transport} {place} {units}")
        while not await wait(stopped, _TICK_S):
            requests.save()
    requests.save()


def _line(options: argparse.Namespace, bus: Bus) -> SerialLine | TcpLine:
    if options.transport == "rtu":
        return SerialLine(bus)
    tls = None
    if options.transport == "tls":
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(options.tls_certificate, options.tls_key)
    framing = Rtu if options.transport == "rtu_over_tcp" else Mbap
    return TcpLine(bus, options.port, framing, tls)


def _devices(options: argparse.Namespace) -> list[Device]:
    names = options.device or sorted(path.stem for path in DEVICES.glob("*.toml"))
    devices = [load(Path(name)) for name in names]
    if options.unit is not None:
        if len(devices) != 1:
            raise ValueError("--unit gives one device another number: name it with --device")
        devices = [dataclasses.replace(devices[0], unit=options.unit)]
    if len({device.unit for device in devices}) < len(devices):
        raise ValueError("two devices have the same unit number: serve them one by one")
    return devices


def main(argv: Sequence[str] | None = None) -> None:
    """Command line: serve some devices on one line."""
    parser = argparse.ArgumentParser(prog="python -m simulators.fieldbus", description=__doc__)
    parser.add_argument(
        "--device",
        action="append",
        help="name of a device that comes with the simulator, or path of a TOML file; may be"
        " repeated; all of them if left out",
    )
    parser.add_argument("--datasheet", action="store_true", help="print what their makers tell")
    parser.add_argument("--transport", choices=_TRANSPORTS, default="tcp")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one and names it")
    parser.add_argument("--unit", type=int, help="unit number, if not that of the device's file")
    parser.add_argument("--tls-certificate", type=Path, help="PEM, for --transport tls")
    parser.add_argument("--tls-key", type=Path, help="PEM")
    parser.add_argument(
        "--fault",
        type=_episode,
        action="append",
        default=[],
        metavar="FAULT[:PROBABILITY][@FROM-TO][/UNIT]",
        help=f"{', '.join(FAULTS)} or refused; may be repeated; times in seconds after the start",
    )
    parser.add_argument("--faulty", action="store_true", help="every fault now and then")
    parser.add_argument("--requests", type=Path, help="file to keep the counts of requests in")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    if options.transport == "tls" and not (options.tls_certificate and options.tls_key):
        parser.error("--transport tls needs --tls-certificate and --tls-key")
    try:
        devices = _devices(options)
        if options.datasheet:
            sys.stdout.write("\n\n".join(device.datasheet for device in devices) + "\n")
            return
        asyncio.run(_serve(options, devices))
    except (ValueError, OSError) as wrong:
        parser.exit(1, f"fieldbus: {wrong}\n")


def _episode(text: str) -> Episode:
    try:
        return episode_of(text)
    except ValueError as wrong:
        raise argparse.ArgumentTypeError(str(wrong)) from wrong


if __name__ == "__main__":
    main()
