"""`hinoban run` on a machine whose clock a test moves by hand: `hand_clock.py CONFIG CLOCK`.

CLOCK is a JSON file: `ahead_s` by which UTC is wrong, `boot` and `booted_s` (this machine's
monotonic time) of the pretended boot, and `synchronised`.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from gateway.main import run_gateway
from gateway.site import load_site


class HandTime:
    """What the file says; read again at every look."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def utc_us(self) -> int:
        return time.time_ns() // 1000 + round(float(self._told()["ahead_s"]) * 1e6)

    def mono_us(self) -> int:
        return time.monotonic_ns() // 1000 - round(float(self._told()["booted_s"]) * 1e6)

    def synchronised(self) -> bool:
        return bool(self._told()["synchronised"])

    def boot_id(self) -> str:
        return str(self._told()["boot"])

    def _told(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self._path.read_text())
        return told


def main() -> None:
    config, clock = map(Path, sys.argv[1:])

    def say(line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    asyncio.run(run_gateway(load_site(config), say, HandTime(clock)))


if __name__ == "__main__":
    main()
