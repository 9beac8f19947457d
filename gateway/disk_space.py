"""DiskSpace: whether the disk of the data directory is nearly full."""

import shutil
from pathlib import Path
from typing import Final

from gateway.clock import Clock

_EACH_US: Final = 10_000_000


class DiskSpace:
    """Looks at the disk every ten seconds at most.

    Args:
        path: Where the data lie.
        least_percent: With less than this free it is low [%].
        clock: When it was looked at.
    """

    def __init__(self, path: Path, least_percent: float, clock: Clock) -> None:
        self._path = path
        self._least = least_percent / 100
        self._clock = clock
        self._looked_us: int | None = None
        self._low = False

    def is_low(self) -> bool:
        """Whether too little is free; a disk that cannot be asked counts as low."""
        mono_us = self._clock.now().mono_us
        if self._looked_us is None or mono_us - self._looked_us >= _EACH_US:
            self._looked_us = mono_us
            try:
                usage = shutil.disk_usage(self._path)
            except OSError:
                self._low = True
            else:
                self._low = usage.free < self._least * usage.total
        return self._low
