"""What errors of fuels' properties do to a figure of many periods at once.

An error of a fuel's properties changes a figure in proportion to the kilograms it is in. So the
budgets of single kilograms, one of each kind that burns, say what such errors do to all periods.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Final

import numpy as np

from agent.cofiring.budget import Amounts, Row, amounts_of, of_portion
from agent.cofiring.fuels import Tables
from agent.cofiring.rollup import Portion
from agent.cofiring.slot_columns import Floats
from agent.cofiring.sources import Source
from agent.cofiring.tally_columns import PortionColumns, TallyColumns
from agent.cofiring.uncertainty import Cumulants, Weights, cumulants, weighed

WEIGHED: Final[Weights] = (1.0, 0.0, 0.0, 0.0)
"""Of amounts that are weighed already and stand where fossil CO₂ does."""


class FuelErrors:
    """What a kilogram of each kind that burns weighs in a figure, and how wrong it may be.

    Args:
        whole: What burnt.
        day: Decides how old published values are.
        weights: How much of each gas is in the figure [kg/kg].
        tables: Reviewed tables.
    """

    def __init__(self, whole: TallyColumns, day: date, weights: Weights, tables: Tables) -> None:
        self._co2e = [
            (portion, weighed(amounts_of(portion.stream.unit), weights))
            for portion in whole.portions
        ]
        self._kg: list[Floats] = []
        lines: dict[Source, tuple[Row, dict[int, float]]] = {}
        for portion in whole.portions:
            for kg, rows in _kinds(portion, day, tables):
                for source, row in rows.items():
                    line = lines.setdefault(source, (row, {}))
                    line[1][len(self._kg)] = weighed(row.on, weights)
                self._kg.append(kg)
        shared = [line for line in lines.values() if len(line[1]) > 1]
        self._rows = [row for row, _ in shared]
        self._changes = np.zeros((len(shared), len(self._kg)))
        for n, (_, changes) in enumerate(shared):
            self._changes[n, [*changes]] = [*changes.values()]
        own: list[list[tuple[Row, float]]] = [[] for _ in self._kg]
        for row, changes in lines.values():
            if len(changes) == 1:
                ((kind, change),) = changes.items()
                own[kind].append((row, change))
        alone = [cumulants([r for r, _ in mine], [c for _, c in mine]) for mine in own]
        self._alone: Floats = np.array(alone).reshape(-1, 4).T

    def weighed(self, some: slice) -> dict[str, list[Amounts]]:
        """By fuel what it gives to the numerator [kg], in the place of `WEIGHED`."""
        found: dict[str, Floats] = {}
        for portion, per_kg in self._co2e:
            co2e, fuel = portion.kg[some] * per_kg, portion.stream.fuel
            found[fuel] = found[fuel] + co2e if fuel in found else co2e
        return {fuel: [(0.0, co2e, 0.0, 0.0, 0.0)] for fuel, co2e in found.items()}

    def errors(self, some: slice, scale: Floats) -> Cumulants:
        """What errors of properties do to the figure.

        Those that only one kind has are known per kilogram: their cumulants grow with the
        kilograms, their square and their cube.
        """
        kinds = [n for n, kg in enumerate(self._kg) if kg[some].any()]
        kg = np.array([self._kg[n][some] for n in kinds]).reshape(len(kinds), len(scale)) * scale
        square = kg * kg
        shift, third, systematic, random = self._alone[:, kinds]
        alone = (shift @ kg, third @ (square * kg), systematic @ square, random @ square)
        changes = self._changes[:, kinds]
        met = np.flatnonzero(changes.any(axis=1))
        return cumulants([self._rows[n] for n in met], changes[met] @ kg, alone)


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
