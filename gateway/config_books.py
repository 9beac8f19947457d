"""How the books of stock and certificates are kept, as the site's file has it."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.config_base import Table


class Books(Table):
    """Choices of the books.

    Args:
        primary: What consumption rests on: what feeders weigh, or receipts and stock surveys. The
            other is shown beside it; their difference is tested and never spread.
        balancing_months: Length of a balancing period of the certificate ledger, from the first
            month of the fiscal year on.
        reference_fuel: The fuel whose heat others are priced against; left out: of the fuels that
            are no biomass, the one that gives the most heat.
    """

    primary: Literal["feeders", "receipts_and_stock"] = "feeders"
    balancing_months: Literal[1, 3, 6, 12] = 3
    reference_fuel: Annotated[str, Field(min_length=1)] | None = None
