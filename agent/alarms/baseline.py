"""Baseline: seven days of a store's own CO, and what they let one expect of today.

Rule 1: It is learning until seven days of hours are in it.
Rule 2: A full baseline takes an hour up only a day later, and not at all where an alarm stood at
the hour or since: what begins to burn today does not teach that burning is usual.
Rule 3: While an advisory stands it is frozen.
"""

import math
import statistics
from array import array
from collections import deque
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from typing import Any, Final, NamedTuple

from agent.alarms.emission import Emission

DAYS: Final = 7
FULL_HOURS: Final = DAYS * 24 - 27
"""Hours with a change over a day in seven days of samples: the first such hour is the 28th."""

WAIT_HOURS: Final = 24
_REFIT_HOURS: Final = 12
_LEAST_SPREAD_PPM: Final = 5.0


class Hour(NamedTuple):
    """What one hour says of a store's CO.

    Args:
        hour: Its number since 1970.
        gain_ppm: CO gained over the day that ends here [ppm].
        emitted: Relative emission at the measured temperature over that day [d].
        level_ppm_d: CO over that day [ppm·d].
        slope_ppm_per_h: CO slope over the half day that ends here [ppm/h].
    """

    hour: int
    gain_ppm: float
    emitted: float
    level_ppm_d: float
    slope_ppm_per_h: float

    @classmethod
    def of(
        cls, hour: int, gain_ppm: float, emitted: float, level_ppm_d: float, slope_ppm_per_h: float
    ) -> "Hour":
        """The same, no finer than anybody measures, so that seven days of them are short."""
        return cls(
            hour,
            round(gain_ppm, 2),
            round(emitted, 5),
            round(level_ppm_d, 2),
            round(slope_ppm_per_h, 3),
        )


_PARTS: Final = len(Hour._fields)


@dataclass(frozen=True, slots=True)
class Fit:
    """What the baseline lets one expect.

    Args:
        usual: Mean gain, emission and level of its hours.
        source_ppm_per_day: What warmer fuel adds, at the reference temperature [ppm/d].
        leak_per_day: What leaves of a higher level [1/d].
        spread_ppm: Root mean square of what it leaves unexplained, of a day's gain [ppm].
        slope_spread: Usual deviation of the half-day slope from its hour's median [ppm/h].
        usual_slopes: Median of that slope for each hour of the day, UTC [ppm/h].
    """

    usual: tuple[float, float, float]
    source_ppm_per_day: float
    leak_per_day: float
    spread_ppm: float
    slope_spread: float
    usual_slopes: tuple[float, ...]

    def expected_gain_ppm(self, hour: Hour) -> float:
        """What a day like those of the baseline gains at this warmth and level [ppm]."""
        gain_ppm, emitted, level_ppm_d = self.usual
        warmer = self.source_ppm_per_day * (hour.emitted - emitted)
        return gain_ppm + warmer - self.leak_per_day * (hour.level_ppm_d - level_ppm_d)


class _Hours:
    """The newest hours, in a tenth of the memory that as many tuples need.

    Args:
        numbers: Those of other hours, as `dump` gave them.
    """

    __slots__ = ("_numbers",)

    def __init__(self, numbers: Iterable[float] = ()) -> None:
        self._numbers = array("d", numbers)

    def __len__(self) -> int:
        return len(self._numbers) // _PARTS

    def append(self, hour: Hour) -> None:
        """One more; the oldest goes where there are enough."""
        self._numbers.extend(hour)
        del self._numbers[: -FULL_HOURS * _PARTS]

    def all(self) -> list[Hour]:
        """Each of them, the oldest first."""
        parts = (self._numbers[n::_PARTS] for n in range(1, _PARTS))
        return list(map(Hour, map(int, self._numbers[::_PARTS]), *parts))

    def dump(self) -> list[float]:
        """JSON-ready state."""
        return self._numbers.tolist()


