"""What the live path costs a slot: a process of its own that prints a line of JSON.

``python tests/benchmarks/_factors_live.py DIRECTORY SLOTS POLL_S``. A real journal of a unit with
six fuels is accounted for as a gateway would: a step for every slot's rows, each slot committed to
SQLite by itself, settlement and longer records when they are due.
"""

import json
import statistics
import sys
import time
from pathlib import Path

from _factors_site import MINUTE_US, RATES, T0_US, config, lots

from agent.samples import Sample
from gateway.clock import Now
from gateway.footprint.accountant import Accountant
from gateway.footprint.store import FootprintStore
from gateway.footprint.tables import load_tables
from gateway.historian.journal import Journal
from gateway.historian.reader import Reader
from gateway.historian.rows import Basis, Batch, Commit, Origin


class Noon:
    """A clock that stands well after the last read."""

    def now(self) -> Now:
        """The same instant always."""
        return Now(T0_US + 10**13, 10**13, True)


def fill(folder: Path, slots: int, poll_s: int) -> None:
    """A journal with a read of every totaliser each `poll_s`."""
    journal = Journal.open(folder / "journal.sqlite")
    for second in range(0, slots * 60 + poll_s, poll_s):
        now_us = T0_US + second * 1_000_000
        samples = tuple(Sample(p, now_us, rate * second) for p, rate in RATES.items())
        batch = Batch(Origin("meter", "all"), Basis.GATEWAY, now_us, samples)
        journal.commit(Commit("boot", now_us, second * 1_000_000, True, batches=(batch,)))
    journal.close()


def account(folder: Path, slots: int, poll_s: int) -> dict[str, float]:
    """Account for all of it; CPU and wall time a slot [ms]."""
    reader = Reader(folder / "journal.sqlite")
    store = FootprintStore.open(folder)
    accountant = Accountant(config(), load_tables(), lots(), reader, store, Noon())
    rows = 60 // poll_s
    cpu, wall = [], []
    for _ in range(slots):
        cpu_before, wall_before = time.process_time(), time.perf_counter()
        accountant.step(rows)
        cpu.append((time.process_time() - cpu_before) * 1e3)
        wall.append((time.perf_counter() - wall_before) * 1e3)
    closed = (accountant.status()["closed_until_us"] - T0_US) // MINUTE_US
    if closed < slots - 1:
        raise RuntimeError(f"only {closed} of {slots} slots were closed")
    store.close()
    reader.close()
    return {
        "slots": slots,
        "cpu_mean_ms": statistics.fmean(cpu),
        "cpu_median_ms": statistics.median(cpu),
        "wall_mean_ms": statistics.fmean(wall),
        "wall_median_ms": statistics.median(wall),
    }


def main() -> None:
    """Fill, account and print."""
    folder, slots, poll_s = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    fill(folder, slots, poll_s)
    sys.stdout.write(json.dumps(account(folder, slots, poll_s)) + "\n")


if __name__ == "__main__":
    main()
