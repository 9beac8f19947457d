"""Rules of the account that no single key can break: steam, methods, boilers and certificates."""

from collections.abc import Iterator
from typing import Final

from gateway.config import Config
from gateway.config_broken import Broken, unknown

_NEEDS_STEAM: Final = ("carnot", "work_potential")


def broken_cofiring(config: Config) -> Iterator[Broken]:
    """What the tables of the unit, its boilers and its account contradict."""
    yield from _steam(config)
    yield from _boilers(config)
    for n, fuel in enumerate(config.fuel):
        if fuel.integrated and fuel.mass_rate_kg_per_s is None:
            yield Broken(
                ("fuel", n, "integrated"),
                "true",
                "there is no rate to be added up",
                "Add mass_rate_kg_per_s",
            )
    for n, sold in enumerate(config.cofiring.certificates_sold):
        if sold.from_ >= sold.to:
            key = ("cofiring", "certificates_sold", n, "to")
            yield Broken(key, str(sold.to), "it is not after `from`", "Mend one of them")
    books, fuels = config.cofiring.books, [fuel.id for fuel in config.fuel]
    if books.reference_fuel is not None and books.reference_fuel not in fuels:
        yield unknown(("cofiring", "books", "reference_fuel"), books.reference_fuel, "fuel", fuels)
    for point in config.unit.aux_names.keys() - set(config.unit.aux_total_kwh):
        counted = config.unit.aux_total_kwh
        yield unknown(("unit", "aux_names"), point, "point in aux_total_kwh", counted)


def _steam(config: Config) -> Iterator[Broken]:
    unit, method = config.unit, config.cofiring.allocation_method
    if unit.steam_heat_total_mj is not None and unit.steam_mass_total_kg is not None:
        yield Broken(
            ("unit", "steam_mass_total_kg"),
            repr(unit.steam_mass_total_kg),
            "steam_heat_total_mj counts the same steam",
            "Name one of the two",
        )
    if unit.steam is None and unit.steam_mass_total_kg is not None:
        yield Broken(
            ("unit", "steam_mass_total_kg"),
            repr(unit.steam_mass_total_kg),
            "the heat of a kilogram of steam follows from its state",
            "Add [unit.steam] with mpa, degc and condensate_degc",
        )
    if unit.steam is None and method in _NEEDS_STEAM:
        yield Broken(
            ("cofiring", "allocation_method"),
            repr(method),
            "this method weighs heat by the state of the steam",
            "Add [unit.steam] with mpa, degc and condensate_degc",
        )
    if config.cofiring.power_bonus is None and method == "power_bonus":
        yield Broken(
            ("cofiring", "allocation_method"),
            repr(method),
            "this method needs a reference factor",
            "Add [cofiring.power_bonus] with kg_co2e_per_kwh and source",
        )


def _boilers(config: Config) -> Iterator[Broken]:
    fuels = {fuel.id for fuel in config.fuel}
    burnt: dict[str, str] = {}
    for n, boiler in enumerate(config.boiler):
        for fuel in boiler.fuels:
            if fuel not in fuels:
                yield unknown(("boiler", n, "fuels"), fuel, "fuel", fuels)
            elif fuel in burnt:
                yield Broken(
                    ("boiler", n, "fuels"),
                    repr(fuel),
                    f"boiler {burnt[fuel]!r} burns this fuel already",
                    "Give what each boiler burns a weigher and a [[fuel]] of its own",
                )
            burnt[fuel] = boiler.id
    for n, left in enumerate(config.fuel if config.boiler else ()):
        if left.id not in burnt:
            yield Broken(
                ("fuel", n, "id"),
                repr(left.id),
                "no boiler burns this fuel",
                "Name it in the fuels of a [[boiler]]",
            )
