"""Totals: what weighers and silo outlets stood at, and what was measured beside feeders."""

from typing import Protocol


class Totals(Protocol):
    """What totalisers stood at."""

    def total(self, point: str, t_us: int) -> float | None:
        """The total at an instant [kg], interpolated.

        Where none is known on one side the nearest on the other; None where it was never read.
        """
        ...

    def gauge(self, point: str, slot_us: int) -> float | None:
        """The mean of a point's values in a slot; None where there were none."""
        ...

    def edition(self) -> int:
        """Another number once totals of the past moved."""
        ...

    def until_us(self) -> int:
        """Totals are known until then, UTC [µs]."""
        ...
