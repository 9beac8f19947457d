"""All errors of a period's sums, by source.

An error that two portions share is one error: what they get from it is added before it is squared.
Sums may be floats, or arrays over many periods.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, Final

from agent.cofiring.accuracy import Accuracy, Uncertainties
from agent.cofiring.conversions import MOISTURE
from agent.cofiring.counted import Counted
from agent.cofiring.factors import Burnt, burn
from agent.cofiring.fuels import Tables
from agent.cofiring.plant import Plant
from agent.cofiring.rollup import Portion, Tally
from agent.cofiring.sources import ALL, HEAT, Effect, On, Source, effects
from agent.cofiring.spread import NONE, Spread, meter, normal

_EPOCH: Final = date(1970, 1, 1).toordinal()
_DAY_US: Final = 86_400_000_000
_US_PER_S: Final = 1e6
_NOT_READ: Final = Counted()
SUBSTITUTED: Final = "moisture_substituted"
_EITHER: Final = Spread(0.0, 1.0 / 3.0)
"""Anywhere within what two blending models differ by, either way."""
_NOTHING: Final = 1e-300
Amounts = Sequence[Any]
"""By number of `QUANTITIES`: heat [MJ], fossil CO₂, CH₄, N₂O and supply chain [kg]."""
NO_OUTPUT: Final[tuple[Any, Any]] = (0.0, 0.0)
"""Of a source that moves no output."""


@dataclass(slots=True)
class Row:
    """One source, and what an error of one does.

    Args:
        systematic: How the error that nothing averages out is distributed.
        random: Variance of what independent repetitions average out.
        assumed: Nobody states the error: it is the reviewed table's.
        fuels: Whom it concerns.
        on: Change of heat [MJ], fossil CO₂, CH₄, N₂O and supply chain [kg].
        heat: Change of heat, by fuel [MJ].
        output: Relative change of the net output and of the heat exported.
    """

    systematic: Spread
    random: Any
    assumed: bool = False
    fuels: set[str] = field(default_factory=set)
    on: list[Any] = field(default_factory=lambda: [0.0] * len(ALL))
    heat: dict[str, Any] = field(default_factory=dict)
    output: tuple[Any, Any] = NO_OUTPUT


@dataclass(frozen=True, slots=True)
class Budget:
    """The errors of some sums.

    Args:
        rows: By source.
        unknown: Totalisers of fuels whose accuracy nobody declared.
        unknown_output: The same of power and heat.
        heated: Those of the rows that move any heat.
    """

    rows: Mapping[Source, Row]
    unknown: tuple[str, ...]
    unknown_output: tuple[str, ...]
    heated: Sequence[tuple[Source, Row]] = field(init=False)

    def __post_init__(self) -> None:
        heated = [line for line in self.rows.items() if line[1].heat]
        object.__setattr__(self, "heated", heated)


def budget(
    sums: Tally, middle_us: Any, plant: Plant, tables: Tables, day: date | None = None
) -> Budget:
    """All errors of a period.

    Args:
        sums: Of the period, or arrays over many periods.
        middle_us: Its middle, which decides how far meters have drifted, UTC [µs].
        plant: The unit, with the accuracy of its totalisers.
        tables: Reviewed tables.
        day: Decides how old published values are; None for the day of the middle.
    """
    day = day or day_of(middle_us)
    book = _Book()
    by_fuel: dict[str, list[Amounts]] = {}
    for portion in sums.portions:
        amounts = amounts_of(portion.burnt)
        by_fuel.setdefault(portion.fuel, []).append(amounts)
        book.portion(portion, amounts, day, tables)
    return of_meters(sums, by_fuel, middle_us, plant, tables, book.rows)


def of_portion(portion: Portion, day: date, tables: Tables) -> Mapping[Source, Row]:
    """The errors of a portion's properties alone, and of how much of it there was of each kind.

    Args:
        portion: Of one lot.
        day: Decides how old published values are.
        tables: Reviewed tables.
    """
    book = _Book()
    book.portion(portion, amounts_of(portion.burnt), day, tables)
    return book.rows


def of_meters(
    sums: Tally,
    by_fuel: Mapping[str, Sequence[Amounts]],
    middle_us: Any,
    plant: Plant,
    tables: Tables,
    rows: dict[Source, Row] | None = None,
) -> Budget:
    """The errors of meters, beside others that are known already.

    Args:
        sums: Of the period, or arrays over many periods: their meters and their net output.
        by_fuel: What each fuel that was counted gave.
        middle_us: Middle of the period, UTC [µs].
        plant: The unit, with the accuracy of its totalisers.
        tables: Reviewed tables.
        rows: The errors that are known already; they are added to.
    """
    book = _Meters({} if rows is None else rows, sums, middle_us, plant, tables.uncertainties.z95)
    for fuel in plant.fuels:
        if fuel.id in by_fuel:
            book.fuel_meter(fuel.id, fuel.mass_point, by_fuel[fuel.id])
    book.output_meters()
    return Budget(book.rows, tuple(book.unknown), tuple(book.unknown_output))


def day_of(t_us: int) -> date:
    """The day of an instant, in UTC."""
    return date.fromordinal(_EPOCH + t_us // _DAY_US)


def inverse(amount: Any) -> Any:
    """1/amount, and 0 of zero: what did not burn has no error."""
    return amount / (amount * amount + _NOTHING)


def errors_in(one: Row | Effect, other: Row) -> float:
    """How many errors of another size one error of the same source is.

    What is wrong by a constant amount, such as a moisture, is so by another part of each value.
    """
    mine = one.systematic.variance + one.random
    theirs = other.systematic.variance + other.random
    return 1.0 if mine == theirs else math.sqrt(mine / theirs)


class _Book:
    """Rows as they are filled."""

    def __init__(self, rows: dict[Source, Row] | None = None) -> None:
        self.rows: dict[Source, Row] = {} if rows is None else rows

    def row(self, source: Source, systematic: Spread, random: Any, assumed: bool = False) -> Row:
        """The row of a source, made where it is new."""
        found = self.rows.get(source)
        if found is None:
            found = Row(systematic, random, assumed, set(), [0.0, 0.0, 0.0, 0.0, 0.0], {})
            self.rows[source] = found
        return found

    def portion(self, portion: Portion, amounts: Amounts, day: date, tables: Tables) -> None:
        """What the errors of a portion's properties do to what it gave."""
        for effect in effects(portion.properties, day, tables.uncertainties, tables.physics):
            moisture = effect.source.quantity == MOISTURE and not effect.shared
            if moisture and portion.substituted_kg:
                self._substituted(portion, amounts, effect, tables.uncertainties)
            if effect.random == 0.0 == effect.systematic.variance:
                continue
            row = self.row(effect.source, effect.systematic, effect.random, effect.assumed)
            alike = row.systematic is effect.systematic and row.random == effect.random
            _carry(row, portion.fuel, amounts, effect.on if alike else _in_errors_of(row, effect))
        if portion.other_kg is not None:
            blending = self.row(Source(portion.fuel, "blending"), _EITHER, 0.0)
            per_kg = amounts_of(burn(1.0, portion.properties))
            _carry(blending, portion.fuel, per_kg, _times(portion.other_kg - portion.burnt.kg))

    def _substituted(
        self, portion: Portion, amounts: Amounts, effect: Effect, table: Uncertainties
    ) -> None:
        """What a moisture may be wrong by that stands in for one at the feeder."""
        moisture = portion.properties.moisture
        if moisture is None:
            return
        row = self.row(
            Source(portion.fuel, SUBSTITUTED),
            normal(table.laboratory[SUBSTITUTED].systematic, table.z95),
            0.0,
        )
        part = portion.substituted_kg * inverse(portion.burnt.kg) / moisture.value
        _carry(row, portion.fuel, [part * amount for amount in amounts], effect.on)


