"""Truth: what a device measures, exactly known at every instant."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Swing:
    """A value that runs to and fro between two ends, always at the same speed.

    It never rests, so an old value is a wrong one, and it never jumps, so a bound on its rate
    holds everywhere.

    Args:
        low: Its lower end [unit].
        high: Its upper end [unit].
        per_s: Speed [unit/s]; 0 rests at the lower end.
        phase_s: How far into its way up it is at time 0 [s].
    """

    low: float
    high: float
    per_s: float
    phase_s: float = 0.0

    @property
    def half_s(self) -> float:
        """Time from one end to the other [s]."""
        return (self.high - self.low) / self.per_s if self.per_s else math.inf

    def at(self, t_s: float) -> float:
        """The value at an instant [unit]."""
        if not self.per_s:
            return self.low
        way_s = (t_s + self.phase_s) % (2 * self.half_s)
        return self.low + self.per_s * min(way_s, 2 * self.half_s - way_s)

    def bounds(self, from_s: float, to_s: float) -> tuple[float, float]:
        """Least and greatest value between two instants [unit]."""
        values = [self.at(from_s), self.at(to_s)]
        if self.per_s:
            ends = range(
                math.ceil((from_s + self.phase_s) / self.half_s),
                math.floor((to_s + self.phase_s) / self.half_s) + 1,
            )
            values += [self.high if n % 2 else self.low for n in ends[:2]]
        return min(values), max(values)

    def integral(self, t_s: float) -> float:
        """Integral from time 0 [unit · s]."""
        return self._area(t_s + self.phase_s) - self._area(self.phase_s)

    def _area(self, way_s: float) -> float:
        if not self.per_s:
            return self.low * way_s
        whole, rest_s = divmod(way_s, 2 * self.half_s)
        mean = (self.low + self.high) / 2
        area = whole * 2 * self.half_s * mean
        if rest_s <= self.half_s:
            return area + self.low * rest_s + self.per_s * rest_s**2 / 2
        left_s = 2 * self.half_s - rest_s
        return area + 2 * self.half_s * mean - self.low * left_s - self.per_s * left_s**2 / 2


@dataclass(frozen=True, slots=True)
class Restart:
    """A totaliser begins anew: it was reset, or another meter was put in its place.

    Args:
        t_s: When [s].
        shows: Count that the register shows then.
        kind: "reset" or "swap".
    """

    t_s: float
    shows: int
    kind: str = "reset"


@dataclass(frozen=True, slots=True)
class Total:
    """What has flowed, in whole counts, and what a register of limited width shows of it.

    Args:
        flow: What flows [unit/s]; never below 0.
        scale: Units per count.
        modulus: Count at which the register shows 0 again.
        start: Count that the register shows at time 0.
        restarts: When it began anew, in order of time.
    """

    flow: Swing
    scale: float
    modulus: int
    start: int = 0
    restarts: Sequence[Restart] = ()

    def counted(self, t_s: float) -> int:
        """Counts since time 0, whatever the register shows."""
        return math.floor(self.flow.integral(t_s) / self.scale)

    def shown(self, t_s: float) -> int:
        """What the register shows."""
        begun_s, shows = 0.0, self.start
        for restart in self.restarts:
            if restart.t_s <= t_s:
                begun_s, shows = restart.t_s, restart.shows
        return (shows + self.counted(t_s) - self.counted(begun_s)) % self.modulus

    def restarted(self, from_s: float, to_s: float) -> bool:
        """Whether it began anew between two instants."""
        return any(from_s <= restart.t_s <= to_s for restart in self.restarts)
