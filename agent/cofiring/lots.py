"""Which lots burn when: what everybody asks, and the simple case of one lot after the other."""

from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Final, Protocol

from agent.cofiring.itself import Itself
from agent.cofiring.lot import Lot, ncv_dry
from agent.cofiring.moisture import FeederMoisture, ncv_as_received
from agent.errors import UnknownFuelError

__all__ = ["Burning", "Lot", "LotBook", "Parts", "ncv_as_received", "ncv_dry"]

_REMEMBERED: Final = 1024

Parts = list[tuple[Lot | None, float]]
"""Lots with their fractions of what burns; they sum to one. None: of no known lot."""


class Burning(Protocol):
    """Which lots of a fuel burn, in what parts and with what moisture."""

    def of(self, fuel: str) -> tuple[Lot, ...]:
        """The lots of a fuel in the order they come."""
        ...

    def __getitem__(self, lot_id: str) -> Lot:
        """One lot."""
        ...

    def at(self, fuel: str, t_us: int) -> Lot | None:
        """The lot that most of what burns at an instant is of; None where none is known."""
        ...

    def parts(self, fuel: str, from_us: int, to_us: int) -> Parts:
        """Fractions by lot of what burns in an interval, by the declared blending model."""
        ...

    def other_parts(self, fuel: str, from_us: int, to_us: int) -> Parts:
        """The same by the other blending model; the same list where nothing blends."""
        ...

    def beyond(self, fuel: str, from_us: int, to_us: int) -> list[tuple[Lot, float]]:
        """Lots of which more would burn than was delivered, with the fractions that is.

        Those fractions are in `parts` as of no known lot, by the declared blending model.
        """
        ...

    def changes(self, fuel: str, from_us: int, to_us: int) -> list[int]:
        """Instants strictly between, in order: between two of them the parts stay the same."""
        ...

    def moisture_at(
        self, fuel: str, lot: Lot | None, from_us: int, to_us: int
    ) -> FeederMoisture | None:
        """Moisture at the feeder in an interval; None where nobody knows it."""
        ...

    def moisture_changes(self, fuel: str, from_us: int, to_us: int) -> list[int]:
        """Instants strictly between, in order: between two of them it stays the same by lot."""
        ...


class LotBook:
    """The simple case: of the lots of a fuel the one burns that began last.

    Args:
        lots: In any order.

    Raises:
        UnknownFuelError: Two lots share an id, or begin at the same instant for one fuel.
    """

    def __init__(self, lots: Iterable[Lot] = ()) -> None:
        self._by_fuel: dict[str, list[Lot]] = {}
        self._by_id: dict[str, Lot] = {}
        for lot in sorted(lots, key=lambda item: (item.from_us, item.id)):
            if lot.id in self._by_id:
                raise UnknownFuelError(f"lot {lot.id!r} is declared twice; give each its own id")
            self._by_id[lot.id] = lot
            queue = self._by_fuel.setdefault(lot.fuel, [])
            if queue and queue[-1].from_us == lot.from_us:
                raise UnknownFuelError(
                    f"lots {queue[-1].id!r} and {lot.id!r} of {lot.fuel} begin at the same "
                    "instant; move one of them"
                )
            queue.append(lot)

    def of(self, fuel: str) -> tuple[Lot, ...]:
        """The lots of a fuel in the order they burn."""
        return tuple(self._by_fuel.get(fuel, ()))

    def __getitem__(self, lot_id: str) -> Lot:
        return self._by_id[lot_id]

    def at(self, fuel: str, t_us: int) -> Lot | None:
        """The lot of a fuel burning at an instant, UTC [µs]; None before the first."""
        queue = self._by_fuel.get(fuel, [])
        index = bisect_right(queue, t_us, key=_from_us)
        return queue[index - 1] if index else None

    def parts(self, fuel: str, from_us: int, to_us: int) -> Parts:
        """How an interval divides over lots, by time.

        Returns:
            (lot, fraction of the interval), in time order; the fractions sum to one.
        """
        queue = self._by_fuel.get(fuel, ())
        if len(queue) == 1 and queue[0].from_us <= from_us:
            return [(queue[0], 1.0)]
        changes = self.changes(fuel, from_us, to_us)
        if not changes:
            return [(self.at(fuel, from_us), 1.0)]
        edges = [from_us, *changes, to_us]
        span = to_us - from_us
        return [(self.at(fuel, start), (end - start) / span) for start, end in pairwise(edges)]

    def other_parts(self, fuel: str, from_us: int, to_us: int) -> Parts:
        """The same: nothing blends."""
        return self.parts(fuel, from_us, to_us)

    def beyond(self, fuel: str, from_us: int, to_us: int) -> list[tuple[Lot, float]]:
        """Nothing: without a weigher nobody knows how much burnt of a lot."""
        return []

    def changes(self, fuel: str, from_us: int, to_us: int) -> list[int]:
        """When lots begin strictly between two instants, in order."""
        queue = self._by_fuel.get(fuel, [])
        first = bisect_right(queue, from_us, key=_from_us)
        following = (lot.from_us for lot in queue[first:])
        return [t_us for t_us in following if t_us < to_us]

    def moisture_at(
        self,
        fuel: str,
        lot: Lot | None,
        from_us: int,
        to_us: int,
    ) -> FeederMoisture | None:
        """The lot's own moisture, whatever the interval."""
        return None if lot is None else _own_moisture(Itself(lot))

    def moisture_changes(self, fuel: str, from_us: int, to_us: int) -> list[int]:
        """Never: the lot's own counts."""
        return []


@lru_cache(_REMEMBERED)
def _own_moisture(lot: Itself[Lot]) -> FeederMoisture | None:
    return lot.what.own_moisture(outdoors=False)


def _from_us(lot: Lot) -> int:
    return lot.from_us
