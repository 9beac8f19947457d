"""UTC as a story needs it: set forward, so that a period begins soon.

Who waits for the next settlement period to begin waits half of one for nothing. UTC of plant and
gateway is moved instead, by the same constant; monotonic time stays as it is. As a program,
`moved_clock.py CONFIG AHEAD_S`, it is `hinoban run` on such a machine.
"""

import asyncio
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from gateway.clock import SystemTime
from gateway.main import run_gateway
from gateway.site import load_site


class MovedClock:
    """A machine on which a whole period begins so many seconds from now.

    Args:
        period_s: How long the periods are; they begin at multiples of it [s].
        lead_s: When the next of them begins [s from now].

    Attributes:
        ahead_s: By how much UTC is ahead of this machine's [s].
        begins_s: When that period begins, in the UTC that is ahead [s since 1970].
    """

    def __init__(self, period_s: int, lead_s: float) -> None:
        now_s = time.time()
        self.ahead_s = round(-(now_s + lead_s) % period_s, 3)
        self.begins_s = round((now_s + self.ahead_s + lead_s) / period_s) * period_s

    def time(self) -> float:
        """UTC [s since 1970]."""
        return time.time() + self.ahead_s

    def now(self) -> datetime:
        """The same as a moment."""
        return datetime.fromtimestamp(self.time(), UTC)

    def of_plant(self) -> list[str]:
        """Options of `simulators.plant`."""
        return ["--ahead-s", f"{self.ahead_s}"]

    def gateway(self, config: Path) -> list[str]:
        """What starts a gateway."""
        return [sys.executable, __file__, str(config), f"{self.ahead_s}"]


class _AheadTime(SystemTime):
    """The machine's clocks, UTC set forward."""

    def __init__(self, synchronised_by: str, ahead_s: float) -> None:
        super().__init__(synchronised_by)
        self._ahead_us = round(ahead_s * 1e6)

    def utc_us(self) -> int:
        return super().utc_us() + self._ahead_us


def main() -> None:
    config, ahead_s = sys.argv[1:]

    def say(line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    site = load_site(Path(config))
    source = _AheadTime(site.config.clock.synchronised_by, float(ahead_s))
    asyncio.run(run_gateway(site, say, source))


if __name__ == "__main__":
    main()
