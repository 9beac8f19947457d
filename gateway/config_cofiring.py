"""How shares and factors are computed, as the site's file has it."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from gateway.config_base import Table

Seconds = Annotated[float, Field(ge=0, le=31_536_000)]


class Cofiring(Table):
    """How shares and factors are computed.

    Args:
        country: Whose national fuel values go before the IPCC's.
        mixed_bases_acknowledged: Why a gross calorific value may stand where no net one is known;
            written into every record. Without it such a fuel is refused.
    """

    allocation_method: Literal["energy_content", "all_to_power"] = "energy_content"
    settlement_minutes: Literal[2, 15, 30, 60] = 30
    fiscal_year_from_month: Annotated[int, Field(ge=1, le=12)] | None = None
    close_after_s: Seconds = 10
    minimum_net_kwh_per_minute: Annotated[float, Field(gt=0)]
    cv_basis: Literal["ncv_ar"] = "ncv_ar"
    gwp_set: Literal["SAR", "AR4", "AR5", "AR6"] = "AR5"
    lots_file: Path
    country: Literal["JP", "TW"] | None = None
    mixed_bases_acknowledged: Annotated[str, Field(min_length=8)] | None = None
