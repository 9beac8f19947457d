"""From all reads of a stretch to its account, in one pass: a piece, such as a month, at a time.

What is kept in mind are the first and last reads of the slots of one piece, so that a year takes
no more memory than a month.
"""

from collections.abc import Mapping

from agent.cofiring.balance import SLOT_US
from agent.cofiring.columns import Piece
from agent.cofiring.counted_columns import Filled
from agent.cofiring.fuels import Tables
from agent.cofiring.knot_columns import ColumnTrack, ReadTimes
from agent.cofiring.lots import Burning
from agent.cofiring.plant import Plant
from agent.cofiring.slot_columns import Flags, Floats, SlotColumns


class Recount:
    """The reads of a unit on their way to pieces.

    Args:
        plant: The unit.
        lots: What burns when.
        tables: Reviewed tables.
        long_gaps_us: By totaliser, from when on a gap leaves the split between slots estimated.
        from_us: Start of the first slot, UTC [µs]; reads before it say what it began with.
    """

    def __init__(
        self,
        plant: Plant,
        lots: Burning,
        tables: Tables,
        long_gaps_us: Mapping[str, int],
        from_us: int,
    ) -> None:
        self._plant, self._lots, self._tables = plant, lots, tables
        self._from_us = from_us
        self._delays_us = {f.mass_point: f.delay_us for f in plant.fuels if f.delay_us}
        self._tracks = {p: ColumnTrack(long_gaps_us.get(p, SLOT_US)) for p in plant.points()}

    def feed(self, point: str, times: ReadTimes, total: Floats) -> None:
        """Take reads of a totaliser that are later than all of its before.

        Args:
            point: The totaliser.
            times: When it was read.
            total: Totals booked so far, in the totaliser's unit.
        """
        self._tracks[point].feed(times.later(self._delays_us.get(point, 0)), total)

    def break_at(self, point: str, t_us: int) -> None:
        """Mark a counter reset of a totaliser, UTC [µs]."""
        self._tracks[point].break_at(t_us + self._delays_us.get(point, 0))

    def jump_at(self, point: str, t_us: int, amount: float) -> None:
        """Say that a total rose at a reset, UTC [µs], by what was counted at another time."""
        self._tracks[point].jump_at(t_us, amount)

    def passed(self, t_us: int) -> bool:
        """Whether every totaliser was read at an instant or later, UTC [µs]."""
        return all((track.last_us or 0) >= t_us for track in self._tracks.values())

    def slots(self, to_us: int) -> dict[str, SlotColumns]:
        """By totaliser, the slots from where the last piece ended to `to_us`, UTC [µs]."""
        return {point: t.slots(self._from_us, to_us) for point, t in self._tracks.items()}

    def piece(
        self,
        to_us: int,
        filled: Mapping[str, Filled] | None = None,
        there: Flags | None = None,
    ) -> Piece:
        """The account from where the last piece ended to `to_us`; what is before it is forgotten.

        Args:
            to_us: A full minute, UTC [µs].
            filled: By totaliser, what stands in for what nobody measured.
            there: Which slots there are at all; None for all of them.
        """
        slots = self.slots(to_us)
        self._from_us = to_us
        for track in self._tracks.values():
            track.forget_before(to_us)
        return Piece(slots, self._plant, self._lots, self._tables, filled, there)
