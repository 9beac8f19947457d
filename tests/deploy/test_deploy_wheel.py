"""What is installed without a checkout finds its page, tables, register maps and firmware."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

LOOK = """
import json
from gateway.cli import app
from gateway.footprint.tables import load_tables
from gateway.http.assets import find_page
from gateway.modbus.profile import load_profiles
from simulators import runtime, scenario
print(json.dumps({
    "home": runtime.__file__,
    "page": str(find_page()),
    "firmware": runtime.FIRMWARE.is_file(),
    "tables": [table.name for table in load_tables().versions],
    "profiles": len(load_profiles()),
    "scenarios": scenario.names(),
}))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of this tree, unpacked where pip would put it."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = folder.glob("hinoban-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site-packages")
    return folder / "site-packages"


def run(installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    empty = installed.parent / "empty"
    empty.mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=empty, env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_everything_is_found_beside_the_program(installed: Path) -> None:
    done = run(installed, "-c", LOOK)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["home"].startswith(str(installed))
    assert found["page"] == str(installed / "gateway" / "http" / "page")
    assert found["firmware"]
    assert {"fuels", "fuels_shk", "gwp", "physics", "schemes"} <= set(found["tables"])
    assert found["profiles"] >= 8
    assert {"calm", "self-heating"} <= set(found["scenarios"])


def test_the_example_plant_is_complete_without_a_checkout(installed: Path) -> None:
    example = installed / "gateway" / "deploy" / "example-plant.toml"
    done = run(installed, "-m", "gateway.cli", "check", "--config", str(example), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["meters"] >= 5


def test_no_tests_or_sources_of_the_page_are_in_the_wheel(installed: Path) -> None:
    top = {path.name for path in installed.iterdir() if not path.name.endswith(".dist-info")}
    assert top == {"agent", "firmware", "gateway", "simulators"}