class _Meters(_Book):
    """Rows of meters, beside others."""

    def __init__(
        self, rows: dict[Source, Row], sums: Tally, middle_us: Any, plant: Plant, z95: float
    ) -> None:
        super().__init__(rows)
        self._sums, self._middle_us = sums, middle_us
        self._plant, self._z95 = plant, z95
        self.unknown: list[str] = []
        self.unknown_output: list[str] = []

    def fuel_meter(self, fuel: str, point: str, portions: Sequence[Amounts]) -> None:
        """What the meter of a fuel does to the heat and the gases of all its lots."""
        rows = self._meter(point)
        if rows is None:
            self.unknown.append(point)
            return
        scale, count, amount = rows
        per_unit = inverse(amount)
        for amounts in portions:
            _carry_all(scale, fuel, amounts)
            _carry_all(count, fuel, [amount * per_unit for amount in amounts])

    def output_meters(self) -> None:
        """What the meters of power and steam do to figures per kWh."""
        plant, net = self._plant, self._sums.net_kwh
        if net is None:
            return
        self._output_meter(plant.gross_point, inverse(net), 0.0)
        for point in plant.aux_points:
            self._output_meter(point, -inverse(net), 0.0)
        steam = self._sums.meters.get(plant.steam_point or "")
        if plant.steam_point and steam is not None and steam.total is not None:
            self._output_meter(plant.steam_point, 0.0, inverse(steam.total))

    def _output_meter(self, point: str, on_net: Any, on_heat: Any) -> None:
        rows = self._meter(point)
        if rows is None:
            self.unknown_output.append(point)
            return
        scale, count, amount = rows
        scale.output = (amount * on_net, amount * on_heat)
        count.output = (on_net, on_heat)

    def _meter(self, point: str) -> tuple[Row, Row, Any] | None:
        """Rows of a totaliser's scale and of its ends, and what it counted."""
        accuracy = self._plant.accuracy.get(point)
        if accuracy is None:
            return None
        count = self._sums.meters.get(point, _NOT_READ)
        total = count.total
        amount: Any = 0.0 if total is None else total
        spread, random = meter_errors(accuracy, count, self._middle_us, self._z95)
        scale, ends = _of_meter(point)
        return self.row(scale, spread, 0.0), self.row(ends, NONE, random), amount


