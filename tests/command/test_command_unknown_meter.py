"""The page's ten minutes, done: from a leaflet to points, with a meter nobody has described."""

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from click.testing import Result

from gateway.modbus.profile import Field, Profile, parse_profile

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "gateway/modbus/README.md").read_text("utf-8")
CONFIGS = ROOT / "tests/golden/configs"
MAP = next(
    block
    for block in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    if block.startswith("# devices/kawaru_pm7.toml")
)

Say = Callable[..., Result]


@pytest.fixture
def meter(serve: Callable[..., Any]) -> Any:
    return serve("unknown")


@pytest.fixture
def written() -> Profile:
    return parse_profile("kawaru_pm7", MAP)


def shown_on_display(meter: Any, field: Field) -> float:
    """What the meter's display would show: the truth, with three or four digits."""
    device = meter.bus.devices[7]
    twin = next(one for one in device.fields if one.address == field.address)
    t_s = meter.bus.now_s()
    value = twin.total.shown(t_s) * twin.scale if twin.total else twin.swing.at(t_s)
    return float(f"{value:.4g}")


def test_probe_finds_every_line_of_the_page(hinoban: Say, meter: Any, written: Profile) -> None:
    for name, field in written.fields.items():
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


def test_the_map_and_the_site_of_the_page(
    hinoban: Say, meter: Any, written: Profile, tmp_path: Path
) -> None:
    (tmp_path / "devices").mkdir()
    path = tmp_path / "devices" / "kawaru_pm7.toml"
    path.write_text(MAP, "utf-8")
    done = hinoban("probe", "127.0.0.1", "--port", meter.port, "--unit", 7, "--profile", path,
                   "--json")  # fmt: skip
    rows = json.loads(done.stdout)["fields"]
    assert {row["field"] for row in rows} == set(written.fields)
    for row in rows:
        truth = shown_on_display(meter, written.fields[row["field"]])
        assert row["value"] == pytest.approx(truth, rel=0.02), row

    raw = tomllib.loads((CONFIGS / "good.toml").read_text("utf-8"))
    site = next(
        tomllib.loads(block)
        for block in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
        if 'id = "pump_panel"' in block
    )
    raw["site"] |= site["site"]
    for other in raw["meter"]:
        other |= {"host": "127.0.0.1", "port": 1}
    raw["meter"] += [site["meter"][0] | {"host": "127.0.0.1", "port": meter.port}]
    (tmp_path / "site.toml").write_text(tomli_w.dumps(raw), "utf-8")
    (tmp_path / "lots.toml").write_text((CONFIGS / "lots.toml").read_text("utf-8"), "utf-8")
    assert hinoban("check", "--config", tmp_path / "site.toml").exit_code == 0
    done = hinoban("check", "--live", "--json", "--config", tmp_path / "site.toml")
    rows = [row for row in json.loads(done.stdout)["fields"] if row["meter"] == "pump_panel"]
    assert [row["quality"] for row in rows] == ["good"] * 3
