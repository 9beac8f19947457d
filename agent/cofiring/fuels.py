"""Reviewed tables: fuel properties, GWP sets and constants, each number with its origin.

The tables are TOML files beside this package; the shell reads them and hands in the parsed text.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from agent.cofiring.accuracy import Uncertainties
from agent.cofiring.norms import Norms
from agent.cofiring.packs import Packs
from agent.errors import UnknownFuelError

QUANTITIES: Final = (
    "ncv",
    "gcv",
    "hydrogen_dry",
    "moisture",
    "ash",
    "co2",
    "biogenic_carbon_fraction",
    "oxidation",
    "ch4",
    "n2o",
    "upstream_co2e",
    "land_use_co2e",
    "upstream",
)
"""What a table may say of a fuel; `upstream` has one entry for each stage of the supply chain."""

STAGES: Final = (
    "cultivation",
    "extraction",
    "processing",
    "transport_land",
    "transport_sea",
    "storage",
)
"""Stages of a supply chain, in the order fuel goes through them."""

SITE: Final = "site"
NATIONAL: Final = "national"
STUDY: Final = "study"
IPCC: Final = "ipcc"
TIERS: Final = (SITE, NATIONAL, STUDY, IPCC)
"""Where a table value comes from; what stands first goes before what stands later."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One number of a table.

    Args:
        basis: Of a calorific value or a composition: "ncv_ar", "gcv_ar" (as received), "ncv_ad",
            "gcv_ad" (air-dry), "ncv_d", "gcv_d" (dry), "ar" or "d"; else "".
        per: Of a factor: "mj_ncv", "mj_gcv" or "kg"; else "".
        carbon: Of a CO₂ factor: "total" or "fossil_only"; else "".
        mark: S printed in the 2023 study, V verified, D derived, M from memory.
        valid_from: First day it counts.
        valid_to: Last day it counts; None while nothing ended it.
        low: Lower end of the published 95 % range, in `unit`.
        high: Upper end of the published 95 % range, in `unit`.
        distribution: "normal", "lognormal" or "split_normal" between those ends.
        tier: One of `TIERS`.
        country: Where it counts, as "JP"; "" for everywhere.
        stage: Of a supply chain: one of `STAGES`.
        gwp_set: With which GWP set a figure in CO₂e was made; "" where its source does not say.
        proof: Of a value of the site's own: the document that shows it holds.
    """

    value: float
    unit: str
    source: str
    mark: str
    valid_from: date
    basis: str = ""
    per: str = ""
    carbon: str = ""
    low: float | None = None
    high: float | None = None
    note: str = ""
    valid_to: date | None = None
    distribution: str = "normal"
    tier: str = STUDY
    country: str = ""
    stage: str = ""
    gwp_set: str = ""
    proof: str = ""

    def counts(self, on: date) -> bool:
        """Whether it is valid on a day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True, slots=True)
class SiteValues:
    """What a site declares of one of its fuels.

    Args:
        country: Whose national values count, as "JP"; "" for none.
        own: Values of its own, each with its proof, by quantity.
        acknowledged: Why a gross value may stand for a net one; "" where it may not.
    """

    country: str = ""
    own: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    acknowledged: str = ""

    def as_dict(self) -> dict[str, object]:
        """JSON-ready fields: they go into the digest of a figure's inputs."""
        own = {
            quantity: [
                [
                    e.value,
                    e.unit,
                    e.basis or e.per,
                    e.carbon,
                    str(e.valid_from),
                    str(e.valid_to),
                    e.low,
                    e.high,
                    e.distribution,
                    e.proof,
                ]
                for e in entries
            ]
            for quantity, entries in self.own.items()
        }
        return {"country": self.country, "own": own, "acknowledged": self.acknowledged}


@dataclass(frozen=True, slots=True)
class FuelEntry:
    """What the tables know of one fuel.

    Args:
        vintages: By quantity, the worst tier and oldest vintage first.
        site: What the site declares of it.
        lab_required: Countries whose scheme knows no default CO₂ factor of it: there only a lot's
            or the site's own counts.
    """

    key: str
    name: str
    vintages: Mapping[str, tuple[Entry, ...]]
    site: SiteValues = SiteValues()
    lab_required: tuple[str, ...] = ()

    def of_site(self, site: SiteValues) -> "FuelEntry":
        """The same fuel with what a site declares of it."""
        return replace(self, site=site)

    def candidates(self, quantity: str, on: date) -> list[Entry]:
        """The values valid on a day: of each tier the newest, the best tier first."""
        defaults = self.vintages.get(quantity, ())
        if quantity == "co2" and self.site.country in self.lab_required:
            defaults = ()
        known = (*defaults, *self.site.own.get(quantity, ()))
        newest = {
            entry.tier: entry
            for entry in sorted(known, key=lambda entry: entry.valid_from)
            if entry.counts(on) and entry.country in ("", self.site.country)
        }
        return [newest[tier] for tier in TIERS if tier in newest]

    def at(self, quantity: str, on: date) -> Entry | None:
        """The value that counts on a day; None where the tables have none."""
        found = self.candidates(quantity, on)
        return found[0] if found else None

    def stages(self, on: date) -> tuple[Entry, ...]:
        """The stages of the supply chain known on a day, of the best tier that knows any."""
        known = [
            entry
            for entry in (*self.vintages.get("upstream", ()), *self.site.own.get("upstream", ()))
            if entry.counts(on) and entry.country in ("", self.site.country)
        ]
        best = min((TIERS.index(entry.tier) for entry in known), default=0)
        newest = {
            entry.stage: entry
            for entry in sorted(known, key=lambda entry: entry.valid_from)
            if entry.tier == TIERS[best]
        }
        return tuple(newest[stage] for stage in STAGES if stage in newest)


@dataclass(frozen=True, slots=True)
class Gwp:
    """One GWP100 set [kg CO₂e/kg]: combustion methane, vented fossil methane, nitrous oxide."""

    name: str
    ch4: float
    ch4_fossil: float
    n2o: float


@dataclass(frozen=True, slots=True)
class Physics:
    """Constants of the formulas.

    Args:
        latent_mj_per_kg: Enthalpy of evaporation of water [MJ/kg].
        water_per_hydrogen: Water formed per hydrogen burnt [kg/kg].
        co2_per_carbon: CO₂ formed per carbon burnt [kg/kg].
        heat_efficiency: Default of the efficiency method for heat.
        power_efficiency: Default of the efficiency method for power.
        power_weight: Fuel of power against fuel of heat in the DEFRA method.
    """

    latent_mj_per_kg: float
    water_per_hydrogen: float
    co2_per_carbon: float
    heat_efficiency: float
    power_efficiency: float
    power_weight: float


@dataclass(frozen=True, slots=True)
class TableVersion:
    """Which edition of a table a figure rests on."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables a factor needs."""

    fuels: Mapping[str, FuelEntry]
    gwp: Mapping[str, Gwp]
    combustion_ch4: str
    physics: Physics
    uncertainties: Uncertainties
    norms: Norms
    schemes: Packs
    versions: tuple[TableVersion, ...] = ()

    def fuel(self, key: str) -> FuelEntry:
        """The entry of a fuel.

        Raises:
            UnknownFuelError: The tables have no such entry.
        """
        if key not in self.fuels:
            raise UnknownFuelError(
                f"fuel table {key!r} is not in the fuel tables; use one of {', '.join(self.fuels)}"
            )
        return self.fuels[key]