def meter_errors(
    accuracy: Accuracy, count: Counted, middle_us: int, z95: float
) -> tuple[Spread, Any]:
    """Relative error of a totaliser's scale, and variance of what its two ends leave open.

    Args:
        accuracy: Of the meter.
        count: What it counted.
        middle_us: Middle of the period, UTC [µs].
        z95: Standard normal quantile of 97.5 %.
    """
    total = count.total
    amount: Any = 0.0 if total is None else total
    rate_per_s = amount * inverse(count.covered_us / _US_PER_S)
    end = accuracy.step + rate_per_s * accuracy.jitter_s
    guessed = count.estimated - abs(count.filled)
    ends = (2.0 * end * end + guessed * guessed) / 3.0 + count.filled_sigma**2
    return meter(accuracy.scale, accuracy.drifted(middle_us), z95), ends


def amounts_of(burnt: Burnt) -> Amounts:
    """Heat, fossil CO₂, CH₄, N₂O and supply chain; what is unknown counts as none."""
    methane = None
    if burnt.ch4_fossil_kg is not None and burnt.ch4_biogenic_kg is not None:
        methane = burnt.ch4_fossil_kg + burnt.ch4_biogenic_kg
    found = (burnt.mj, burnt.fossil_co2_kg, methane, burnt.n2o_kg, burnt.upstream_co2e_kg)
    return tuple([0.0 if amount is None else amount for amount in found])


def _times(factor: Any) -> tuple[tuple[int, Any], ...]:
    return tuple((n, factor) for n, _ in ALL)


def _in_errors_of(row: Row, effect: Effect) -> On:
    size = errors_in(effect, row)
    return effect.on if size == 1.0 else tuple((n, part * size) for n, part in effect.on)


def _carry(row: Row, fuel: str, amounts: Sequence[Any], on: Sequence[tuple[int, Any]]) -> None:
    row.fuels.add(fuel)
    moved = row.on
    for n, part in on:
        change = amounts[n] * part
        moved[n] = moved[n] + change
        if n == HEAT:
            row.heat[fuel] = row.heat.get(fuel, 0.0) + change


def _carry_all(row: Row, fuel: str, changes: Sequence[Any]) -> None:
    row.fuels.add(fuel)
    row.on = [moved + change for moved, change in zip(row.on, changes, strict=True)]
    row.heat[fuel] = row.heat.get(fuel, 0.0) + changes[HEAT]


@lru_cache(maxsize=4096)
def _of_meter(point: str) -> tuple[Source, Source]:
    """A totaliser's scale, and its ends."""
    return Source(point, "scale"), Source(point, "count")
