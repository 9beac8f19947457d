"""`hinoban check --plan` and `--live`: what would be asked of the meters, and what they say."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import serial
import tomli_w
from click.testing import Result

from gateway import presence

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = ROOT / "tests/golden/configs"
PANEL = """[device]
name = "Feeder pump panel"
source = "its display"
max_gap = 1
[fields]
voltage_v = { register = "holding", address = 100, type = "float32", order = "CDAB", unit = "v", \
min = 0, max = 300 }
current_a = { register = "holding", address = 102, type = "uint16", scale = 0.1, unit = "a" }
energy_kwh = { register = "holding", address = 200, type = "uint32", order = "CDAB", scale = 0.1, \
unit = "kwh", kind = "counter", max_rate_per_s = 1 }
missing_degc = { register = "holding", address = 202, type = "uint16", unit = "degc", \
nan = [0xFFFF] }
pump_on = { register = "coil", address = 4, type = "bit", unit = "on" }
serial = { register = "holding", address = 300, kind = "text", type = "string", length = 5 }
"""
POINTS = {
    "voltage_v": "unit1.pump.voltage_v",
    "current_a": {"point": "unit1.pump.current_a", "poll_s": 10.0},
    "energy_kwh": "unit1.pump.energy_kwh",
    "pump_on": "unit1.pump.on_on",
}

Say = Callable[..., Result]
Serve = Callable[..., Any]
Site = Callable[..., Path]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Writes a site with one panel, and changes it."""

    def write(meter: dict[str, Any], *lines: dict[str, Any]) -> Path:
        raw = tomllib.loads((CONFIGS / "good.toml").read_text())
        raw["site"]["profiles"] = "devices"
        raw["line"] = list(lines)
        for other in raw["meter"]:
            other |= {"host": "127.0.0.1", "port": 1}  # nobody there
        points = {"points": POINTS} | meter
        raw["meter"] = [*raw["meter"], {"id": "pump", "profile": "panel", "unit": 7} | points]
        (tmp_path / "devices").mkdir(exist_ok=True)
        (tmp_path / "devices" / "panel.toml").write_text(PANEL)
        (tmp_path / "lots.toml").write_text((CONFIGS / "lots.toml").read_text())
        (tmp_path / "site.toml").write_text(tomli_w.dumps(raw))
        return tmp_path / "site.toml"

    return write


def fields_of(done: Result, meter: str = "pump") -> dict[str, dict[str, Any]]:
    rows = json.loads(done.stdout)["fields"]
    return {row["field"]: row for row in rows if row["meter"] == meter}


def test_the_plan_names_every_request(hinoban: Say, site: Site) -> None:
    done = hinoban("check", "--plan", "--json", "--config", site({"host": "127.0.0.1"}))
    requests = json.loads(done.stdout)["requests"]
    pump = [one for one in requests if one["meter"] == "pump"]
    assert [(one["poll_s"], one["function"], one["address"], one["count"], one["fields"])
            for one in pump] == [
        (1.0, 1, 4, 1, ["pump_on"]),
        (1.0, 3, 100, 2, ["voltage_v"]),
        (1.0, 3, 200, 2, ["energy_kwh"]),
        (10.0, 3, 102, 1, ["current_a"]),
    ]  # fmt: skip
    assert {one["busy_s"] for one in pump} == {None}
    shown = hinoban("check", "--plan", "--config", site({"host": "127.0.0.1"})).stdout
    assert "3 holding" in shown
    assert "requests, " in shown


def test_a_slow_line_is_warned_of(hinoban: Say, site: Site) -> None:
    line = {"id": "rs485", "transport": "rtu", "device": "/dev/ttyUSB0", "baud": 9600}
    slow = site({"line": "rs485", "poll_s": 0.1}, line)
    done = hinoban("check", "--plan", "--json", "--config", slow)
    load = json.loads(done.stdout)["lines"][0]
    assert load["share"] > 1
    assert "cannot keep up: raise poll_s" in load["warning"]
    assert "cannot keep up" in hinoban("check", "--plan", "--config", slow).stdout
    calm = site({"line": "rs485", "poll_s": 5.0}, line | {"baud": 19200})
    done = hinoban("check", "--plan", "--json", "--config", calm)
    assert json.loads(done.stdout)["lines"][0]["warning"] is None


