"""A year of reads at one second on disk: made, and read back day by day.

A row is a capture time [µs] and the totals of every totaliser of `_factors_site`. The plant runs
between half and full load, its mix moves, it stands still for two weeks, and once a month nobody
reads it for some hours.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from _factors_site import RATES, T0_US

DAY_S: Final = 86_400
_STANDS_STILL: Final = range(200, 214)


def make(folder: Path, days: int, seed: int) -> int:
    """Write so many days; how many rows they have."""
    dice = np.random.default_rng(seed)
    rates = np.array([*RATES.values()])
    totals = np.full(len(rates), 1e6)
    counts = []
    with (folder / "reads.bin").open("wb") as file:
        for day in range(days):
            seconds = np.arange(DAY_S) + day * DAY_S
            load = 0.75 + 0.25 * np.sin(seconds / 7200.0)
            if day in _STANDS_STILL:
                load[:] = 0.0
            mix = 1.0 + 0.2 * np.sin(seconds / 40_000.0 + np.arange(len(rates))[:, None])
            amounts = rates[:, None] * load * mix * dice.uniform(0.9, 1.1, (len(rates), DAY_S))
            values = totals[:, None] + np.cumsum(amounts, axis=1)
            totals = values[:, -1]
            t_us = T0_US + seconds * 1_000_000 + dice.integers(0, 200_000, DAY_S)
            read = np.ones(DAY_S, bool)
            if day % 30 == 17:
                first = int(dice.integers(0, DAY_S - 10_000))
                read[first : first + int(dice.integers(60, 10_000))] = False
            t_us[read].astype(np.int64).tofile(file)
            np.ascontiguousarray(values[:, read]).tofile(file)
            counts.append(int(np.count_nonzero(read)))
    (folder / "rows.json").write_text(json.dumps(counts))
    return sum(counts)


def days(folder: Path, count: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The first days, one by one: capture times [µs] and totals by totaliser."""
    columns = len(RATES)
    with (folder / "reads.bin").open("rb") as file:
        for rows in json.loads((folder / "rows.json").read_text())[:count]:
            t_us = np.fromfile(file, np.int64, rows)
            yield t_us, np.fromfile(file, np.float64, rows * columns).reshape(columns, rows)
