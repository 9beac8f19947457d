"""The product's own pass over a year of reads."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from _factors_reads import DAY_S, days
from _factors_site import RATES, T0_US, config, lots

from agent.cofiring.factor import Span, build
from agent.cofiring.factor_columns import figures
from agent.cofiring.factors import Burnt, burn, choose
from agent.cofiring.knot_columns import ReadTimes
from agent.cofiring.recount import Recount
from gateway.footprint.calendar import Calendar
from gateway.footprint.site import check_fuels, long_gaps_us, plant_of
from gateway.footprint.tables import load_tables

SETTLEMENT_SLOTS = 30


class Account:
    """The site of the benchmark, ready to account."""

    def __init__(self) -> None:
        self.tables = load_tables()
        self.plant = plant_of(config(), self.tables)
        self.lots = check_fuels(self.plant, self.tables, lots())

    def run(self, folder: Path, count: int) -> list[dict[str, Any]]:
        """Minute and settlement figures, and the records, of each month of so many days."""
        end_us = T0_US + count * DAY_S * 1_000_000
        months = Calendar(self.plant).spans("month", T0_US, end_us)
        recount = Recount(self.plant, self.lots, self.tables, long_gaps_us(config()), T0_US)
        found = []
        for t_us, totals in days(folder, count):
            times = ReadTimes.of(t_us)
            for point, total in zip(RATES, totals, strict=True):
                recount.feed(point, times, total)
            if recount.passed(months[0][1]):
                found.append(self._month(recount, *months.pop(0)))
        found.append(self._month(recount, months[0][0], min(months[0][1], end_us)))
        return found

    def _month(self, recount: Recount, from_us: int, to_us: int) -> dict[str, Any]:
        piece = recount.piece(to_us)
        each, settled = np.arange(piece.count), np.arange(0, piece.count, SETTLEMENT_SLOTS)
        (sums,) = piece.sums(np.array([0]))
        span = Span("month", from_us, to_us)
        return {
            "minute": figures(piece, each, self.tables, "electricity"),
            "settlement": figures(piece, settled, self.tables, "electricity"),
            "month": build(span, sums, self.plant, self.tables, "electricity"),
        }

    def per_kg(self) -> list[Burnt]:
        """What a kilogram of each fuel gives: the constants of the bare arithmetic."""
        found = []
        for fuel in self.plant.fuels:
            (lot,) = self.lots.of(fuel.id)
            moisture = self.lots.moisture_at(fuel.id, lot, T0_US, T0_US)
            on = date(2026, 10, 1)
            found.append(burn(1.0, choose(fuel.entry, lot, on, self.tables.physics, moisture)))
        return found