def test_live_reads_every_field_and_its_texts(
    hinoban: Say, site: Site, serve: Serve, panel: dict[str, Any]
) -> None:
    path = site({"host": "127.0.0.1", "port": serve(panel).port})
    done = hinoban("check", "--live", "--json", "--config", path)
    rows = fields_of(done)
    assert rows["voltage_v"]["quality"] == "good"
    assert 228 <= rows["voltage_v"]["value"] <= 232
    assert rows["energy_kwh"]["value"] >= 12_345_678.9
    assert rows["energy_kwh"]["point"] == "unit1.pump.energy_kwh"
    assert rows["pump_on"]["value"] == 1
    assert (rows["serial"]["value"], rows["serial"]["point"]) == ("FP-2219/B", None)
    assert "missing_degc" not in rows
    assert rows["voltage_v"]["reply_ms"] > 0


def test_a_meter_that_is_away_spoils_its_own_rows(
    hinoban: Say, site: Site, serve: Serve, panel: dict[str, Any]
) -> None:
    path = site({"host": "127.0.0.1", "port": serve(panel).port})
    done = hinoban("check", "--live", "--config", path)
    assert done.exit_code == 1
    assert "Connection refused" in done.stdout
    assert "FP-2219/B" in done.stdout
    assert not (path.parent / "data").exists()


def test_a_register_that_is_refused_spoils_its_own_row(
    hinoban: Say, site: Site, serve: Serve, panel: dict[str, Any]
) -> None:
    panel["field"]["current"]["address"] = 110  # the map says 102
    path = site({"host": "127.0.0.1", "port": serve(panel).port})
    rows = fields_of(hinoban("check", "--live", "--json", "--config", path))
    bad = {name for name, row in rows.items() if row["quality"] == "bad"}
    assert "exception 2" in rows["current_a"]["reason"]
    assert "energy_kwh" not in bad
    assert "serial" not in bad


def test_what_the_device_has_no_value_for_is_said(
    hinoban: Say, site: Site, serve: Serve, panel: dict[str, Any]
) -> None:
    points = POINTS | {"missing_degc": "unit1.pump.missing_degc"}
    path = site({"host": "127.0.0.1", "port": serve(panel).port, "points": points})
    done = hinoban("check", "--live", "--json", "--config", path)
    assert done.exit_code == 1
    row = fields_of(done)["missing_degc"]
    assert (row["value"], row["quality"], row["raw"]) == (None, "bad", "FFFF")
    assert "the device says that it has no value (FFFF)" in row["reason"]


def test_a_meter_on_a_serial_line(
    hinoban: Say, site: Site, serve_serial: Serve, panel: dict[str, Any]
) -> None:
    device = serve_serial(panel).device
    line = {"id": "rs485", "transport": "rtu", "device": str(device), "baud": 19200}
    path = site({"line": "rs485"}, line)
    done = hinoban("check", "--live", "--json", "--config", path)
    assert fields_of(done)["voltage_v"]["quality"] == "good"
    assert "running gateway" not in hinoban("check", "--live", "--config", path).stdout
    (path.parent / "data").mkdir()
    presence.own(path).write(path.parent / "data")
    shown = hinoban("check", "--live", "--config", path).stdout
    assert "line 'rs485' belongs to the running gateway: stop it" in shown


def test_a_line_that_the_gateway_holds_is_not_disturbed(
    hinoban: Say, site: Site, serve_serial: Serve, panel: dict[str, Any]
) -> None:
    device = serve_serial(panel).device
    line = {"id": "rs485", "transport": "rtu", "device": str(device), "baud": 19200}
    path = site({"line": "rs485"}, line)
    with serial.Serial(str(device), exclusive=True):
        done = hinoban("check", "--live", "--json", "--config", path)
    row = fields_of(done)["voltage_v"]
    assert row["value"] is None
    assert "another program uses it" in row["reason"]
