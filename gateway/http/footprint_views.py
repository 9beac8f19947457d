"""What burned and the live factor, as the API tells them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from agent.samples import Quality
from gateway.config_base import Language
from gateway.http.moments import Moment, named


@dataclass(frozen=True, slots=True)
class FuelFlow:
    """One fuel in one period; shares are fractions of the period's whole."""

    id: str
    name: Mapping[Language, str]
    biomass: bool
    mass_kg: float | None
    mass_kg_per_h: float | None
    heat_mj: float | None
    share_mass: float | None
    share_heat: float | None


@dataclass(frozen=True, slots=True)
class CofiringView:
    """What burned in one period, and what came of it.

    Args:
        coverage: Part of the period that was measured, 0–1.
        estimated_fraction: Largest part of any totaliser's amount whose place in the period is
            interpolated, 0–1.
    """

    period: str
    valid_from_us: Annotated[Moment, named("valid_from_utc")]
    valid_to_us: Annotated[Moment, named("valid_to_utc")]
    fuels: tuple[FuelFlow, ...]
    biomass_share_mass: float | None
    biomass_share_heat: float | None
    cv_basis: str
    gross_kwh: float | None
    net_kwh: float | None
    net_kw: float | None
    steam_mj: float | None
    coverage: float
    quality: Quality
    reason: str | None = None
    estimated_fraction: float = 0.0


@dataclass(frozen=True, slots=True)
class LiveFactor:
    """The factor of the trailing minutes, per net kWh; computed, never stored.

    Args:
        direct_co2e_kg_per_kwh: Fossil CO₂ + CH₄ + N₂O of combustion, in `gwp_set`.
        co2e_parts_kg_per_kwh: Its parts "fossil_co2", "ch4" and "n2o", in `gwp_set`.
        biogenic_co2_kg_per_kwh: Beside the sum, not in it.
        upstream_co2e_kg_per_kwh: Of the fuels' supply; None where it is not known.
        reason: Why there is no figure, in a word: "below_minimum_output" or "incomplete".
    """

    series_id: str
    product: Literal["electricity", "steam"]
    valid_from_us: Annotated[Moment, named("valid_from_utc")]
    valid_to_us: Annotated[Moment, named("valid_to_utc")]
    direct_co2e_kg_per_kwh: float | None
    co2e_parts_kg_per_kwh: Mapping[str, float | None]
    biogenic_co2_kg_per_kwh: float | None
    upstream_co2e_kg_per_kwh: float | None
    lifecycle_co2e_kg_per_kwh: float | None
    gwp_set: str
    net_kw: float | None
    coverage: float
    quality: Quality
    reason: str | None = None
