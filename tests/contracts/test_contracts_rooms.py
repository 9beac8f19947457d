"""The borders between rooms hold, and the agent stays pure."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_imports_keep_their_direction() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    kept = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    assert f"Contracts: {len(kept)} kept, 0 broken" in done.stdout


def test_top_level_holds_the_rooms_and_nothing_else() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    top = {Path(name).parts[0] for name in tracked}
    rooms = {"agent", "firmware", "gateway", "dashboards", "simulators", "tests"}
    papers = {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile",
              "pyproject.toml"}  # fmt: skip
    rest = {name for name in top - rooms - papers if not name.startswith(".")}
    assert {name for name in rest if not name.endswith(".lock")} == set()
    assert rooms | papers <= top


def test_locks_are_hashed_and_name_no_host() -> None:
    locks = sorted(ROOT.glob("requirements*.lock"))
    assert len(locks) == 5
    for lock in locks:
        text = lock.read_text()
        assert "--hash=sha256:" in text
        assert "://" not in text
    npm = (ROOT / "dashboards/operator/package-lock.json").read_text()
    assert '"integrity"' in npm
    assert '"resolved"' not in npm
