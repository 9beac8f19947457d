"""Opens the reviewed tables and hands them to the agent."""

import hashlib
import tomllib
from pathlib import Path
from typing import Any, Final

from agent.cofiring.accuracy import read_uncertainties
from agent.cofiring.fuel_tables import read_fuels, read_gwp, read_physics
from agent.cofiring.fuels import Tables, TableVersion
from agent.cofiring.norms import read_norms
from agent.cofiring.packs import read_packs

__all__ = ["Tables", "load_tables"]

DIRECTORY: Final = Path(__file__).resolve().parents[2] / "agent" / "tables"


def load_tables(directory: Path | None = None) -> Tables:
    """Read every fuels*.toml, gwp.toml, physics.toml and uncertainty.toml.

    Args:
        directory: Where they lie; None for those shipped with the program.

    Raises:
        UnknownFuelError: A table contradicts itself.
        UnknownAccuracyError: The table of uncertainties does.
        UnknownSchemeError: The table of schemes does.
    """
    folder = directory or DIRECTORY
    versions: list[TableVersion] = []

    def read(name: str) -> dict[str, Any]:
        raw = (folder / f"{name}.toml").read_bytes()
        document = tomllib.loads(raw.decode())
        digest = hashlib.sha256(raw).hexdigest()
        versions.append(TableVersion(name, document["version"], digest))
        return document

    names = sorted(path.stem for path in folder.glob("fuels*.toml"))
    fuels = read_fuels({name: read(name) for name in names})
    gwp, combustion_ch4 = read_gwp(read("gwp"))
    physics = read_physics(read("physics"))
    uncertainties = read_uncertainties(read("uncertainty"))
    norms = read_norms(read("norms"))
    schemes = read_packs(read("schemes"))
    return Tables(
        fuels, gwp, combustion_ch4, physics, uncertainties, norms, schemes, tuple(versions)
    )
