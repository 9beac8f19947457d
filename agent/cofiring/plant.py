"""What a unit consists of for the account: which totaliser counts what, and the site's choices."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, is_dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from agent.cofiring.accuracy import Accuracy
from agent.cofiring.balances import Balance
from agent.cofiring.fuels import FuelEntry, SiteValues, Tables
from agent.cofiring.packs import SchemeSite

_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class FuelLine:
    """A fuel and the totaliser that weighs it [kg].

    Args:
        delay_us: How long it travels from the weigher to the burner [µs].
        support: Whether it only lights and steadies the fire.
        owed: Values that every lot must have by analysis, by their names in `Properties`.
        rate_point: Mass flow [kg/s] that the total is made from, where no totaliser weighs it.
        is_biomass: Whether the tables, or the site with its proof, hold all of its carbon for
            biogenic.
    """

    id: str
    entry: FuelEntry
    mass_point: str
    delay_us: int = 0
    support: bool = False
    owed: tuple[str, ...] = ()
    rate_point: str | None = None
    is_biomass: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        known = self.entry.at("biogenic_carbon_fraction", date.max)
        object.__setattr__(self, "is_biomass", known is not None and known.value == 1.0)


@dataclass(frozen=True, slots=True)
class Boiler:
    """One of several boilers on a common steam header.

    Args:
        steam_point: Totaliser of the heat it gives to the header [MJ].
        fuels: Ids of the fuels it burns, which no other boiler burns.
    """

    id: str
    steam_point: str
    fuels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PowerFactor:
    """A factor of power that is not the plant's own [kg CO₂e/kWh], and where it is from."""

    kg_co2e_per_kwh: float
    source: str


@dataclass(frozen=True, slots=True)
class CertificatesSold:
    """Certificates of power that were sold, with the time in which it was made [UTC µs]."""

    from_us: int
    to_us: int
    kwh: float
    scheme: str


@dataclass(frozen=True, slots=True)
class Steam:
    """What a kilogram of exported steam carries, net of condensate and make-up.

    Args:
        degc: Temperature at which it leaves [°C].
        heat_mj_per_kg: Enthalpy less that of what comes back in its place [MJ/kg].
        work_mj_per_kg: Work potential Δh − T₀·Δs of the same [MJ/kg].
        reference_degc: T₀ [°C].
    """

    degc: float
    heat_mj_per_kg: float
    work_mj_per_kg: float
    reference_degc: float

    @property
    def work_share(self) -> float:
        """Work potential per heat, 0 … 1."""
        return self.work_mj_per_kg / self.heat_mj_per_kg


