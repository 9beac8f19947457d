"""The unit and its fuels, as the site's file has them."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.config_base import Identifier, Language, PointName, Table
from gateway.config_fuels import FuelValue


class SteamTable(Table):
    """The state in which steam leaves, and of the water that comes back.

    Args:
        mpa: Pressure of the steam [MPa].
        degc: Its temperature [°C].
        condensate_degc: Temperature of the condensate that comes back [°C].
        condensate_mpa: Its pressure, and that of the make-up [MPa].
        returned: Mass of condensate per mass of steam, 0 … 1.
        make_up_degc: Temperature of the water that stands in for the rest [°C].
        reference_degc: T₀ of the work potential [°C].
    """

    mpa: Annotated[float, Field(gt=0, le=100)]
    degc: Annotated[float, Field(gt=0, le=800)]
    condensate_degc: Annotated[float, Field(gt=0, le=374)]
    condensate_mpa: Annotated[float, Field(gt=0, le=100)] = 0.5
    returned: Annotated[float, Field(ge=0, le=1)] = 1.0
    make_up_degc: Annotated[float, Field(gt=0, le=100)] = 15.0
    reference_degc: Annotated[float, Field(ge=-60, le=60)] = 25.0


class BoilerTable(Table):
    """One of several boilers on a common header, and the fuels that it alone burns."""

    id: Identifier
    steam_heat_total_mj: PointName
    fuels: Annotated[tuple[Identifier, ...], Field(min_length=1)]


class Unit(Table):
    """Boiler and turbine: which totalisers make gross, auxiliary, sold and steam.

    Args:
        aux_names: By totaliser, what the auxiliary is called.
        aux_left_out: Auxiliaries that are declared not to count, by name.
        import_total_kwh: Power drawn from the grid, on a line of its own.
        steam_heat_total_mj: Heat exported, net of returned condensate; or
        steam_mass_total_kg: the steam itself, of the state in `steam`.
    """

    id: Identifier
    name: str = ""
    gross_total_kwh: PointName
    aux_total_kwh: tuple[PointName, ...] = ()
    aux_names: dict[PointName, str] = Field(default_factory=dict)
    aux_left_out: tuple[str, ...] = ()
    sold_total_kwh: PointName | None = None
    import_total_kwh: PointName | None = None
    steam_heat_total_mj: PointName | None = None
    steam_mass_total_kg: PointName | None = None
    steam: SteamTable | None = None
    gross_kw: PointName | None = None


class Fuel(Table):
    """A fuel, its entry in the reviewed tables and the belt weigher that measures it.

    Args:
        integrated: No totaliser weighs it: `mass_total_kg` is made from `mass_rate_kg_per_s`.
        delay_s: How long it travels from the weigher to the burner [s].
        support: It only lights and steadies the fire.
        lab: Values that every lot must have by analysis; until then its records say so.
        value: What the site declares of it itself.
        blending: Its feed line is filled from containers, each with one lot, and lots are traced
            through it: "fifo" or "mixed". Discharges are told with `hinoban import-lots`.
        outdoors: It lies outdoors, so that a lot's own moisture only stands in for the feeder's.
        moisture_percent: What measures its moisture beside the weigher, wet basis [%].
        moisture_u95_percent: Expanded uncertainty (k = 2) of that [% of mass].
    """

    id: Identifier
    name: dict[Language, str]
    table: Identifier
    mass_total_kg: PointName
    mass_rate_kg_per_s: PointName | None = None
    integrated: bool = False
    delay_s: Annotated[float, Field(ge=0, le=7200)] = 0.0
    support: bool = False
    lab: tuple[Literal["ncv", "co2", "moisture", "ash", "biogenic_carbon_fraction"], ...] = ()
    value: tuple[FuelValue, ...] = ()
    blending: Literal["fifo", "mixed"] | None = None
    outdoors: bool = False
    moisture_percent: PointName | None = None
    moisture_u95_percent: Annotated[float, Field(ge=0, le=50)] | None = None
