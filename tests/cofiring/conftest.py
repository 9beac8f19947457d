"""Tables and a small unit, for tests of the account."""

import json
from pathlib import Path
from typing import Any

import pytest

from agent.cofiring.fuels import Tables
from agent.cofiring.plant import FuelLine, Plant
from gateway.footprint.tables import load_tables

GOLDEN = Path(__file__).parents[1] / "golden" / "reference_cases.json"


@pytest.fixture(scope="session")
def cases() -> dict[str, Any]:
    return json.loads(GOLDEN.read_text())


@pytest.fixture(scope="session")
def tables() -> Tables:
    return load_tables()


@pytest.fixture(scope="session")
def plant(tables: Tables) -> Plant:
    lines = {"coal": "other_bituminous_coal", "pellets": "white_pellets", "rpf": "rpf"}
    return Plant(
        plant_id="example",
        unit_id="unit1",
        timezone="Asia/Tokyo",
        fuels=tuple(FuelLine(f, tables.fuel(key), f"{f}_kg") for f, key in lines.items()),
        gross_point="gross_kwh",
        aux_points=("aux_kwh",),
        sold_point=None,
        steam_point="steam_mj",
        allocation_method="energy_content",
        minimum_net_kwh=10.0,
        gwp_set="AR5",
        settlement_us=2 * 60_000_000,
    )
