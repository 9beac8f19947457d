"""What a site declares itself: fuel values with their proof, and schemes it reports under."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from gateway.config_base import Table

Positive = Annotated[float, Field(ge=0)]
Written = Annotated[str, Field(min_length=1)]


class FuelValue(Table):
    """One value in place of the tables'; a lot's own analysis still goes before it.

    Args:
        basis: Of a calorific value: ncv_ar, gcv_ar, ncv_d or gcv_d; of ash: ar or d.
        per: Of a factor: mj_ncv, mj_gcv or kg.
        carbon: Of a CO₂ factor: total or fossil_only.
        stage: Of `upstream`: the stage of the supply chain it is of; `upstream_co2e` is the whole.
        gwp_set: Of a figure in CO₂e: the set it was made with, where its source says.
        low: Lower end of its 95 % range, in `unit`.
        high: Upper end of its 95 % range, in `unit`.
        proof: The document that shows it holds, such as the number of a report.
    """

    quantity: Literal[
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
    ]
    value: Positive
    unit: Literal["MJ/kg", "g/MJ", "kg/TJ", "tC/GJ", "g/kg", "kg/kg", "1"]
    proof: Written
    valid_from: date
    valid_to: date | None = None
    basis: Literal["", "ncv_ar", "gcv_ar", "ncv_d", "gcv_d", "ar", "d"] = ""
    per: Literal["", "mj_ncv", "mj_gcv", "kg"] = ""
    carbon: Literal["", "total", "fossil_only"] = ""
    stage: Literal[
        "",
        "cultivation",
        "extraction",
        "processing",
        "transport_land",
        "transport_sea",
        "storage",
    ] = ""
    gwp_set: Literal["", "SAR", "AR4", "AR5", "AR6"] = ""
    low: Positive | None = None
    high: Positive | None = None
    distribution: Literal["normal", "lognormal", "split_normal"] = "normal"


class Scheme(Table):
    """A scheme the site reports under.

    Args:
        id: As in agent/tables/schemes.toml, such as jp_fit.
        certified: Day of its certification, or of the start of operation.
        capacity_kw: Generator capacity [kW].
    """

    id: Written
    certified: date | None = None
    capacity_kw: Annotated[float, Field(gt=0)] | None = None
