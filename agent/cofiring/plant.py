"""What a unit consists of for the account: which totaliser counts what, and the site's choices."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from agent.cofiring.accuracy import Accuracy
from agent.cofiring.fuels import FuelEntry, SiteValues, Tables


@dataclass(frozen=True, slots=True)
class FuelLine:
    """A fuel and the totaliser that weighs it [kg]."""

    id: str
    entry: FuelEntry
    mass_point: str

    @property
    def is_biomass(self) -> bool:
        """Whether the tables hold all of its carbon for biogenic."""
        vintages = self.entry.vintages.get("biogenic_carbon_fraction", ())
        return bool(vintages) and vintages[-1].value == 1.0


@dataclass(frozen=True, slots=True)
class Plant:
    """One unit.

    Args:
        plant_id: The site.
        timezone: Time zone of its legal day.
        gross_point: Totaliser of the generator [kWh].
        aux_points: Totalisers of the declared auxiliaries [kWh].
        sold_point: Revenue meter [kWh].
        steam_point: Heat exported, net of returned condensate [MJ].
        allocation_method: How emissions are shared between electricity and heat.
        minimum_net_kwh: Least net output of a minute for which a figure per kWh is given [kWh].
        gwp_set: The set the site reports in.
        settlement_us: Length of the settlement period [µs].
        fiscal_month: Month in which the fiscal year begins, 1 … 12.
        accuracy: By totaliser, how well it is known; its calibrations correct what it counted.
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
    accuracy: Mapping[str, Accuracy] = field(default_factory=dict)

    def correction(self, point: str, t_us: int) -> float:
        """What an amount that a totaliser counted at an instant [UTC µs] is multiplied with."""
        known = self.accuracy.get(point)
        return known.correction(t_us) if known else 1.0

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

    def points(self) -> tuple[str, ...]:
        """Every totaliser of the account."""
        return (*self.needed(), *((self.sold_point,) if self.sold_point else ()))

    def as_dict(self) -> Mapping[str, Any]:
        """The choices that decide a figure, JSON-ready: they go into its inputs digest."""
        fuels = [[f.id, f.entry.key, f.mass_point, *_declared(f.entry.site)] for f in self.fuels]
        choices = {name: getattr(self, name) for name in Plant.__dataclass_fields__}
        accuracy = {point: asdict(known) for point, known in self.accuracy.items()}
        lists = {"aux_points": list(self.aux_points), "fuels": fuels, "accuracy": accuracy}
        return {**choices, **lists}


def _declared(site: SiteValues) -> list[object]:
    """What a site declares of a fuel itself; nothing where it declares nothing."""
    return [] if site == SiteValues() else [site.as_dict()]
