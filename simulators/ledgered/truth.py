"""The truth of the month: kilograms by fuel and lot, heat, gases and figures per kWh.

Constants and formulas are this module's own: IPCC 2006 for methane and nitrous oxide, the AR5's
potentials (that of fossil methane is not used: all carbon counts as CO₂ already).
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from simulators.ledgered.flows import Array, Flows
from simulators.ledgered.story import CELL_US, DELAY_S, FIFO, FUELS, MIXED, S, Story, TrueLot

_CELL_S: Final = CELL_US / S
_CH4_G_PER_GJ: Final = {"coal": 1.0, "pellets": 30.0, "pks": 30.0, "rpf": 30.0, "oil": 3.0}
_N2O_G_PER_GJ: Final = {"coal": 1.5, "pellets": 4.0, "pks": 4.0, "rpf": 4.0, "oil": 0.6}
_GWP_CH4: Final = 28.0
_GWP_N2O: Final = 265.0

Parts = dict[str, float]


@dataclass(frozen=True, slots=True)
class Truth:
    """What really was.

    Args:
        kg: By (fuel, lot), as fired.
        dry_kg: The same, dry.
        mj: By fuel, net.
        fossil_kg: CO₂.
        biogenic_kg: CO₂.
        co2e_kg: Fossil CO₂, methane, nitrous oxide and supply chains.
        kwh: "gross", "aux", "sold" and "net".
        steam_mj: Exported.
    """

    kg: dict[tuple[str, str], float]
    dry_kg: dict[tuple[str, str], float]
    mj: dict[str, float]
    fossil_kg: float
    biogenic_kg: float
    co2e_kg: float
    kwh: dict[str, float]
    steam_mj: float

    @property
    def out_kwh(self) -> float:
        """Net power and the heat exported [kWh]: both carry emissions by their energy."""
        return self.kwh["net"] + self.steam_mj / 3.6

    def figures(self) -> dict[str, float]:
        """Per kWh [kg], and parts of the heat and of the mass."""
        heat = math.fsum(self.mj.values())
        mass = {f: math.fsum(kg for (fuel, _), kg in self.kg.items() if fuel == f) for f in FUELS}
        whole = math.fsum(mass.values())
        return {
            "fossil": self.fossil_kg / self.out_kwh,
            "lifecycle": self.co2e_kg / self.out_kwh,
            **{f"heat.{fuel}": mj / heat for fuel, mj in self.mj.items()},
            **{f"mass.{fuel}": kg / whole for fuel, kg in mass.items()},
        }


def truth(story: Story, flow: Flows) -> Truth:
    """What really was in a story's month."""
    first = (story.from_us - flow.start_us) // CELL_US
    last = (story.to_us - flow.start_us) // CELL_US
    kg: dict[tuple[str, str], float] = {}
    dry: dict[tuple[str, str], float] = {}
    mj = dict.fromkeys(FUELS, 0.0)
    fossil = biogenic = other = 0.0
    for fuel in FUELS:
        for lot, (wet_kg, water_kg) in _by_lot(story, flow, fuel, first, last):
            kg[fuel, lot.id], dry[fuel, lot.id] = wet_kg, wet_kg - water_kg
            heat = lot.ncv_dry * (wet_kg - water_kg) - 2.442 * water_kg
            mj[fuel] += heat
            fossil += heat * lot.co2 * (1.0 - lot.biogenic) / 1e3
            biogenic += heat * lot.co2 * lot.biogenic / 1e3
            gases = _CH4_G_PER_GJ[fuel] * _GWP_CH4 + _N2O_G_PER_GJ[fuel] * _GWP_N2O
            other += heat * (gases / 1e6 + lot.way / 1e3)
    kwh = {name: _sum(flows[first:last]) for name, flows in flow.power.items()}
    kwh["net"] = kwh["gross"] - kwh["aux"]
    return Truth(kg, dry, mj, fossil, biogenic, fossil + other, kwh, _sum(flow.steam[first:last]))


def _by_lot(
    story: Story, flow: Flows, fuel: str, first: int, last: int
) -> list[tuple[TrueLot, tuple[float, float]]]:
    """What burnt of each lot of a fuel, and the water in it [kg]."""
    lots = story.lots[fuel]
    if fuel in (FIFO, MIXED):
        passed = _passed(flow.weighed[fuel])
        way = DELAY_S[fuel] * S // CELL_US
        span = float(passed[first - way]), float(passed[last - way])
        fills = [(float(passed[(lot.at_us - flow.start_us) // CELL_US]), lot) for lot in lots]
        of_silo = _first_in_first_out(fills, span) if fuel == FIFO else _mixed(fills, span)
        return [(lot, (kg, kg * lot.water)) for lot, kg in zip(lots, of_silo, strict=True)]
    found = []
    edges = [*(lot.at_us for lot in lots), story.end_us]
    for lot, begin_us, end_us in zip(lots, edges, edges[1:], strict=False):
        a = max((begin_us - flow.start_us) // CELL_US, first)
        b = max(min((end_us - flow.start_us) // CELL_US, last), a)
        burnt = flow.burnt[fuel][a:b]
        wet = _sum(burnt)
        water = _sum(burnt * flow.water[a:b]) if fuel == "pks" else wet * lot.water
        found.append((lot, (wet, water)))
    return found


def _first_in_first_out(
    fills: list[tuple[float, TrueLot]], span: tuple[float, float]
) -> list[float]:
    """Kilograms of each lot among what left a silo between two amounts that had left it."""
    found, top = [], fills[0][0]
    for at, lot in fills:
        bottom = max(top, at)
        top = bottom + lot.kg
        found.append(max(min(top, span[1]) - max(bottom, span[0]), 0.0))
    return found


def _mixed(fills: list[tuple[float, TrueLot]], span: tuple[float, float]) -> list[float]:
    """The same of a silo whose content is always mixed."""
    found = [0.0] * len(fills)
    held = [0.0] * len(fills)
    for number, (at, lot) in enumerate(fills):
        held[number] += lot.kg
        until = fills[number + 1][0] if number + 1 < len(fills) else math.inf
        whole = math.fsum(held)
        counts = max(min(until, span[1]) - max(at, span[0]), 0.0)
        found = [sum_ + counts * part / whole for sum_, part in zip(found, held, strict=True)]
        left = max(whole - (until - at), 0.0) / whole
        held = [part * left for part in held]
    return found


def _passed(flow: Array) -> Array:
    """What has passed by the begin of each cell, and by the end of the last [kg]."""
    return np.concatenate([[0.0], np.cumsum(flow * _CELL_S)])


def _sum(flow: Array) -> float:
    return math.fsum((flow * _CELL_S).tolist())
