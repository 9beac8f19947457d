"""Integrator: a totaliser made from a rate, for a feeder that has none of its own."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from agent.samples import Quality, Sample


class Integrator:
    """Adds up rates [unit per second] between reads, by trapezoids.

    Over a gap nothing is added: nobody knows what the rate was, and the total says so by a reset.
    Reads that come late, behind a newer one, add nothing either and are counted in `conflicts`.

    Args:
        totals: By point of a rate, the point of the total made from it.
        longest_us: By point of a rate, over what time two reads may be joined [µs].
    """

    def __init__(self, totals: Mapping[str, str], longest_us: Mapping[str, int]) -> None:
        self._totals = totals
        self._longest_us = longest_us
        self._last: dict[str, tuple[int, float, float]] = {}
        self.conflicts = 0

    def totals(self, samples: Iterable[Sample]) -> Sequence[Sample]:
        """The samples of the totals that follow from the rates among some samples."""
        made: list[Sample] = []
        if not self._totals:
            return made
        for sample in samples:
            point = self._totals.get(sample.point)
            if point is None or sample.value is None or sample.quality is not Quality.GOOD:
                continue
            made += self._read(point, sample)
        return made

    def dump(self) -> dict[str, Any]:
        """What has to survive a restart, JSON-ready."""
        return {"last": {point: list(last) for point, last in self._last.items()}}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `dump` gave."""
        last = state.get("last", {}).items()
        self._last = {p: (int(t), float(rate), float(total)) for p, (t, rate, total) in last}

    def _read(self, point: str, sample: Sample) -> list[Sample]:
        rate = sample.value or 0.0
        last = self._last.get(sample.point)
        if last is None:
            self._last[sample.point] = (sample.t_us, rate, 0.0)
            return [Sample(point, sample.t_us, 0.0)]
        before_us, before, total = last
        if sample.t_us <= before_us:
            self.conflicts += 1
            return []
        elapsed_us = sample.t_us - before_us
        gap = elapsed_us > self._longest_us.get(sample.point, elapsed_us)
        total += 0.0 if gap else (before + rate) / 2.0 * elapsed_us / 1e6
        self._last[sample.point] = (sample.t_us, rate, total)
        broken = Sample(point, before_us + 1, None, Quality.BAD, "counter_reset")
        return [*([broken] if gap else []), Sample(point, sample.t_us, total)]
