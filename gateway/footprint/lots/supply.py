"""What burns when, from the lots file, from what was imported and from the site's silos."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.cofiring.feeding import Event, Feeding, OnLine, Silo
from agent.cofiring.lots import Lot
from agent.cofiring.moisture import Composite
from agent.errors import UnknownFuelError
from gateway.config import Config
from gateway.footprint.lots.bodies import composite_of, event_of, lot_of, us_of
from gateway.footprint.lots.entries import Version
from gateway.footprint.lots.fields import EVENTS
from gateway.footprint.lots.holding import Holding


@dataclass(frozen=True, slots=True)
class Told:
    """Lots and events as people told them; an imported lot counts before one of the lots file.

    Args:
        lots: By id.
        events: Versions of fillings, discharges and checks.
        moistures: Measured at feeders.
    """

    lots: Mapping[str, Lot] = field(default_factory=dict)
    events: Sequence[Version] = ()
    moistures: Sequence[Composite] = ()


def told_of(lots: Iterable[Lot], versions: Iterable[Version]) -> Told:
    """What counts of the lots file and the newest versions of what was imported."""
    known = {lot.id: lot for lot in lots}
    events, moistures = [], []
    for version in versions:
        body = version.body or {}
        if version.kind == "lot":
            known[version.key] = lot_of(body)
        elif version.kind == "moisture":
            moistures.append(composite_of(body))
        elif version.kind in EVENTS:
            events.append(version)
    return Told(known, events, moistures)


def silos_of(config: Config) -> list[Silo]:
    """Silos and feed lines that the site traces lots through."""
    fuels = {fuel.id: fuel for fuel in config.fuel}
    silos = []
    for store in config.stores():
        if store.blending is None:
            continue
        fuel = fuels[store.fuel]
        way_us = round((store.transport_delay_s + fuel.delay_s) * 1e6)
        own = store.outlet_total_kg is not None or store.outlet_by_hand
        # The account shifts what a fuel's own totaliser counted to when it burns: there a filling
        # is looked up later. What an outlet of its own counted is looked up earlier.
        silos.append(
            Silo(
                store.id,
                store.fuel,
                (store.outlet_total_kg or "") if own else fuel.mass_total_kg,
                store.blending,
                delay_us=way_us if own else 0,
                shift_us=0 if own else way_us,
            )
        )
    for fuel in config.fuel:
        if fuel.blending is not None:
            shift_us = round(fuel.delay_s * 1e6)
            line = line_of(fuel.id)
            silos.append(Silo(line, fuel.id, fuel.mass_total_kg, fuel.blending, shift_us=shift_us))
    return silos


def gauges_of(config: Config) -> dict[str, int]:
    """Points that measure beside feeders -> how much later what they saw burns [µs]."""
    fuels = (fuel for fuel in config.fuel if fuel.moisture_percent is not None)
    return {str(fuel.moisture_percent): round(fuel.delay_s * 1e6) for fuel in fuels}


def outlets_of(config: Config) -> tuple[str, ...]:
    """Outlet totalisers that count nothing but what leaves a silo."""
    stores = (store for store in config.stores() if store.blending is not None)
    return tuple(store.outlet_total_kg for store in stores if store.outlet_total_kg is not None)


def line_of(fuel: str) -> str:
    """Name of a fuel's feed line, into which containers are emptied."""
    return f"feed line of {fuel}"


def feeding_of(config: Config, told: Told) -> Feeding:
    """What stands before the site's feeders, and what happened to it.

    Raises:
        UnknownFuelError: An event is about something that the site does not trace.
    """
    lines = {lot.id: line_of(lot.fuel) for lot in told.lots.values()}
    silos = tuple(silos_of(config))
    traced = {silo.id for silo in silos}
    holding = Holding(config, told.lots.values())
    return Feeding(
        silos=silos,
        events=tuple(_event(version, lines, traced, holding) for version in told.events),
        composites=tuple(told.moistures),
        on_line=tuple(
            OnLine(fuel.id, fuel.moisture_percent, fuel.moisture_u95_percent)
            for fuel in config.fuel
            if fuel.moisture_percent is not None
        ),
        outdoors=frozenset(fuel.id for fuel in config.fuel if fuel.outdoors),
    )


def _event(version: Version, lines: Mapping[str, str], traced: set[str], holding: Holding) -> Event:
    body: Mapping[str, Any] = version.body or {}
    if version.kind == "discharge" and "lot" not in body and body["store"] not in traced:
        # A container holds one lot: that is what was emptied into the feed line.
        lot = holding.lot(body["store"], us_of(body["from_utc"]))
        body = body if lot is None else {**body, "lot": lot.id}
    found = event_of(version.kind, body, lines)
    if found is None:
        raise UnknownFuelError(f"{version.kind} {version.key}: is no event of a store")
    return found
