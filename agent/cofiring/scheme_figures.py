"""Figures of a scheme: what it would be told of a period, and how that is printed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from agent.cofiring.packs import Pack

ROUNDED: Final = {
    "biomass_share": "share",
    "biomass_kwh": "kwh",
    "fossil_co2_kg": "kg",
    "biogenic_co2_counted_kg": "kg",
    "policy_zero_co2_kg": "kg",
    "total_co2e_kg": "kg",
    "kg_per_kwh": "kg_per_kwh",
}
"""By figure, the rounding it takes."""


@dataclass(frozen=True, slots=True)
class ZeroRated:
    """Biogenic CO₂ of a lot that a scheme counts as nothing [kg], and by what evidence."""

    fuel: str
    lot: str | None
    biogenic_co2_kg: float | None
    evidence: str
    valid_to: str


@dataclass(frozen=True, slots=True)
class LifeCycle:
    """A lot's life cycle per electricity [g CO₂e/MJ] against the scheme's ceiling.

    Args:
        limit_g_per_mj: The ceiling; None where none binds, or the site does not say enough.
        saving: Against the scheme's comparator, a fraction.
        meets: Whether it lies at or below the ceiling.
        bound: Whether the scheme's ceilings are for this lot at all.
    """

    fuel: str
    lot: str | None
    g_per_mj: float | None
    limit_g_per_mj: float | None
    saving: float | None
    meets: bool | None
    bound: bool = True


@dataclass(frozen=True, slots=True)
class SchemeView:
    """What a scheme would be told; None where a figure is not known, `reasons` say why.

    Args:
        vintage: First day of the pack's vintage.
        biomass_share: Part of the heat that counts as biomass, lot by lot.
        biomass_kwh: Sold power × that share.
        biogenic_co2_counted_kg: Biogenic CO₂ without valid evidence, which counts here.
        policy_zero_co2_kg: Fossil CO₂ that the scheme's policy leaves out.
        total_co2e_kg: By the scheme's gases and GWP set.
        kg_per_kwh: Of electricity, per net kWh, after the scheme's sharing with heat.
        el_share: Part of the emissions that electricity carries by `chp_method`.
    """

    scheme: str
    vintage: str
    cv_basis: str
    gwp_set: str
    chp_method: str
    estimate: str
    share_heat: dict[str, float] | None = None
    biomass_share: float | None = None
    biomass_kwh: float | None = None
    fossil_co2_kg: float | None = None
    biogenic_co2_counted_kg: float | None = None
    policy_zero_co2_kg: float | None = None
    total_co2e_kg: float | None = None
    kg_per_kwh: float | None = None
    el_share: float | None = None
    zero_rated: list[ZeroRated] = field(default_factory=list)
    life_cycle: list[LifeCycle] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready fields."""
        return asdict(self)


def printed(figures: Mapping[str, Any], pack: Pack) -> dict[str, str | None]:
    """The figures of a view as the scheme wants them written, rounded once.

    Args:
        figures: A view's fields, as they are kept in a record.
        pack: The vintage they were made by.
    """
    rounded = {name: figures[name] for name in ROUNDED}
    return {
        name: None if value is None else pack.rounding[ROUNDED[name]].of(value)
        for name, value in rounded.items()
    }


def printed_life_cycles(figures: Mapping[str, Any], pack: Pack) -> list[dict[str, Any]]:
    """The life cycle of each lot of a view as the scheme wants it written, rounded once."""
    rounding = pack.rounding["g_per_mj"]
    return [
        {**lot, "g_per_mj": None if lot["g_per_mj"] is None else rounding.of(lot["g_per_mj"])}
        for lot in figures["life_cycle"]
    ]
