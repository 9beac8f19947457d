"""The same arithmetic written by hand: chunked NumPy, polars and pandas.

`bare` takes for granted what the product finds out: that totals never fall, that nothing was reset,
that each fuel is one lot of constant properties all year, that nobody corrects, substitutes or asks
where a value is from. It gives the same minute, settlement and month figures, and a 95 % interval
of the life cycle by one normal standard uncertainty for each fuel, power and steam.

`seconds`, `polars` and `pandas` give shares and factors alone, second by second, and their months.
"""

from pathlib import Path
from typing import Any

import numpy as np
from _factors_reads import DAY_S, days
from _factors_site import FUELS, MINUTE_US, RATES, T0_US

from agent.cofiring.factors import Burnt
from agent.cofiring.fuels import Gwp

GASES = (
    "fossil_co2_kg",
    "biogenic_co2_kg",
    "ch4_fossil_kg",
    "ch4_biogenic_kg",
    "n2o_kg",
    "upstream_co2e_kg",
)
SETTLEMENT_SLOTS = 30
MIX = len(FUELS)
GROSS, AUX, STEAM = range(MIX, len(RATES))
LEAST_KWH = 10.0
RELATIVE_U = (0.012, 0.003, 0.01)
"""Standard uncertainty of a fuel's figures, of power and of steam [1]."""


