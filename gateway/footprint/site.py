"""From the site's configuration to the plant that the agent accounts for."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Final

from agent.cofiring.balance import SLOT_US
from agent.cofiring.corrected_totals import CorrectedTotals
from agent.cofiring.delivered import limit_kg
from agent.cofiring.entry_rules import checked
from agent.cofiring.factors import check, choose
from agent.cofiring.feeding import Feeding
from agent.cofiring.fuels import SITE, Entry, SiteValues, Tables
from agent.cofiring.lots import Burning, Lot, LotBook
from agent.cofiring.packs import SchemeSite
from agent.cofiring.plant import FuelLine, Plant
from agent.cofiring.totals import Totals
from agent.cofiring.tracing import Supply
from agent.errors import MixedBasisError, UnknownFuelError
from gateway.config import Config
from gateway.config_cofiring import Cofiring
from gateway.config_unit import Fuel
from gateway.footprint.accuracies import accuracies, balances_of
from gateway.footprint.calendar import fiscal_month, standard_offset_us
from gateway.footprint.lots.supply import outlets_of
from gateway.footprint.plant_tables import boilers_of, certificates_of, factor_of, steam_of

_POLLS_IN_A_LONG_GAP: Final = 5
_LEAST_LONG_GAP_US: Final = 5_000_000
_NOTHING: Final = Feeding()


def plant_of(config: Config, tables: Tables) -> Plant:
    """The unit of a site.

    Raises:
        UnknownFuelError: A fuel names a table entry that does not exist.
        BadSteamError: A state of steam that IAPWS-IF97 does not know.
        UnknownAccuracyError: A meter names a class that does not exist.
    """
    unit, cofiring = config.unit, config.cofiring
    return Plant(
        plant_id=config.site.id,
        unit_id=unit.id,
        timezone=config.site.timezone,
        fuels=tuple(
            FuelLine(
                f.id,
                tables.fuel(f.table).of_site(declared(f, cofiring)),
                f.mass_total_kg,
                delay_us=int(f.delay_s * 1e6),
                support=f.support,
                owed=f.lab,
                rate_point=f.mass_rate_kg_per_s if f.integrated else None,
            )
            for f in config.fuel
        ),
        gross_point=unit.gross_total_kwh,
        aux_points=tuple(unit.aux_total_kwh),
        sold_point=unit.sold_total_kwh,
        steam_point=unit.steam_heat_total_mj or unit.steam_mass_total_kg,
        allocation_method=cofiring.allocation_method,
        minimum_net_kwh=cofiring.minimum_net_kwh_per_minute,
        gwp_set=cofiring.gwp_set,
        settlement_us=cofiring.settlement_minutes * SLOT_US,
        accuracy=accuracies(config, tables.uncertainties),
        balances=balances_of(config),
        outlet_points=outlets_of(config),
        utc_offset_us=standard_offset_us(config.site.timezone),
        fiscal_month=cofiring.fiscal_year_from_month or fiscal_month(config.site.timezone),
        steam=steam_of(config),
        steam_by_mass=unit.steam_mass_total_kg is not None,
        bonus=factor_of(cofiring.power_bonus),
        boilers=boilers_of(config),
        imported_point=unit.import_total_kwh,
        imported=factor_of(cofiring.imported_power),
        aux_names=dict(unit.aux_names),
        aux_left_out=unit.aux_left_out,
        certificates_sold=certificates_of(config),
        schemes=tuple(
            SchemeSite(
                each.id, each.certified.isoformat() if each.certified else "", each.capacity_kw
            )
            for each in cofiring.scheme
        ),
    )


def declared(fuel: Fuel, cofiring: Cofiring) -> SiteValues:
    """What the site's file says of a fuel itself.

    Raises:
        UnknownFuelError: One of its values cannot be.
    """
    own: dict[str, list[Entry]] = {}
    for value in fuel.value:
        said = value.model_dump(exclude={"quantity"})
        entry = Entry(source=f"site, {value.proof}", mark="", tier=SITE, **said)
        own.setdefault(value.quantity, []).append(checked(f"fuel {fuel.id}", value.quantity, entry))
    return SiteValues(
        country=cofiring.country or "",
        own={quantity: tuple(entries) for quantity, entries in own.items()},
        acknowledged=cofiring.mixed_bases_acknowledged or "",
    )


def broken_values(fuel: Fuel, cofiring: Cofiring) -> str | None:
    """What cannot be in the values a site declares of a fuel; None where all of them hold."""
    try:
        declared(fuel, cofiring)
    except UnknownFuelError as error:
        return str(error)
    return None


def fuel_doubts(plant: Plant, tables: Tables, lots: Burning) -> list[str]:
    """What looks wrong in the values of each fuel and lot, by name."""
    found = []
    for fuel in plant.fuels:
        for lot in lots.of(fuel.id) or (None,):
            whose = f"lot {lot.id}" if lot else "without lots"
            values = choose(fuel.entry, lot, _day_of(lot), tables.physics)
            found += [f"{fuel.id}, {whose}: {doubt}" for doubt in values.doubts]
    return found


def unknown_supply_chains(plant: Plant, tables: Tables, lots: Burning) -> list[str]:
    """Fuels and lots whose way here nobody told: without them there is no life cycle."""
    found = []
    for fuel in plant.fuels:
        silent = [
            lot.id if lot else "no lot"
            for lot in lots.of(fuel.id) or (None,)
            if choose(fuel.entry, lot, _day_of(lot), tables.physics).upstream_co2e is None
        ]
        if silent:
            found.append(
                f"{fuel.id}: no supply chain is declared ({', '.join(silent)}), so there is no "
                "life-cycle figure and no 95 % interval of it while this burns; give its lots "
                'upstream_co2e_g_per_mj_ncv or legs, or the fuel a value of "upstream_co2e" with '
                "its proof"
            )
    return found


def check_fuels(
    plant: Plant,
    tables: Tables,
    lots: Iterable[Lot],
    feeding: Feeding = _NOTHING,
    totals: Totals | None = None,
) -> Burning:
    """Refuse fuels and lots that could not be counted, before anything starts.

    Args:
        plant: The unit.
        tables: Reviewed tables.
        lots: All of them.
        feeding: Silos that lots are traced through, and moistures at feeders.
        totals: What weighers and outlets of silos stood at; None to check alone.

    Returns:
        Which lots burn when.

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
    if feeding == _NOTHING and all(limit_kg(lot) is None for lot in lots):
        book: Burning = LotBook(lots)
    else:
        known = CorrectedTotals(totals or _Unread(), plant.accuracy)
        weighers = {fuel.id: fuel.mass_point for fuel in plant.fuels}
        book = Supply(lots, feeding, known, weighers, _uncounted(plant, tables))
    for fuel in plant.fuels:
        for burning in book.of(fuel.id) or (None,):
            check(fuel.entry, burning, _day_of(burning), tables.physics)
    return book


