"""Totals of outlets as they would stand had their meters no known error.

Lots are traced by what left a silo. Where calibrations tell a meter's error, each amount is
multiplied with the same correction as in the account, so that a silo runs empty when it really
does. Between calibrations that is done day by day: within a day an error hardly moves.
"""

from bisect import bisect_right
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from agent.cofiring.accuracy import Accuracy
from agent.cofiring.totals import Totals

_DAY_US: Final = 86_400_000_000


class CorrectedTotals:
    """Totals with what calibrations tell of their meters.

    Args:
        totals: As they were read.
        accuracy: By point, with its calibrations.
    """

    def __init__(self, totals: Totals, accuracy: Mapping[str, Accuracy]) -> None:
        self._totals = totals
        self._known = {point: known for point, known in accuracy.items() if known.calibrations}
        self._cuts = {point: _cuts(known) for point, known in self._known.items()}
        self._at: dict[str, list[tuple[float, float]]] = {}
        self._edition = totals.edition()

    def total(self, point: str, t_us: int) -> float | None:
        """The total at an instant [kg] as it would stand without the known error.

        At the first calibration it is the total that was read.
        """
        shown = self._totals.total(point, t_us)
        known = self._known.get(point)
        if known is None or shown is None:
            return shown
        cuts = self._cuts[point]
        piece = bisect_right(cuts, min(t_us, self._totals.until_us())) - 1
        begin, corrected = self._begin(point, known, max(piece, 0))
        return corrected + (shown - begin) * known.correction(_middle(cuts, piece))

    def gauge(self, point: str, slot_us: int) -> float | None:
        """The mean of a point's values in a slot, as it was read."""
        return self._totals.gauge(point, slot_us)

    def edition(self) -> int:
        """Another number once totals of the past moved."""
        return self._totals.edition()

    def until_us(self) -> int:
        """Totals are known until then, UTC [µs]."""
        return self._totals.until_us()

    def _begin(self, point: str, known: Accuracy, piece: int) -> tuple[float, float]:
        """The total at the begin of a piece, as read and corrected."""
        if self._edition != self._totals.edition():
            self._edition = self._totals.edition()
            self._at.clear()
        cuts, at = self._cuts[point], self._at.setdefault(point, [])
        while len(at) <= piece:
            shown = self._totals.total(point, cuts[len(at)]) or 0.0
            before, corrected = at[-1] if at else (shown, shown)
            factor = known.correction(_middle(cuts, len(at) - 1))
            at.append((shown, corrected + (shown - before) * factor))
        return at[piece]


def _cuts(known: Accuracy) -> list[int]:
    """Instants between which one correction holds: calibrations, and days between two of them."""
    instants = [at_us for at_us, _, _ in known.calibrations]
    days = [day for first, last in pairwise(instants) for day in range(first, last, _DAY_US)]
    return sorted({*days, *instants})


def _middle(cuts: list[int], piece: int) -> int:
    """Middle of a piece; beyond the first and the last cut nothing moves any more."""
    if piece < 0:
        return cuts[0] - 1
    return (cuts[piece] + cuts[piece + 1]) // 2 if piece + 1 < len(cuts) else cuts[-1]
