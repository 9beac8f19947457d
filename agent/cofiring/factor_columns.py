"""The figures of many periods side by side: what `factor.build` says of each, as arrays.

Figures have the names of a record's fields, with a dot before the key of those that are maps. NaN
stands where a record says None. Of the intervals the one of the life cycle is computed.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, cast

import numpy as np

from agent.cofiring import allocation
from agent.cofiring.balance import SLOT_US
from agent.cofiring.columns import Piece
from agent.cofiring.fuels import Tables
from agent.cofiring.interval_columns import intervals
from agent.cofiring.output import GASES, MJ_PER_KWH
from agent.cofiring.slot_columns import Flags, Floats, Ints
from agent.cofiring.tally_columns import TallyColumns, added
from agent.cofiring.uncertainty import PerKwh

LIFECYCLE: Final = "lifecycle_co2e_kg_per_kwh"
DIRECT: Final = "direct_co2e_kg_per_kwh"
_MASSES: Final = (*GASES, "upstream_co2e_kg")

Figures = dict[str, Floats]


def figures(piece: Piece, starts: Ints, tables: Tables, product: str) -> Figures:
    """The figures of the periods that a piece divides into.

    Args:
        piece: The slots.
        starts: Number of the first slot of each period; each lasts to the next.
        tables: Reviewed tables.
        product: "electricity" or "steam".
    """
    everything = piece.tally(starts, whole=False)
    # Of a slot by itself figures per kWh are given only where all of it is complete.
    alike = len(starts) == piece.count or piece.usable.all()
    whole = everything if alike else piece.tally(starts, whole=True)
    periods = everything.periods
    unmixed, complete, ends = periods.any(piece.unmixed), periods.any(piece.complete), periods.ends
    mixed = [(unmixed, whole)] if unmixed.any() else []
    found = {
        "gross_kwh": everything.gross_kwh,
        "aux_kwh": everything.aux_kwh,
        "net_kwh": everything.net_kwh,
        "sold_kwh": everything.sold_kwh,
        "steam_mj": everything.steam_mj,
        "coverage": _coverage(everything, piece, (ends - starts) * SLOT_US),
        **{name: everything.gas(name) for name in _MASSES},
        **_shares(everything, mixed, "share_heat", "mj"),
        **_shares(everything, mixed, "share_mass", "kg"),
    }
    per = _per(whole, piece, complete, tables, product)
    masses = found if alike else {name: whole.gas(name) for name in _MASSES}
    found |= {f"{name}_per_kwh": masses[name] * per.scale for name in GASES}
    upstream = masses["upstream_co2e_kg"] * per.scale
    for name, direct in _co2e(found, "_per_kwh", tables).items():
        found[f"{DIRECT}.{name}"] = direct
        found[f"{LIFECYCLE}.{name}"] = direct + upstream
    middles_us = piece.from_us + (starts + ends) * (SLOT_US // 2)
    value = found[f"{LIFECYCLE}.{piece.plant.gwp_set}"]
    low, high = intervals(value, whole, per, middles_us, piece.plant, tables)
    return found | {"ci95_low": low, "ci95_high": high}


def _coverage(everything: TallyColumns, piece: Piece, span_us: Ints) -> Floats:
    covered = [everything.meters[point].covered_us for point in piece.plant.needed()]
    part: Floats = np.minimum.reduce(covered) / span_us
    return part


def _shares(
    everything: TallyColumns, mixed: Sequence[tuple[Flags, TallyColumns]], name: str, field: str
) -> Figures:
    """Shares by fuel; in some periods of another tally than in the rest."""
    found: Figures = {}
    for where, tally in ((None, everything), *mixed):
        by_fuel = tally.by_fuel(field)
        whole = added(by_fuel.values(), len(everything.periods))
        np.copyto(whole, np.nan, where=~(whole > 0.0))
        for fuel, value in by_fuel.items():
            key, part = f"{name}.{fuel}", np.divide(value, whole, out=value)
            found[key] = part if where is None else np.where(where, part, found[key])
    return found


def _per(
    whole: TallyColumns, piece: Piece, complete: Flags, tables: Tables, product: str
) -> PerKwh:
    """How sums become figures; NaN where no figure per kWh can be given."""
    plant, net = piece.plant, whole.net_kwh
    least = plant.minimum_net_kwh * whole.minutes
    heat = np.nan_to_num(np.maximum(whole.steam_mj, 0.0)) / MJ_PER_KWH
    positive = np.maximum(net, 0.0)
    given = complete & (net >= least) & (net > 0.0)
    if product != "electricity":
        given = complete & (positive + heat >= least) & (heat > 0.0)
    power = np.where(given, positive, np.nan)
    el_share = np.where(power == 0.0, 0.0, _el_share(whole, power, heat, piece, tables))
    el_share = np.where(heat == 0.0, 1.0, el_share)
    if product == "electricity":
        return PerKwh(el_share / power, el_share, plant.allocation_method)
    of_heat = (1.0 - el_share) / np.where(given, heat, np.nan)
    return PerKwh(of_heat, el_share, plant.allocation_method, of_heat=True)


def _el_share(
    whole: TallyColumns, power: Floats, heat: Floats, piece: Piece, tables: Tables
) -> Any:
    """Part that electricity carries by the declared method; NaN where it cannot be known."""
    plant, physics = piece.plant, tables.physics
    steam, p, h = plant.steam, cast(Any, power), cast(Any, heat)
    methods: dict[str, Callable[[], Any]] = {
        "energy_content": lambda: allocation.energy_content(p, h),
        "efficiency_method": lambda: allocation.efficiency_method(p, h, physics),
        "defra_2_to_1": lambda: allocation.defra(p, h, physics),
        "all_to_power": lambda: np.ones(len(power)),
    }
    if steam is not None:
        methods["carnot"] = lambda: allocation.carnot(p, h, steam.degc)
        methods["work_potential"] = lambda: allocation.work_potential(p, h, steam.work_share)
    if plant.bonus is not None:
        direct = _co2e({name: whole.gas(name) for name in GASES}, "", tables)[plant.gwp_set]
        credit = power * plant.bonus.kg_co2e_per_kwh
        methods[allocation.POWER_BONUS] = lambda: credit / np.where(direct == 0.0, np.nan, direct)
    method = methods.get(plant.allocation_method)
    return np.full(len(power), np.nan) if method is None else method()


def _co2e(gases: Figures, ending: str, tables: Tables) -> dict[str, Floats]:
    """Fossil CO₂, methane and nitrous oxide together, by GWP set."""
    co2, ch4 = gases[f"fossil_co2_kg{ending}"], gases[f"ch4_fossil_kg{ending}"]
    ch4 = ch4 + gases[f"ch4_biogenic_kg{ending}"]
    n2o = gases[f"n2o_kg{ending}"]
    return {
        name: co2 + ch4 * float(getattr(gwp, tables.combustion_ch4)) + n2o * gwp.n2o
        for name, gwp in tables.gwp.items()
    }
