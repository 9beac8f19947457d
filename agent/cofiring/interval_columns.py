"""The 95 % intervals of many periods side by side.

What errors of fuels do is known per kilogram, what meters do is computed period by period.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, cast

import numpy as np

from agent.cofiring.allocation import POWER_BONUS
from agent.cofiring.budget import Budget, day_of, of_meters
from agent.cofiring.fuel_errors import BESIDE, WEIGHED, FuelErrors
from agent.cofiring.fuels import Tables
from agent.cofiring.plant import Plant
from agent.cofiring.rollup import Tally
from agent.cofiring.slot_columns import Floats, Ints
from agent.cofiring.sources import effects
from agent.cofiring.tally_columns import TallyColumns
from agent.cofiring.uncertainty import Cumulants, PerKwh, of_factor

_BLOCK: Final = 4096
"""Periods whose errors are added up at a time: their arrays stay near the processor."""


@dataclass(frozen=True, slots=True)
class _Meter:
    """What a budget asks of a totaliser, over some of the periods."""

    total: Any
    covered_us: Any
    estimated: Any
    filled: Any
    filled_sigma: Any


@dataclass(frozen=True, slots=True)
class _Sums:
    """What a budget of meters asks of sums, over some of the periods."""

    meters: dict[str, _Meter]
    net_kwh: Any
    steam_mj: Any


def intervals(
    value: Floats, whole: TallyColumns, per: PerKwh, middles_us: Ints, plant: Plant, tables: Tables
) -> tuple[Floats, Floats]:
    """Lower and upper ends of a life-cycle figure's interval; NaN where it has none.

    Args:
        value: The figure, in the site's GWP set [kg CO₂e/kWh].
        whole: The sums it rests on.
        per: How they become the figure.
        middles_us: Middles of the periods, UTC [µs].
        plant: The unit, with the accuracy of its totalisers.
        tables: Reviewed tables.
    """
    low, high = np.full(len(value), np.nan), np.full(len(value), np.nan)
    gwp = tables.gwp[plant.gwp_set]
    weights = (1.0, float(getattr(gwp, tables.combustion_ch4)), gwp.n2o, 1.0)
    direct = (*weights[:3], 0.0) if per.method == POWER_BONUS else None
    for first, last in _alike(whole, middles_us, tables):
        fuels = FuelErrors(whole, day_of(int(middles_us[first])), weights, tables, direct)
        for start in range(first, last, _BLOCK):
            some = slice(start, min(start + _BLOCK, last))
            sums, by_fuel = cast(Tally, _sums(whole, some)), fuels.weighed(some)
            errors = of_meters(sums, by_fuel, middles_us[some], plant, tables)
            if errors.unknown or errors.unknown_output:
                continue
            mine = PerKwh(per.scale[some], per.el_share[some], per.method, per.of_heat)
            low[some], high[some] = _ends(
                value[some], fuels.errors(some, mine.scale), errors, mine, tables
            )
            if direct is None:
                continue
            # Where all heat is carried by power no reference factor counts.
            whole_kg = sum(each[0][2] for each in by_fuel.values())
            mine = replace(mine, bonus=(whole_kg, BESIDE))
            others = fuels.errors(some, mine.scale, mine.of_whole(value[some]))
            ends = _ends(value[some], others, errors, mine, tables)
            shared = mine.el_share != 1.0
            low[some][shared], high[some][shared] = ends[0][shared], ends[1][shared]
    return low, high


def _ends(
    value: Floats, others: Cumulants, errors: Budget, per: PerKwh, tables: Tables
) -> tuple[Floats, Floats]:
    made = of_factor(value, WEIGHED, errors, per, tables.uncertainties, np, others)
    return made.low, made.high


def _alike(whole: TallyColumns, middles_us: Ints, tables: Tables) -> Iterator[tuple[int, int]]:
    """Periods in the middle of which published values are of the same age."""
    first = 0
    while first < len(middles_us):
        last = len(middles_us)
        ages = _ages(whole, int(middles_us[first]), tables)
        while _ages(whole, int(middles_us[last - 1]), tables) != ages:
            last = first + (last - first) // 2
        yield first, last
        first = last


def _ages(whole: TallyColumns, t_us: int, tables: Tables) -> list[Any]:
    day = day_of(t_us)
    return [
        effects(p.stream.properties, day, tables.uncertainties, tables.physics)
        for p in whole.portions
    ]


def _sums(whole: TallyColumns, some: slice) -> _Sums:
    meters = {
        point: _Meter(
            _known(count.total[some]),
            count.covered_us[some],
            _any(count.estimated[some]),
            _any(count.filled[some]),
            _any(count.filled_sigma[some]),
        )
        for point, count in whole.meters.items()
    }
    return _Sums(meters, whole.net_kwh[some], whole.steam_mj[some])


def _known(amounts: Floats) -> Floats:
    """Of what is not known nothing: it moves no figure."""
    return np.where(np.isnan(amounts), 0.0, amounts)


def _any(amounts: Floats) -> Any:
    """The amounts; one nothing where all of them are."""
    return amounts if amounts.any() else 0.0
