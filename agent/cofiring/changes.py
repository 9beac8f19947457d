"""Changes: what a "−x %" is of, against what, on which basis and within which boundary."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

BASIS: Final = (
    "per net kWh of electricity; shares by heat, net calorific value as received; fossil carbon of "
    "mixed fuels counted; biogenic CO2 a memo, not in the figure"
)
"""What every comparison of a plan rests on."""

_STACK: Final = "boundary: the stack of this unit alone, nothing before the boiler"
_CHAIN: Final = "boundary: supply chain and stack, without change of land use"

FIGURES: Final[Mapping[str, tuple[str, str]]] = {
    "fossil_co2_kg_per_kwh": ("fossil CO2", _STACK),
    "direct_co2e_kg_per_kwh": ("direct CO2e ({gwp})", _STACK),
    "lifecycle_co2e_kg_per_kwh": ("life cycle CO2e ({gwp})", _CHAIN),
}
"""Figures that are compared: what they are called, and their boundary."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change against the first stage, which says what it is of."""

    figure: str
    percent: float | None
    against: str
    basis: str
    boundary: str

    def words(self) -> str:
        """The change as a sentence."""
        said = "not known" if self.percent is None else f"{self.percent:+.1f} %"
        return f"{self.figure}: {said} against {self.against}; {self.boundary}; {self.basis}"


def changes(
    figures: Mapping[str, tuple[float | None, float | None]], against: str, gwp_set: str
) -> tuple[Change, ...]:
    """The changes of figures, before and after.

    Args:
        figures: By name in `FIGURES`.
        against: What they were before.
        gwp_set: Of the CO₂e figures.
    """
    found = []
    for name, (words, boundary) in FIGURES.items():
        before, after = figures[name]
        percent = None if not before or after is None else 100.0 * (after / before - 1.0)
        found.append(Change(words.format(gwp=gwp_set), percent, against, BASIS, boundary))
    return tuple(found)
