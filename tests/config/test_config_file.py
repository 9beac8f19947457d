"""A site's file either holds or names every problem with line, value, reason and remedy."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.problems import ConfigError
from gateway.site import load_site

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "gateway/deploy/example-plant.toml"
CONFIGS = ROOT / "tests/golden/configs"
BROKEN = json.loads((CONFIGS / "expected.json").read_text())


def test_the_example_plant_holds() -> None:
    site = load_site(EXAMPLE)
    assert len(site.config.stores()) == 202
    assert len(site.config.board) == 6
    assert len(site.points()) == 60
    assert {lot.fuel for lot in site.lots} == {"coal", "pellets", "rpf"}


def test_the_small_site_holds() -> None:
    assert load_site(CONFIGS / "good.toml").config.site.id == "mill"


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_a_broken_site_names_line_value_and_remedy(name: str) -> None:
    expected = BROKEN[name]
    with pytest.raises(ConfigError) as caught:
        load_site(CONFIGS / f"{name}.toml")
    problem = next(p for p in caught.value.problems if p.line == expected["line"])
    assert expected["value"] in str(problem)
    assert expected["remedy"] in problem.remedy
    assert problem.reason


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_check_and_run_start_nothing_on_a_broken_site(name: str, tmp_path: Path) -> None:
    text = (CONFIGS / f"{name}.toml").read_text()
    (tmp_path / "site.toml").write_text(text)
    (tmp_path / "lots.toml").write_text((CONFIGS / "lots.toml").read_text())
    command = [sys.executable, "-m", "gateway.cli", "run", "--config", str(tmp_path / "site.toml")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"site.toml:{BROKEN[name]['line']}: " in done.stderr
    assert "nothing was started" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data").exists()


def test_every_problem_is_named_not_only_the_first(tmp_path: Path) -> None:
    text = (CONFIGS / "good.toml").read_text()
    text = text.replace('timezone = "Asia/Tokyo"', 'timezone = "Asia/Tokio"')
    text = text.replace('store = "s1"', 'store = "s9"')
    (tmp_path / "site.toml").write_text(text)
    (tmp_path / "lots.toml").write_text((CONFIGS / "lots.toml").read_text())
    with pytest.raises(ConfigError) as caught:
        load_site(tmp_path / "site.toml")
    assert [problem.where for problem in caught.value.problems] == [
        "site.timezone", "board.bs1.store",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        pytest.param("[site]", "[site", 1, "Expected ']'", id="no TOML"),
        pytest.param('deadband = 2.0', 'deadband = -2.0', 61, "greater than or equal to 0",
                     id="negative deadband"),
        pytest.param('unit = "degc"\n', '', 55, "'limit' and 'unit'", id="limit without unit"),
        pytest.param('[cofiring]', '[http]\nhost = "0.0.0.0"\n\n[cofiring]', 35, "loopback",
                     id="open to the network without TLS"),
        pytest.param('table = "other_bituminous_coal"', 'table = "bituminous_coal"', 41,
                     "no such entry", id="unknown fuel table"),
    ],
)  # fmt: skip
def test_other_mistakes(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    text = (CONFIGS / "good.toml").read_text()
    assert text.count(old) == 1
    (tmp_path / "site.toml").write_text(text.replace(old, new))
    (tmp_path / "lots.toml").write_text((CONFIGS / "lots.toml").read_text())
    with pytest.raises(ConfigError) as caught:
        load_site(tmp_path / "site.toml")
    assert caught.value.problems[0].line == line
    assert words in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml.*cannot be read"):
        load_site(tmp_path / "nowhere.toml")
