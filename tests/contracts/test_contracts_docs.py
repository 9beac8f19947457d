"""The documents are true: links lead somewhere, commands exist, example files load."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app

ROOT = Path(__file__).resolve().parents[2]
PAPERS = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not {"node_modules", ".venv", ".demo", ".typings", ".pytest_cache"} & set(path.parts)
)
ROOMS = ("agent", "firmware", "gateway", "dashboards", "simulators", "tests")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
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


def test_changelog_says_which_numbers_move() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## Unreleased" in text
    assert "### Numbers" in text