class Baseline:
    """A store's own last seven days.

    Args:
        emission: The emission model of its kind.
    """

    __slots__ = ("_emission", "_fit", "_fitted", "_hours", "_waiting", "frozen")

    def __init__(self, emission: Emission) -> None:
        self._emission = emission
        self._hours = _Hours()
        self._waiting: deque[Hour] = deque()
        self._fit: Fit | None = None
        self._fitted = -1  # hour of the newest fit
        self.frozen = False  # an alarm or advisory stood at the newest hour

    @property
    def hours(self) -> int:
        """How many hours are in it, of `FULL_HOURS`."""
        return len(self._hours)

    @property
    def learning(self) -> bool:
        """Whether seven days are not full yet."""
        return len(self._hours) < FULL_HOURS

    def add(self, hour: Hour, *, alarm: bool) -> None:
        """One more hour of the store.

        Args:
            hour: What it says.
            alarm: Whether an alarm or advisory of the store stands.
        """
        self.frozen = alarm
        if alarm:
            self._waiting.clear()
            return
        if self.learning:
            self._hours.append(hour)
            return
        self._waiting.append(hour)
        while self._waiting and self._waiting[0].hour <= hour.hour - WAIT_HOURS:
            self._hours.append(self._waiting.popleft())

    def fit(self, hour: int) -> Fit | None:
        """What the baseline lets one expect, renewed twice a day; None while it learns."""
        if self.learning:
            return None
        if self._fit is None or hour - self._fitted >= _REFIT_HOURS:
            self._fit, self._fitted = self._fitted_now(), hour
        return self._fit

    def _fitted_now(self) -> Fit:
        """The emission model, its two numbers those of this store.

        A level that holds itself is what the source gives and the leak takes: so one number, the
        leak, sets both, and it is the one with the least squares.
        """
        hours = self._hours.all()
        count = len(hours)
        gain = sum(h.gain_ppm for h in hours) / count
        emitted = sum(h.emitted for h in hours) / count
        level = sum(h.level_ppm_d for h in hours) / count
        moved = [
            (h.gain_ppm - gain * h.emitted / emitted, level * h.emitted / emitted - h.level_ppm_d)
            for h in hours
        ]
        ground = sum(x * x for _, x in moved)
        least, most = self._emission.least_leak_per_day, self._emission.most_leak_per_day
        leak = sum(x * y for y, x in moved) / ground if ground > 0.0 else least
        leak = min(max(leak, least), most)
        source = max(gain + leak * level, 0.0) / emitted
        errors = [
            h.gain_ppm - gain - source * (h.emitted - emitted) + leak * (h.level_ppm_d - level)
            for h in hours
        ]
        spread = math.sqrt(sum(e * e for e in errors) / count)
        by_clock: list[list[float]] = [[] for _ in range(24)]
        for h in hours:
            by_clock[h.hour % 24].append(h.slope_ppm_per_h)
        usual = [statistics.median(slopes) if slopes else 0.0 for slopes in by_clock]
        off = [abs(h.slope_ppm_per_h - usual[h.hour % 24]) for h in hours]
        return Fit(
            (gain, emitted, level),
            source,
            leak,
            max(spread, _LEAST_SPREAD_PPM),
            max(1.4826 * statistics.median(off), _LEAST_SPREAD_PPM / 24.0),
            tuple(usual),
        )

    def dump(self) -> list[Any]:
        """JSON-ready state."""
        fit = None if self._fit is None else astuple(self._fit)
        return [self._hours.dump(), [*self._waiting], fit, self._fitted, self.frozen]

    def load(self, dumped: list[Any]) -> None:
        """Take over what `dump` gave."""
        hours, waiting, fit, self._fitted, self.frozen = dumped
        self._hours = _Hours(hours)
        self._waiting = deque(Hour(*h) for h in waiting)
        if fit is None:
            self._fit = None
            return
        usual, source, leak, spread, slope_spread, slopes = fit
        self._fit = Fit(tuple(usual), source, leak, spread, slope_spread, tuple(slopes))
