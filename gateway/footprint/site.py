"""From the site's configuration to the plant that the agent accounts for."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Final

from agent.cofiring.balance import SLOT_US
from agent.cofiring.factors import check
from agent.cofiring.fuels import Tables
from agent.cofiring.lots import Lot, LotBook
from agent.cofiring.plant import FuelLine, Plant
from agent.errors import UnknownFuelError
from gateway.config import Config

_POLLS_IN_A_LONG_GAP: Final = 5
_LEAST_LONG_GAP_US: Final = 5_000_000


def plant_of(config: Config, tables: Tables) -> Plant:
    """The unit of a site.

    Raises:
        UnknownFuelError: A fuel names a table entry that does not exist.
    """
    unit, cofiring = config.unit, config.cofiring
    return Plant(
        plant_id=config.site.id,
        unit_id=unit.id,
        timezone=config.site.timezone,
        fuels=tuple(FuelLine(f.id, tables.fuel(f.table), f.mass_total_kg) for f in config.fuel),
        gross_point=unit.gross_total_kwh,
        aux_points=tuple(unit.aux_total_kwh),
        sold_point=unit.sold_total_kwh,
        steam_point=unit.steam_heat_total_mj,
        allocation_method=cofiring.allocation_method,
        minimum_net_kwh=cofiring.minimum_net_kwh_per_minute,
        gwp_set=cofiring.gwp_set,
        settlement_us=cofiring.settlement_minutes * SLOT_US,
    )


def check_fuels(plant: Plant, tables: Tables, lots: Iterable[Lot]) -> LotBook:
    """Refuse fuels and lots that could not be counted, before anything starts.

    Returns:
        The lots in the order they burn.

    Raises:
        UnknownFuelError: A lot is of no fuel here, or a fuel has no calorific value or CO₂ factor.
        MixedBasisError: A factor and a calorific value are on different bases.
    """
    lots = tuple(lots)
    names = [fuel.id for fuel in plant.fuels]
    for lot in lots:
        if lot.fuel not in names:
            raise UnknownFuelError(
                f"lot {lot.id} is of fuel {lot.fuel!r}; the site burns {', '.join(names)}"
            )
    book = LotBook(lots)
    for fuel in plant.fuels:
        for burning in book.of(fuel.id):
            day = datetime.fromtimestamp(burning.from_us // 1_000_000, UTC).date()
            check(fuel.entry, burning, day, tables.physics)
        if not book.of(fuel.id):
            check(fuel.entry, None, date.max, tables.physics)
    return book


def long_gaps_us(config: Config) -> Mapping[str, int]:
    """By totaliser, the time between two reads from which a split over slots is estimated [µs]."""
    return {
        field.point: max(
            int((field.poll_s or meter.poll_s) * 1e6) * _POLLS_IN_A_LONG_GAP, _LEAST_LONG_GAP_US
        )
        for meter in config.meter
        for field in meter.points.values()
    }
