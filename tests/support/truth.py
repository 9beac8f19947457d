"""What a period's record should say, by a formula of its own over the simulator's truth ledger.

A totaliser shows whole steps, so an amount read from it is off by up to one step at either end:
each amount may be off by two of its steps. What is computed from amounts may be off by what those
let through, to first order. Nothing needs to be closer than 0.1 %, nor than what is counted while
an answer is under way at either end.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from simulators import lots
from simulators.lots import FUELS, Lot
from simulators.plant.truth import gases_per_mj

LEAST_RELATIVE = 0.001
STEPS = 2.0
ANSWER_US = 100_000
"""A busy machine may take as long between a meter's look at its total and the reply."""
MINUTE_US = 60_000_000
MJ_PER_KWH = 3.6

_METERS = {
    "coal": ("belt_coal", "mass_total_kg"),
    "pellets": ("belt_pellets", "mass_total_kg"),
    "rpf": ("belt_rpf", "mass_total_kg"),
    "gross_kwh": ("generator", "gross_total_kwh"),
    "aux_kwh": ("generator", "aux_total_kwh"),
    "sold_kwh": ("revenue", "sold_total_kwh"),
    "steam_mj": ("steam", "steam_heat_total_mj"),
}


@dataclass(frozen=True)
class Figure:
    """One figure: what it is in truth, and how far off a measured one may be."""

    truth: float
    allowed: float

    @staticmethod
    def of(truth: float, by_steps: float, span_us: int) -> "Figure":
        relative = max(LEAST_RELATIVE, 2 * ANSWER_US / span_us)
        return Figure(truth, max(relative * abs(truth), by_steps))


@dataclass(frozen=True)
class Deviation:
    """A measured figure beside the true one."""

    name: str
    measured: float | None
    figure: Figure

    @property
    def holds(self) -> bool:
        if self.measured is None:
            return False
        return abs(self.measured - self.figure.truth) <= self.figure.allowed

    @property
    def relative(self) -> float | None:
        if self.measured is None or not self.figure.truth:
            return None
        return self.measured / self.figure.truth - 1.0

    def __str__(self) -> str:
        return f"{self.name}: {self.measured}, in truth {self.figure.truth} ± {self.figure.allowed}"


