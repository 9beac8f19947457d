"""A day of journal at 1,000 samples/s: written, archived, read back right, and timed.

``python tests/benchmarks/historian.py --rate 1000 --hours 24 --directory /var/tmp/bench``. One
commit a second through `Journal.commit` on a synthetic clock; every 50th second a board's samples
of the hour before arrive late. Closed hours are archived as they would be, by a process of its
own. Values are a function of point and capture time, so that every answer can be checked.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from agent.samples import Sample
from gateway.historian.archive import ARCHIVE_NAME, JOURNAL_NAME, archive
from gateway.historian.journal import Journal
from gateway.historian.query import History
from gateway.historian.rows import Basis, Batch, Commit, Origin

T0 = 1_790_812_800_000_000
"""A full hour, UTC [µs]."""
DEVICE_POINTS = 20
LATE_EVERY_S, LATE_BY_S = 50, 3600
LATE_POINT = "yard.c0150.co_ppm"
POINT = "unit1.device0.value_0_kw"
HOUR_US = 3_600_000_000
ROUNDS = 5


def value(number: int, second: int) -> float:
    """What point `number` was at a second: looks like a measurement with three digits."""
    return (number * 7919 + second * 104_729) % 100_003 / 1000


def commit_of(second: int, rate: int) -> Commit:
    """The samples of one second, those of a board an hour late in between."""
    now_us = T0 + second * 1_000_000
    batches = []
    for first in range(0, rate, DEVICE_POINTS):
        device = first // DEVICE_POINTS
        samples = tuple(
            Sample(f"unit1.device{device}.value_{k}_kw", now_us + device, value(first + k, second))
            for k in range(min(DEVICE_POINTS, rate - first))
        )
        origin = Origin("meter", f"device{device}", request=second)
        batches.append(Batch(origin, Basis.GATEWAY, now_us, samples))
    captured = second - LATE_BY_S if second % (2 * LATE_EVERY_S) == 0 else second
    if second % LATE_EVERY_S == 0 and captured >= 0:
        board = Origin("board", "b0150", "9f3a12c4", 1, second + 1, second + 1, second * 1000)
        sample = Sample(LATE_POINT, T0 + captured * 1_000_000 + 500, value(0, captured))
        batches.append(Batch(board, Basis.BOARD, now_us, (sample,)))
    return Commit("boot", now_us, second * 1_000_000, synchronised=True, batches=tuple(batches))


def late_truth(first: int, last: int, newest: int) -> list[tuple[int, float]]:
    """Captures of the late board in [first, last) that have arrived by `newest` [s]."""
    found = []
    for second in range(0, newest, LATE_EVERY_S):
        captured = second - LATE_BY_S if second % (2 * LATE_EVERY_S) == 0 else second
        if first <= captured < last:
            found.append((T0 + captured * 1_000_000 + 500, value(0, captured)))
    return sorted(found)


def write(folder: Path, rate: int, seconds: int, *, separate: bool) -> dict[str, float]:
    """Commit everything, archiving after each hour; seconds spent at each."""
    journal = Journal.open(folder / JOURNAL_NAME)
    spent = {"commit": 0.0, "archive": 0.0, "slowest commit": 0.0}
    for second in range(seconds):
        commit = commit_of(second, rate)
        began = time.perf_counter()
        journal.commit(commit)
        took = time.perf_counter() - began
        spent["commit"] += took
        spent["slowest commit"] = max(spent["slowest commit"], took)
        if second % 3600 == 600 and second > 3600:
            began = time.perf_counter()
            _archive(folder, T0 + second * 1_000_000, separate=separate)
            spent["archive"] += time.perf_counter() - began
    journal.close()
    return spent


def _archive(folder: Path, now_us: int, *, separate: bool) -> None:
    if not separate:
        archive(folder / JOURNAL_NAME, folder / ARCHIVE_NAME, now_us)
        return
    code = (
        "import sys; from pathlib import Path; from gateway.historian.archive import archive; "
        "archive(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(folder / JOURNAL_NAME), str(folder / ARCHIVE_NAME),
         str(now_us)],
        check=True,
    )  # fmt: skip


def check_and_time(folder: Path, seconds: int, rounds: int = ROUNDS) -> dict[str, float]:
    """Read three ranges, compare each with what was written, and time them [s, medians].

    Raises:
        AssertionError: An answer is wrong.
    """
    history = History(folder / JOURNAL_NAME, folder / ARCHIVE_NAME)
    hours = seconds // 3600
    middle = hours // 2 * 3600
    late_first = max(0, middle - 5400)
    times = {}

    def point(first: int, last: int) -> Callable[[], None]:
        def work() -> None:
            found = history.samples(POINT, T0 + first * 1_000_000, T0 + last * 1_000_000)
            expected = [(T0 + s * 1_000_000, value(0, s)) for s in range(first, last)]
            assert [(s.t_us, s.value) for s in found] == expected

        return work

    def late() -> None:
        last = middle + 5400
        found = history.samples(LATE_POINT, T0 + late_first * 1_000_000, T0 + last * 1_000_000)
        assert [(s.t_us, s.value) for s in found] == late_truth(late_first, last, seconds)

    def buckets() -> None:
        found = history.buckets(POINT, T0, T0 + seconds * 1_000_000, 60_000_000)
        assert [b.count for b in found] == [60] * (seconds // 60)

    stories = {
        "one point's hour, archived": point(middle - 3600, middle),
        "one point's hour, in the journal": point(seconds - 3600, seconds),
        f"one point's {hours} h": point(0, seconds),
        "three hours across late samples": late,
        f"minute means of {hours} h": buckets,
    }
    for name, work in stories.items():
        taken = []
        for _ in range(rounds):
            began = time.perf_counter()
            work()
            taken.append(time.perf_counter() - began)
        times[name] = statistics.median(taken)
    history.close()
    return times


def main() -> None:
    """Run and print."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--rate", type=int, default=1000, help="samples per second")
    words.add_argument("--hours", type=int, default=24)
    words.add_argument("--directory", type=Path, help="where to write; removed at the end")
    words.add_argument("--quick", action="store_true", help="only shows that it runs: 3 h, 50/s")
    options = words.parse_args()
    if options.quick:
        options.rate, options.hours = 50, 3
    os.nice(10)
    folder = Path(tempfile.mkdtemp(prefix="historian-", dir=options.directory))
    seconds = options.hours * 3600
    try:
        spent = write(folder, options.rate, seconds, separate=True)
        samples = seconds * options.rate
        sizes = {
            "journal": (folder / JOURNAL_NAME).stat().st_size,
            "archive": sum(f.stat().st_size for f in (folder / ARCHIVE_NAME).rglob("*.parquet")),
        }
        say = sys.stdout.write
        say(f"{os.cpu_count()} cores, {samples:,} samples, disk {folder}\n")
        say(f"commit: {spent['commit'] / seconds * 1e3:.2f} ms each on average, slowest ")
        say(f"{spent['slowest commit'] * 1e3:.0f} ms, {samples / spent['commit']:,.0f} samples/s\n")
        say(f"archive: {spent['archive'] / max(1, options.hours - 1):.1f} s an hour of samples\n")
        for name, size in sizes.items():
            say(f"{name}: {size / 1e6:,.0f} MB, {size / samples:.1f} B a sample\n")
        for name, took in check_and_time(folder, seconds).items():
            say(f"{name}: {took * 1e3:.0f} ms (median of {ROUNDS}), values right\n")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        say(f"peak memory of this process: {peak:.0f} MiB\n")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
