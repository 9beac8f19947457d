"""What early warning rests on: the reviewed table of the yard, and the stores of the site."""

import tomllib
from pathlib import Path
from typing import Final

from agent.alarms.emission import Emission
from agent.alarms.foresight import CO, DERIVED
from agent.alarms.outlook import OutlookSpec
from gateway.config import Config

TABLE: Final = Path(__file__).resolve().parents[1] / "agent" / "tables" / "yard.toml"


def load_emissions(path: Path = TABLE) -> dict[str, Emission]:
    """Kind of store -> how healthy fuel in it gives CO and warms by itself."""
    constants = tomllib.loads(path.read_text(encoding="utf-8"))["constant"]
    return {
        "container": Emission.of_container(constants),
        "silo": Emission.of_silo(constants),
    }


def outlook_of(config: Config) -> OutlookSpec:
    """What foresight of this site's stores rests on."""
    return OutlookSpec(
        emissions=load_emissions(),
        kinds={store.id: store.kind for store in config.stores()},
        air_point=config.early_warning.air_degc,
        loads={
            store.id: f"{store.lot} {store.loaded}"
            for store in config.stores()
            if store.lot is not None or store.loaded is not None
        },
    )


def derived_points(config: Config) -> list[str]:
    """Every point early warning may feed: rates of temperature, and the rest where CO is told."""
    points = []
    for board in config.board:
        told = "temp_" in " ".join(board.values), CO in board.values
        points += [
            f"yard.{board.store}.{value}"
            for value in sorted(DERIVED)
            if board.store is not None and told[not value.startswith("temp_")]
        ]
    return points
