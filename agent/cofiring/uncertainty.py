"""The 95 % intervals of a period's figures, from its sums alone.

Every error is carried to every figure it reaches, to first order, under the name of its source: so
what numerator and denominator share cancels, and what all minutes share does not average out. Only
independent repetitions do: samples of a laboratory, the two ends of a totaliser.

The formulas take the sums of one period, or arrays over many periods together with NumPy as `xp`.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

from agent.cofiring.accuracy import Uncertainties
from agent.cofiring.budget import NO_OUTPUT, Amounts, Budget, Row, inverse
from agent.cofiring.sources import Source
from agent.cofiring.spread import NONE, normal, quantiles

_NO_VARIANCE: Final = 1e-200
"""Added so that an error of nothing has a skew of nothing."""
_Line = tuple[Source, Row]
Weights = tuple[float, float, float, float]
"""How much of fossil CO₂, CH₄, N₂O and supply chain is in a figure [kg/kg]."""


Cumulants = tuple[Any, Any, Any, Any]
"""Of a figure's error: its mean, its third central moment, its systematic and random variance."""
NO_ERROR: Final[Cumulants] = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure's 95 % interval and standard uncertainties, in its unit.

    Args:
        rows: What errors reach it, by source.
        changes: What an error of one in each of them changes in the figure.
    """

    low: Any
    high: Any
    u_systematic: Any
    u_random: Any
    rows: Sequence[_Line]
    changes: Sequence[Any]

    def contributors(self, top: int) -> list[dict[str, Any]]:
        """The sources that give most of the variance, largest first, with their part of it."""
        parts = [
            (source, row, _variance(row, change))
            for (source, row), change in zip(self.rows, self.changes, strict=True)
        ]
        whole = math.fsum(part for _, _, part in parts)
        ranked = sorted(parts, key=lambda each: (-each[2], each[0].name, each[0].quantity))
        return [
            {
                "source": source.name,
                "quantity": source.quantity,
                "fuels": sorted(row.fuels),
                "share": part / whole,
                "assumed": row.assumed,
            }
            for source, row, part in ranked[:top]
            if part > 0.0
        ]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready fields."""
        names = ("low", "high", "u_systematic", "u_random")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class PerKwh:
    """How the sums of a plant become a figure of one product.

    Every method that gives power and heat a weight each shares E as wP·P : wH·H, so that the two
    factors are E·wP/(wP·P + wH·H) and E·wH/(wP·P + wH·H).

    Args:
        scale: What the plant's kilograms are multiplied with [1/kWh].
        el_share: Part that electricity carries, 0 … 1.
        method: How it is shared.
        of_heat: Whether the product is heat.
        bonus: Where power takes a reference factor per kWh and heat the rest: the plant's CO₂e [kg]
            and how much of each gas is in it [kg/kg].
    """

    scale: Any
    el_share: Any
    method: str
    of_heat: bool = False
    bonus: tuple[Any, Weights] | None = None

    def change(self, value: Any, row: Row) -> Any:
        """What an error of one changes in a figure through what it is multiplied with [kg/kWh]."""
        net, heat = row.output
        if self.bonus is None:
            return -value * (net * self.el_share + heat * (1.0 - self.el_share))
        part = weighed(row.on, self.bonus[1]) * self.of_whole(value)
        return part - self._lift(value) * net - value * heat if self.of_heat else part

    def of_whole(self, value: Any) -> Any:
        """What a kilogram more of the plant's CO₂e changes through what heat has to carry [1/kWh].

        Nothing, but where power takes a reference factor.
        """
        if self.bonus is None:
            return 0.0
        return (self._lift(value) if self.of_heat else -value) * inverse(self.bonus[0])

    def of_method(self, value: Any) -> Any:
        """The same by an error of one in the weight of heat against power, or in the reference."""
        if self.bonus is not None:
            return -self._lift(value) if self.of_heat else value
        return value * (self.of_heat - (1.0 - self.el_share))

    def _lift(self, value: Any) -> Any:
        """What heat would carry of a figure if power carried none of it, less what it does."""
        return value * self.el_share * inverse(1.0 - self.el_share)


