"""Biomass: what of a period counts as biomass, judged by each lot and not by its kind of fuel."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from agent.cofiring.norms import Norms
from agent.cofiring.portions import Portion, add_up
from agent.cofiring.rollup import Tally


def is_biomass(portion: Portion, norms: Norms) -> bool:
    """Whether all of a portion's carbon counts as biogenic, within what an analysis can know."""
    return portion.properties.biogenic_carbon_fraction.value >= norms.biomass_from


def biomass_part(portion: Portion, norms: Norms, mixed: str) -> float:
    """Part of a portion's heat that counts as biomass, 0 … 1.

    Args:
        portion: What burnt.
        norms: From which fraction on it is biomass throughout.
        mixed: Of mixed fuels "none", or "biogenic_carbon" for as much as of their carbon.
    """
    if is_biomass(portion, norms):
        return 1.0
    fraction = portion.properties.biogenic_carbon_fraction.value
    return fraction if mixed == "biogenic_carbon" else 0.0


def biomass_heat_share(tally: Tally, norms: Norms) -> float | None:
    """Part of the heat that is of biomass throughout; None where a fuel is unknown.

    Nor is there any where nothing burnt. Mixed fuels count nothing here, whatever a scheme may
    count of them.
    """
    heat = tally.gas("mj")
    if heat is None or heat <= 0.0:
        return None
    return math.fsum(p.burnt.mj or 0.0 for p in tally.portions if is_biomass(p, norms)) / heat


def biomass_kwh(
    kwh_by_fuel: Mapping[str, float] | None, tally: Tally, norms: Norms
) -> float | None:
    """Power of biomass throughout [kWh]: of each fuel, what the heat of such lots gave."""
    if kwh_by_fuel is None:
        return None
    found = []
    for fuel, heat in tally.by_fuel("mj").items():
        mine = [
            p.burnt.mj or 0.0 for p in tally.portions if p.fuel == fuel and is_biomass(p, norms)
        ]
        found.append(kwh_by_fuel.get(fuel, 0.0) * math.fsum(mine) / heat if heat else 0.0)
    return math.fsum(found)


def biomass_of_rows(
    rows: Iterable[Mapping[str, Any]], name: str, by_table: Mapping[str, bool]
) -> float | None:
    """Part of mass ("kg") or heat ("mj") that a record's rows say is of biomass; None if unknown.

    Args:
        rows: `fuels` of a record.
        name: "kg" or "mj".
        by_table: By fuel, what counts for rows that were written before they said it themselves.
    """
    rows = list(rows)
    whole = add_up(row.get(name) for row in rows)
    if whole is None or whole <= 0.0:
        return None
    said = (row for row in rows if row.get("biomass", by_table.get(row["fuel"], False)))
    return math.fsum(row[name] for row in said) / whole
