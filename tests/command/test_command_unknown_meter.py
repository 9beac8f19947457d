"""The page's ten minutes, done: with its own example, and with a meter the page does not know."""

import json
import re
import shlex
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from gateway.modbus.profile import Field, Profile, parse_profile
from simulators.fieldbus.device import load

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "gateway/modbus/README.md").read_text("utf-8").partition("## The keys of a line")[0]
BLOCKS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
EXAMPLE = next(block for block in BLOCKS if block.startswith("# devices/tanuki_tk20.toml"))
SMALL_SITE = next(block for block in BLOCKS if block.startswith("# pump.toml"))
DISPLAY_KWH = 73_518.264
OWN = """[device]
name = "Kawaru Denki PM-7"
source = "leaflet 3 of 4"
[fields]
l1_v = { register = "input", address = 0, type = "float32", order = "CDAB", unit = "v", max = 300 }
l2_v = { register = "input", address = 2, type = "float32", order = "CDAB", unit = "v", max = 300 }
l3_v = { register = "input", address = 4, type = "float32", order = "CDAB", unit = "v", max = 300 }
power_kw = { register = "input", address = 12, type = "float32", order = "CDAB", unit = "kw" }
line_hz = { register = "input", address = 70, type = "float32", order = "CDAB", unit = "hz" }
winding_degc = { register = "input", address = 102, type = "int16", scale = 0.1, unit = "degc", \
nan = [0x8000] }
[fields.energy_kwh]
register = "input"
address = 100
type = "uint32"
order = "CDAB"
scale = 0.1
unit = "kwh"
kind = "counter"
modulus = 100_000_000
max_rate_per_s = 0.17
rate = "power_kw"
"""

Say = Callable[..., Result]


@pytest.fixture
def meter(serve: Callable[..., Any]) -> Any:
    return serve("unknown")


@pytest.fixture
def example(serve: Callable[..., Any]) -> Any:
    """The meter of the page's example, as its map describes it."""
    table: dict[str, Any] = {"name": "tk20", "unit": 3, "field": {}}
    for name, field in parse_profile("tanuki_tk20", EXAMPLE).fields.items():
        shown = table["field"][name] = {
            "register": field.register, "address": field.address, "type": field.type,
            "order": field.order, "scale": field.scale,
        }  # fmt: skip
        if field.kind == "counter":
            start = round(DISPLAY_KWH / field.scale)
            shown |= {"modulus": field.modulus, "start": start}
            shown |= {"low": 0.011, "high": 0.011, "per_s": 0.0}
        else:
            middle = 0.75 * (field.max or 0.0) + 0.25 * (field.min or 0.0)
            shown |= {"low": middle, "high": middle, "per_s": 0.0}
    return serve(table)


def shown_on_display(meter: Any, field: Field) -> float:
    """What the meter's display would show: the truth, with four digits."""
    twin = next(one for one in meter.bus.devices[7].fields if one.address == field.address)
    t_s = meter.bus.now_s()
    value = twin.total.shown(t_s) * twin.scale if twin.total else twin.swing.at(t_s)
    return float(f"{value:.4g}")


def there(line: str, port: int) -> list[str]:
    """A command of the page, for a meter that is served here."""
    return shlex.split(line.replace("192.168.1.40", f"127.0.0.1 --port {port}"), comments=True)[1:]


def test_the_example_is_not_the_simulated_meter() -> None:
    assert "PM-7" in load(Path("unknown")).datasheet
    assert "PM-7" not in EXAMPLE


def test_the_line_of_the_page_is_what_probe_prints(hinoban: Say, example: Any) -> None:
    command = next(line for line in PAGE.splitlines() if f"--expect {DISPLAY_KWH}" in line)
    line = next(line for line in PAGE.splitlines() if line.startswith("energy_kwh = { register"))
    done = hinoban(*there(command, example.port), "--wait", 0.3)
    assert line in done.stdout.splitlines()
    assert "Not certain" not in done.stdout


