"""What the live path costs a slot: a process of its own that prints a line of JSON.

``python tests/benchmarks/_factors_live.py DIRECTORY SLOTS POLL_S [LOOK_S]``. A real journal of a
unit with six fuels is accounted for as a gateway does it: it grows by a row each poll, a step every
`LOOK_S` finds the rows since or nothing, each slot is committed to SQLite by itself, settlement and
longer records when they are due. Only the steps are timed.
"""

import json
import statistics
import sys
import time
from pathlib import Path

from _factors_site import MINUTE_US, RATES, T0_US, config, lots

from agent.samples import Sample
from gateway import garbage
from gateway.clock import Now
from gateway.footprint.accountant import LOOK_S, Accountant
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


def row(second: int) -> Commit:
    """A read of every totaliser."""
    now_us = T0_US + second * 1_000_000
    samples = tuple(Sample(p, now_us, rate * second) for p, rate in RATES.items())
    batch = Batch(Origin("meter", "all"), Basis.GATEWAY, now_us, samples)
    return Commit("boot", now_us, second * 1_000_000, True, batches=(batch,))


def account(folder: Path, slots: int, poll_s: int, look_s: int) -> dict[str, float]:
    """Account for all of it; CPU and wall time a slot [ms]."""
    journal = Journal.open(folder / "journal.sqlite")
    journal.commit(row(0))
    reader = Reader(folder / "journal.sqlite")
    store = FootprintStore.open(folder)
    accountant = Accountant(config(), load_tables(), lots(), reader, store, Noon())
    accountant.step()
    garbage.lasting()  # as a gateway does once it is up
    cpu, wall = [], []
    for slot in range(slots):
        cpu_ns = wall_ns = 0
        for second in range(slot * 60 + 1, slot * 60 + 61):
            if second % poll_s == 0:
                journal.commit(row(second))
            if second % look_s:
                continue
            cpu_before, wall_before = time.process_time_ns(), time.perf_counter_ns()
            accountant.step()
            cpu_ns += time.process_time_ns() - cpu_before
            wall_ns += time.perf_counter_ns() - wall_before
        cpu.append(cpu_ns / 1e6)
        wall.append(wall_ns / 1e6)
    closed = (accountant.status()["closed_until_us"] - T0_US) // MINUTE_US
    if closed != slots:
        raise RuntimeError(f"{closed} and not {slots} slots were closed")
    store.close()
    reader.close()
    journal.close()
    return {
        "slots": slots,
        "cpu_mean_ms": statistics.fmean(cpu),
        "cpu_median_ms": statistics.median(cpu),
        "wall_mean_ms": statistics.fmean(wall),
        "wall_median_ms": statistics.median(wall),
    }


def main() -> None:
    """Account and print."""
    folder, (slots, poll_s, *look_s) = Path(sys.argv[1]), map(int, sys.argv[2:])
    cost = account(folder, slots, poll_s, look_s[0] if look_s else int(LOOK_S))
    sys.stdout.write(json.dumps(cost) + "\n")


if __name__ == "__main__":
    main()
