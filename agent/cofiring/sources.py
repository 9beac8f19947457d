"""Where errors come from, and what each does to the heat and the gases of a portion of fuel.

Two portions share an error where they share its source: the meter that weighed them, the laboratory
that analysed their lot, the published number that both of them use.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

import msgspec

from agent.cofiring.accuracy import Analysis, Uncertainties
from agent.cofiring.chosen import CERTIFICATE, DEFAULT, LAB, Chosen, Properties
from agent.cofiring.conversions import HYDROGEN, MOISTURE
from agent.cofiring.fuels import Physics
from agent.cofiring.itself import Itself
from agent.cofiring.spread import NONE, Spread, between, lognormal, normal

QUANTITIES: Final = ("heat", "fossil", "ch4", "n2o", "upstream")
"""What errors act on."""
HEAT, FOSSIL, CH4, N2O, UPSTREAM = range(len(QUANTITIES))
ALL: Final = tuple((n, 1.0) for n in range(len(QUANTITIES)))
_CLASSES: Final = {"ncv": "calorific", "gcv": "calorific", "upstream_co2e": "upstream"}
_DAYS_PER_YEAR: Final = 365.25


_UNIT: Final = Spread(0.0, 1.0)
On = tuple[tuple[int, float], ...]
"""Which of `QUANTITIES` an error moves, and by how much per unit of it."""


class Source(msgspec.Struct, frozen=True):
    """What an error comes from; equal sources are one and the same error.

    Args:
        name: The meter's point, the laboratory with its fuel, the report, or the published table.
        quantity: What is wrong there, such as "scale", "ncv" or "co2".
        value: The published number, which tells two of one table apart; None of meters and lots.
    """

    name: str
    quantity: str
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What one source does to a portion.

    Args:
        systematic: The error that all share.
        random: Variance of what independent repetitions average out.
        on: Which of `QUANTITIES` it moves, and their relative change per unit of error.
        assumed: Nobody states this error; it is the reviewed table's.
        shared: Whether it is the part that a laboratory's values have in common, as a multiple of
            which `on` is given.
    """

    source: Source
    systematic: Spread
    random: float
    on: On
    assumed: bool = False
    shared: bool = False


def effects(
    properties: Properties, on: date, table: Uncertainties, physics: Physics
) -> tuple[Effect, ...]:
    """All errors of a portion's properties.

    Args:
        properties: What counts for the portion.
        on: The day, which decides how old a published value is.
        table: How well laboratories and tables know.
        physics: Constants.
    """
    return _effects(Itself(properties), on, table, physics)


@lru_cache(maxsize=4096)
def _effects(
    properties: Itself[Properties], on: date, table: Uncertainties, physics: Physics
) -> tuple[Effect, ...]:
    return tuple(_Errors(properties.what, on, table, physics))