def test_the_small_site_of_the_page(
    hinoban: Say, example: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("devices").mkdir()
    Path("devices/tanuki_tk20.toml").write_text(EXAMPLE, "utf-8")
    host = 'host = "192.168.1.40"'
    assert host in SMALL_SITE
    here = f'host = "127.0.0.1"\nport = {example.port}\n#'
    Path("pump.toml").write_text(SMALL_SITE.replace(host, here), "utf-8")
    commands = [line for line in PAGE.splitlines() if "--config pump.toml" in line]
    commands += [line for line in PAGE.splitlines() if "--profile devices" in line]
    assert len(commands) == 4
    for command in commands:
        done = hinoban(*there(command, example.port))
        assert done.exit_code == 0, done.stdout + done.stderr
        assert ("none implausible" in done.stdout) == ("--live" in command or "--prof" in command)
    assert "not read, as [meter.points] does not name them: l1_v" in hinoban(
        *there(commands[2], example.port)
    ).stdout  # fmt: skip


def test_the_leaflet_shows_what_the_meter_shows() -> None:
    device = load(Path("unknown"))
    display = device.datasheet.partition("Display when")[2].partition("\n")[2]
    shown = [float(number) for number in re.findall(r"(?<!L)(\d+(?:\.\d+)?) ", f"{display} ")]
    true = [
        one.total.shown(0.0) * one.scale if one.total else one.swing.at(0.0)
        for one in device.fields
        if one.swing or one.total
    ]
    assert shown == pytest.approx(true)


@pytest.mark.parametrize("off", [0, 1])
def test_the_leaflets_total_settles_order_and_counting(hinoban: Say, meter: Any, off: int) -> None:
    done = hinoban("probe", "127.0.0.1", "--port", meter.port, "--unit", 7, "--register", "input",
                   "--address", 100 + off, "--expect", 4821337.7, "--wait", 0)  # fmt: skip
    assert 'address = 100, type = "int32", order = "CDAB", scale = 0.1' in done.stdout
    assert "Not certain" not in done.stdout


def test_probe_finds_every_line(hinoban: Say, meter: Any) -> None:
    for name, field in parse_profile("kawaru_pm7", OWN).fields.items():
        done = hinoban(
            "probe", "127.0.0.1", "--port", meter.port, "--unit", 7, "--register", "input",
            "--address", field.address, "--expect", shown_on_display(meter, field),
            "--name", name, "--wait", 0, "--json",
        )  # fmt: skip
        line = tomllib.loads(json.loads(done.stdout)["line"])[name]
        found = (line["address"], line["order"], line.get("scale", 1.0))
        assert found == (field.address, field.order, field.scale), name
        assert line["type"].removeprefix("u") == field.type.removeprefix("u"), name


def test_an_address_as_the_leaflet_counts_is_corrected(hinoban: Say, meter: Any) -> None:
    done = hinoban("probe", "127.0.0.1", "--port", meter.port, "--unit", 7, "--register", "input",
                   "--address", 30001, "--expect", 230)  # fmt: skip
    assert "mostly means --register input --address 0" in done.stderr


def test_the_map_of_the_leaflet(hinoban: Say, meter: Any, tmp_path: Path) -> None:
    path = tmp_path / "kawaru_pm7.toml"
    path.write_text(OWN, "utf-8")
    done = hinoban("probe", "127.0.0.1", "--port", meter.port, "--unit", 7, "--profile", path,
                   "--json")  # fmt: skip
    told = json.loads(done.stdout)
    written: Profile = parse_profile("kawaru_pm7", OWN)
    assert {row["field"] for row in told["fields"]} == set(written.fields)
    for row in told["fields"]:
        truth = shown_on_display(meter, written.fields[row["field"]])
        assert row["value"] == pytest.approx(truth, rel=0.02), row
    assert told["remarks"] == []
