"""A site brings register maps of its own, in a folder beside its file."""

from pathlib import Path

import pytest

from gateway.modbus.profile import ProfileError
from gateway.problems import ConfigError
from gateway.site import load_site

CONFIGS = Path(__file__).resolve().parents[2] / "tests/golden/configs"
MAP = """[device]
name = "Meter"
source = "manual 3, page 12"
[fields]
power_kw = { register = "holding", address = 0, type = "int32", unit = "kw" }
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    text = (CONFIGS / "good.toml").read_text()
    assert "[site]\n" in text
    text = text.replace("[site]\n", '[site]\nprofiles = "devices"\n')
    (tmp_path / "site.toml").write_text(text)
    (tmp_path / "lots.toml").write_text((CONFIGS / "lots.toml").read_text())
    (tmp_path / "devices").mkdir()
    return tmp_path / "site.toml"


def test_maps_of_the_site_stand_beside_those_of_the_gateway(site: Path) -> None:
    (site.parent / "devices" / "attic_meter.toml").write_text(MAP)
    profiles = load_site(site).profiles
    assert profiles["attic_meter"].fields["power_kw"].type == "int32"
    assert "generic_power_meter" in profiles


def test_a_name_the_gateway_has_is_refused(site: Path) -> None:
    (site.parent / "devices" / "generic_power_meter.toml").write_text(MAP)
    with pytest.raises(ConfigError, match=r"has a register map of this name already\. Rename") as e:
        load_site(site)
    assert "devices/generic_power_meter.toml" in str(e.value)
    assert (
        e.value.problems[0].line == site.read_text().splitlines().index('profiles = "devices"') + 1
    )


def test_a_folder_that_is_not_there(site: Path) -> None:
    (site.parent / "devices").rmdir()
    with pytest.raises(ConfigError, match="there is no such folder"):
        load_site(site)


def test_a_wrong_line_is_named(site: Path) -> None:
    (site.parent / "devices" / "attic_meter.toml").write_text(MAP.replace("int32", "int23"))
    with pytest.raises(ProfileError, match=r"attic_meter\.toml:5: .*int32"):
        load_site(site)
