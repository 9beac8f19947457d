"""Balances that the site's meters must fulfil together."""

from typing import Annotated

from pydantic import Field

from gateway.config_base import Identifier, Table

Weight = Annotated[float, Field(ge=-1e9, le=1e9)]


class BalanceTable(Table):
    """Totals that add up to nothing over every steady settlement period.

    Args:
        terms: Point of a total, or "heat." and a fuel's id [MJ], and what one of its units counts.
        rest_pct: Half width of 95 % of what no meter counts, of the largest term [%].
    """

    id: Identifier
    terms: Annotated[dict[str, Weight], Field(min_length=2)]
    rest_pct: Annotated[float, Field(ge=0, le=100)] = 0.0