def _uncounted(plant: Plant, tables: Tables) -> frozenset[str]:
    """Fuels that cannot be counted without a lot: tables and site do not know enough of them."""
    found = set()
    for fuel in plant.fuels:
        try:
            check(fuel.entry, None, _day_of(None), tables.physics)
        except (UnknownFuelError, MixedBasisError):
            found.add(fuel.id)
    return frozenset(found)


class _Unread:
    """Outlets of which nothing was read yet."""

    def total(self, point: str, t_us: int) -> float | None:
        """Nothing."""
        return None

    def gauge(self, point: str, slot_us: int) -> float | None:
        """Nothing."""
        return None

    def edition(self) -> int:
        """The only one."""
        return 0

    def until_us(self) -> int:
        """The beginning."""
        return 0


def _day_of(lot: Lot | None) -> date:
    """The first day a lot burns; the last there is where none is declared."""
    return datetime.fromtimestamp(lot.from_us // 1_000_000, UTC).date() if lot else date.max


def long_gaps_us(config: Config) -> Mapping[str, int]:
    """By totaliser, the time between two reads from which a split over slots is estimated [µs]."""
    return {
        field.point: max(
            int((field.poll_s or meter.poll_s) * 1e6) * _POLLS_IN_A_LONG_GAP, _LEAST_LONG_GAP_US
        )
        for meter in config.meter
        for field in meter.points.values()
    }
