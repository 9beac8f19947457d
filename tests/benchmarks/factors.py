"""A year of reads at one second to minute, settlement and month figures with their intervals.

``python tests/benchmarks/factors.py --directory /var/tmp``. Six fuels, power, auxiliaries and
steam: 31.5 million rows of nine totals on disk, 2.5 GB. Every contender is a process of its own
that reads them day by day; rounds are interleaved and their medians compared, by the clock, which
is the ratio that counts, and by CPU, which tells whether others were in its way.

Everybody has one BLAS thread. With more, the small matrix products of *bare* keep OpenBLAS's
workers spinning: they nearly double its CPU seconds and hardly change the clock, so that the ratio
by CPU would flatter *ours*. Polars keeps its threads.

- *ours*: `agent.cofiring.recount`, `columns` and `factor_columns` as the product uses them: checks
  every read, knows lots, properties, gaps, corrections and substitutes, gives what records say.
- *bare*: the same figures by hand, where nothing can go wrong: see `_factors_bare.py`. What both
  know is compared first.
- *seconds*, *polars*, *pandas*: shares and factors alone, second by second.

The live path is accounted for from a journal, slot by slot, with all that is written for it.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _factors_reads import make

HERE = Path(__file__).parent
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
CONTENDERS = ("ours", "bare", "seconds", "polars", "pandas")
SEED = 20_261_001
say = sys.stdout.write


def run(script: str, *words: object) -> dict[str, float]:
    """What a contender says of itself."""
    command = [sys.executable, str(HERE / script), *map(str, words)]
    environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": str(HERE.parents[1])}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def median(results: list[dict[str, float]], name: str) -> float:
    """Of one figure over the rounds."""
    return statistics.median(result[name] for result in results)


def race(folder: Path, days: int, rounds: int) -> None:
    """All contenders over all days, in turns."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in ("reading", *CONTENDERS)}
    for _ in range(rounds):
        for name, results in found.items():
            results.append(run("_factors_run.py", name, folder, days))
    for name, results in found.items():
        say(f"{name:8} {median(results, 'cpu_s'):6.2f} s CPU, {median(results, 'wall_s'):6.2f} s, ")
        say(f"peak {max(r['peak_mib'] for r in results):5.0f} MiB\n")
    for name, how in (("wall_s", "by the clock"), ("cpu_s", "by CPU")):
        ratio = median(found["ours"], name) / median(found["bare"], name)
        pairs = zip(found["ours"], found["bare"], strict=True)
        each = ", ".join(f"{ours[name] / bare[name]:.2f}" for ours, bare in pairs)
        say(f"ours / bare: {ratio:.2f} {how} (rounds: {each})\n")
    apart = max(result["apart"] for result in found["ours"])
    say(f"greatest difference of a figure from the bare one: {apart:.1e}, relative\n")


def growth(folder: Path, days: int, rounds: int) -> None:
    """How time and memory grow with rows."""
    say("rows, ours:\n")
    for part in (4, 2, 1):
        results = [run("_factors_run.py", "ours", folder, days // part) for _ in range(rounds)]
        cpu_s = median(results, "cpu_s")
        say(f"  {days // part:4} days {cpu_s:6.2f} s CPU, {cpu_s / (days // part) * 1e3:.2f} ms a ")
        say(f"day, peak {max(r['peak_mib'] for r in results):.0f} MiB\n")


def live(directory: Path, slots: int) -> None:
    """What a slot costs on the live path."""
    for poll_s in (1, 5):
        folder = Path(tempfile.mkdtemp(prefix="live-", dir=directory))
        cost = run("_factors_live.py", folder, slots, poll_s)
        shutil.rmtree(folder)
        say(f"live, reads every {poll_s} s, {slots} slots: median {cost['cpu_median_ms']:.2f} ms ")
        say(f"CPU a slot, mean {cost['cpu_mean_ms']:.2f} ms with settlement periods; ")
        say(f"by the clock {cost['wall_median_ms']:.2f} and {cost['wall_mean_ms']:.2f} ms\n")


def main() -> None:
    """Run and print."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--days", type=int, default=365)
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--slots", type=int, default=600, help="of the live path")
    words.add_argument("--directory", type=Path, help="where to write; removed at the end")
    words.add_argument("--quick", action="store_true", help="only shows that it runs")
    options = words.parse_args()
    if options.quick:
        options.days, options.rounds, options.slots = 40, 1, 40
    os.nice(10)
    folder = Path(tempfile.mkdtemp(prefix="factors-", dir=options.directory))
    try:
        began = time.perf_counter()
        rows = make(folder, options.days, SEED)
        gigabytes = (folder / "reads.bin").stat().st_size / 1e9
        say(f"{os.cpu_count()} cores, {rows:,} rows of 9 totals, {gigabytes:.2f} GB in {folder}, ")
        say(f"made in {time.perf_counter() - began:.0f} s, seed {SEED}\n")
        race(folder, options.days, options.rounds)
        growth(folder, options.days, options.rounds)
        live(folder, options.slots)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
