"""Foresight: one store's hours in, derived values out, which conditions then judge.

A derived value becomes a sample like any other, on a point of the store, so that an ordinary high
limit with its delay and deadband makes an advisory or an alarm of it:

| value | what it is |
|---|---|
| ``co_residual_ppm`` | at least so much more CO gained in a day than the emission model explains |
| ``co_slope_ppm_per_h`` | at least so much steeper over half a day than usual at this hour |
| ``temp_rate_degc_per_day`` | rise over 24 h of the fastest probe, corrected for ambient |
| ``co_ahead_ppm`` | what CO will have reached in 24 h with 97.5 % confidence |
| ``…_own_…`` of the first three | the same less what the whole yard does at once |

While the baseline learns, the first three are what exceeds the most that fresh fuel does by the
emission model at the measured temperature, and are marked as ``learning``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from agent.alarms.baseline import FULL_HOURS, Baseline, Fit, Hour
from agent.alarms.common_mode import CommonMode
from agent.alarms.emission import Emission
from agent.alarms.time_to_limit import Ahead, ahead
from agent.alarms.trail import Trail

CO: Final = "co_ppm"

RESIDUAL: Final = "co_residual_ppm"
SLOPE: Final = "co_slope_ppm_per_h"
RATE: Final = "temp_rate_degc_per_day"
AHEAD: Final = "co_ahead_ppm"
OWN: Final = {
    RESIDUAL: "co_residual_own_ppm",
    SLOPE: "co_slope_own_ppm_per_h",
    RATE: "temp_rate_own_degc_per_day",
}
"""Value -> the same less what is common, for advisories only."""

DERIVED: Final = frozenset({*OWN, *OWN.values(), AHEAD})

_SURE_SPREADS: Final = 3.0
_AHEAD_H: Final = 24.0
_OFFSET_HOURS: Final = 24.0  # so slowly a probe's place is learnt


class Derived(NamedTuple):
    """One derived value: its name, the number in the unit the name ends in, and its mark."""

    value: str
    number: float
    learning: bool


@dataclass(frozen=True, slots=True)
class Shared:
    """What all stores of a site share: what they do at once, by derived value."""

    common: Mapping[str, CommonMode] = field(
        default_factory=lambda: {value: CommonMode() for value in OWN}
    )


class Foresight:
    """The derived values of one store.

    Args:
        store: Its id.
        emission: The emission model of its kind.
        shared: What it shares with the others.
    """

    __slots__ = (
        "_baseline",
        "_emission",
        "_first",
        "_last",
        "_offsets",
        "_posted",
        "_shared",
        "_store",
        "_trails",
        "_warmth",
    )

    def __init__(self, store: str, emission: Emission, shared: Shared) -> None:
        self._store, self._emission, self._shared = store, emission, shared
        self._trails = {CO: Trail()}  # and one of each probe
        self._warmth = Trail()
        self._offsets: dict[str, float] = {}  # of each probe from their mean
        self._baseline = Baseline(emission)
        self._first: int | None = None  # first hour seen: ages count from it
        self._last = -1
        self._posted: dict[str, tuple[int, float]] = {}  # what the others were told last

    @property
    def learning(self) -> bool:
        """Whether its seven days are not full yet."""
        return self._baseline.learning

    @property
    def frozen(self) -> bool:
        """Whether its baseline waits for an alarm or advisory to go."""
        return self._baseline.frozen

    @property
    def share_learnt(self) -> float:
        """Which part of seven days is in its baseline, 0 to 1."""
        return self._baseline.hours / FULL_HOURS

    def ahead(self) -> dict[str, Ahead]:
        """Where its CO and each probe go, by value; those too little is known of are missing."""
        lines = {value: ahead(trail.day()) for value, trail in self._trails.items()}
        return {value: line for value, line in lines.items() if line is not None}

    def hour(
        self, hour: int, means: Mapping[str, float | None], air_degc: float | None, *, alarm: bool
    ) -> list[Derived]:
        """One hour is over.

        Args:
            hour: Its number since 1970.
            means: Mean of CO and of each probe by value; None, or missing, where none was good
                or one was over range [ppm, °C].
            air_degc: Mean over the last 24 h of the air in the shade, None if unknown [°C].
            alarm: Whether an alarm or advisory of this store stands.
        """
        degc = self._remember(hour, means)
        found: list[Derived] = []
        self._judge_gas(hour, found, alarm=alarm)
        self._judge_rate(hour, degc, air_degc, found)
        line = ahead(self._trails[CO].day())
        if line is not None:
            found.append(Derived(AHEAD, line.at_least(_AHEAD_H), learning=False))
        return found

    def _remember(self, hour: int, means: Mapping[str, float | None]) -> float | None:
        """Add the hour to all trails; the fuel's temperature by its probes, if any is known."""
        if self._first is None or hour <= self._last:  # the clock was wrong until now
            self._first, self._last = hour, hour - 1
            self._trails, self._warmth, self._offsets = {CO: Trail()}, Trail(), {}
        missed, self._last = hour - self._last - 1, hour
        for value in means.keys() - self._trails.keys():
            self._trails[value] = Trail()
        for value, trail in self._trails.items():
            mean = means.get(value)
            trail.add(None if mean is None else round(mean, 4), after=missed)
        degc = self._temperature({v: m for v, m in means.items() if v != CO and m is not None})
        emitted = None
        if degc is not None:
            emitted = round(self._emission.relative(degc, hour - self._first), 6)
        self._warmth.add(emitted, after=missed)
        return degc

    def _temperature(self, probes: Mapping[str, float]) -> float | None:
        """Mean of the probes; one that dies, or comes, does not move it by where it lies."""
        if not probes:
            return None
        offsets = self._offsets
        usual = [degc - offsets[name] for name, degc in probes.items() if name in offsets]
        mean = sum(usual or probes.values()) / len(usual or probes)
        for name, degc in probes.items():
            offset = offsets.get(name, degc - mean)
            offsets[name] = offset + (degc - mean - offset) / _OFFSET_HOURS
        return mean

    def _judge_gas(self, hour: int, found: list[Derived], *, alarm: bool) -> None:
        trail = self._trails[CO]
        gain, half = trail.change(24), trail.change(12)
        emitted, level = self._warmth.day_mean(), trail.day_mean()
        if gain is None or half is None or emitted is None or level is None:
            return
        told = Hour.of(hour, gain, emitted, level, half / 12.0)
        fit = self._baseline.fit(hour)
        self._baseline.add(told, alarm=alarm)
        if fit is None:
            most = self._emission.ceiling_ppm(told.emitted, told.level_ppm_d)
            self._learnt(RESIDUAL, told.gain_ppm - most, found)
            self._learnt(SLOPE, told.slope_ppm_per_h - max(most, 0.0) / 24.0, found)
        else:
            self._judge_own(told, fit, found)

    def _judge_own(self, told: Hour, fit: Fit, found: list[Derived]) -> None:
        over = told.gain_ppm - fit.expected_gain_ppm(told)
        self._twice(RESIDUAL, told.hour, over, _SURE_SPREADS * fit.spread_ppm, found)
        steeper = told.slope_ppm_per_h - fit.usual_slopes[told.hour % 24]
        self._twice(SLOPE, told.hour, steeper, _SURE_SPREADS * fit.slope_spread, found)

    def _judge_rate(
        self, hour: int, degc: float | None, air_degc: float | None, found: list[Derived]
    ) -> None:
        rises = [
            rise
            for value, trail in self._trails.items()
            if value != CO and (rise := trail.change(24)) is not None
        ]
        if not rises or degc is None:
            return
        drift = 0.0 if air_degc is None else (air_degc - degc) / self._emission.settling_days
        rate = max(rises) - drift
        if self.learning:
            self._learnt(RATE, rate - self._emission.most_warming(degc), found)
        else:
            self._twice(RATE, hour, rate, 0.0, found)

    def _learnt(self, value: str, over: float, found: list[Derived]) -> None:
        """A value while the baseline learns: what all others do is not taken off."""
        found += (Derived(value, over, learning=True), Derived(OWN[value], over, learning=True))

    def _twice(
        self, value: str, hour: int, over: float, doubt: float, found: list[Derived]
    ) -> None:
        """A value for alarms, and less what is common for advisories."""
        shared = self._shared.common[value]
        own = over - shared.common(hour)
        told = round(over, 4)
        shared.post(self._store, hour, told)
        self._posted[value] = hour, told
        found += (
            Derived(value, over - doubt, learning=False),
            Derived(OWN[value], own - doubt, learning=False),
        )

    def dump(self) -> list[Any]:
        """JSON-ready state."""
        trails = {value: trail.dump() for value, trail in self._trails.items()}
        times = [self._first, self._last]
        warmth = [self._warmth.dump(), self._offsets]
        return [times, trails, warmth, self._baseline.dump(), self._posted]

    def load(self, dumped: list[Any]) -> None:
        """Take over what `dump` gave."""
        (self._first, self._last), trails, warmth, baseline, posted = dumped
        self._trails = {value: Trail(hours) for value, hours in trails.items()}
        self._warmth, self._offsets = Trail(warmth[0]), warmth[1]
        self._baseline.load(baseline)
        self._posted = {value: (hour, told) for value, (hour, told) in posted.items()}
        for value, (hour, told) in self._posted.items():
            self._shared.common[value].post(self._store, hour, told)


def is_derived(point: str) -> bool:
    """Whether a point's values are found here, so that no sensor's health shows in them."""
    return point.rpartition(".")[2] in DERIVED
