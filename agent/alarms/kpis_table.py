"""KpiTable: how alarm loads are counted and what is asked of them, from a reviewed table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from agent.errors import BadKpiTableError

TARGETS: Final = (
    "average_per_day",
    "average_per_10_min",
    "peak_per_10_min",
    "flood_share",
    "chattering",
    "stale",
    "unauthorised_suppressions",
)
"""Every figure a target is set for, in the order of the report."""

_DEFINITIONS: Final = (
    "rate_window",
    "flood_starts_above",
    "flood_ends_below",
    "chattering_window",
    "chattering_count",
    "stale_after",
    "bad_actors",
    "least_coverage",
)
_PRIORITIES: Final = ("low", "medium", "high", "tolerance")
_ORIGIN: Final = ("unit", "source", "mark", "valid_from")


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked of one figure: at `most` so much, or `below` it.

    Args:
        unit: Of all three numbers.
        source: Where it stands.
        most: Greatest value that meets it.
        below: Least value that does not.
        aim: What is wished, where more is still manageable.
    """

    unit: str
    source: str
    most: float | None = None
    below: float | None = None
    aim: float | None = None

    def holds(self, value: float) -> bool:
        """Whether a value in `unit` meets it."""
        if self.most is not None:
            return value <= self.most
        return self.below is not None and value < self.below


@dataclass(frozen=True, slots=True)
class KpiTable:
    """Definitions and targets.

    Args:
        rate_window_us: Windows of rates, peaks and floods [µs].
        flood_starts_above: More alarms in a window than this begin a flood.
        flood_ends_below: Fewer end it.
        chattering_window_us: Window of chattering [µs].
        chattering_count: So many raises of one alarm in that window are chattering.
        stale_after_us: An alarm that stands longer is stale [µs].
        bad_actors: How many of the most frequent alarms are named.
        least_coverage: With less of the period on record no target counts as met [0–1].
        targets: Figure -> what is asked of it.
        priorities: "low", "medium", "high" -> share of all alarms [0–1].
        tolerance: How far a share may be off [0–1].
        version: Of the table.
    """

    rate_window_us: int
    flood_starts_above: int
    flood_ends_below: int
    chattering_window_us: int
    chattering_count: int
    stale_after_us: int
    bad_actors: int
    least_coverage: float
    targets: Mapping[str, Target]
    priorities: Mapping[str, float]
    tolerance: float
    version: str


def read_kpi_table(table: Mapping[str, Any]) -> KpiTable:
    """The content of ``agent/tables/alarm_kpis.toml``.

    Raises:
        BadKpiTableError: An entry is missing, unknown, without origin, or contradicts another.
    """
    definition = {n: _number(e, n) for n, e in _section(table, "definition", _DEFINITIONS).items()}
    shares = {n: _number(e, n) for n, e in _section(table, "priority", _PRIORITIES).items()}
    targets = {n: _target(e, n) for n, e in _section(table, "target", TARGETS).items()}
    read = KpiTable(
        rate_window_us=round(definition["rate_window"] * 1e6),
        flood_starts_above=round(definition["flood_starts_above"]),
        flood_ends_below=round(definition["flood_ends_below"]),
        chattering_window_us=round(definition["chattering_window"] * 1e6),
        chattering_count=round(definition["chattering_count"]),
        stale_after_us=round(definition["stale_after"] * 1e6),
        bad_actors=round(definition["bad_actors"]),
        least_coverage=definition["least_coverage"],
        targets=targets,
        priorities={n: s for n, s in shares.items() if n != "tolerance"},
        tolerance=shares["tolerance"],
        version=str(table.get("version", "")),
    )
    if read.flood_ends_below > read.flood_starts_above:
        raise BadKpiTableError(
            f"alarm KPIs: a flood that starts above {read.flood_starts_above} cannot end below "
            f"{read.flood_ends_below}; give flood_ends_below a smaller number"
        )
    if min(read.rate_window_us, read.chattering_window_us, read.chattering_count) <= 0:
        raise BadKpiTableError("alarm KPIs: windows and counts must be above 0")
    return read


def _section(table: Mapping[str, Any], name: str, keys: tuple[str, ...]) -> dict[str, Any]:
    section = table.get(name)
    if not isinstance(section, Mapping) or section.keys() != set(keys):
        raise BadKpiTableError(f"alarm KPIs: [{name}] needs exactly {', '.join(keys)}")
    for key, entry in section.items():
        missing = [word for word in _ORIGIN if not str(entry.get(word, ""))]
        if missing:
            raise BadKpiTableError(f"alarm KPIs: {key} has no {', '.join(missing)}; add it")
    return {key: section[key] for key in keys}


def _number(entry: Mapping[str, Any], name: str) -> float:
    value = entry.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise BadKpiTableError(f"alarm KPIs: {name} is {value!r}; give a number of at least 0")
    return float(value)


def _target(entry: Mapping[str, Any], name: str) -> Target:
    bounds = {word: float(entry[word]) for word in ("most", "below", "aim") if word in entry}
    if ("most" in bounds) == ("below" in bounds):
        raise BadKpiTableError(f"alarm KPIs: {name} needs either most or below")
    return Target(str(entry["unit"]), str(entry["source"]), **bounds)
