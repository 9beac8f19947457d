"""Lots of a silo that are used up by what the feeder weighed, whatever the outlet said.

An outlet of its own may stand, or its discharges may not be told, while the feeder goes on: what
burns then is of the lot at hand. So what burnt of a lot is also summed as the feeder weighed it,
from the instants at which the outlet reached the edges of the blends.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from agent.cofiring.balance import SLOT_US, slot_of
from agent.cofiring.blending import Blend, Spent, Trace

Reading = Callable[[int], float | None]
"""A total at an instant, UTC [µs]; None where it was never read."""

_NEVER: Final = float("inf")


class FeederBound:
    """When lots that come out of one silo are used up.

    Args:
        found: What comes out, by the outlet's total.
        limits: By lot, the most that can burn of it [kg].
        out: What the outlet's total was when what burns now left the silo.
        burnt: The feeder's total.
        from_us: When what was filled first reaches the feeder, UTC [µs].
    """

    def __init__(
        self, found: Trace, limits: Mapping[str, float], out: Reading, burnt: Reading, from_us: int
    ) -> None:
        self._found, self._limits = found, limits
        self._out, self._burnt, self._from_us = out, burnt, from_us
        self._reached: list[float] = []
        self._ends: dict[str, float] = {}

    def ends(self, until_us: int) -> Mapping[str, float]:
        """By lot that has a limit, the feeder's total at which it is used up [kg].

        Args:
            until_us: Totals are known until then, UTC [µs].
        """
        edges = self._found.edges
        known = len(self._reached)
        while len(self._reached) < len(edges) and self._passed(len(self._reached), until_us):
            total = self._at(len(self._reached), until_us)
            if total is None:
                break
            self._reached.append(total)
        if len(self._reached) > known:
            self._ends = self._summed()
        return self._ends

    def weighed(self, blend: Blend, from_us: int, to_us: int, until_us: int) -> Blend:
        """What comes out in an interval, without what the feeder weighed beyond its lots."""
        found: list[tuple[str | Spent | None, float]] = []
        for lot, part in blend:
            over = self._over(lot, from_us, to_us, until_us) if isinstance(lot, str) else 0.0
            found.append((lot, part * (1.0 - over)))
            if isinstance(lot, str) and over > 0.0:
                found.append((Spent(lot), part * over))
        return tuple((lot, part) for lot, part in found if part > 0.0)

    def used_up(self, from_us: int, to_us: int, until_us: int) -> Iterable[int]:
        """Slots in which the feeder begins to weigh what is beyond a lot, by their starts."""
        starts = range(slot_of(from_us), to_us, SLOT_US)
        for end in self.ends(until_us).values():

            def passed(start: int, end: float = end) -> bool:
                total = self._burnt(start + SLOT_US)
                return total is not None and total > end

            index = bisect_left(starts, True, key=passed)
            yield from starts[index : index + 1]

    def _over(self, lot: str, from_us: int, to_us: int, until_us: int) -> float:
        """Part of what burns of a lot between two instants that is beyond it, 0 … 1."""
        end = self.ends(until_us).get(lot)
        first, last = self._burnt(from_us), self._burnt(to_us)
        if end is None or first is None or last is None or last <= end:
            return 0.0
        return 1.0 if first >= end else (last - end) / (last - first)

    def _passed(self, n: int, t_us: int) -> bool:
        """Whether what comes out after an edge burns at an instant."""
        total, edge = self._out(t_us), self._found.edges[n]
        # What lies before the first edge is unknown; where the outlet stands at it, it is over.
        return (
            t_us > self._from_us
            and total is not None
            and (total > edge or (n == 0 and total == edge))
        )

    def _at(self, n: int, until_us: int) -> float | None:
        """The feeder's total when what comes out after an edge began to burn [kg]."""
        starts = range(slot_of(self._from_us), until_us, SLOT_US)
        found = bisect_left(starts, True, key=lambda start: self._passed(n, start + SLOT_US))
        start = starts[min(found, len(starts) - 1)]
        first, last = self._out(start), self._out(start + SLOT_US)
        begin, edge = max(start, self._from_us), self._found.edges[n]
        if first is not None and last is not None and first < edge:
            begin = max(begin, start + round((edge - first) / (last - first) * SLOT_US))
        return self._burnt(begin)

    def _summed(self) -> dict[str, float]:
        left, ends = dict(self._limits), {}
        for n, begin in enumerate(self._reached):
            end = self._reached[n + 1] if n + 1 < len(self._reached) else _NEVER
            for lot, part in self._found.blends[n + 1]:
                if not isinstance(lot, str) or lot not in left or lot in ends:
                    continue
                if begin + left[lot] / part <= end:
                    ends[lot] = begin + left[lot] / part
                else:
                    left[lot] -= part * (end - begin)
        return ends