class _Errors:
    """The errors of one portion's properties."""

    def __init__(
        self, properties: Properties, on: date, table: Uncertainties, physics: Physics
    ) -> None:
        self._of, self._on = properties, on
        self._table, self._physics = table, physics

    def __iter__(self) -> Iterator[Effect]:
        of = self._of
        water: dict[int, float] = {}
        for name, value in (("ncv", of.ncv), ("gcv", of.gcv)):
            on = self._per_energy(f"mj_{name}", value)
            if value is not None and on:
                yield from self._effect(name, value, self._of_dry(value, on))
                water |= self._water(value, on)
        yield from self._effect("moisture", of.moisture, tuple(water.items()))
        yield from self._effect("co2", of.co2, ((FOSSIL, 1.0),))
        if of.oxidation.value != 1.0 or of.oxidation.low is not None:
            yield from self._effect("oxidation", of.oxidation, ((FOSSIL, 1.0),))
        yield from self._biogenic()
        yield from self._effect("ch4", of.ch4, ((CH4, 1.0),))
        yield from self._effect("n2o", of.n2o, ((N2O, 1.0),))
        yield from self._effect("upstream_co2e", of.upstream_co2e, ((UPSTREAM, 1.0),))

    def _per_energy(self, per: str, value: Chosen | None) -> On:
        """Which figures rest on a calorific value: a factor per kilogram does not."""
        of = self._of
        factors = ((FOSSIL, of.co2), (CH4, of.ch4), (N2O, of.n2o), (UPSTREAM, of.upstream_co2e))
        heat = ((HEAT, 1.0),) if value is of.ncv else ()
        return (*heat, *((n, 1.0) for n, f in factors if f is not None and f.basis == per))

    def _effect(self, quantity: str, value: Chosen | None, on: On) -> Iterator[Effect]:
        if value is None or value.value == 0.0 or value.how == DEFAULT or not on:
            return
        source, error, random, assumed = self._error(quantity, value)
        if value.laboratory:
            # How far a laboratory is off is one error, however large it is in each of its values.
            size = math.sqrt(error.variance)
            everybody = Source(value.laboratory, quantity)
            moved = tuple((n, part * size) for n, part in on)
            yield Effect(everybody, _UNIT, 0.0, moved, shared=True)
            error = NONE
        yield Effect(source, error, random, on, assumed)

    def _error(self, quantity: str, value: Chosen) -> tuple[Source, Spread, float, bool]:
        """The relative error of a value: its source, shared part, random variance, if assumed."""
        z95, kind = self._table.z95, _CLASSES.get(quantity, quantity)
        if value.how in (LAB, CERTIFICATE) and kind in self._table.laboratory:
            shared, random = _laboratory(self._table.laboratory[kind], value, z95)
            return Source(value.source, quantity), shared, random, False
        number = value.value if value.published is None else value.published
        source = Source(value.source, quantity, number)
        if value.low is not None and value.high is not None:
            found = between(value.value, value.low, value.high, value.distribution, z95)
            return source, found, 0.0, False
        scores = self._table.score(value.how, age_years(value, self._on))
        variance = self._table.spread_of(kind, scores)
        return source, NONE if variance is None else lognormal(0.0, variance), 0.0, True

    def _of_dry(self, value: Chosen, on: On) -> On:
        """The same where the error is a part of the dry matter's value, water being taken off."""
        water = self._of.moisture
        if water is None or MOISTURE not in value.made_from or value.low is not None:
            return on
        return tuple(
            (n, part * (1.0 + self._latent(value) * water.value / value.value)) for n, part in on
        )

    def _latent(self, value: Chosen) -> float:
        return self._physics.latent_mj_per_kg if value.basis == "ncv_ar" else 0.0

    def _water(self, value: Chosen, on: On) -> dict[int, float]:
        """What the moisture's error does, where a value as received was made from dry matter.

        Where the carbon is the dry matter's own, its CO₂ goes with the dry matter and not with
        the calorific value.
        """
        water, co2 = self._of.moisture, self._of.co2
        if water is None:
            return {}
        dry = -water.value / (1.0 - water.value)
        slopes: dict[int, float] = {}
        if MOISTURE in value.made_from:
            slope = dry * (value.value + self._latent(value)) / value.value
            slopes = {n: slope * part for n, part in on}
        if co2 is not None and MOISTURE in co2.made_from:
            slopes[FOSSIL] = dry
        return slopes

    def _biogenic(self) -> Iterator[Effect]:
        """The biogenic fraction's error; none where it is nothing or all by definition."""
        fraction, co2 = self._of.biogenic_carbon_fraction, self._of.co2
        if co2 is None or co2.carbon == "fossil_only" or not 0.0 < fraction.value < 1.0:
            return
        slope = -fraction.value / (1.0 - fraction.value)
        yield from self._effect("biogenic_carbon_fraction", fraction, ((FOSSIL, slope),))


def age_years(value: Chosen, on: date) -> float:
    """How old a published value is on a day [years]; 0 where nobody says."""
    return 0.0 if value.valid_from is None else (on - value.valid_from).days / _DAYS_PER_YEAR


def _laboratory(known: Analysis, value: Chosen, z95: float) -> tuple[Spread, float]:
    """Shared and random part of a laboratory value's relative error.

    Where the laboratory states the range of one analysis, it is split in the proportion of the
    reviewed table. The range of a net value made with a hydrogen content may be that of the
    hydrogen alone: it comes on top.
    """
    size = abs(value.value)
    scale, beside = 1.0 if known.of_value else 1.0 / size, 0.0
    if value.low is not None and value.high is not None:
        half = 0.5 * (value.high - value.low) / size
        if HYDROGEN in value.made_from:
            beside = normal(half, z95).variance
        else:
            scale = half / math.hypot(known.systematic, known.random)
    shared = normal(known.systematic * scale, z95).variance + beside
    return Spread(0.0, shared), normal(known.random * scale, z95).variance / value.samples
