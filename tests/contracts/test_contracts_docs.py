"""The documents are true: links lead somewhere, commands exist, example files load."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import tomli_w
from typer.testing import CliRunner

from gateway.cli import app
from gateway.modbus.profile import parse_profile
from gateway.site import load_site

ROOT = Path(__file__).resolve().parents[2]
PAPERS = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not {"node_modules", ".venv", ".demo", ".typings", ".pytest_cache"} & set(path.parts)
)
ROOMS = ("agent", "firmware", "gateway", "dashboards", "simulators", "tests")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
MODBUS = ROOT / "gateway/modbus"
TOML = re.compile(r"```toml\n(.*?)```", re.DOTALL)
FENCE = re.compile(r"```(?:sh|bash|console)?\n(.*?)```", re.DOTALL)


def commands() -> list[tuple[str, str]]:
    """Every line that calls hinoban or make in a fenced block of any paper."""
    found = []
    for paper in PAPERS:
        for block in FENCE.findall(paper.read_text(encoding="utf-8")):
            for line in block.splitlines():
                words = line.split("#")[0].strip().removeprefix("$ ").strip()
                if re.match(r"(\.venv/bin/)?hinoban |make ", words):
                    found.append((str(paper.relative_to(ROOT)), words))
    return found


@pytest.mark.parametrize("paper", PAPERS, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(paper: Path) -> None:
    targets = LINK.findall(paper.read_text(encoding="utf-8"))
    assert [t for t in targets if not (paper.parent / t).exists()] == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_has_its_paper(room: str) -> None:
    text = (ROOT / room / "README.md").read_text(encoding="utf-8").lower()
    for word in ("is", "is not", "in", "out"):
        assert re.search(rf"(\*\*|## ?)(what )?(it )?{word}\b", text), word


@pytest.mark.parametrize(("paper", "line"), commands())
def test_commands_in_papers_exist(paper: str, line: str) -> None:
    words = shlex.split(line)
    if words[0] == "make":
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert [w for w in words[1:] if "=" not in w and w not in targets] == []
        return
    path = [word for word in words[1:] if not word.startswith("-")]
    runner = CliRunner()
    for depth in (2, 1):
        done = runner.invoke(app, [*path[:depth], "--help"])
        if done.exit_code == 0:
            break
    assert done.exit_code == 0, done.output
    for option in (word for word in words if word.startswith("--")):
        assert option.split("=")[0] in done.output, f"{paper}: {option}"


def test_commands_are_found_at_all() -> None:
    assert {line.split()[0] for _, line in commands()} >= {"make", ".venv/bin/hinoban"}


def test_register_maps_and_meters_in_papers_load(tmp_path: Path) -> None:
    blocks = TOML.findall((MODBUS / "README.md").read_text(encoding="utf-8"))
    maps = [block for block in blocks if "[fields]" in block]
    sites = [tomllib.loads(block) for block in blocks if block not in maps]
    assert maps
    (tmp_path / "devices").mkdir()
    for block in maps:
        path = re.match(r"# devices/(\w+)\.toml\n", block)
        assert path is not None, block
        assert parse_profile(path[1], block).fields
        (tmp_path / "devices" / f"{path[1]}.toml").write_text(block, encoding="utf-8")
    golden = ROOT / "tests/golden/configs"
    (tmp_path / "lots.toml").write_text((golden / "lots.toml").read_text("utf-8"), "utf-8")
    raw = tomllib.loads((golden / "good.toml").read_text("utf-8"))
    raw["site"]["profiles"] = "devices"
    raw["line"] = [line for site in sites for line in site.get("line", ())]
    raw["meter"] += [meter for site in sites for meter in site.get("meter", ())]
    (tmp_path / "site.toml").write_text(tomli_w.dumps(raw), "utf-8")
    site = load_site(tmp_path / "site.toml")
    assert {line.transport for line in site.config.line} == {"tls", "rtu", "rtu_over_tcp"}


def test_what_the_example_plant_leaves_out_loads_too(tmp_path: Path) -> None:
    example = ROOT / "gateway/deploy/example-plant.toml"
    text = example.read_text("utf-8")
    hidden = text.partition("to use it.\n#\n")[2].partition("\n\n")[0]
    shown = re.sub(r"^# ?", "", hidden, flags=re.MULTILINE)
    assert hidden
    (tmp_path / "site.toml").write_text(text.replace(hidden, shown), "utf-8")
    lots = example.with_name("example-lots.toml").read_text("utf-8")
    (tmp_path / "example-lots.toml").write_text(lots, "utf-8")
    site = load_site(tmp_path / "site.toml")
    assert [meter.id for meter in site.config.meter if meter.line == "mcc_a"] == ["fan", "mill"]


def test_the_list_of_modbus_modules_is_exact() -> None:
    listed = (MODBUS / "README.md").read_text(encoding="utf-8").partition("## Modules")[2]
    modules = {path.name for path in MODBUS.glob("*.py")} - {"__init__.py"}
    assert set(re.findall(r"`(\w+\.py)`", listed)) == modules


def test_changelog_says_which_numbers_move() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## Unreleased" in text
    assert "### Numbers" in text
