"""One lot after the other, none for more than was delivered of it.

How much burnt of a lot so far is what the fuel's totaliser counted since the lot began, so it
depends on nothing but the lots and the totals of that meter, wherever somebody begins to ask.
"""

from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import pairwise

from agent.cofiring.balance import SLOT_US
from agent.cofiring.delivered import limit_kg
from agent.cofiring.lots import Lot, LotBook, Parts
from agent.cofiring.moisture import FeederMoisture
from agent.cofiring.totals import Totals


class DeliveredBook:
    """Of the lots of a fuel the one burns that began last, as far as it was delivered.

    Args:
        lots: In any order.
        weighers: By fuel, the totaliser of what burns of it [kg]; a fuel without one is unbounded.
        totals: What those stood at.
        uncounted: Fuels that cannot be counted without a lot.

    Raises:
        UnknownFuelError: Two lots share an id, or begin at the same instant for one fuel.
    """

    def __init__(
        self,
        lots: Iterable[Lot],
        weighers: Mapping[str, str],
        totals: Totals,
        uncounted: Container[str] = (),
    ) -> None:
        self._book = LotBook(lots)
        self._weighers, self._totals, self._uncounted = weighers, totals, uncounted

    def of(self, fuel: str) -> tuple[Lot, ...]:
        """The lots of a fuel in the order they burn."""
        return self._book.of(fuel)

    def __getitem__(self, lot_id: str) -> Lot:
        return self._book[lot_id]

    def at(self, fuel: str, t_us: int) -> Lot | None:
        """The lot that most of what burns at an instant is of."""
        return max(self.parts(fuel, t_us, t_us + SLOT_US), key=lambda part: part[1])[0]

    def parts(self, fuel: str, from_us: int, to_us: int) -> Parts:
        """How an interval divides over lots; what is beyond one is of no known lot."""
        found: Parts = []
        unknown = 0.0
        for lot, part, over in self._pieces(fuel, from_us, to_us):
            if lot is None or over >= 1.0:
                unknown += part
                continue
            found.append((lot, part * (1.0 - over)))
            unknown += part * over
        return [*found, (None, unknown)] if unknown > 0.0 else found

    def other_parts(self, fuel: str, from_us: int, to_us: int) -> Parts:
        """The same: nothing blends."""
        return self.parts(fuel, from_us, to_us)

    def beyond(self, fuel: str, from_us: int, to_us: int) -> list[tuple[Lot, float]]:
        """Lots that are used up, with the fractions that burn beyond them."""
        pieces = self._pieces(fuel, from_us, to_us)
        return [(lot, part * over) for lot, part, over in pieces if lot is not None and over > 0.0]

    def changes(self, fuel: str, from_us: int, to_us: int) -> list[int]:
        """When lots begin or are used up, strictly between two instants, in order."""
        begins = self._book.changes(fuel, from_us, to_us)
        cuts = set(begins)
        for start, end in pairwise([from_us, *begins, to_us]):
            cuts |= self._used_up(fuel, start, end)
        return sorted(cut for cut in cuts if from_us < cut < to_us)

    def moisture_at(
        self, fuel: str, lot: Lot | None, from_us: int, to_us: int
    ) -> FeederMoisture | None:
        """The lot's own moisture, whatever the interval."""
        return self._book.moisture_at(fuel, lot, from_us, to_us)

    def moisture_changes(self, fuel: str, from_us: int, to_us: int) -> list[int]:
        """Never: the lot's own counts."""
        return self._book.moisture_changes(fuel, from_us, to_us)

    def _pieces(
        self, fuel: str, from_us: int, to_us: int
    ) -> Iterator[tuple[Lot | None, float, float]]:
        """Lots in time order, each with its part of an interval, and what of that is beyond it."""
        edges = [from_us, *self._book.changes(fuel, from_us, to_us), to_us]
        for start, end in pairwise(edges):
            lot = self._book.at(fuel, start)
            yield lot, (end - start) / (to_us - from_us), self._over(fuel, lot, start, end)

    def _over(self, fuel: str, lot: Lot | None, from_us: int, to_us: int) -> float:
        """Part of what burns between two instants that is beyond a lot, 0 … 1."""
        until, point = self._until(fuel, lot), self._weighers.get(fuel)
        if until is None or point is None:
            return 0.0
        first, last = self._totals.total(point, from_us), self._totals.total(point, to_us)
        if first is None or last is None or last <= until:
            return 0.0
        return 1.0 if first >= until else (last - until) / (last - first)

    def _until(self, fuel: str, lot: Lot | None) -> float | None:
        """The fuel's total at which a lot is used up [kg]; None where nothing bounds it."""
        point = self._weighers.get(fuel)
        limit = None if lot is None else limit_kg(lot, self._uncounted)
        if lot is None or limit is None or point is None:
            return None
        begun = self._totals.total(point, lot.from_us)
        return None if begun is None else begun + limit

    def _used_up(self, fuel: str, from_us: int, to_us: int) -> set[int]:
        """Both edges of the slot in which the lot that burns between two instants is used up."""
        point, until = self._weighers.get(fuel), self._until(fuel, self._book.at(fuel, from_us))
        if point is None or until is None:
            return set()

        def passed(start: int) -> bool:
            total = self._totals.total(point, start + SLOT_US)
            return total is not None and total > until

        starts = range(from_us - from_us % SLOT_US, to_us, SLOT_US)
        found = starts[bisect_left(starts, True, key=passed) :][:1]
        return {edge for start in found for edge in (start, start + SLOT_US)}
