"""Presence: which process runs a site, for those who want to tell it something."""

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PRESENCE: Final = Path("gateway.json")
"""Its file in the data directory."""

ANSWER: Final = Path("reload.json")
"""What became of the last reload, in the data directory."""

_START_TIME: Final = 19
"""Place of a process's start in /proc/<pid>/stat, counted behind its name in brackets."""


@dataclass(frozen=True, slots=True)
class Presence:
    """A gateway that runs.

    Args:
        pid: Its process.
        started: When the kernel started that [clock ticks since boot]: a pid alone may be given
            to another process after a crash.
        config: The site's file it reads, as an absolute path.
    """

    pid: int
    started: int
    config: str

    def write(self, data: Path) -> None:
        """Tell the data directory."""
        write_json(
            data / PRESENCE, {"pid": self.pid, "started": self.started, "config": self.config}
        )

    def remove(self, data: Path) -> None:
        """It ends; the file of another stays."""
        if read(data) == self:
            (data / PRESENCE).unlink(missing_ok=True)


def own(config: Path) -> Presence:
    """This process."""
    pid = os.getpid()
    started = _started(pid)
    if started is None:
        raise RuntimeError("this system has no /proc: Linux is needed")
    return Presence(pid, started, str(config.absolute()))


def read(data: Path) -> Presence | None:
    """The gateway that runs with a data directory; None where there is none.

    Raises:
        OSError: The file is there and cannot be read.
    """
    try:
        told = json.loads((data / PRESENCE).read_text(encoding="utf-8"))
        presence = Presence(int(told["pid"]), int(told["started"]), str(told["config"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        return None  # no gateway writes such a file
    return presence if _started(presence.pid) == presence.started else None


def monotonic_us() -> int:
    """Monotonic time [µs], the same for all processes of this machine."""
    return time.monotonic_ns() // 1000


def write_json(path: Path, value: object) -> None:
    """Write a small file that readers see whole or not at all."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(json.dumps(value) + "\n", encoding="utf-8")
    fresh.replace(path)


def _started(pid: int) -> int | None:
    """When a process started [clock ticks since boot]; None where there is none of this id."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(stat.rpartition(")")[2].split()[_START_TIME])