class Truth:
    """The truth ledger of one run of the plant.

    Args:
        ledger: Its lines.
        lots_file: The lots the plant burnt.
    """

    def __init__(self, ledger: Iterable[Mapping[str, Any]], lots_file: Path) -> None:
        lines = list(ledger)
        (start,) = (line for line in lines if line["kind"] == "start")
        self.start_us: int = start["utc_us"]
        self.minutes = {
            line["from_us"]: line for line in lines if line["kind"] == "minute" and line["whole"]
        }
        self.slack = {
            name: STEPS * start["totalisers"][meter][field]["scale"]
            for name, (meter, field) in _METERS.items()
        }
        self._lots = {lot.id: lot for lot in lots.read(lots_file)}

    def amounts(self, from_us: int, to_us: int) -> dict[str, float]:
        """What was counted in a period of whole minutes."""
        found = [self.minutes[t_us] for t_us in range(from_us, to_us, MINUTE_US)]
        summed = {
            name: math.fsum(line[name] for line in found)
            for name in (*tuple(_METERS)[len(FUELS) :], "net_kwh", "imported_kwh", "fossil_co2_kg")
        }
        for fuel in FUELS:
            summed[f"{fuel}_kg"] = math.fsum(line["kg"][fuel] for line in found)
            summed[f"{fuel}_mj"] = math.fsum(line["mj"][fuel] for line in found)
        return summed

    def figures(self, from_us: int, to_us: int) -> dict[str, Figure]:
        """What a record of the period should say; without output there is no figure per kWh."""
        amounts = self.amounts(from_us, to_us)
        figure = partial(Figure.of, span_us=to_us - from_us)
        burnt = [self._lots[lot] for lot in self._burning(from_us, to_us)]
        fossil_slack = math.fsum(
            self.slack[fuel] * max(_fossil_per_kg(lot) for lot in burnt if lot.fuel == fuel)
            for fuel in FUELS
        )
        heat_slack = {
            fuel: self.slack[fuel] * max(lot.ncv_ar_mj_per_kg for lot in burnt if lot.fuel == fuel)
            for fuel in FUELS
        }
        figures = {
            **_parts(
                "kg", figure, [amounts[f"{f}_kg"] for f in FUELS], [self.slack[f] for f in FUELS]
            ),
            **_parts(
                "mj", figure, [amounts[f"{f}_mj"] for f in FUELS], [heat_slack[f] for f in FUELS]
            ),
            **{
                name: figure(amounts[name], self.slack[name])
                for name in ("gross_kwh", "aux_kwh", "sold_kwh", "steam_mj")
            },
            "fossil_co2_kg": figure(amounts["fossil_co2_kg"], fossil_slack),
        }
        net_slack = self.slack["gross_kwh"] + self.slack["aux_kwh"]
        figures["net_kwh"] = figure(amounts["net_kwh"], net_slack)
        if amounts["net_kwh"] <= 0.0:
            return figures
        # By energy content electricity carries P/(P + H), so a net kWh carries kg/(P + H).
        energy = amounts["net_kwh"] + amounts["steam_mj"] / MJ_PER_KWH
        per_kwh = amounts["fossil_co2_kg"] / energy
        energy_slack = net_slack + self.slack["steam_mj"] / MJ_PER_KWH
        allowed = (fossil_slack + per_kwh * energy_slack) / energy
        figures["fossil_co2_kg_per_kwh"] = figure(per_kwh, allowed)
        return figures

    def deviations(
        self, record: Mapping[str, Any], from_us: int, to_us: int
    ) -> Sequence[Deviation]:
        """A record with its recipe, figure by figure beside the truth."""
        measured = measured_figures(record)
        return [
            Deviation(name, measured.get(name), figure)
            for name, figure in self.figures(from_us, to_us).items()
        ]

    def problems(self, record: Mapping[str, Any], from_us: int, to_us: int) -> list[str]:
        """Figures of a record that are too far from the truth."""
        return [
            f"{record['valid_from_utc']} {deviation}"
            for deviation in self.deviations(record, from_us, to_us)
            if not deviation.holds
        ]

    def _burning(self, from_us: int, to_us: int) -> set[str]:
        return {
            lot
            for t_us in range(from_us, to_us, MINUTE_US)
            for lot in self.minutes[t_us]["lots"].values()
        }


def measured_figures(record: Mapping[str, Any]) -> dict[str, float | None]:
    """A record's figures under the names of `Truth.figures`."""
    figures: dict[str, float | None] = {
        name: record[name]
        for name in ("gross_kwh", "aux_kwh", "net_kwh", "sold_kwh", "steam_mj",
                     "fossil_co2_kg", "fossil_co2_kg_per_kwh")
    }  # fmt: skip
    for fuel in FUELS:
        for unit, shares in (("kg", "share_mass"), ("mj", "share_heat")):
            parts = [part[unit] for part in record["fuels"] if part["fuel"] == fuel]
            figures[f"{fuel}_{unit}"] = None if None in parts else math.fsum(parts)
            figures[f"{fuel}_share_{unit}"] = (record[shares] or {}).get(fuel)
    return figures


def _parts(
    unit: str,
    figure: Callable[[float, float], Figure],
    parts: Sequence[float],
    slacks: Sequence[float],
) -> dict[str, Figure]:
    """Amounts by fuel and their shares of the whole.

    A part that is off by d moves its own share by (1 - share)·d/whole, another by share·d/whole.
    """
    whole = math.fsum(parts)
    figures = {}
    for fuel, part, slack in zip(FUELS, parts, slacks, strict=True):
        figures[f"{fuel}_{unit}"] = figure(part, slack)
        share = part / whole
        moved = ((1.0 - share) * slack + share * (math.fsum(slacks) - slack)) / whole
        figures[f"{fuel}_share_{unit}"] = figure(share, moved)
    return figures


def _fossil_per_kg(lot: Lot) -> float:
    return lot.ncv_ar_mj_per_kg * gases_per_mj(lot)[0]
