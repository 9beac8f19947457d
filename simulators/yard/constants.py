"""The yard's constants, from the one reviewed table that also marks where each comes from."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

TABLE: Final = Path(__file__).parents[2] / "agent" / "tables" / "yard.toml"

ABSOLUTE_ZERO_DEGC: Final = -273.15


def load_constants(path: Path = TABLE) -> Mapping[str, float]:
    """Name -> value; the unit of each stands in the table."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["constant"]
    return {name: float(entry["value"]) for name, entry in entries.items()}