class Bare:
    """The constants, and the arithmetic on them.

    Args:
        per_kg: What a kilogram of each fuel gives.
        gwp: GWP sets by name.
        months: Starts and ends of the months, UTC [µs].
    """

    def __init__(
        self, per_kg: list[Burnt], gwp: dict[str, Gwp], months: list[tuple[int, int]]
    ) -> None:
        self.gases = np.array([[getattr(one, name) for one in per_kg] for name in GASES])
        self.mj = np.array([one.mj for one in per_kg])
        self.gwp, self.months = gwp, months

    def run(self, folder: Path, count: int) -> list[dict[str, Any]]:
        """Minute, settlement and month figures of each month of so many days."""
        end_us = T0_US + count * DAY_S * 1_000_000
        months = [span for span in self.months if span[0] < end_us]
        parts: list[np.ndarray] = []
        before: tuple[np.ndarray, np.ndarray] | None = None
        next_us, found = T0_US, []
        for day in days(folder, count):
            t_us, totals = _after(before, *day)
            edges = np.arange(next_us, t_us[-1] + 1, MINUTE_US)
            at = t_us.astype(float)
            parts.append(np.array([np.interp(edges, at, total) for total in totals]))
            next_us = int(edges[-1]) + MINUTE_US
            before = t_us[-2:], totals[:, -2:]
            if next_us > months[0][1]:
                edges = np.concatenate(parts, axis=1)
                slots = (months[0][1] - months[0][0]) // MINUTE_US
                found.append(self._month(np.diff(edges[:, : slots + 1], axis=1)))
                parts = [edges[:, slots:]]
                months.pop(0)
        found.append(self._month(np.diff(np.concatenate(parts, axis=1), axis=1)))
        return found

    def _month(self, amounts: np.ndarray) -> dict[str, Any]:
        whole = amounts.shape[1] // SETTLEMENT_SLOTS * SETTLEMENT_SLOTS
        settled = amounts[:, :whole].reshape(len(amounts), -1, SETTLEMENT_SLOTS).sum(axis=2)
        return {
            "minute": self.figures(amounts, 1),
            "settlement": self.figures(settled, SETTLEMENT_SLOTS),
            "month": self.figures(amounts.sum(axis=1, keepdims=True), amounts.shape[1]),
        }

    def figures(self, amounts: np.ndarray, slots: int) -> dict[str, np.ndarray]:
        """Figures of periods of so many slots, from what each totaliser counted in them."""
        kg = amounts[:MIX]
        heat = kg * self.mj[:, None]
        found = dict(zip(GASES, self.gases @ kg, strict=True))
        with np.errstate(divide="ignore", invalid="ignore"):
            found |= _named("share_heat", heat / heat.sum(axis=0))
            found |= _named("share_mass", kg / kg.sum(axis=0))
        net = amounts[GROSS] - amounts[AUX]
        found |= {"gross_kwh": amounts[GROSS], "aux_kwh": amounts[AUX], "net_kwh": net}
        found["steam_mj"] = amounts[STEAM]
        power = np.where(net >= LEAST_KWH * slots, net, np.nan)
        power_part = power / (power + amounts[STEAM] / 3.6)
        scale = power_part / power
        for name in GASES:
            found[f"{name}_per_kwh"] = found[name] * scale
        co2, n2o = found["fossil_co2_kg_per_kwh"], found["n2o_kg_per_kwh"]
        ch4 = found["ch4_fossil_kg_per_kwh"] + found["ch4_biogenic_kg_per_kwh"]
        for name, gwp in self.gwp.items():
            direct = co2 + ch4 * gwp.ch4 + n2o * gwp.n2o
            found[f"direct_co2e_kg_per_kwh.{name}"] = direct
            found[f"lifecycle_co2e_kg_per_kwh.{name}"] = direct + found["upstream_co2e_kg_per_kwh"]
        value = found["lifecycle_co2e_kg_per_kwh.AR5"]
        gwp = self.gwp["AR5"]
        weights = np.array([1.0, 0.0, gwp.ch4, gwp.ch4, gwp.n2o, 1.0]) @ self.gases
        of_fuel, of_power, of_steam = RELATIVE_U
        fuel = (of_fuel * weights) ** 2 @ kg**2 * scale**2
        output = (of_power * value * power_part) ** 2 + (of_steam * value * (1 - power_part)) ** 2
        half = 1.96 * np.sqrt(fuel + output)
        return found | {"ci95_low": value - half, "ci95_high": value + half}

    def seconds(self, folder: Path, count: int) -> np.ndarray:
        """Shares and factors second by second, and their months: chunked NumPy."""
        sums, before = np.zeros((len(self.months), 3)), None
        for day in days(folder, count):
            t_us, totals = _after(before, *day)
            amounts, before = np.diff(totals, axis=1), (t_us[-1:], totals[:, -1:])
            heat = amounts[:MIX] * self.mj[:, None]
            with np.errstate(divide="ignore", invalid="ignore"):
                share = heat / heat.sum(axis=0)
                co2 = self.gases[0] @ amounts[:MIX]
                factor = co2 / (amounts[GROSS] - amounts[AUX])
            month = np.searchsorted([start for start, _ in self.months], t_us[1:], "right") - 1
            for n, column in enumerate((co2, share[0], factor)):
                sums[:, n] += np.bincount(month, np.nan_to_num(column), len(self.months))
        return sums

    def polars(self, folder: Path, count: int) -> np.ndarray:
        """The same with polars, the year as one frame."""
        import polars as pl  # noqa: PLC0415  # each contender loads its own library only

        names = [*RATES]
        frame = pl.DataFrame(_columns(folder, count))
        fuels = names[:MIX]
        amounts = frame.lazy().with_columns(pl.col(name).diff().alias(name) for name in names)
        heats = [pl.col(name) * mj for name, mj in zip(fuels, self.mj, strict=True)]
        co2 = pl.sum_horizontal(
            pl.col(name) * per for name, per in zip(fuels, self.gases[0], strict=True)
        )
        net = pl.col(names[GROSS]) - pl.col(names[AUX])
        starts = pl.Series([start for start, _ in self.months])
        result = (
            amounts.with_columns(pl.sum_horizontal(heats).alias("heat"), co2.alias("co2"))
            .with_columns(
                *((heat / pl.col("heat")).alias(f"share_{n}") for n, heat in enumerate(heats)),
                (pl.col("co2") / net).alias("factor"),
                pl.lit(starts).search_sorted(pl.col("t_us"), "right").alias("month"),
            )
            .group_by("month")
            .agg(pl.col("co2", "share_0", "factor").fill_nan(0.0).sum())
            .sort("month")
        )
        return result.collect().to_numpy()

    def pandas(self, folder: Path, count: int) -> np.ndarray:
        """The same with pandas, the year as one frame."""
        import pandas as pd  # noqa: PLC0415

        names = [*RATES]
        frame = pd.DataFrame(_columns(folder, count))
        fuels = names[:MIX]
        amounts = frame[names].diff()
        heat = amounts[fuels] * self.mj
        share = heat.div(heat.sum(axis=1), axis=0)
        co2 = (amounts[fuels] * self.gases[0]).sum(axis=1)
        factor = co2 / (amounts[names[GROSS]] - amounts[names[AUX]])
        month = np.searchsorted([start for start, _ in self.months], frame["t_us"], "right")
        table = pd.DataFrame({"co2": co2, "share": share[fuels[0]], "factor": factor})
        return table.groupby(month).sum().to_numpy()


def _after(
    before: tuple[np.ndarray, np.ndarray] | None, t_us: np.ndarray, totals: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Reads with the last ones of the day before in front of them."""
    if before is None:
        return t_us, totals
    return np.concatenate([before[0], t_us]), np.concatenate([before[1], totals], axis=1)


def _named(name: str, columns: np.ndarray) -> dict[str, np.ndarray]:
    return {f"{name}.{fuel}": column for fuel, column in zip(FUELS, columns, strict=True)}


def _columns(folder: Path, count: int) -> dict[str, np.ndarray]:
    parts = list(days(folder, count))
    found = {"t_us": np.concatenate([t_us for t_us, _ in parts])}
    for n, name in enumerate(RATES):
        found[name] = np.concatenate([totals[n] for _, totals in parts])
    return found
