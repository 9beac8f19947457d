"""FactorRecord: the figures of one product over one period, immutable once issued.

Field names are the same in Python, JSON, SQL columns and exports. Masses are of the whole plant in
the period; figures per kWh are of the product after allocation: per net kWh for electricity, per
kWh of heat for steam.
"""

from typing import Any, Final

import msgspec

RULE_VERSION: Final = "4"
"""Raised whenever the same inputs would give other numbers."""


class FactorRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One period's factor; None where a figure is not known.

    `coverage` is the part of the period measured by the totaliser that knows least; figures per
    kWh rest on the complete minutes only. Where some minutes lack a fuel ("mix_unknown" in
    `marks`), shares and `kwh_by_fuel` are of the others, and masses are sums of what is known.
    `no_factor_reason` says why there are none: "below_minimum_output", "incomplete" (no minute
    with every totaliser and fuel property) or "no_heat_exported" or "allocation_undeclared".
    `estimated_fraction` counts amounts that are estimated or whose split at the period's ends is
    interpolated, and fuel whose analysis is owed; `conservative` has the figures leaning against
    the claim, where there are any estimates. A record is "provisional" while something in it is
    owed or substituted; `marks` and `substitutions` say what.
    `ci95_low` … `u_random` are of the life cycle, `intervals` of every figure that has one, in the
    site's GWP set: ends of 95 %, systematic and random standard uncertainty; `contributors` have
    "figure", "source", "quantity", "fuels", "share" of its variance, and whether it is "assumed";
    in minutes only those of the life cycle, or of the direct emissions where it is not known.
    `no_interval_reason` names totalisers of "unknown_accuracy". `pedigree` has scores from 1, best.
    `reconciliation` is of settlement periods: what the site's balances say, or the "reason" why
    they say nothing: "incomplete", "not_steady", "unknown_accuracy" or "undetermined".
    """

    record_id: str = ""
    series_id: str
    revision: int = 0
    supersedes: str | None = None
    revision_reason: str | None = None
    plant_id: str
    unit_id: str
    product: str
    valid_from_utc: str
    valid_to_utc: str
    recorded_at_utc: str = ""
    period: str
    timezone: str
    status: str = "provisional"
    gross_kwh: float | None = None
    aux_kwh: float | None = None
    net_kwh: float | None = None
    imported_kwh: float | None = None
    imported_co2e_kg: float | None = None
    imported_factor: dict[str, Any] | None = None
    auxiliaries: list[dict[str, Any]] = []
    sold_kwh: float | None = None
    own_use_kwh: float | None = None
    steam_mj: float | None = None
    fossil_co2_kg: float | None = None
    biogenic_co2_kg: float | None = None
    ch4_fossil_kg: float | None = None
    ch4_biogenic_kg: float | None = None
    n2o_kg: float | None = None
    upstream_co2e_kg: float | None = None
    land_use_co2e_kg: float | None = None
    upstream_by_stage: list[dict[str, Any]] = []
    fossil_co2_kg_per_kwh: float | None = None
    biogenic_co2_kg_per_kwh: float | None = None
    ch4_fossil_kg_per_kwh: float | None = None
    ch4_biogenic_kg_per_kwh: float | None = None
    n2o_kg_per_kwh: float | None = None
    fossil_co2_kg_per_gross_kwh: float | None = None
    direct_co2e_kg_per_gross_kwh: dict[str, float] | None = None
    direct_co2e_kg_per_kwh: dict[str, float] | None = None
    upstream_co2e_kg_per_kwh: dict[str, float] | None = None
    lifecycle_co2e_kg_per_kwh: dict[str, float] | None = None
    land_use_co2e_kg_per_kwh: dict[str, float] | None = None
    policy_zero_rated_co2_kg_per_kwh: float | None = None
    zero_rated: list[dict[str, Any]] = []
    no_factor_reason: str | None = None
    gwp_set: str = ""
    share_heat: dict[str, float] | None = None
    share_mass: dict[str, float] | None = None
    share_carbon: dict[str, float] | None = None
    kwh_by_fuel: dict[str, float] | None = None
    cv_basis: str = "ncv_ar"
    fuels: list[dict[str, Any]] = []
    allocation: dict[str, Any] | None = None
    ash: dict[str, Any] | None = None
    certificates_sold_kwh: float | None = None
    conservative: dict[str, Any] | None = None
    schemes: dict[str, dict[str, Any]] = {}
    ci95_low: float | None = None
    ci95_high: float | None = None
    u_systematic: float | None = None
    u_random: float | None = None
    contributors: list[dict[str, Any]] | None = None
    intervals: dict[str, dict[str, Any]] = {}
    no_interval_reason: str | None = None
    pedigree: dict[str, float] | None = None
    primary_data_share: float | None = None
    coverage: float = 0.0
    estimated_fraction: float = 0.0
    substitutions: list[str] = []
    marks: list[str] = []
    reconciliation: dict[str, Any] | None = None
    tables: list[dict[str, str]] = []
    rule_version: str = RULE_VERSION
    code_version: str = ""
    inputs_digest: str = ""
    prev_hash: str | None = None


RECIPE_FIELDS: Final = ("fuels", "contributors", "reconciliation", "schemes")
"""What only people with access to the fuel recipe may see."""

IDENTITY_FIELDS: Final = (
    "record_id",
    "revision",
    "supersedes",
    "revision_reason",
    "recorded_at_utc",
    "status",
    "prev_hash",
)
"""What may differ between two revisions that say the same."""


def moved(old: FactorRecord, new: FactorRecord) -> dict[str, tuple[Any, Any]]:
    """Fields in which two records of one period differ, identity apart: (old, new)."""
    return {
        name: (getattr(old, name), getattr(new, name))
        for name in FactorRecord.__struct_fields__
        if name not in IDENTITY_FIELDS and getattr(old, name) != getattr(new, name)
    }


def public_view(record: FactorRecord) -> dict[str, Any]:
    """A record without its fuel recipe, JSON-ready."""
    fields: dict[str, Any] = msgspec.to_builtins(record)
    return {name: value for name, value in fields.items() if name not in RECIPE_FIELDS}
