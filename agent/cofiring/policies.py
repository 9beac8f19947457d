"""Policies: fuels whose fossil CO₂ a scheme counts as nothing, which takes nothing from physics."""

from collections.abc import Iterable
from datetime import date

from agent.cofiring.fuels import Tables
from agent.cofiring.packs import Pack
from agent.cofiring.plant import Plant
from agent.cofiring.portions import add_up
from agent.cofiring.rollup import Tally


def policy_zero_kg(tally: Tally, plant: Plant, tables: Tables, on: date) -> float | None:
    """Fossil CO₂ that the policy of any of a plant's schemes counts as nothing [kg]."""
    packs = [tables.schemes.find(site.id, on) for site in plant.schemes]
    fuels = zeroed([pack for pack in packs if pack], plant)
    return add_up(p.burnt.fossil_co2_kg for p in tally.portions if p.fuel in fuels)


def zeroed(packs: Iterable[Pack], plant: Plant) -> set[str]:
    """Fuels of a plant whose fossil CO₂ counts nothing by the policy of any of some packs."""
    keys = {key for pack in packs for key in pack.policy_zero}
    return {fuel.id for fuel in plant.fuels if fuel.entry.key in keys}
