"""What the board knows of UTC; `clockwork` sets it.

The synchronised time is tied to the uptime and is given up when it may be off by more than a
second. Beside it stands a time that has certainly passed.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

BUILT_S = 1793491200  # 2026-11-01: no board with this program lives before
_WORST_ERROR_MS = 1000
_UNKNOWN_PPM = 100  # a board's crystal, warm or cold
_KNOWN_PPM = 10  # what is left once the drift is measured


class WallClock:
    """UTC by the uptime.

    Args:
        now_ms: Monotonic time [ms].
    """

    def __init__(self, now_ms: "Callable[[], int]") -> None:
        self.now_ms = now_ms
        self.certain_s = BUILT_S  # a time that has certainly passed …
        self.certain_ms = now_ms()  # … and when it was known
        self.offset_us: "int | None" = None  # UTC minus uptime at the last answer
        self.at_ms = 0
        self.error_ms = 0
        self.ppm: "float | None" = None  # how much slower than UTC the uptime runs
        self.confirmed = False
        self.judging = False  # the handshake under way judges by a server's time
        self.kept_ms: "int | None" = None

    def utc_us(self) -> "int | None":
        """UTC [µs since 1970], or None while it may be off by more than a second."""
        now_ms = self.now_ms()
        if self.offset_us is None or self.error(now_ms) > _WORST_ERROR_MS:
            return None
        return self.at(now_ms, self.offset_us)

    def at(self, now_ms: int, offset_us: int) -> int:
        """UTC [µs] at an uptime, by the last answer and the drift measured."""
        return now_ms * 1000 + offset_us + int((now_ms - self.at_ms) * (self.ppm or 0) / 1000)

    def error(self, now_ms: int) -> int:
        """How far off UTC may be [ms]."""
        ppm = _UNKNOWN_PPM if self.ppm is None else _KNOWN_PPM
        return self.error_ms + (now_ms - self.at_ms) * ppm // 1000000
