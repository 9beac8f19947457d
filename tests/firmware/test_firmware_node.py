"""The node suite runs whole, on real MicroPython and on CPython."""

import ast
import json
from collections.abc import Callable
from pathlib import Path

import pytest

BUILT_IN_MICROPYTHON = {
    "_thread", "array", "asyncio", "binascii", "collections.abc", "errno", "gc", "hashlib", "json",
    "math", "os", "random", "select", "socket", "ssl", "struct", "sys", "time", "typing", "vfs",
    "esp32", "machine", "network", "onewire", "rp2",
}  # fmt: skip
# What only a chip has, and the modules that may ask for it.
CHIP = {"esp32", "machine", "network", "onewire", "rp2", "vfs"}
CHIP_MODULES = {"slots.py", "flash.py", "pinboard.py", "pinbuses.py"}


NODE_FILES = sorted((Path(__file__).parent / "node").glob("node_*.py"))


def cases_in(file: Path) -> list[str]:
    return sorted(
        f"{file.stem}.{item.name}"
        for item in ast.parse(file.read_text()).body
        if isinstance(item, ast.FunctionDef) and item.name.startswith("test_")
    )


@pytest.mark.parametrize("file", NODE_FILES, ids=lambda file: file.stem)
def test_the_node_suite_passes(
    file: Path,
    run_node: Callable[..., str],
    python: list[str],
    firmware_directory: Path,
    golden_directory: Path,
    tmp_path: Path,
) -> None:
    said = run_node("run.py", firmware_directory, golden_directory, tmp_path, file.stem)
    report = json.loads(said)

    assert report["failed"] == {}
    assert sorted(report["ran"]) == cases_in(file)
    assert report["python"] == ("micropython" if "-X" in python else "cpython")


def test_the_node_suite_is_there() -> None:
    assert sum(len(cases_in(file)) for file in NODE_FILES) > 190


def test_the_firmware_imports_only_what_a_board_has(firmware_directory: Path) -> None:
    own = {file.stem for file in firmware_directory.glob("*.py")}
    for file in firmware_directory.glob("*.py"):
        for item in ast.walk(ast.parse(file.read_text())):
            names = []
            if isinstance(item, ast.Import):
                names = [alias.name for alias in item.names]
            elif isinstance(item, ast.ImportFrom):
                names = [item.module]
            for name in names:
                assert name in own | BUILT_IN_MICROPYTHON, f"{file.name} imports {name}"
                assert name not in CHIP or file.name in CHIP_MODULES, file.name
