"""CrossCheck: does a totaliser count what its rate says? ∫rate·dt beside Δtotal (pure, no clock).

Both are taken as straight lines between good reads that lie close together, and compared over the
time in which both are known; any other stretch counts for neither. So lost reads, resets and
restarts cost time, never a false alarm.
"""

import json
from collections.abc import KeysView, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

_SAVE_EVERY_US: Final = 60_000_000
"""A restart costs at most so much of a window [µs]."""


@dataclass(frozen=True, slots=True)
class DriftSpec:
    """How a totaliser is compared with its rate.

    Args:
        total: The totaliser's point.
        rate: The gauge's point.
        factor: What one unit of the rate gives in a second [the total's unit].
        window_s: Over how much measured time they are compared [s].
        tolerance: Largest part by which they may differ, such as 0.05.
        least: Difference that is never drift [the total's unit]: two steps of the totaliser.
        longest_gap_s: Reads further apart than this say nothing of the time between [s].
        both_ways: Whether the total falls where the rate is negative; else such a rate counts
            nothing.
    """

    total: str
    rate: str
    factor: float
    window_s: float
    tolerance: float
    least: float
    longest_gap_s: float
    both_ways: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a window showed.

    Args:
        point: The totaliser.
        drifts: Whether total and rate differ by more than they may.
        counted: What the totaliser counted in the window [its unit].
        integral: What the rate says [the same].
        allowed_percent: By how much they may differ [% of the larger].
    """

    point: str
    drifts: bool
    counted: float
    integral: float
    allowed_percent: float

    @property
    def percent(self) -> float:
        """By how much the totaliser is off the rate; 100 where the rate says nothing flowed."""
        return 100.0 * (self.counted / self.integral - 1.0) if self.integral else 100.0


_Read = tuple[int, float]


@dataclass(slots=True)
class _Line:
    """Good reads of one signal, joined by straight lines, from the last instant settled on."""

    longest_gap_us: int
    reads: list[_Read] = field(default_factory=list)

    def feed(self, mono_us: int, value: float | None) -> bool:
        """Take a read; whether the line goes on from the reads before."""
        if value is None:
            self.reads.clear()
            return False
        joined = not self.reads or 0 < mono_us - self.reads[-1][0] <= self.longest_gap_us
        if not joined:
            self.reads.clear()
        self.reads.append((mono_us, value))
        # The other signal's next read joins its last one, or nothing before it counts.
        self.forget_before(mono_us - 2 * self.longest_gap_us)
        return joined

    def at(self, mono_us: int) -> float:
        """The value at an instant between the first read and the last."""
        for (t0, v0), (t1, v1) in pairwise(self.reads):
            if t0 <= mono_us <= t1:
                return v0 + (v1 - v0) * (mono_us - t0) / (t1 - t0)
        return self.reads[-1][1]

    def area(self, from_us: int, to_us: int) -> float:
        """Integral over a stretch between the first read and the last [value × s]."""
        inner = [t for t, _ in self.reads if from_us < t < to_us]
        ends = [from_us, *inner, to_us]
        return sum((self.at(a) + self.at(b)) / 2 * (b - a) / 1e6 for a, b in pairwise(ends))

    def forget_before(self, mono_us: int) -> None:
        """Drop what lies before an instant, all but the read the line comes from."""
        while len(self.reads) > 1 and self.reads[1][0] <= mono_us:
            self.reads.pop(0)


class CrossCheck:
    """One totaliser and its rate.

    Args:
        spec: How they are compared.
    """

    def __init__(self, spec: DriftSpec) -> None:
        self.spec = spec
        self.drifts = False
        self._sums = [0.0, 0.0]
        self._covered_us = 0
        self._saved_us = 0
        self.changed = False
        gap_us = int(spec.longest_gap_s * 1e6)
        self._rate, self._total = _Line(gap_us), _Line(gap_us)
        self._since_us: int | None = None

    def rate(self, mono_us: int, value: float | None) -> Verdict | None:
        """Take a read of the rate; None for one that is not known."""
        if value is not None and not self.spec.both_ways:
            value = max(value, 0.0)
        return self._take(self._rate, mono_us, value)

    def total(self, mono_us: int, value: float | None) -> Verdict | None:
        """Take a read of the total; None for one that is not known."""
        return self._take(self._total, mono_us, value)

    def load(self, text: str) -> None:
        """Take back what `dump` gave."""
        known = json.loads(text)
        self.drifts = known["drifts"]
        self._sums = [known["counted"], known["integral"]]
        self._covered_us = self._saved_us = known["covered_us"]

    def dump(self) -> str:
        """All that a restart should not lose."""
        self.changed = False
        self._saved_us = self._covered_us
        return json.dumps(
            {
                "drifts": self.drifts,
                "counted": self._sums[0],
                "integral": self._sums[1],
                "covered_us": self._covered_us,
            },
            separators=(",", ":"),
        )

    def _take(self, line: _Line, mono_us: int, value: float | None) -> Verdict | None:
        if not line.feed(mono_us, value):
            self._since_us = None
        rates, totals = self._rate.reads, self._total.reads
        if not rates or not totals:
            return None
        # Up to here both are known.
        until_us = min(rates[-1][0], totals[-1][0])
        if self._since_us is None:
            since_us = max(rates[0][0], totals[0][0])
            if since_us > until_us:
                return None
            self._since_us = since_us
        if until_us <= self._since_us:
            return None
        return self._add(self._since_us, until_us)

    def _add(self, from_us: int, to_us: int) -> Verdict | None:
        self._sums[0] += self._total.at(to_us) - self._total.at(from_us)
        self._sums[1] += self._rate.area(from_us, to_us) * self.spec.factor
        self._covered_us += to_us - from_us
        self._since_us = to_us
        for line in (self._rate, self._total):
            line.forget_before(to_us)
        if self._covered_us - self._saved_us >= _SAVE_EVERY_US:
            self.changed = True
        if self._covered_us < self.spec.window_s * 1e6:
            return None
        counted, integral = self._sums
        allowed = max(self.spec.tolerance * max(abs(counted), abs(integral)), self.spec.least)
        self._sums, self._covered_us, self._saved_us = [0.0, 0.0], 0, 0
        self.changed = True
        self.drifts = abs(counted - integral) > allowed
        return Verdict(self.spec.total, self.drifts, counted, integral, 100.0 * self.spec.tolerance)


class CrossChecks:
    """Every totaliser of a site that has a rate beside it.

    Args:
        specs: Totaliser's point -> how it is compared.
    """

    def __init__(self, specs: Mapping[str, DriftSpec]) -> None:
        self._checks: dict[str, CrossCheck] = {}
        self._by_point: dict[str, list[CrossCheck]] = {}
        self._resting: dict[str, str] = {}
        self._told: list[str] = []
        self._build(specs, {})

    @property
    def points(self) -> KeysView[str]:
        """The totals and rates that are compared."""
        return self._by_point.keys()

    def respec(self, specs: Mapping[str, DriftSpec]) -> None:
        """Go on with another set; what was measured of those that stay as they are is kept."""
        rows = {point: check.dump() for point, check in self._checks.items()}
        self._build(specs, self._resting | rows)
        for check in self._checks.values():
            check.changed = True

    def restore(self, rows: Mapping[str, str]) -> None:
        """Take over the state of the last commit: totaliser's point -> JSON text."""
        self._build({point: check.spec for point, check in self._checks.items()}, rows)

    def dirty(self) -> dict[str, str | None]:
        """What changed since the last call: totaliser's point -> JSON text, None if left over."""
        rows: dict[str, str | None] = dict.fromkeys(self._told)
        self._told.clear()
        rows |= {point: check.dump() for point, check in self._checks.items() if check.changed}
        return rows

    def take(self, point: str, mono_us: int, value: float | None) -> list[Verdict]:
        """Take a read of a point.

        Args:
            point: A total or a rate.
            mono_us: Its capture in monotonic time of the gateway's machine [µs].
            value: None where it is not known.

        Returns:
            What the windows showed that ended with it.
        """
        found = []
        for check in self._by_point.get(point, ()):
            take = check.total if point == check.spec.total else check.rate
            if (verdict := take(mono_us, value)) is not None:
                found.append(verdict)
        return found

    def left_over(self) -> list[str]:
        """Totalisers found drifting that are no longer compared; told once."""
        found = [p for p, text in self._resting.items() if json.loads(text)["drifts"]]
        for point in found:
            del self._resting[point]
        self._told += found
        return found

    def _build(self, specs: Mapping[str, DriftSpec], rows: Mapping[str, str]) -> None:
        self._checks = {point: CrossCheck(spec) for point, spec in specs.items()}
        self._by_point = {}
        for check in self._checks.values():
            for point in (check.spec.total, check.spec.rate):
                self._by_point.setdefault(point, []).append(check)
        self._resting = dict(rows)
        for point in self._checks.keys() & rows.keys():
            self._checks[point].load(self._resting.pop(point))
