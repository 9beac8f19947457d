"""Values measured beside a feeder, such as moisture: their mean in each slot."""

from collections.abc import Iterable, Mapping
from typing import Any

from agent.cofiring.balance import slot_of
from agent.samples import Quality, Sample


class Gauges:
    """Means of some points by slot, each sample counted once.

    What comes after its slot was closed changes nothing: what was weighed meanwhile is counted
    with the moisture that was known.

    Args:
        shifts_us: Point -> how much later what it saw burns [µs].
    """

    def __init__(self, shifts_us: Mapping[str, int]) -> None:
        self._shifts_us = dict(shifts_us)
        self._sums: dict[int, dict[str, tuple[float, int]]] = {}

    @property
    def points(self) -> frozenset[str]:
        """Every point that is watched."""
        return frozenset(self._shifts_us)

    def take(self, samples: Iterable[Sample]) -> None:
        """Take the good values among some samples whose times can be believed."""
        if not self._shifts_us:
            return
        for sample in samples:
            shift_us = self._shifts_us.get(sample.point)
            if shift_us is None or sample.value is None or sample.quality is not Quality.GOOD:
                continue
            slot = self._sums.setdefault(slot_of(sample.t_us + shift_us), {})
            total, count = slot.get(sample.point, (0.0, 0))
            slot[sample.point] = (total + sample.value, count + 1)

    def means(self, slot_us: int) -> dict[str, float]:
        """The mean of each point that was read in a slot."""
        slot = self._sums.get(slot_us, {})
        return {point: total / count for point, (total, count) in slot.items()}

    def forget_before(self, slot_us: int) -> None:
        """Drop slots that are closed."""
        self._sums = {slot: known for slot, known in self._sums.items() if slot >= slot_us}

    def dump(self) -> list[Any]:
        """All of it, JSON-ready."""
        return [
            [slot, point, total, count]
            for slot, known in sorted(self._sums.items())
            for point, (total, count) in sorted(known.items())
        ]

    def restore(self, state: Iterable[Any]) -> None:
        """Take back what `dump` gave."""
        self._sums = {}
        for slot, point, total, count in state:
            self._sums.setdefault(slot, {})[point] = (total, count)
