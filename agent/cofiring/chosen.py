"""Chosen values: what counts for a fuel in a lot, each with its basis, origin and range."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from agent.cofiring.fuels import Entry, Physics

LAB: Final = "lot lab"
CERTIFICATE: Final = "lot certificate"
DEFAULT: Final = "rule"
_WHERE_SAID: Final = ("carbon", "published", "low", "high", "reason", "gwp_set", "acknowledged")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A value and how it was chosen.

    Args:
        basis: "ncv_ar" or "gcv_ar" for calorific values, "mj_ncv", "mj_gcv" or "kg" for factors.
        how: "lot lab", "lot certificate", "site", "national", "study", "ipcc" or "rule".
        source: The lot's id, or the table's source.
        mark: The table's mark; None for a laboratory value.
        carbon: Of a CO₂ factor: "total" or "fossil_only".
        low: Lower end of its 95 % range, in `unit`, of one analysis where there are several; None
            where nobody states one.
        high: Upper end of its 95 % range, in `unit`.
        distribution: "normal", "lognormal" or "split_normal" between those ends.
        valid_from: Since when the table has it.
        reason: What was passed over for it, and what it was made from.
        gwp_set: Of a figure in CO₂e: the GWP set it was made with, where its source says.
        acknowledged: Why a value of another basis may stand here, as the site's file says.
        samples: How many independent analyses a laboratory value is the mean of.
        made_from: Other values it was made from, such as "moisture" for a calorific value as
            received made from a dry one; its own range leaves moisture out.
        published: The table's number it was made from; its error is one, at whatever moisture.
        laboratory: Of a laboratory value: who shares its systematic error, such as "TestCo,
            pellets"; "" where nobody else does.
    """

    value: float
    unit: str
    basis: str
    how: str
    source: str
    mark: str | None = None
    carbon: str = ""
    low: float | None = None
    high: float | None = None
    distribution: str = "normal"
    valid_from: date | None = None
    reason: str = ""
    gwp_set: str = ""
    acknowledged: str = ""
    samples: int = 1
    made_from: tuple[str, ...] = ()
    published: float | None = None
    laboratory: str = ""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready fields, without those that say nothing."""
        fields: dict[str, Any] = {
            "value": self.value,
            "unit": self.unit,
            "basis": self.basis,
            "how": self.how,
            "source": self.source,
            "mark": self.mark,
        }
        said = {name: getattr(self, name) for name in _WHERE_SAID}
        fields |= {name: value for name, value in said.items() if value not in (None, "")}
        if self.low is not None or self.high is not None:
            fields["distribution"] = self.distribution
        if self.made_from:
            fields["made_from"] = list(self.made_from)
        if self.samples > 1:
            fields["samples"] = self.samples
        if self.valid_from is not None:
            fields["valid_from"] = self.valid_from.isoformat()
        return fields


@dataclass(frozen=True, slots=True)
class Properties:
    """What is known of a fuel in a lot; None where neither lot nor table knows.

    Args:
        ncv: Net calorific value as received; of basis "gcv_ar" only where the site acknowledges it.
        moisture: Water as received [mass fraction].
        ash: Ash as received [mass fraction].
        upstream_co2e: The supply chain as a whole, without land-use change.
        upstream: Its stages that are known, in their order.
        doubts: What somebody who signs for these values should know.
    """

    ncv: Chosen | None
    gcv: Chosen | None
    co2: Chosen | None
    biogenic_carbon_fraction: Chosen
    oxidation: Chosen
    ch4: Chosen | None
    n2o: Chosen | None
    upstream_co2e: Chosen | None
    moisture: Chosen | None = None
    ash: Chosen | None = None
    land_use_co2e: Chosen | None = None
    upstream: tuple[tuple[str, Chosen], ...] = ()
    doubts: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready fields; what is rarely known only where it is."""
        chosen: dict[str, Chosen | None] = {name: getattr(self, name) for name in _SINGLE}
        fields: dict[str, Any] = {
            name: value.as_dict() if value else None
            for name, value in chosen.items()
            if value or name not in _RARE
        }
        if self.upstream:
            fields["upstream"] = {stage: value.as_dict() for stage, value in self.upstream}
        return fields


_RARE: Final = ("moisture", "ash", "land_use_co2e")
_SINGLE: Final = tuple(
    name for name in Properties.__dataclass_fields__ if name not in {"upstream", "doubts"}
)


def from_table(entry: Entry, physics: Physics) -> Chosen:
    """A table's value in the units formulas use."""
    scale, unit = 1.0, entry.unit
    if unit == "tC/GJ":
        scale, unit = 1000.0 * physics.co2_per_carbon, "g/MJ"
    return Chosen(
        entry.value * scale,
        unit,
        entry.basis or entry.per,
        entry.tier,
        entry.source,
        entry.mark or None,
        entry.carbon,
        None if entry.low is None else entry.low * scale,
        None if entry.high is None else entry.high * scale,
        entry.distribution,
        entry.valid_from,
        gwp_set=entry.gwp_set,
    )
