"""Substitutes: which periods an estimate rests on, looked up only while something is missing."""

from collections.abc import Mapping
from typing import Final

from agent.cofiring import substitution
from agent.cofiring.balance import MeterSlot
from agent.cofiring.counted import Fill
from agent.cofiring.norms import Norms
from agent.cofiring.plant import Plant
from agent.cofiring.rollup import Tally
from gateway.footprint.sums_shelf import SumsShelf

_HOUR_US: Final = 3_600_000_000


class Substitutes:
    """Fills of slots in one transaction, from the settlement periods before it.

    Args:
        shelf: Where sums of closed periods lie.
        plant: The unit.
        norms: How far back to look, and what is enough.
    """

    def __init__(self, shelf: SumsShelf, plant: Plant, norms: Norms) -> None:
        self._shelf = shelf
        self._plant = plant
        self._norms = norms
        self._known: dict[int, list[Tally]] = {}

    def fills(self, slot_us: int, meters: Mapping[str, MeterSlot]) -> dict[str, Fill]:
        """What stands in for what is missing in a slot."""
        if not substitution.missing(meters, self._plant):
            return {}
        return substitution.fills(meters, self._before(slot_us), self._plant, self._norms)

    def _before(self, slot_us: int) -> list[Tally]:
        end_us = slot_us - slot_us % self._plant.settlement_us
        if end_us not in self._known:
            from_us = end_us - int(self._norms.reference_hours * _HOUR_US)
            stored = self._shelf.between("settlement", from_us, end_us)
            sums = [stored[start].sums for start in sorted(stored)]
            self._known[end_us] = substitution.usable(sums, self._plant)
        return self._known[end_us]
