import json
import signal
import struct
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from simulators import lots
from simulators.plant.registers import Field, load_devices

FORMATS = {"uint16": ">H", "uint32": ">I", "uint64": ">Q"}
GROUPS = {"coal": "kg", "pellets": "kg", "rpf": "kg"}


def counted(field: Field, reply: bytes) -> int:
    plain = bytes(reply[2 + field.order.index(c)] for c in sorted(field.order))
    return int(struct.unpack(FORMATS[field.type], plain)[0])


def truth_of(record: dict[str, Any], quantity: str) -> float:
    totals = record["totals"]
    if quantity in GROUPS:
        return float(totals["kg"][quantity])
    return float(totals["steam_mj" if quantity == "steam" else f"{quantity}_kwh"])


@pytest.fixture
def lots_file(tmp_path: Path) -> Path:
    path = tmp_path / "lots.toml"
    lots.write(lots.draw(datetime.now(UTC) - timedelta(minutes=2), 1.0, 1), path)
    return path


def test_totalisers_on_the_wire_agree_with_the_ledger(
    tmp_path: Path,
    lots_file: Path,
    start_process: Callable[..., "subprocess.Popen[str]"],
    ask: Callable[..., bytes],
) -> None:
    ledger, requests = tmp_path / "truth.jsonl", tmp_path / "requests.json"
    process = start_process(
        "simulators.plant",
        *("--ports", "0,0,0,0,0,0", "--lots", str(lots_file), "--ledger", str(ledger)),
        *("--requests", str(requests)),
    )
    assert process.stdout is not None
    ready = process.stdout.readline().split()
    assert ready[:2] == ["ready", "plant"]
    ports = dict(word.split("=") for word in ready[2:])
    generator = struct.pack(">BHH", 3, 204, 2)
    deadline = time.monotonic() + 20.0
    while int.from_bytes(ask(int(ports["generator"]), 1, generator)[2:], "big") < 1_908_000_150:
        assert time.monotonic() < deadline, "15 kWh take about a second"
    before = time.monotonic()
    last: dict[tuple[str, str], int] = {}
    for device in load_devices():
        for field in device.fields:
            if field.kind == "counter":
                function = 3 if field.register == "holding" else 4
                words = len(field.order) // 2
                pdu = struct.pack(">BHH", function, field.address, words)
                reply = ask(int(ports[device.meter]), device.unit, pdu)
                last[device.meter, field.name] = counted(field, reply)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=5) == 0
    after_first_read_s = time.monotonic() - before
    assert process.stdout.read() == "", "a clean end has nothing to say"
    start, *minutes = [json.loads(line) for line in ledger.read_text().splitlines()]
    assert start["kind"] == "start"
    for device in load_devices():
        for field in device.fields:
            if field.kind != "counter":
                continue
            first = start["totalisers"][device.meter][field.name]["raw"]
            steps = (last[device.meter, field.name] - first) % field.modulus
            burnt = truth_of(minutes[-1], field.quantity)
            # Read before the ledger was closed, by no more than `after_first_read_s`.
            assert steps * field.scale <= burnt * (1.0 + 1e-12)
            ran_s = (minutes[-1]["to_us"] - start["utc_us"]) / 1e6
            least = burnt * (1.0 - 1.05 * after_first_read_s / ran_s) - field.scale
            assert steps * field.scale >= least
    assert json.loads(requests.read_text())["writes_seen"] == 0


def test_a_taken_port_is_said_in_words(
    tmp_path: Path,
    lots_file: Path,
    start_process: Callable[..., "subprocess.Popen[str]"],
) -> None:
    arguments = ("--lots", str(lots_file), "--ledger", str(tmp_path / "truth.jsonl"))
    first = start_process("simulators.plant", "--ports", "0,0,0,0,0,0", *arguments)
    assert first.stdout is not None
    taken = first.stdout.readline().split()[2].split("=")[1]
    second = start_process("simulators.plant", "--ports", f"{taken},0,0,0,0,0", *arguments)
    assert second.wait(timeout=10) == 1
    assert second.stdout is not None
    assert "address already in use" in second.stdout.read()