def of_factor(
    value: Any,
    weights: Weights,
    budget: Budget,
    per: PerKwh,
    table: Uncertainties,
    xp: ModuleType = math,
    others: Cumulants = NO_ERROR,
) -> Interval:
    """The interval of a figure per kWh.

    Args:
        value: The figure [kg/kWh].
        weights: How much of fossil CO₂, CH₄, N₂O and supply chain is in it [kg/kg].
        budget: All errors of the period.
        per: How sums become the figure.
        table: How well the method's weight of heat is known.
        xp: `math` for floats, `numpy` for arrays.
        others: What errors that are not in the budget do to the figure.
    """
    of_co2, of_ch4, of_n2o, of_upstream = weights
    rows, changes = [*budget.rows.items()], []
    for _, row in rows:
        _, co2, ch4, n2o, upstream = row.on
        mass = of_co2 * co2 + of_ch4 * ch4 + of_n2o * n2o + of_upstream * upstream
        change = mass * per.scale
        if row.output is not NO_OUTPUT or per.bonus is not None:
            change = change + per.change(value, row)
        changes.append(change)
    half = table.allocation.get(per.method, 0.0)
    method = Row(normal(half, table.z95), 0.0)
    rows.append((Source("allocation", per.method), method))
    changes.append(per.of_method(value))
    return _interval(value, rows, changes, table.z95, xp, others)


def of_share(
    share: Any, fuel: str, heat_mj: Any, budget: Budget, z95: float, xp: ModuleType = math
) -> Interval:
    """The interval of a fuel's part of the heat.

    Args:
        share: The part, 0 … 1.
        fuel: Whose.
        heat_mj: All heat [MJ].
        budget: All errors of the period.
        z95: Standard normal quantile of 97.5 %.
        xp: `math` for floats, `numpy` for arrays.
    """
    per_heat = inverse(heat_mj)
    rows = budget.heated
    changes = [(row.heat.get(fuel, 0.0) - share * row.on[0]) * per_heat for _, row in rows]
    return _interval(share, rows, changes, z95, xp)


def weighed(amounts: Amounts, weights: Weights) -> Any:
    """What some amounts are in a figure together [kg]."""
    _, co2, ch4, n2o, upstream = amounts
    of_co2, of_ch4, of_n2o, of_upstream = weights
    return of_co2 * co2 + of_ch4 * ch4 + of_n2o * n2o + of_upstream * upstream


def cumulants(
    rows: Iterable[Row], changes: Iterable[Any], others: Cumulants = NO_ERROR
) -> Cumulants:
    """What errors do to a figure together.

    Args:
        rows: The errors.
        changes: What an error of one in each of them changes in the figure.
        others: What other errors do to it.
    """
    shift, third, systematic, random = others
    for row, change in zip(rows, changes, strict=True):
        error, square = row.systematic, change * change
        if error is not NONE:
            if error.shift or error.third:
                shift = shift + change * error.shift
                third = third + square * change * error.third
            systematic = systematic + square * error.variance
        random = random + square * row.random
    return shift, third, systematic, random


def _variance(row: Row, change: Any) -> Any:
    """What a source gives of a figure's variance."""
    square = change * change
    return square * row.systematic.variance + square * row.random


def _interval(
    value: Any,
    rows: Sequence[_Line],
    changes: Sequence[Any],
    z95: float,
    xp: ModuleType,
    others: Cumulants = NO_ERROR,
) -> Interval:
    shift, third, systematic, random = cumulants([row for _, row in rows], changes, others)
    variance = systematic + random
    safe = variance + _NO_VARIANCE
    some = variance / safe
    low, high = quantiles(shift, safe, third, z95, xp)
    return Interval(
        value + some * low, value + some * high, xp.sqrt(systematic), xp.sqrt(random), rows, changes
    )