@dataclass(frozen=True, slots=True)
class Plant:
    """One unit.

    Args:
        plant_id: The site.
        timezone: Time zone of its legal day.
        gross_point: Totaliser of the generator [kWh].
        aux_points: Totalisers of the declared auxiliaries [kWh].
        sold_point: Revenue meter [kWh].
        steam_point: Heat exported, net of returned condensate [MJ]; or where `steam_by_mass`, the
            steam itself [kg].
        allocation_method: How emissions are shared between electricity and heat.
        minimum_net_kwh: Least net output of a minute for which a figure per kWh is given [kWh].
        gwp_set: The set the site reports in.
        settlement_us: Length of the settlement period [µs].
        fiscal_month: Month in which the fiscal year begins, 1 … 12.
        steam: What a kilogram of exported steam carries.
        bonus: Reference factor of the power bonus.
        boilers: Those on a common header; none where one boiler serves one turbine.
        imported_point: Totaliser of the power drawn from the grid [kWh].
        imported: The factor of that power, which is never in the plant's own.
        aux_names: By totaliser, what the auxiliary is called.
        aux_left_out: Auxiliaries that the site declares not to count, by name.
        certificates_sold: Certificates of power that others hold now.
        accuracy: By totaliser, how well it is known; its calibrations correct what it counted.
        balances: What its meters must fulfil together.
        outlet_points: Totalisers of what leaves silos [kg]: lots are traced by them.
        schemes: The schemes it reports under, and what it says of itself there.
        utc_offset_us: By how much its legal day begins before that of UTC, by standard time [µs];
            vintages and evidence count from and until legal days.
    """

    plant_id: str
    unit_id: str
    timezone: str
    fuels: tuple[FuelLine, ...]
    gross_point: str
    aux_points: tuple[str, ...]
    sold_point: str | None
    steam_point: str | None
    allocation_method: str
    minimum_net_kwh: float
    gwp_set: str
    settlement_us: int
    fiscal_month: int = 1
    steam: Steam | None = None
    steam_by_mass: bool = False
    bonus: PowerFactor | None = None
    boilers: tuple[Boiler, ...] = ()
    imported_point: str | None = None
    imported: PowerFactor | None = None
    aux_names: Mapping[str, str] = field(default_factory=dict)
    aux_left_out: tuple[str, ...] = ()
    certificates_sold: tuple[CertificatesSold, ...] = ()
    accuracy: Mapping[str, Accuracy] = field(default_factory=dict)
    schemes: tuple[SchemeSite, ...] = ()
    balances: tuple[Balance, ...] = ()
    outlet_points: tuple[str, ...] = ()
    utc_offset_us: int = 0

    def day(self, t_us: int) -> date:
        """The legal day an instant [UTC µs] lies in, by standard time."""
        return _EPOCH + timedelta(microseconds=t_us + self.utc_offset_us)

    def correction(self, point: str, t_us: int) -> float:
        """What an amount that a totaliser counted at an instant [UTC µs] is multiplied with."""
        known = self.accuracy.get(point)
        return known.correction(t_us) if known else 1.0

    def steam_mj(self, count: float | None) -> float | None:
        """Heat of what the steam's totaliser counted [MJ]."""
        if count is None or not self.steam_by_mass or self.steam is None:
            return count
        return count * self.steam.heat_mj_per_kg

    def with_tables(self, tables: Tables) -> "Plant":
        """The same plant with its fuels looked up in other tables."""
        fuels = tuple(
            replace(fuel, entry=tables.fuel(fuel.entry.key).of_site(fuel.entry.site))
            for fuel in self.fuels
        )
        return replace(self, fuels=fuels)

    def needed(self) -> tuple[str, ...]:
        """Totalisers without which a figure per kWh cannot be given."""
        masses = tuple(fuel.mass_point for fuel in self.fuels)
        steam = (self.steam_point,) if self.steam_point else ()
        return (*masses, self.gross_point, *self.aux_points, *steam)

    def rates(self) -> dict[str, str]:
        """By the point of a mass flow, the total that is made from it."""
        return {f.rate_point: f.mass_point for f in self.fuels if f.rate_point}

    def points(self) -> tuple[str, ...]:
        """Every totaliser of the account."""
        beside = (
            self.sold_point,
            self.imported_point,
            *(b.steam_point for b in self.boilers),
            *(point for each in self.balances for point in each.points()),
            *self.outlet_points,
        )
        return tuple(dict.fromkeys((*self.needed(), *(point for point in beside if point))))

    def as_dict(self) -> Mapping[str, Any]:
        """The choices that decide a figure, JSON-ready: they go into its inputs digest."""
        fuels = [
            [f.id, f.entry.key, f.mass_point, f.delay_us, f.support, [*f.owed], *_declared(f)]
            for f in self.fuels
        ]
        choices = {
            name: _plain(getattr(self, name))
            for name in Plant.__dataclass_fields__
            if name != "fuels"
        }
        return {**choices, "fuels": fuels}


def _plain(value: Any) -> Any:
    """A choice as JSON has it."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(part) for name, part in asdict(value).items()}
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, tuple | list) else value


def _declared(fuel: FuelLine) -> list[object]:
    """What a site declares of a fuel itself; nothing where it declares nothing."""
    site = fuel.entry.site
    return [] if site == SiteValues() else [site.as_dict()]
