"""Grades of the site's waste-derived fuels, from the analyses of their lots."""

import tomllib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from agent.cofiring.analyses import Analysis
from agent.cofiring.lots import Lot
from agent.cofiring.quality import (
    QualityTables,
    RpfGrade,
    SrfClass,
    read_quality,
    rpf_grade,
    srf_class,
)
from gateway.config import Config
from gateway.footprint.tables import DIRECTORY


@dataclass(frozen=True, slots=True)
class Graded:
    """What the analyses of a fuel's lots say of its quality.

    Args:
        kind: "rpf" or "srf".
        lots: Those that were analysed, by the dates of their analyses.
        rpf: By JIS Z 7311; of RPF.
        srf: By ISO 21640; of SRF.
    """

    fuel: str
    kind: str
    lots: tuple[str, ...]
    rpf: RpfGrade | None = None
    srf: SrfClass | None = None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready fields."""
        code = {"code": self.srf.code} if self.srf else {}
        return {**asdict(self), **code}


def load_quality() -> QualityTables:
    """Read quality.toml.

    Raises:
        UnknownFuelError: The table contradicts itself.
    """
    return read_quality(tomllib.loads((DIRECTORY / "quality.toml").read_text("utf-8")))


def graded(config: Config, lots: Iterable[Lot], tables: QualityTables) -> list[Graded]:
    """Every fuel whose entry in the tables of fuels is an RPF or an SRF."""
    known = tuple(lots)
    found = []
    for fuel in config.fuel:
        kind = next((k for k in ("rpf", "srf") if fuel.table.startswith(k)), None)
        if kind is None:
            continue
        tests = sorted(
            ((one, lot) for lot in known if lot.fuel == fuel.id for one in lot.analyses.each),
            key=lambda pair: (pair[0].date, pair[0].id),
        )
        names = tuple(dict.fromkeys(lot.id for _, lot in tests))
        values = [properties(one) for one, _ in tests if one.kind == "lab"]
        if kind == "rpf":
            found.append(Graded(fuel.id, kind, names, rpf=rpf_grade(values, tables)))
        else:
            by_name = {name: [v[name] for v in values if name in v] for name in tables.srf}
            found.append(Graded(fuel.id, kind, names, srf=srf_class(by_name, tables)))
    return found


def properties(analysis: Analysis) -> dict[str, float]:
    """What one analysis found, with the gross value as received made from its dry one."""
    values = {name: result.value for name, result in analysis.values.items()}
    if "gcv_ar_mj_per_kg" not in values and {"gcv_dry_mj_per_kg", "moisture"} <= values.keys():
        values["gcv_ar_mj_per_kg"] = values["gcv_dry_mj_per_kg"] * (1.0 - values["moisture"])
    return values
