"""Analyses of a lot: what laboratories and certificates say, and which of it counts."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

LAB: Final = "lot lab"
CERTIFICATE: Final = "lot certificate"

Kind = Literal["lab", "certificate"]
Rule = Literal["mean", "latest"]


@dataclass(frozen=True, slots=True)
class Result:
    """One value of an analysis, in the unit and basis its quantity's name says.

    Args:
        half95: Half width of the expanded uncertainty (k = 2, 95 %), in the value's unit; None
            where the laboratory gave none.
        method: Standard, such as "ISO 18125" or "ISO 21644 (14C)".
    """

    value: float
    half95: float | None = None
    method: str = ""


@dataclass(frozen=True, slots=True)
class Analysis:
    """What one laboratory found in one sample.

    Args:
        id: Number of the report.
        date: Of the sample, ISO 8601; the text orders analyses in time.
        kind: "lab" for an analysis of this lot, "certificate" for the supplier's own figures.
        values: Quantity -> result.
        laboratory: Who analysed.
        sample_point: Where the sample was taken, such as "ship's hold" or "falling stream".
        increments: How many increments made the sample.
    """

    id: str
    date: str
    values: Mapping[str, Result]
    kind: Kind = "lab"
    laboratory: str = ""
    sample_point: str = ""
    increments: int | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """A quantity of a lot as it counts.

    Args:
        value: In the unit and basis that the quantity's name says.
        half95: Half width of the expanded uncertainty of one analysis, same unit (root mean
            square of those behind the value); None where any of them gave none.
        n: Independent analyses behind the value.
        how: "lot lab" or "lot certificate".
        source: Reports, in order of their dates.
        method: Standards, as the reports name them.
        laboratory: Who analysed; "" where a report does not say.
    """

    value: float
    half95: float | None = None
    n: int = 1
    how: str = LAB
    source: str = ""
    method: str = ""
    laboratory: str = ""


@dataclass(frozen=True, slots=True)
class Analyses:
    """All analyses of a lot and the rule by which they count.

    A laboratory's analysis goes before a supplier's certificate. Of several analyses of one
    quantity either the mean counts, or the latest, which supersedes those before it.

    Args:
        each: In any order; what counts does not depend on it.
        rule: "mean" or "latest".
    """

    each: tuple[Analysis, ...] = field(default=())
    rule: Rule = "mean"

    def measured(self, quantity: str) -> Measured | None:
        """What counts of one quantity; None where no analysis has it."""
        having = [one for one in self.each if quantity in one.values]
        labs = [one for one in having if one.kind == "lab"]
        counting = sorted(labs or having, key=lambda one: (one.date, one.id))
        if not counting:
            return None
        if self.rule == "latest":
            counting = counting[-1:]
        results = [one.values[quantity] for one in counting]
        return Measured(
            value=math.fsum(result.value for result in results) / len(results),
            half95=_typical([result.half95 for result in results]),
            n=len(results),
            how=LAB if labs else CERTIFICATE,
            source=", ".join(one.id for one in counting),
            method=", ".join(dict.fromkeys(r.method for r in results if r.method)),
            laboratory=", ".join(sorted({one.laboratory for one in counting if one.laboratory})),
        )

    def quantities(self) -> tuple[str, ...]:
        """Everything that any of them has a value for, by name."""
        return tuple(sorted({name for one in self.each for name in one.values}))


def _typical(halves: Sequence[float | None]) -> float | None:
    known = [half for half in halves if half is not None]
    if len(known) < len(halves):
        return None
    return math.sqrt(math.fsum(half * half for half in known) / len(known))
