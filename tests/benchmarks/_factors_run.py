"""One contender over so many days, in a process of its own; prints a line of JSON.

``python tests/benchmarks/_factors_run.py CONTENDER DIRECTORY DAYS``
"""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
from _factors_bare import Bare
from _factors_ours import Account
from _factors_reads import DAY_S, days
from _factors_site import T0_US

from gateway.footprint.calendar import Calendar

YEAR_US = 365 * DAY_S * 1_000_000


def main() -> None:
    """Run and print."""
    name, folder, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    account = Account()
    months = Calendar(account.plant).spans("month", T0_US, T0_US + YEAR_US)
    bare = Bare(account.per_kg(), dict(account.tables.gwp), months)
    work = {
        "ours": account.run,
        "bare": bare.run,
        "seconds": bare.seconds,
        "polars": bare.polars,
        "pandas": bare.pandas,
        "reading": lambda where, n: sum(len(t_us) for t_us, _ in days(where, n)),
    }[name]
    wall, cpu = time.perf_counter(), time.process_time()
    found = work(folder, count)
    said = {
        "wall_s": time.perf_counter() - wall,
        "cpu_s": time.process_time() - cpu,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    if name == "ours":
        said["apart"] = apart(found, bare.run(folder, count))
    sys.stdout.write(json.dumps(said) + "\n")


def apart(ours: list, bare: list) -> float:
    """Greatest relative difference of a figure both know, intervals and first and last slot apart.

    Raises:
        AssertionError: They do not know the same figures.
    """
    greatest = 0.0
    for mine, theirs in zip(ours, bare, strict=True):
        for kind in ("minute", "settlement"):
            for field, column in theirs[kind].items():
                if field.startswith("ci95") or field == "upstream_co2e_kg_per_kwh":
                    continue
                a, b = mine[kind][field][1:-1], column[1 : len(mine[kind][field]) - 1]
                both = ~(np.isnan(a) | np.isnan(b)) & (np.abs(b) > 1e-9)
                assert both.sum() > 0.9 * np.count_nonzero(np.abs(np.nan_to_num(b)) > 1e-9), field
                greatest = max(greatest, float(np.max(np.abs(a[both] / b[both] - 1.0), initial=0)))
    return greatest


if __name__ == "__main__":
    main()
