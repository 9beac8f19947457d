"""`--meter` needs the tables of lines and meters only, and says what is wrong with them."""

import tomllib
from pathlib import Path

import pytest

from gateway.problems import ConfigError
from gateway.site import load_meters, load_site

CONFIGS = Path(__file__).resolve().parents[2] / "tests/golden/configs"
SMALL = """[site]
id = "mill"
name = "Mill"
timezone = "Asia/Tokyo"

[[meter]]
id = "pump"
profile = "generic_power_meter"
host = "192.168.1.40"
[meter.points]
active_power_kw = "unit1.pump.active_power_kw"

[[meter]]
id = "fan"
profile = "generic_power_meter"
host = "192.168.1.41"
[meter.points]
active_power_kw = "unit1.fan.active_power_kw"
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    return path


def test_lines_and_meters_are_enough(small: Path) -> None:
    found = load_meters(small, ["pump"])
    assert [meter.id for meter in found.tables.meter] == ["pump"]
    assert found.directory is None


def test_of_a_whole_site_the_rest_need_not_hold(tmp_path: Path) -> None:
    text = (CONFIGS / "good.toml").read_text()
    fuel = 'table = "other_bituminous_coal"'
    assert fuel in text
    (tmp_path / "site.toml").write_text(text.replace(fuel, "table = 3"))
    first = tomllib.loads(text)["meter"][0]["id"]
    found = load_meters(tmp_path / "site.toml", [first])
    assert [meter.id for meter in found.tables.meter] == [first]
    assert found.directory is not None
    assert found.directory.parent == tmp_path


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('id = "fan"', 'id = "pump"', "another meter has this id already"),
        ('"192.168.1.40"', '"192.168.1.40:15502"', 'host = "192.168.1.40" and port = 15502'),
        (
            '"generic_power_meter"\nhost = "192.168.1.40"',
            '"tk20"\nhost = "192.168.1.40"',
            '(a map of your own: [site] profiles = "devices")',
        ),
        ("Asia/Tokyo", "Asia/Tokio", "time zone is unknown"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_them_is_said(small: Path, old: str, new: str, words: str) -> None:
    assert old in SMALL
    small.write_text(SMALL.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        load_meters(small, ["pump"])
    assert words in str(caught.value)


def test_a_table_that_nobody_knows(small: Path) -> None:
    small.write_text(SMALL.replace("[meter", "[metre"))
    with pytest.raises(ConfigError, match="Did you mean 'meter'"):
        load_meters(small, ["pump"])


def test_a_meter_that_is_not_there(small: Path) -> None:
    with pytest.raises(ConfigError, match="Did you mean 'pump'"):
        load_meters(small, ["pumq"])


def test_points_without_their_table_are_one_problem(small: Path) -> None:
    points = ("[meter.points]\n", "", "Put [meter.points] above the line of 'active_power_kw'")
    small.write_text(SMALL.replace(*points[:2], 1))
    with pytest.raises(ConfigError) as caught:
        load_meters(small, ["pump"])
    assert len(caught.value.problems) == 1
    assert points[2] in str(caught.value)


def test_what_a_whole_site_lacks_is_told_with_an_example(small: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_site(small)
    lacking = {problem.where: problem.remedy for problem in caught.value.problems}
    assert {"storage", "unit", "cofiring", "fuel"} <= lacking.keys()
    assert "gateway/deploy/example-plant.toml" in lacking["storage"]
    assert "--meter" in lacking["storage"]
