"""Balances a site declares: readings that must add up to nothing."""

from dataclasses import dataclass
from typing import Final

HEAT: Final = "heat."
"""Before a fuel's id: the heat of all that burnt of it, instead of a totaliser."""


@dataclass(frozen=True, slots=True)
class Balance:
    """Readings that add up to nothing, but for what no meter counts.

    Args:
        terms: Totaliser, or "heat." and a fuel's id [MJ], and what one of its units counts.
        rest: Half width of 95 % of what no meter counts, as part of the largest term.
    """

    id: str
    terms: tuple[tuple[str, float], ...]
    rest: float = 0.0

    def points(self) -> tuple[str, ...]:
        """The totalisers it needs."""
        return tuple(name for name, _ in self.terms if not name.startswith(HEAT))
