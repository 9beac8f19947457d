"""A shrunk program is the same program: its whole suite passes on MicroPython, in 128 KiB."""

import ast
import builtins
import importlib
import json
import platform
import subprocess
import sys
import types
from collections.abc import Mapping
from pathlib import Path

import pytest
from shipped import NODE, ROOT, ship, sources

from gateway.boards.rom_names import ROM
from gateway.boards.shrinking import shrunk
from gateway.boards.stripping import stripped

SOURCES = sources(ROOT / "firmware")
RUN = "import sys; sys.path.insert(0, sys.argv.pop(1)); import run"


def looked_behind() -> set[str]:
    """Names that the node suite uses though they are private, or of modules it replaces."""
    found = set()
    for text in sources(NODE).values():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Attribute):
                found.add(node.attr)
            elif isinstance(node, ast.keyword) and node.arg is not None:
                found.add(node.arg)
    private = {name for name in found if name.startswith("_")}
    return private | {"Cable", "PINS", "PinBuses", "port"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The firmware as it is shipped, and the node suite that knows its names."""
    folder = tmp_path_factory.mktemp("shrunk")
    suite = folder / "suite"
    program = ship(folder / "mpy", keep=looked_behind(), beside=sources(NODE), kept_beside=suite)
    return program, suite


@pytest.mark.parametrize("name", sorted(file.stem for file in NODE.glob("node_*.py")))
def test_the_node_suite_passes_on_what_is_shipped(
    name: str, built: tuple[Path, Path], tmp_path: Path
) -> None:
    if platform.machine() != "x86_64":
        pytest.skip("no MicroPython for this machine")
    interpreter = str(Path(sys.executable).with_name("micropython"))
    program, suite = built
    done = subprocess.run(
        [interpreter, "-X", "heapsize=128k", "-c", RUN, str(suite), str(program),
         str(ROOT / "tests" / "golden" / "wire"), str(tmp_path), name],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["failed"] == {}
    assert report["ran"]


def one(text: str, **others: str) -> str:
    """A module's text, with functions that are called like MicroPython's own."""
    return shrunk({"one": text, **others}, ["open", "read"]).texts["one"]


def test_what_only_readers_need_goes() -> None:
    assert one('''
"""A module."""
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

def open(what: "Callable[[], int]") -> "int":
    """Call it."""
    found: "int" = what()
    return found
''') == "def open(a2b_base64):\n    found = a2b_base64()\n    return found"  # fmt: skip


def test_numbers_stand_where_their_names_stood_in_every_module() -> None:
    first = "_STEP_MS = 5 * 60\nLIMIT = -(_STEP_MS + 1)\nRATE = 0.5\nprint(_STEP_MS, RATE)"
    second = "import first\nMOST = first.LIMIT * 2\nprint(MOST)"
    texts = shrunk({"first": first, "second": second}, keep=["RATE"]).texts
    assert texts["first"] == "RATE = 0.5\nprint(300, RATE)"
    assert texts["second"] == "import first\nprint(-602)"


def test_a_number_that_is_set_again_stays() -> None:
    first = "LIMIT = 3\n_count = 3\n\ndef main():\n    return (LIMIT, _count)"
    assert one(first, other="import one\none.LIMIT = 4").count("= 3") == 2


def test_what_the_program_binds_has_one_new_name_in_all_of_it() -> None:
    ring = "class Ring:\n\n    def __init__(self):\n        self.newest = 0"
    main = "import ring\n\ndef main():\n    return ring.Ring().newest"
    built = shrunk({"ring": ring, "main": main})
    assert set(built.public) == {"ring__Ring", "main__main", "newest"}
    assert set(built.public.values()) <= set(ROM)
    short, newest = built.public["ring__Ring"], built.public["newest"]
    assert built.texts["main"].endswith(f"return ring.{short}().{newest}")
    assert f"class {short}:" in built.texts["ring"]
    assert f"self.{newest} = 0" in built.texts["ring"]


def test_names_of_libraries_and_of_chips_and_those_in_strings_stay() -> None:
    text = """
import machine, json
class Part:
    def cancel(self): self.reset_cause = machine.reset_cause()
    def describe(self): return json.dumps(1, separators=getattr(self, "describe"))
    def parted(self, separators): return self.reset_cause
"""
    assert set(shrunk({"one": text}).public) == {"one__Part", "parted"}


def test_a_new_name_is_nowhere_used_already() -> None:
    text = "def far(add):\n    return sorted(map(abs, add), key=min)\n\ndef near():\n    pass"
    built = shrunk({"one": text})
    assert set(built.public) == {"one__far", "one__near"}
    assert not set(built.public.values()) & {"sorted", "map", "abs", "min", "add"}


def test_what_stands_at_a_modules_top_is_not_what_an_object_has() -> None:
    one = "class Part:\n\n    def free(self):\n        pass\n\ndef free(part):\n    part.free()"
    built = shrunk({"one": one, "two": "import one\n\ndef run(one):\n    one.free()"})
    inside, outside = built.public["free"], built.public["one__free"]
    assert f"    def {inside}(self)" in built.texts["one"]
    assert f"\ndef {outside}(" in built.texts["one"]
    assert f".{inside}()" in built.texts["two"]  # what it is given hides the module


def test_what_stands_beside_learns_the_names_and_keeps_its_own() -> None:
    ring = "class Ring:\n\n    def free(self):\n        pass"
    beside = "import ring\n\ndef test_free():\n    ring.Ring().free()\n    [].abs()"
    built = shrunk({"ring": ring}, beside={"test": beside})
    short, free = built.public["ring__Ring"], built.public["free"]
    assert free != "abs"
    assert built.beside["test"] == (
        f"import ring\n\ndef test_free():\n    ring.{short}().{free}()\n    [].abs()"
    )


def test_joined_modules_are_one_and_mean_what_they_meant() -> None:
    sources = {
        "files": "import os\nkept = []\n\ndef names():\n    return kept + [os.sep]",
        "ring": "import files\n\ndef names(kept):\n    files.kept.append(kept)\n"
                "    return [files for files in files.names()]",
        "lent": "import ring\n\ndef ask():\n    import files\n"
                "    return ring.names(1) + files.kept",
        "main": "import ring\n\ndef main():\n    import files, lent\n    said = files.names()\n"
                "    del files\n    return (said, lent.ask(), ring.names(2))",
    }  # fmt: skip
    built = shrunk(sources, ["main"], joined=("files", "ring", "main"))
    assert set(built.texts) == {"lent", "main"}
    assert said_by(sources) == said_by(built.texts) == (["/"], [1, "/", 1], [1, 2, "/"])


def said_by(texts: Mapping[str, str]) -> object:
    """What a program's main returns."""
    modules = {name: types.ModuleType(name) for name in texts}

    def find(name: str, *_: object) -> types.ModuleType:
        if name not in modules:
            return importlib.import_module(name)
        module = modules[name]
        if "__builtins__" not in vars(module):
            vars(module)["__builtins__"] = {**vars(builtins), "__import__": find}
            exec(texts[name], vars(module))  # noqa: S102, the test's own text
        return module

    return vars(find("main"))["main"]()


def test_the_names_used_most_come_first_in_code_that_never_runs() -> None:
    rare = "\n".join(f"def far{n}(self):\n    self.a{n}.b{n}" for n in range(100))
    text = one(f"{rare}\n\ndef open(self):\n    self.most.most.most.most")
    assert text.startswith("if __name__ is None:\n    __name__.self.")
    assert text.index(".most.") < text.index("def ")
    assert said_by({"main": f"{text}\n\ndef main():\n    return 1"}) == 1


def test_private_names_are_a_class_own_and_never_meet_a_public_one() -> None:
    text = """
class Far:
    def _go(self, other):
        self.far = self._gone = other._near
class Near:
    def __init__(self):
        self._left = self._near = 1
"""
    built = shrunk({"one": text})
    told = built.private["one"]
    far, near = built.public["one__Far"], built.public["one__Near"]
    assert set(told) == {f"{far}._go", f"{far}._gone", f"{near}._left", "_near"}
    assert {told[f"{far}._go"], told[f"{far}._gone"]} >= {told[f"{near}._left"]}
    assert len({told["_near"], built.public["far"], told[f"{near}._left"]}) == 3


def test_an_error_that_is_caught_bears_its_new_name() -> None:
    text = (
        "def main():\n    try:\n        main(failure=1)\n    except OSError as failure:\n"
        "        return failure"
    )
    new = shrunk({"one": text}).public["failure"]
    assert f"as {new}:\n        return {new}" in one(text)


def test_what_functions_are_given_is_renamed_unless_it_is_given_by_name() -> None:
    text = one(
        "def open(reading, limit, a=1):\n    return lambda: reading - limit < a\n"
        "def read(reading):\n    return open(reading, limit=3)"
    )
    assert text == (
        "def open(abs, a2b_base64, a=1):\n    return lambda: abs - a2b_base64 < a\n\n"
        "def read(abs):\n    return open(abs, a2b_base64=3)"
    )


def test_a_private_name_asked_for_by_a_string_stays() -> None:
    text = "class Part:\n\n    def _far(self):\n        return hasattr(self, '_far')"
    assert "def _far(self)" in one(text)


def test_a_heir_in_another_module_keeps_the_private_names_it_inherits() -> None:
    base = "class Base:\n\n    def _work(self):\n        pass"
    heir = "import base\n\nclass Heir(base.Base):\n\n    def _work(self):\n        pass"
    texts = shrunk({"base": base, "heir": heir}).texts
    assert "def _work(" in texts["base"]
    assert "def _work(" in texts["heir"]


def test_nothing_of_a_chips_libraries_is_renamed() -> None:
    """What scripted chips stand in for is not the program's own, and its names stay."""
    doubles = ast.walk(ast.parse((NODE / "scripted_chip.py").read_text()))
    theirs = {node.name for node in doubles if isinstance(node, ast.FunctionDef)}
    names = shrunk(SOURCES).public
    assert len(names) > 250
    assert not theirs & set(names)


def test_the_programs_imports_can_be_followed() -> None:
    """Names are followed through `import` alone."""
    for name, text in SOURCES.items():
        assert not [node for node in ast.walk(stripped(text)) if isinstance(node, ast.ImportFrom)
                    and node.module in SOURCES], name  # fmt: skip


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
