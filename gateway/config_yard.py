"""The fuel yard as the site's file has it: stores, where people work, handheld rounds."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from gateway.config_base import Identifier, Table

Degrees = Annotated[float, Field(ge=-60, le=200)]
Tier = Annotated[int, Field(ge=1, le=20)]


class Store(Table):
    """A container or silo holding fuel.

    A container of a row may be named again, with what is known of it alone: where it stands now,
    what it was loaded with. Its id goes with it, and with its id its history.

    Args:
        row: The row it stands in; none for what stands alone.
        position: Its place along the row; two that differ by one stand side by side.
        tier: How high it stands, from 1.
        neighbours: Stores beside it that its place does not tell.
        covers: Stores, or rows, that its board speaks for; the nearest of its row where none.
        lot: What it was loaded with, by the delivery's name.
        loaded: When.
        load_degc: The fuel's temperature then [°C].
        blending: How lots pass through it, where they are to be traced: "fifo" (first in, first
            out) or "mixed". Its fillings are told with `hinoban import-lots`.
        outlet_total_kg: Totaliser of what leaves it; the fuel's own where it has none.
        outlet_by_hand: No meter counts what leaves it: discharges are told instead.
        transport_delay_s: From its outlet to the fuel's own totaliser [s].
    """

    id: Identifier
    kind: Literal["container", "silo"]
    name: str = ""
    row: str = ""
    position: int = 0
    tier: Tier = 1
    fuel: Identifier
    neighbours: tuple[Identifier, ...] = ()
    covers: tuple[str, ...] = ()
    lot: str | None = None
    loaded: date | None = None
    load_degc: Degrees | None = None
    blending: Literal["fifo", "mixed"] | None = None
    outlet_total_kg: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$")] | None = None
    outlet_by_hand: bool = False
    transport_delay_s: Annotated[float, Field(ge=0, le=86_400)] = 0.0


class StoreRow(Table):
    """A row of like containers: ids c0001 … numbered from `first`.

    Args:
        tiers: How high they are stacked; numbers go up each stack, then along the row.
        beside: Rows that stand side by side with it, place by place.
        lot: What all of them were loaded with.
        loaded: When.
        load_degc: The fuel's temperature then [°C].
    """

    row: str
    kind: Literal["container"] = "container"
    first: Annotated[int, Field(ge=1)]
    count: Annotated[int, Field(ge=1, le=10_000)]
    tiers: Tier = 1
    beside: tuple[str, ...] = ()
    fuel: Identifier
    lot: str | None = None
    loaded: date | None = None
    load_degc: Degrees | None = None

    def stores(self) -> list[Store]:
        """The containers of this row, in order."""
        return [
            Store(
                id=f"c{self.first + n:04d}",
                kind=self.kind,
                row=self.row,
                position=self.first + n // self.tiers,
                tier=1 + n % self.tiers,
                fuel=self.fuel,
                lot=self.lot,
                loaded=self.loaded,
                load_degc=self.load_degc,
            )
            for n in range(self.count)
        ]


class Workplace(Table):
    """A place where people work; its points begin with ``work.<id>.``."""

    id: Identifier
    name: str = ""


class RoundTimes(Table):
    """Handheld rounds.

    Args:
        within_minutes: In which time a round that a fire opened is to be walked [min].
    """

    within_minutes: Annotated[float, Field(ge=1, le=10_080)] = 120.0
