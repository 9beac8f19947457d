"""Devices in a thread of their own, for commands that run a loop of their own."""

import asyncio
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from gateway.cli import app
from simulators.fieldbus.bus import Bus
from simulators.fieldbus.device import Device, device_of, load
from simulators.fieldbus.frames import Rtu
from simulators.fieldbus.schedule import Schedule, episode_of
from simulators.fieldbus.serial_line import SerialLine
from simulators.fieldbus.tcp import TcpLine

FIELDBUS = """
name = "Feeder pump panel"
unit = 7
filler = [{ register = "input", address = 0, count = 4 }]

[field.voltage]
register = "holding"
address = 100
type = "float32"
order = "CDAB"
low = 228.0
high = 232.0
per_s = 0.1

[field.current]
register = "holding"
address = 102
type = "uint16"
scale = 0.1
low = 40.0
high = 41.0
per_s = 0.1

[field.energy]
register = "holding"
address = 200
type = "uint32"
order = "CDAB"
scale = 0.1
modulus = 1_000_000_000
start = 123_456_789
low = 3.0
high = 3.0
per_s = 0.0

[field.missing]
register = "holding"
address = 202
type = "uint16"
nan = 0xFFFF
low = 65535.0
high = 65535.0
per_s = 0.0

[field.serial]
register = "holding"
address = 300
type = "text"
text = "FP-2219/B"

[field.running]
register = "coil"
address = 4
type = "bit"
low = 1.0
high = 1.0
per_s = 0.0
"""


def _device(described: dict[str, Any] | str) -> Device:
    """A device from its table, or one that comes with the simulator by its name."""
    return load(Path(described)) if isinstance(described, str) else device_of(described)


@contextmanager
def _in_thread(
    make: Callable[[Bus], Any], tables: list[dict[str, Any] | str], fault: str = ""
) -> Iterator[Any]:
    """A bus behind what `make` makes, served until the context ends."""
    loop = asyncio.new_event_loop()
    begun = time.monotonic()

    async def open_() -> Any:
        devices = [_device(table) for table in tables]
        schedule = Schedule([episode_of(fault)] if fault else [], seed=1)
        bus = Bus(devices, lambda: time.monotonic() - begun, schedule)
        return await make(bus).__aenter__()

    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        place = asyncio.run_coroutine_threadsafe(open_(), loop).result()
        try:
            yield place
        finally:
            asyncio.run_coroutine_threadsafe(place.__aexit__(None, None, None), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
    assert place.bus.writes_seen == 0


@pytest.fixture
def panel() -> dict[str, Any]:
    """A device's table, to be changed before it is served."""
    return tomllib.loads(FIELDBUS)


@pytest.fixture
def serve() -> Iterator[Callable[..., Any]]:
    """Serves devices over TCP, or with `framing=Rtu` as serial frames over TCP."""
    with ExitStack() as stack:

        def start(*tables: dict[str, Any] | str, fault: str = "", **options: Any) -> TcpLine:
            place: TcpLine = stack.enter_context(
                _in_thread(lambda bus: TcpLine(bus, **options), list(tables), fault)
            )
            return place

        yield start


@pytest.fixture
def serve_serial() -> Iterator[Callable[..., SerialLine]]:
    """Serves devices on a pseudo-terminal."""
    with ExitStack() as stack:

        def start(*tables: dict[str, Any] | str) -> SerialLine:
            line: SerialLine = stack.enter_context(_in_thread(SerialLine, list(tables)))
            return line

        yield start


@pytest.fixture
def serial_frames() -> type[Rtu]:
    """The framing of boxes that pass serial frames on."""
    return Rtu


@pytest.fixture
def hinoban() -> Callable[..., Result]:
    """Types a command."""

    def type_(*words: str | int | float | Path) -> Result:
        runner = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"})
        return runner.invoke(app, [str(word) for word in words])

    return type_
