"""The 95 % intervals of many periods side by side."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np

from agent.cofiring.budget import budget, day_of
from agent.cofiring.factors import Burnt
from agent.cofiring.fuels import Tables
from agent.cofiring.plant import Plant
from agent.cofiring.rollup import Tally
from agent.cofiring.slot_columns import Floats, Ints
from agent.cofiring.sources import effects
from agent.cofiring.tally_columns import PortionColumns, TallyColumns
from agent.cofiring.uncertainty import PerKwh, of_factor

_FIELDS: Final = tuple(name for name in Burnt.__dataclass_fields__ if name != "kg")
_BLOCK: Final = 4096
"""Periods whose errors are added up at a time: their arrays stay near the processor."""


@dataclass(frozen=True, slots=True)
class _Portion:
    """What `budget` asks of a portion, over some of the periods."""

    fuel: str
    properties: Any
    burnt: Burnt
    other_kg: Any
    substituted_kg: Any


@dataclass(frozen=True, slots=True)
class _Meter:
    """What `budget` asks of a totaliser, over some of the periods."""

    total: Any
    covered_us: Any
    estimated: Any
    filled: Any
    filled_sigma: Any


@dataclass(frozen=True, slots=True)
class _Sums:
    """What `budget` asks of sums, over some of the periods."""

    portions: list[_Portion]
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
    for some in _blocks(whole, middles_us, tables):
        day = day_of(int(middles_us[some][0]))
        errors = budget(cast(Tally, _sums(whole, some)), middles_us[some], plant, tables, day)
        if errors.unknown or errors.unknown_output:
            continue
        mine = PerKwh(per.scale[some], per.el_share[some], per.method, per.of_heat)
        made = of_factor(value[some], weights, errors, mine, tables.uncertainties, np)
        low[some], high[some] = made.low, made.high
    return low, high


def _blocks(whole: TallyColumns, middles_us: Ints, tables: Tables) -> Iterator[slice]:
    """Periods in the middle of which published values are of the same age."""
    first = 0
    while first < len(middles_us):
        last = min(first + _BLOCK, len(middles_us))
        day = _ages(whole, int(middles_us[first]), tables)
        while _ages(whole, int(middles_us[last - 1]), tables) != day:
            last = first + (last - first) // 2
        yield slice(first, last)
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
            np.nan_to_num(count.total[some]),
            count.covered_us[some],
            count.estimated[some],
            count.filled[some],
            count.filled_sigma[some],
        )
        for point, count in whole.meters.items()
    }
    portions = [_burnt(each, some) for each in whole.portions if each.first[some].max() >= 0]
    return _Sums(portions, meters, whole.net_kwh[some], whole.steam_mj[some])


def _burnt(portion: PortionColumns, some: slice) -> _Portion:
    kg = portion.kg[some]
    unit = portion.stream.unit
    per_kg = {name: getattr(unit, name) for name in _FIELDS}
    gases = {name: None if one is None else kg * one for name, one in per_kg.items()}
    other = portion.other_kg[some] if portion.blends[some].any() else None
    burnt = Burnt(kg=cast(Any, kg), **cast(Any, gases))
    stands_in = portion.substituted_kg[some]
    substituted = stands_in if stands_in.any() else 0.0
    return _Portion(portion.stream.fuel, portion.stream.properties, burnt, other, substituted)
