"""What the board knows of UTC: a synchronised time, and a time that has certainly passed.

The synchronised time is tied to the uptime and is given up when it may be off by more than a
second. The certain time is the latest of the build, the last provisioning, the time kept in flash
and the real-time clock; certificates are judged by it on a board that never hears of NTP.
"""

import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from board import Board

BUILT_S = 1793491200  # 2026-11-01: no board with this program lives before
_LATEST_S = BUILT_S + 40 * 365 * 86400
_KEEP_EVERY_MS = 86400000  # flash is erased for it
_WORST_ERROR_MS = 1000
_UNKNOWN_PPM = 100  # a board's crystal, warm or cold
_KNOWN_PPM = 10  # what is left once the drift is measured
_MEASURED_MS = 3000000  # the least time between two answers that tell a drift
_STEP_US = 60000000  # a step so large is believed only by a new confirmation
_BACK_S = 86400  # an answer so long before the certain time is a lie


class WallClock:
    """UTC by the uptime.

    A time server is believed for time stamps at once. For certificates its time becomes certain
    when a server's certificate was valid at it: a lie must not lock the board out for ever.

    Args:
        directory: Where the time is kept, and from where it comes back.
        now_ms: Monotonic time [ms].
        rtc_s: The real-time clock at the start [s since 1970], or None without one.
        known_s: A time that had passed when the board was provisioned [s since 1970].
    """

    def __init__(
        self,
        directory: str,
        now_ms: "Callable[[], int]",
        rtc_s: "int | None" = None,
        known_s: int = 0,
    ) -> None:
        self._path = directory + "/time"
        self._now_ms = now_ms
        kept = files.read_sealed(self._path)
        kept_s = kept if isinstance(kept, int) and kept < _LATEST_S else 0
        self._certain_s = max(BUILT_S, known_s, kept_s, rtc_s or 0)
        self._certain_ms = now_ms()
        self._kept_ms: "int | None" = None
        self._offset_us: "int | None" = None  # UTC minus uptime at the answer
        self._at_ms = 0
        self._error_ms = 0
        self._ppm: "float | None" = None  # how much slower than UTC the uptime runs
        self._confirmed = False
        self._judging = False  # the handshake under way judges by a server's time
        self.refused = 0

    def utc_us(self) -> "int | None":
        """UTC [µs since 1970], or None while it may be off by more than a second."""
        now_ms = self._now_ms()
        if self._offset_us is None or self._error(now_ms) > _WORST_ERROR_MS:
            return None
        return self._at(now_ms, self._offset_us)

    def floor_s(self) -> int:
        """The latest time known to have passed [s since 1970]; certificates are judged by it."""
        now_ms = self._now_ms()
        floor_s = self._certain(now_ms)
        if self._offset_us is not None:
            floor_s = max(floor_s, self._at(now_ms, self._offset_us) // 1000000)
        return floor_s

    def set_rtc(self, board: "Board") -> None:
        """Set the real-time clock, by which the TLS library judges certificates; before each."""
        self._judging = self._offset_us is not None
        rtc_s, floor_s = board.rtc_s(), self.floor_s()
        if rtc_s is not None and not -1 <= rtc_s - floor_s <= 1:
            board.set_rtc_s(floor_s)

    def synchronise(self, utc_us: int, at_ms: int, error_ms: int) -> "str | None":
        """Take an answer of a time server.

        Args:
            utc_us: UTC [µs since 1970] at `at_ms`.
            at_ms: The uptime it belongs to [ms].
            error_ms: How far off it may be [ms].

        Returns:
            Why it was refused, or None when it was taken.
        """
        least_s = self._certain(at_ms) - _BACK_S
        if not least_s <= utc_us // 1000000 <= _LATEST_S:
            self.refused += 1
            told = (utc_us // 1000000, least_s)
            return "%d s since 1970 is not after %d s; check the time server" % told
        offset_us = utc_us - at_ms * 1000
        if self._offset_us is not None:
            if abs(utc_us - self._at(at_ms, self._offset_us)) > _STEP_US:
                self._confirmed = False
                self._ppm = None
            elif at_ms - self._at_ms >= _MEASURED_MS:
                ppm = (offset_us - self._offset_us) * 1000 / (at_ms - self._at_ms)
                self._ppm = ppm if -_UNKNOWN_PPM <= ppm <= _UNKNOWN_PPM else None
        self._offset_us, self._at_ms, self._error_ms = offset_us, at_ms, error_ms
        return None

    def confirm(self) -> None:
        """The server's certificate was valid at this time: it is certain, and may be kept."""
        if self._judging and not self._confirmed:
            self._certain_s, self._certain_ms = self.floor_s(), self._now_ms()
            self._confirmed = True

    def distrust(self) -> None:
        """The certificate is not valid at this time: forget a time that was never confirmed."""
        if self._judging and not self._confirmed:
            self._offset_us = self._ppm = None

    def keep(self) -> None:
        """Keep the time in flash, once after it is certain and then daily; call it often."""
        now_ms = self._now_ms()
        due = self._kept_ms is None or now_ms - self._kept_ms >= _KEEP_EVERY_MS
        if not due or not self._confirmed:
            return
        self._kept_ms = now_ms
        try:
            files.write_sealed(self._path, self._certain(now_ms))
        except OSError:
            pass  # the ring tells of a flash that fails

    def state(self) -> "dict[str, object]":
        """What the board's state says of its clock."""
        told: "dict[str, object]" = {"clock_synchronised": self.utc_us() is not None}
        if told["clock_synchronised"]:
            told["clock_error_ms"] = self._error(self._now_ms())
        return told

    def _certain(self, now_ms: int) -> int:
        """The latest time that is certain to have passed [s since 1970]."""
        return self._certain_s + (now_ms - self._certain_ms) // 1000

    def _at(self, now_ms: int, offset_us: int) -> int:
        """UTC [µs] at an uptime, by the last answer and the drift measured."""
        drift_us = (now_ms - self._at_ms) * (self._ppm or 0) / 1000
        return now_ms * 1000 + offset_us + int(drift_us)

    def _error(self, now_ms: int) -> int:
        """How far off UTC may be [ms]."""
        ppm = _UNKNOWN_PPM if self._ppm is None else _KNOWN_PPM
        return self._error_ms + (now_ms - self._at_ms) * ppm // 1000000


def wrong(section: "dict[str, object]") -> "list[str]":
    """What is wrong with the config's section ``time``, in words."""
    found = []
    for key, value in section.items():
        if key == "ntp":
            names = value if isinstance(value, list) else [None]
            if not all(isinstance(name, str) and name for name in names):
                found.append("time.ntp is %r; give a list of servers" % (value,))
        elif key == "known_s":
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _LATEST_S:
                found.append("time.known_s is %r; give seconds since 1970" % (value,))
        else:
            found.append("time.%s is no setting; take it out" % key)
    return found
