"""What errors of fuels' properties do to a figure of many periods at once.

An error of a fuel's properties changes a figure in proportion to the kilograms it is in. So the
budgets of single kilograms, one of each kind that burns, say what such errors do to all periods.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

import numpy as np

from agent.cofiring.budget import Amounts, Row, amounts_of, errors_in, of_portion
from agent.cofiring.fuels import Tables
from agent.cofiring.rollup import Portion
from agent.cofiring.slot_columns import Floats
from agent.cofiring.sources import Source
from agent.cofiring.tally_columns import PortionColumns, TallyColumns
from agent.cofiring.uncertainty import Cumulants, Weights, cumulants, weighed

WEIGHED: Final[Weights] = (1.0, 0.0, 0.0, 0.0)
"""Of amounts that are weighed already and stand where fossil CO₂ does."""
BESIDE: Final[Weights] = (0.0, 1.0, 0.0, 0.0)
"""Of those that are weighed otherwise and stand where CH₄ does."""


class FuelErrors:
    """What a kilogram of each kind that burns weighs in a figure, and how wrong it may be.

    Args:
        whole: What burnt.
        day: Decides how old published values are.
        weights: How much of each gas is in the figure [kg/kg].
        tables: Reviewed tables.
        beside: The same of what moves the figure in another way as well; None of what does not.
    """

    def __init__(
        self,
        whole: TallyColumns,
        day: date,
        weights: Weights,
        tables: Tables,
        beside: Weights | None = None,
    ) -> None:
        self._per_kg = [
            (p, weighed(unit, weights), weighed(unit, beside) if beside else 0.0)
            for p in whole.portions
            for unit in (amounts_of(p.stream.unit),)
        ]
        self._kg: list[Floats] = []
        lines: dict[Source, tuple[Row, dict[int, Row]]] = {}
        for portion in whole.portions:
            for kg, rows in _kinds(portion, day, tables):
                for source, row in rows.items():
                    lines.setdefault(source, (row, {}))[1][len(self._kg)] = row
                self._kg.append(kg)
        # What moves a figure in two ways has no cumulants per kilogram.
        least = 1 if beside else 2
        shared = [line for line in lines.values() if len(line[1]) >= least]
        self._rows = [row for row, _ in shared]
        self._changes = np.zeros((len(shared), len(self._kg)))
        self._beside = np.zeros_like(self._changes) if beside else None
        for n, (first, mine) in enumerate(shared):
            for kind, row in mine.items():
                self._changes[n, kind] = weighed(row.on, weights) * errors_in(row, first)
                if beside and self._beside is not None:
                    self._beside[n, kind] = weighed(row.on, beside) * errors_in(row, first)
        own: list[list[Row]] = [[] for _ in self._kg]
        for _, mine in lines.values():
            if len(mine) < least:
                for kind, row in mine.items():
                    own[kind].append(row)
        alone = [cumulants(rows, [weighed(row.on, weights) for row in rows]) for rows in own]
        self._alone: Floats = np.array(alone).reshape(-1, 4).T

    def weighed(self, some: slice) -> dict[str, list[Amounts]]:
        """By fuel what it gives to the numerator and beside [kg], as `WEIGHED` and `BESIDE` say."""
        found: dict[str, tuple[Floats, Floats]] = {}
        for portion, per_kg, beside in self._per_kg:
            kg, before = portion.kg[some], found.get(portion.stream.fuel, (0.0, 0.0))
            found[portion.stream.fuel] = before[0] + kg * per_kg, before[1] + kg * beside
        return {fuel: [(0.0, *amounts, 0.0, 0.0)] for fuel, amounts in found.items()}

    def errors(self, some: slice, scale: Floats, beside: Any = 0.0) -> Cumulants:
        """What errors of properties do to the figure.

        Those that only one kind has are known per kilogram: their cumulants grow with the
        kilograms, their square and their cube.

        Args:
            some: Which periods.
            scale: What a kilogram of the numerator is in the figure [1/kWh].
            beside: What one of what is weighed beside it is [1/kWh].
        """
        kinds = [n for n, kg in enumerate(self._kg) if kg[some].any()]
        burnt = np.array([self._kg[n][some] for n in kinds]).reshape(len(kinds), len(scale))
        kg = burnt * scale
        square = kg * kg
        shift, third, systematic, random = self._alone[:, kinds]
        alone = (shift @ kg, third @ (square * kg), systematic @ square, random @ square)
        changes = self._changes[:, kinds]
        met = np.flatnonzero(changes.any(axis=1))
        moved = changes[met] @ kg
        if self._beside is not None:
            moved = moved + self._beside[:, kinds][met] @ (burnt * beside)
        return cumulants([self._rows[n] for n in met], moved, alone)


def _kinds(
    portion: PortionColumns, day: date, tables: Tables
) -> Iterator[tuple[Floats, Mapping[Source, Row]]]:
    """Of a portion all kilograms, and those that have errors beside, with the errors of one."""
    stream = portion.stream
    one = Portion(stream.fuel, None, stream.properties, stream.unit)
    rows = of_portion(one, day, tables)
    yield portion.kg, rows
    beside = []
    if portion.substituted_kg.any():
        beside.append((portion.substituted_kg, replace(one, substituted_kg=1.0)))
    if portion.blends.any():
        beside.append((portion.other_kg - portion.kg, replace(one, other_kg=2.0)))
    for kg, other in beside:
        more = of_portion(other, day, tables)
        yield kg, {source: row for source, row in more.items() if source not in rows}
