"""How shares and factors are computed, as the site's file has it."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from gateway.config_base import Table
from gateway.config_books import Books
from gateway.config_fuels import Scheme

Seconds = Annotated[float, Field(ge=0, le=31_536_000)]


Method = Literal[
    "energy_content",
    "efficiency_method",
    "carnot",
    "work_potential",
    "defra_2_to_1",
    "power_bonus",
    "all_to_power",
]


class PowerTable(Table):
    """A factor of power that is not the plant's own, and where it is from."""

    kg_co2e_per_kwh: Annotated[float, Field(gt=0, le=3)]
    source: Annotated[str, Field(min_length=8)]


class SoldTable(Table):
    """Certificates of power that were sold, with the time in which it was made."""

    from_: Annotated[AwareDatetime, Field(alias="from")]
    to: AwareDatetime
    kwh: Annotated[float, Field(gt=0)]
    scheme: Annotated[str, Field(min_length=2)]


class Cofiring(Table):
    """How shares and factors are computed.

    Args:
        allocation_method: How emissions are shared between electricity and heat; the others are
            computed beside it.
        fiscal_year_from_month: Where the country's own does not hold.
        power_bonus: Reference factor of the method of that name.
        imported_power: Factor of power drawn from the grid, which is never in the plant's own.
        certificates_sold: Certificates of power that others hold now.
        country: Whose national fuel values go before the IPCC's.
        mixed_bases_acknowledged: Why a gross calorific value may stand where no net one is known;
            written into every record. Without it such a fuel is refused.
        scheme: The schemes it reports under.
        books: How stock and certificates are kept.
    """

    allocation_method: Method = "energy_content"
    settlement_minutes: Literal[2, 15, 30, 60] = 30
    fiscal_year_from_month: Annotated[int, Field(ge=1, le=12)] | None = None
    close_after_s: Seconds = 10
    minimum_net_kwh_per_minute: Annotated[float, Field(gt=0)]
    cv_basis: Literal["ncv_ar"] = "ncv_ar"
    gwp_set: Literal["SAR", "AR4", "AR5", "AR6"] = "AR5"
    lots_file: Path
    country: Literal["JP", "TW"] | None = None
    power_bonus: PowerTable | None = None
    imported_power: PowerTable | None = None
    certificates_sold: tuple[SoldTable, ...] = ()
    mixed_bases_acknowledged: Annotated[str, Field(min_length=8)] | None = None
    scheme: tuple[Scheme, ...] = ()
    books: Books = Books()
