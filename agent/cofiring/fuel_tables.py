"""How the reviewed tables are read: from parsed TOML to fuels, GWP sets and constants."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from agent.cofiring.entry_rules import checked
from agent.cofiring.fuels import QUANTITIES, TIERS, Entry, FuelEntry, Gwp, Physics
from agent.errors import UnknownFuelError

_ABOUT: Final = ("name", "draws_on")


def read_fuels(documents: Mapping[str, Mapping[str, Any]]) -> dict[str, FuelEntry]:
    """Fuel entries of parsed fuel tables, each with the values of the entries it draws on.

    Args:
        documents: Tables by file name; each says its `tier`, and a national one its `country` and
            the fuels whose CO₂ factor is `lab_required` there.

    Raises:
        UnknownFuelError: An entry has a quantity nobody computes with, an unknown source, a value
            that cannot be, is declared twice or draws on one that does not exist.
    """
    own: dict[str, FuelEntry] = {}
    drawn: dict[str, tuple[str, ...]] = {}
    countries: dict[str, str] = {}
    required: dict[str, tuple[str, ...]] = {}
    for file, document in documents.items():
        for key, body in document["fuel"].items():
            if key in own:
                raise UnknownFuelError(f"{file}: fuel {key!r} is in another table already")
            own[key] = FuelEntry(key, body["name"], _quantities(file, key, body, document))
            drawn[key] = tuple(body.get("draws_on", ()))
            countries[key] = document.get("country", "")
        for key in document.get("lab_required", ()):
            required[key] = (*required.get(key, ()), document["country"])
    if strange := required.keys() - own.keys():
        raise UnknownFuelError(f"lab_required: {sorted(strange)} stand in no fuel table")
    joined = (_joined(entry, drawn[key], own, countries) for key, entry in own.items())
    return {fuel.key: replace(fuel, lab_required=required.get(fuel.key, ())) for fuel in joined}


def read_gwp(document: Mapping[str, Any]) -> tuple[dict[str, Gwp], str]:
    """GWP sets of a parsed gwp.toml, and which methane value combustion takes."""
    sets = {
        name: Gwp(name, body["ch4"]["value"], body["ch4_fossil"]["value"], body["n2o"]["value"])
        for name, body in document["set"].items()
    }
    return sets, str(document["rule"]["combustion_ch4"])


def read_physics(document: Mapping[str, Any]) -> Physics:
    """Constants of a parsed physics.toml."""
    return Physics(**{name: body["value"] for name, body in document["constant"].items()})


def in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Values of one quantity, the worst tier and the oldest vintage first."""
    return tuple(sorted(entries, key=lambda e: (-TIERS.index(e.tier), e.valid_from)))


def _joined(
    entry: FuelEntry,
    drawn: Iterable[str],
    own: Mapping[str, FuelEntry],
    countries: Mapping[str, str],
) -> FuelEntry:
    """A fuel with what it draws on, where neither it nor what it drew on before has a value.

    A national value that is drawn on counts only where its country is declared.
    """
    vintages = {quantity: list(entries) for quantity, entries in entry.vintages.items()}
    for key in drawn:
        if key not in own:
            raise UnknownFuelError(f"fuel {entry.key!r} draws on {key!r}, which no table has")
        for quantity, entries in own[key].vintages.items():
            tiers = {(each.tier, each.country) for each in vintages.get(quantity, ())}
            lent = (replace(each, country=countries[key]) for each in entries)
            new = [each for each in lent if (each.tier, each.country) not in tiers]
            vintages.setdefault(quantity, []).extend(new)
    return replace(entry, vintages={q: in_order(entries) for q, entries in vintages.items()})


def _quantities(
    file: str, key: str, body: Mapping[str, Any], document: Mapping[str, Any]
) -> dict[str, tuple[Entry, ...]]:
    if unknown := body.keys() - {*_ABOUT, *QUANTITIES}:
        raise UnknownFuelError(f"{file}, {key}: {sorted(unknown)} is no known quantity")
    return {
        quantity: in_order(_entries(f"{file}, {key}", quantity, body[quantity], document))
        for quantity in QUANTITIES
        if quantity in body
    }


def _entries(whose: str, quantity: str, body: Any, document: Mapping[str, Any]) -> Iterator[Entry]:
    sources: Mapping[str, str] = document["sources"]
    for item in body if isinstance(body, list) else [body]:
        source, tier = item["source"], item.get("tier", document["tier"])
        if source not in sources:
            raise UnknownFuelError(f"{whose}: source {source!r} is not under [sources]")
        days = {k: date.fromisoformat(item[k]) for k in ("valid_from", "valid_to") if k in item}
        entry = Entry(**{**item, "source": sources[source], "tier": tier, **days})
        yield checked(whose, quantity, entry)
