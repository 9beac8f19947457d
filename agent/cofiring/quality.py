"""Grades of waste-derived fuels: RPF by JIS Z 7311, SRF by ISO 21640, and what blending keeps.

Limits are data (`tables/quality.toml`). Where a property that a grade asks for was not tested,
there is no grade, and the words say what is missing.
"""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from agent.errors import UnknownFuelError

_ROUNDING: Final = 1e-12
"""Relative; of a mean of equal values."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What a property may be at least or at most, in the unit and basis of its name."""

    least: float | None = None
    most: float | None = None

    def holds(self, value: float) -> bool:
        """Whether a value keeps it; at the limit it does, but for the rounding of its mean."""
        near = (limit for limit in (self.least, self.most) if limit is not None)
        if any(math.isclose(value, limit, rel_tol=_ROUNDING) for limit in near):
            return True
        return not (
            (self.least is not None and value < self.least)
            or (self.most is not None and value > self.most)
        )


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade of RPF: its name and the limits of all its properties."""

    name: str
    limits: Mapping[str, Limit]


@dataclass(frozen=True, slots=True)
class Classes:
    """Limits of one property of SRF by class, class 1 first.

    Args:
        by: Statistic -> its limits: "mean", "median" or "p80".
    """

    by: Mapping[str, tuple[Limit, ...]]


@dataclass(frozen=True, slots=True)
class QualityTables:
    """All of quality.toml that is computed with.

    Args:
        tests: How many latest consecutive tests of RPF count together.
        grades: Of RPF, in the order in which they are tried.
        srf: Of SRF, by property.
    """

    tests: int
    grades: tuple[Grade, ...]
    srf: Mapping[str, Classes]


@dataclass(frozen=True, slots=True)
class RpfGrade:
    """What the latest tests of an RPF give.

    Args:
        grade: None where none fits, or where something is missing.
        means: Of the tests that counted, by property.
        tests: How many counted.
        missing: What is missing for a grade: tests or properties, in words.
        fails: By grade that does not fit, the properties that break its limits.
    """

    grade: str | None
    means: Mapping[str, float]
    tests: int
    missing: tuple[str, ...] = ()
    fails: Mapping[str, tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class SrfClass:
    """The class of an SRF by property; None where it is worse than the last, or was not tested.

    Args:
        figures: What was compared, by property and statistic.
    """

    classes: Mapping[str, int | None]
    figures: Mapping[str, Mapping[str, float]]

    @property
    def code(self) -> str:
        """The class code, such as ``NCV 3; Cl 2; Hg 1``; a dash stands for no class."""
        short = {
            "ncv_ar_mj_per_kg": "NCV",
            "chlorine_dry": "Cl",
            "mercury_mg_per_mj_ncv": "Hg",
        }
        return "; ".join(f"{short.get(p, p)} {c or '–'}" for p, c in self.classes.items())


def read_quality(document: Mapping[str, Any]) -> QualityTables:
    """The limits of a parsed quality.toml.

    Raises:
        UnknownFuelError: A limit has no source, or classes are not all there.
    """
    sources = document["sources"]
    grades = tuple(
        Grade(
            entry["name"],
            {name: _limit(name, one, sources) for name, one in entry.items() if name != "name"},
        )
        for entry in document["rpf"]["grade"]
    )
    srf = {name: _classes(name, one, sources) for name, one in document["srf"].items()}
    return QualityTables(int(document["rpf"]["tests"]["value"]), grades, srf)


def rpf_grade(tests: Sequence[Mapping[str, float]], tables: QualityTables) -> RpfGrade:
    """The grade of an RPF by the mean of its latest consecutive tests.

    Args:
        tests: Property -> value of each, the oldest first.
        tables: Limits.
    """
    latest = tests[-tables.tests :]
    asked = tuple(dict.fromkeys(name for grade in tables.grades for name in grade.limits))
    missing = [f"{tables.tests - len(latest)} tests"] if len(latest) < tables.tests else []
    missing += [name for name in asked if any(name not in test for test in latest) or not latest]
    means = {
        name: _mean(test[name] for test in latest)
        for name in asked
        if latest and all(name in test for test in latest)
    }
    if missing:
        return RpfGrade(None, means, len(latest), tuple(missing))
    fails: dict[str, tuple[str, ...]] = {}
    for grade in tables.grades:
        broken = tuple(n for n, limit in grade.limits.items() if not limit.holds(means[n]))
        if not broken:
            return RpfGrade(grade.name, means, len(latest), fails=fails)
        fails[grade.name] = broken
    return RpfGrade(None, means, len(latest), fails=fails)


def srf_class(values: Mapping[str, Sequence[float]], tables: QualityTables) -> SrfClass:
    """The class of an SRF by property.

    Args:
        values: Property -> all its analyses.
        tables: Limits.
    """
    classes: dict[str, int | None] = {}
    figures: dict[str, dict[str, float]] = {}
    for name, limits in tables.srf.items():
        measured = values.get(name, ())
        if not measured:
            classes[name] = None
            continue
        figures[name] = {which: _statistic(which, measured) for which in limits.by}
        ranks = [_rank(figures[name][which], steps) for which, steps in limits.by.items()]
        known = [rank for rank in ranks if rank is not None]
        classes[name] = max(known) if len(known) == len(ranks) else None
    return SrfClass(classes, figures)


def most_of_worse(better: float, worse: float, limit: float) -> float:
    """Largest mass share of a worse fuel in a blend that keeps a limit, 0 … 1.

    Args:
        better: The property of the better fuel, such as chlorine [mass fraction].
        worse: Of the worse.
        limit: What the blend may have at most, in the same unit and basis.
    """
    if worse <= limit:
        return 1.0
    if better >= limit:
        return 1.0 if better > worse else 0.0
    return (limit - better) / (worse - better)


def percentile(values: Iterable[float], percent: int) -> float:
    """A percentile, interpolated between the neighbouring ordered values (0 and 100 the ends)."""
    ordered = sorted(values)
    place = Fraction(percent * (len(ordered) - 1), 100)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * float(place - below)


def _statistic(which: str, values: Sequence[float]) -> float:
    if which == "mean":
        return _mean(values)
    return statistics.median(values) if which == "median" else percentile(values, 80)


def _mean(values: Iterable[float]) -> float:
    known = list(values)
    return math.fsum(known) / len(known)


def _rank(value: float, steps: Sequence[Limit]) -> int | None:
    return next((n for n, limit in enumerate(steps, start=1) if limit.holds(value)), None)


def _limit(name: str, entry: Mapping[str, Any], sources: Mapping[str, str]) -> Limit:
    if entry["source"] not in sources:
        raise UnknownFuelError(f"quality.toml, {name}: source {entry['source']!r} is unknown")
    return Limit(entry.get("least"), entry.get("most"))


def _classes(name: str, entry: Mapping[str, Any], sources: Mapping[str, str]) -> Classes:
    _limit(name, {"source": entry["source"]}, sources)
    by = {entry["statistic"]: _steps(entry.get("least"), entry.get("most"))}
    if "statistic_2" in entry:
        by[entry["statistic_2"]] = _steps(entry.get("least_2"), entry.get("most_2"))
    return Classes(by)


def _steps(least: Sequence[float] | None, most: Sequence[float] | None) -> tuple[Limit, ...]:
    if least is not None:
        return tuple(Limit(least=value) for value in least)
    return tuple(Limit(most=value) for value in most or ())
