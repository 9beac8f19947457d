"""The fieldbus as a process of its own, as somebody would try it."""

import json
import os
import select
import signal
import socket
import struct
import subprocess
import time
import tty
from collections.abc import Callable
from pathlib import Path

import pytest

from simulators.fieldbus.frames import Rtu, crc
from simulators.modbus import WITNESS

Start = Callable[..., "subprocess.Popen[str]"]
Ask = Callable[..., bytes]


def ready(process: "subprocess.Popen[str]") -> list[str]:
    assert process.stdout is not None
    words = process.stdout.readline().split()
    assert words[:2] == ["ready", "fieldbus"], words
    return words[2:]


def test_the_unknown_meter_over_the_network(
    start_process: Start, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(WITNESS)  # the write below is this test's own
    requests = tmp_path / "requests.json"
    process = start_process(
        "simulators.fieldbus", "--device", "unknown", "--unit", "3", "--requests", str(requests)
    )
    transport, place, *units = ready(process)
    assert (transport, units) == ("tcp", ["unknown_meter=3"])
    port = int(place.rpartition(":")[2])
    reply = ask(port, 3, struct.pack(">BHH", 4, 0, 2))
    low, high = struct.unpack(">HH", reply[2:])
    (volts,) = struct.unpack(">f", struct.pack(">HH", high, low))
    assert 225.0 < volts < 235.0
    assert ask(port, 3, struct.pack(">BHH", 4, 6, 2)) == b"\x84\x02"
    assert ask(port, 3, struct.pack(">BHH", 6, 0, 2)) == b"\x86\x01"
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=5) == 0
    assert json.loads(requests.read_text()) == {"functions": {"4": 2, "6": 1}, "writes_seen": 1}


def test_a_bus_on_a_serial_line(start_process: Start) -> None:
    process = start_process("simulators.fieldbus", "--transport", "rtu", "--fault", "silent/1")
    transport, place, *units = ready(process)
    assert transport == "rtu"
    assert units == ["belt_weigher=1", "steam_computer=2", "unknown_meter=7"]
    fd = os.open(place, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(fd)
    os.write(fd, Rtu().frame(0, 1, struct.pack(">BHH", 4, 10, 2)))  # never answers
    os.write(fd, Rtu().frame(0, 2, struct.pack(">BHH", 3, 0, 4)))
    heard, deadline = b"", time.monotonic() + 10.0
    while len(heard) < 13:
        assert select.select([fd], [], [], deadline - time.monotonic())[0], heard
        heard += os.read(fd, 99)
    os.close(fd)
    assert heard[:3] == b"\x02\x03\x08"
    assert heard[3:11] == b"SC-2000 "
    assert crc(heard) == 0


def test_the_leaflet(start_process: Start) -> None:
    process = start_process("simulators.fieldbus", "--device", "unknown", "--datasheet")
    out, _ = process.communicate(timeout=10)
    assert process.returncode == 0
    assert "30101     import active energy" in out


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        pytest.param(("--fault", "tired"), "fault 'tired' is unknown", id="no such fault"),
        pytest.param(("--device", "/nowhere.toml"), "No such file", id="no such device"),
        pytest.param(("--unit", "5"), "name it with --device", id="whose unit"),
        pytest.param(("--transport", "tls"), "--tls-certificate", id="no certificate"),
        pytest.param(("--device", "unknown", "--device", "unknown"), "same unit", id="twice"),
    ],
)
def test_what_cannot_be_served(start_process: Start, arguments: tuple[str, ...], why: str) -> None:
    process = start_process("simulators.fieldbus", *arguments)
    out, _ = process.communicate(timeout=10)
    assert process.returncode != 0
    assert why in out
    assert "Traceback" not in out


def test_a_taken_port(start_process: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start_process("simulators.fieldbus", "--port", str(port))
        out, _ = process.communicate(timeout=10)
    assert process.returncode == 1
    assert "fieldbus: " in out
    assert "Address already in use" in out
