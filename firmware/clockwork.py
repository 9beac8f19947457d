"""Sets the wall clock, keeps its time in flash and judges certificates by it; seldom needed.

A time server is believed for time stamps at once. For certificates its time becomes certain when
a server's certificate was valid at it: a lie must not lock the board out for ever. Certificates
are judged by the latest of the build, the last provisioning, the time kept in flash, the
real-time clock and a server's answer.
"""

import files
import wallclock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from board import Board
    from wallclock import WallClock

_LATEST_S = wallclock.BUILT_S + 40 * 365 * 86400
_KEEP_EVERY_MS = 86400000  # flash is erased for it
_MEASURED_MS = 3000000  # the least time between two answers that tell a drift
_WORST_PPM = 100
_STEP_US = 60000000  # a step so large is believed only by a new confirmation
_BACK_S = 86400  # an answer so long before the certain time is a lie


def restore(clock: "WallClock", directory: str, rtc_s: "int | None", known_s: int) -> None:
    """What is certain at the start.

    Args:
        clock: A fresh clock.
        directory: Where the time is kept.
        rtc_s: The real-time clock [s since 1970], or None without one.
        known_s: A time that had passed when the board was provisioned [s since 1970].
    """
    kept = files.read_sealed(directory + "/time")
    kept_s = kept if isinstance(kept, int) and kept < _LATEST_S else 0
    clock.certain_s = max(wallclock.BUILT_S, known_s, kept_s, rtc_s or 0)


def certain_s(clock: "WallClock", now_ms: int) -> int:
    """The latest time that is certain to have passed [s since 1970]."""
    return clock.certain_s + (now_ms - clock.certain_ms) // 1000


def floor_s(clock: "WallClock") -> int:
    """The latest time known to have passed [s since 1970]; certificates are judged by it."""
    now_ms = clock.now_ms()
    latest_s = certain_s(clock, now_ms)
    if clock.offset_us is not None:
        latest_s = max(latest_s, clock.at(now_ms, clock.offset_us) // 1000000)
    return latest_s


def set_rtc(clock: "WallClock", board: "Board") -> None:
    """Set the real-time clock, by which the TLS library judges certificates; before each."""
    clock.judging = clock.offset_us is not None
    rtc_s, utc_s = board.rtc_s(), floor_s(clock)
    if rtc_s is not None and not -1 <= rtc_s - utc_s <= 1:
        board.set_rtc_s(utc_s)


def synchronise(clock: "WallClock", utc_us: int, at_ms: int, error_ms: int) -> "str | None":
    """Take an answer of a time server.

    Args:
        clock: The clock to set.
        utc_us: UTC [µs since 1970] at `at_ms`.
        at_ms: The uptime it belongs to [ms].
        error_ms: How far off it may be [ms].

    Returns:
        Why it was refused, or None when it was taken.
    """
    least_s = certain_s(clock, at_ms) - _BACK_S
    if not least_s <= utc_us // 1000000 <= _LATEST_S:
        told = (utc_us // 1000000, least_s)
        return "%d s since 1970 is not after %d s; check the time server" % told
    offset_us = utc_us - at_ms * 1000
    if clock.offset_us is not None:
        if abs(utc_us - clock.at(at_ms, clock.offset_us)) > _STEP_US:
            clock.confirmed = clock.judging = False
            clock.ppm = None
        elif at_ms - clock.at_ms >= _MEASURED_MS:
            ppm = (offset_us - clock.offset_us) * 1000 / (at_ms - clock.at_ms)
            clock.ppm = ppm if -_WORST_PPM <= ppm <= _WORST_PPM else None
    clock.offset_us, clock.at_ms, clock.error_ms = offset_us, at_ms, error_ms
    return None


def confirm(clock: "WallClock") -> None:
    """The server's certificate was valid at this time: it is certain, and may be kept."""
    if clock.judging and not clock.confirmed:
        clock.certain_s, clock.certain_ms = floor_s(clock), clock.now_ms()
        clock.confirmed = True


def distrust(clock: "WallClock") -> None:
    """The certificate is not valid at this time: forget a time that was never confirmed."""
    if clock.judging and not clock.confirmed:
        clock.offset_us = clock.ppm = None


def keep(clock: "WallClock", directory: str) -> None:
    """Keep the time in flash, once after it is certain and then daily; call it often."""
    now_ms = clock.now_ms()
    due = clock.kept_ms is None or now_ms - clock.kept_ms >= _KEEP_EVERY_MS
    if not due or not clock.confirmed:
        return
    clock.kept_ms = now_ms
    try:
        files.write_sealed(directory + "/time", certain_s(clock, now_ms))
    except OSError:
        pass  # the ring tells of a flash that fails


def wrong(section: "dict[str, object]") -> "list[str]":
    """What is wrong with the config's section ``time``, in words."""
    found = []
    for key, value in section.items():
        if key == "ntp":
            names = value if isinstance(value, list) else [None]
            if not all(isinstance(name, str) and name for name in names):
                found.append("ntp is %r; give a list of servers" % (value,))
        elif key == "known_s":
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _LATEST_S:
                found.append("known_s is %r; give seconds since 1970" % (value,))
        else:
            found.append("%s is no setting; take it out" % key)
    return found
