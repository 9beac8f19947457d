"""The only place that asks what time it is.

UTC is monotonic time plus an offset that changes only through `Clock.adopt`, so that no capture
time moves between a reading and its commit. The recorder looks for steps between two commits.
"""

import ctypes
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import msgspec

STEP_US: Final = 1_000_000
"""A change of the clock above this is a step, below it is followed silently [µs]."""

_LOOKS: Final = 3


class Now(msgspec.Struct, frozen=True, gc=False):
    """One instant: UTC and monotonic [µs], and whether UTC can be believed."""

    utc_us: int
    mono_us: int
    synchronised: bool


@dataclass(frozen=True, slots=True)
class Step:
    """What `Clock.look` found: the system's clock moved by `step_us`, or became synchronised."""

    step_us: int
    became_synchronised: bool
    offset_us: int
    synchronised: bool


class TimeSource(Protocol):
    """Where a clock reads: the system here, moved by hand in tests."""

    def utc_us(self) -> int:
        """UTC [µs since 1970], right or not."""
        ...

    def mono_us(self) -> int:
        """Monotonic time since the machine's boot [µs]."""
        ...

    def synchronised(self) -> bool:
        """Whether UTC can be believed."""
        ...

    def boot_id(self) -> str:
        """A name of this boot of the machine: monotonic times of one boot can be compared."""
        ...


class SystemTime:
    """The machine's own clocks.

    Args:
        synchronised_by: "kernel", "assume", or a file that exists once the clock is right.
    """

    def __init__(self, synchronised_by: str) -> None:
        self._by = synchronised_by
        self._boot_id = Path("/proc/sys/kernel/random/boot_id").read_text().strip()

    def utc_us(self) -> int:
        """UTC [µs since 1970], right or not."""
        return time.time_ns() // 1000

    def mono_us(self) -> int:
        """Monotonic time since the machine's boot [µs]."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000

    def synchronised(self) -> bool:
        """Whether UTC can be believed."""
        match self._by:
            case "assume":
                return True
            case "kernel":
                return _kernel_synchronised()
            case path:
                return Path(path).exists()

    def boot_id(self) -> str:
        """The kernel's name for this boot."""
        return self._boot_id


class Clock:
    """UTC that steps only when told to.

    Args:
        source: Where time is read.
    """

    def __init__(self, source: TimeSource) -> None:
        self._source = source
        # Asked before the time: a clock that is put right in between counts as doubtful a little
        # longer, never as right too early.
        self._synchronised = source.synchronised()
        self._offset_us = self._measured_us()
        self.boot_id = source.boot_id()

    def now(self) -> Now:
        """The instant as this gateway believes it."""
        mono_us = self._source.mono_us()
        return Now(mono_us + self._offset_us, mono_us, self._synchronised)

    def at(self, mono_us: int) -> Now:
        """A monotonic time of this boot as this gateway now believes it in UTC."""
        return Now(mono_us + self._offset_us, mono_us, self._synchronised)

    def look(self) -> Step | None:
        """Compare with the source; follow a small drift, report a step or synchronisation."""
        synchronised = self._source.synchronised()
        offset_us = self._measured_us()
        step_us = offset_us - self._offset_us
        became = synchronised and not self._synchronised
        if abs(step_us) > STEP_US or became or synchronised != self._synchronised:
            return Step(step_us, became, offset_us, synchronised)
        self._offset_us = offset_us
        return None

    def adopt(self, step: Step) -> None:
        """Take over a step, once everything captured before it is on disk."""
        self._offset_us = step.offset_us
        self._synchronised = step.synchronised

    def _measured_us(self) -> int:
        """UTC − monotonic time [µs]: of a few looks the one with the least between its halves."""
        looks = []
        for _ in range(_LOOKS):
            before_us = self._source.mono_us()
            utc_us = self._source.utc_us()
            after_us = self._source.mono_us()
            looks.append((after_us - before_us, utc_us - (before_us + after_us) // 2))
        return min(looks)[1]


class _Timex(ctypes.Structure):
    # struct timex of adjtimex(2); only modes and status are used.
    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


def _kernel_synchronised() -> bool:
    sta_unsync = 0x0040
    timex = _Timex()
    libc = ctypes.CDLL(None, use_errno=True)
    return int(libc.adjtimex(ctypes.byref(timex))) >= 0 and not timex.status & sta_unsync
