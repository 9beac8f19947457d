"""Monotonic milliseconds since the start that never wrap."""

import _thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

TICKS_PERIOD_MS = 1 << 30  # boards wrap here, after 12.4 days


class Uptime:
    """Extends a tick counter past its wrap; ask it at least once in a period, from any thread.

    Args:
        ticks_ms: The board's tick counter [ms].
        period_ms: Where it wraps to zero [ms].
    """

    def __init__(self, ticks_ms: "Callable[[], int]", period_ms: int = TICKS_PERIOD_MS) -> None:
        self._ticks_ms = ticks_ms
        self._period_ms = period_ms
        self._last = ticks_ms()
        self._total = 0
        self.lock = _thread.allocate_lock()

    def ms(self) -> int:
        """Time since this object was made [ms]."""
        with self.lock:  # two threads in here would take a millisecond for a whole period
            now = self._ticks_ms()
            self._total += (now - self._last) % self._period_ms
            self._last = now
            return self._total
