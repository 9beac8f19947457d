"""A shrunk program is the same program: its whole suite passes on MicroPython."""

import ast
import json
import platform
import subprocess
import sys
from pathlib import Path

import pytest
from shipped import ship

from gateway.boards.shrinking import shrunk

ROOT = Path(__file__).parents[2]
NODE = ROOT / "tests" / "firmware" / "node"
SOURCES = {file.stem: file.read_text() for file in sorted((ROOT / "firmware").glob("*.py"))}


def looked_behind() -> set[str]:
    """Names that the node suite uses though they are private, those it sets and those it gives."""
    found = set()
    for file in NODE.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Attribute) and (
                node.attr.startswith("_") or isinstance(node.ctx, ast.Store)
            ):
                found.add(node.attr)
            elif isinstance(node, ast.keyword) and node.arg is not None:
                found.add(node.arg)
    return found


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ship(tmp_path_factory.mktemp("shrunk"), keep=looked_behind())


@pytest.mark.parametrize("file", sorted(NODE.glob("node_*.py")), ids=lambda file: file.stem)
def test_the_node_suite_passes_on_what_is_shipped(file: Path, built: Path, tmp_path: Path) -> None:
    if platform.machine() != "x86_64":
        pytest.skip("no MicroPython for this machine")
    interpreter = str(Path(sys.executable).with_name("micropython"))
    done = subprocess.run(
        [interpreter, "-X", "heapsize=256k", str(NODE / "run.py"), str(built),
         str(ROOT / "tests" / "golden" / "wire"), str(tmp_path), file.stem],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["failed"] == {}
    assert report["ran"]


def one(text: str, **others: str) -> str:
    return shrunk({"one": text, **others})["one"]


def test_what_only_readers_need_goes() -> None:
    assert one('''
"""A module."""
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

def call(what: "Callable[[], int]") -> "int":
    """Call it."""
    found: "int" = what()
    return found
''') == "def call(isalpha):\n    found = isalpha()\n    return found"  # fmt: skip


def test_numbers_become_constants_and_what_is_set_again_stays() -> None:
    text = one("_STEP_MS = 5 * 60\nLIMIT = -(_STEP_MS + 1)\n_count = 3\n_RATE = 0.5\n")
    assert (
        text == "isalpha = const(5 * 60)\nLIMIT = const(-(isalpha + 1))\nislower = 3\nisdigit = 0.5"
    )


def test_new_names_never_meet_a_name_that_is_there() -> None:
    text = one("import _thread\n_a = []\ndef _first(_b):\n    return _thread.lock(_a, _b)\n")
    assert (
        text
        == "import _thread\n_a = []\n\ndef isdigit(isalpha):\n    return _thread.lock(_a, isalpha)"
    )


def test_what_functions_are_given_is_renamed_unless_it_is_given_by_name() -> None:
    text = one(
        "def near(reading, limit, a=1):\n    return lambda: reading - limit < a\n"
        "def far(reading):\n    return near(reading, limit=3)"
    )
    assert text == (
        "def near(isalpha, limit, a=1):\n    return lambda: isalpha - limit < a\n\n"
        "def far(isalpha):\n    return near(isalpha, limit=3)"
    )


def test_a_name_asked_for_by_a_string_stays() -> None:
    text = "class Part:\n\n    def _far(self):\n        return hasattr(self, '_far')"
    assert one(text) == text


def test_a_heir_in_another_module_keeps_the_names_it_inherits() -> None:
    base = "class Base:\n\n    def _work(self):\n        pass"
    heir = "import base\n\nclass Heir(base.Base):\n\n    def _work(self):\n        pass"
    assert shrunk({"base": base, "heir": heir}) == {"base": base, "heir": heir}


def test_nobody_uses_another_modules_private_names() -> None:
    """What makes a short name safe; an heir is the exception that the shrinking knows."""
    for name, text in SOURCES.items():
        tree = ast.parse(text)
        modules = {a.asname or a.name for node in ast.walk(tree) if isinstance(node, ast.Import)
                   for a in node.names}  # fmt: skip
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
                inside = isinstance(node.value, ast.Name) and node.value.id in modules
                assert not inside or node.attr.startswith("__"), f"{name}: {ast.unparse(node)}"
