"""Changes: what a "−x %" is of, against what, on which basis and within which boundary.

Every comparison of a plan is per net kWh of electricity. Shares are parts of the heat, by the net
calorific value as received. Fossil carbon of mixed fuels counts; biogenic CO₂ is a memo and in no
figure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Boundary = Literal["stack", "supply_chain"]
"""The stack of the unit alone, or the supply chain and the stack without change of land use."""

FIGURES: Final[Mapping[str, Boundary]] = {
    "fossil_co2_kg_per_kwh": "stack",
    "direct_co2e_kg_per_kwh": "stack",
    "lifecycle_co2e_kg_per_kwh": "supply_chain",
}
"""Figures that are compared, and their boundary."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change against the first stage.

    Args:
        quantity: The figure, as in `FIGURES`.
        percent: Of what it was before [%]; None where one of the two is not known.
        against: Name of the first stage.
    """

    quantity: str
    percent: float | None
    against: str
    boundary: Boundary


def changes(
    figures: Mapping[str, tuple[float | None, float | None]], against: str
) -> tuple[Change, ...]:
    """The changes of figures, before and after.

    Args:
        figures: By name in `FIGURES`.
        against: What they were before.
    """
    found = []
    for name, boundary in FIGURES.items():
        before, after = figures[name]
        percent = None if not before or after is None else 100.0 * (after / before - 1.0)
        found.append(Change(name, percent, against, boundary))
    return tuple(found)
