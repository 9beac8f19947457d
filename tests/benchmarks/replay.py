"""How long it takes to judge recorded samples again, and what the record of arrivals costs on disk.

``python tests/benchmarks/replay.py --boards 100 --every 10 --hours 24``. Boards of three sensors
report to a journal on a synthetic clock, closed hours are archived and let go, then `co_high` is
tried at 2500 ppm on all of it. Values follow from board and time; nothing is random. A month is
hour after hour of the same, so its time is that of the hours measured.
"""

import argparse
import math
import os
import shutil
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import tomli_w

from agent.samples import Sample
from gateway.historian.archive import archive
from gateway.historian.journal import Journal
from gateway.historian.reader import Reader
from gateway.historian.rows import Basis, Batch, Commit, Origin
from gateway.replay.limits import changed
from gateway.replay.trial import Trial, try_limits
from gateway.site import Site, load_site

EXAMPLE = Path(__file__).parents[2] / "gateway" / "deploy" / "example-plant.toml"
S = 1_000_000
HOUR_US = 3600 * S
T0 = 1_790_812_800 * S
VALUES = ("temp_1_degc", "temp_2_degc", "co_ppm")
TRIED = 2500.0


def site(folder: Path, boards: int, every_s: float) -> Site:
    """The example plant with so many boards."""
    raw = tomllib.loads(EXAMPLE.read_text())
    raw["storage"]["directory"] = str(folder)
    raw["cofiring"]["lots_file"] = str(EXAMPLE.parent / raw["cofiring"]["lots_file"])
    raw["board"] = [
        {"id": f"b{n:04d}", "store": f"c{n:04d}", "report_s": every_s, "values": list(VALUES)}
        for n in range(1, boards + 1)
    ]
    path = folder / "plant.toml"
    path.write_text(tomli_w.dumps(raw))
    return load_site(path)


def reading(board: int, at_s: float) -> tuple[float, float, float]:
    """What a board measures: the first one's gas reaches 2800 ppm once an hour."""
    wave = math.sin(at_s / 900.0 + board)
    gas = 2500.0 * max(0.0, math.sin(at_s / 3600.0 * math.tau)) if board == 1 else 0.0
    return 24.0 + wave, 23.0 - wave, 300.0 + 30.0 * wave + gas


def commits(boards: int, every_s: float, seconds: int) -> Iterator[Commit]:
    """One commit a round of reports, with a tick for each second of it."""
    rounds = int(seconds // every_s)
    for number in range(rounds):
        begin_us = T0 + round(number * every_s * S)
        batches = []
        for board in range(1, boards + 1):
            t_us = begin_us + round(board * every_s * S / (boards + 1))
            values = reading(board, (t_us - T0) / S)
            samples = tuple(
                Sample(f"yard.c{board:04d}.{name}", t_us, value)
                for name, value in zip(VALUES, values, strict=True)
            )
            origin = Origin("board", f"b{board:04d}", "s1", 1, number + 1, number + 1, 1000)
            batches.append(Batch(origin, Basis.BOARD, t_us + 20_000, samples))
        end_us = begin_us + round(every_s * S)
        yield Commit(
            "boot", end_us, end_us - T0 + S, True, tuple(batches),
            ticks_us=tuple(range(begin_us + S // 2, end_us, S)),
        )  # fmt: skip


def record(folder: Path, boards: int, every_s: float, hours: int) -> int:
    """Write the journal, hour by hour to the archive; returns the number of samples."""
    journal = Journal.open(folder / "journal.sqlite")
    samples, let_go = 0, 1
    for n, commit in enumerate(commits(boards, every_s, hours * 3600), 1):
        journal.commit(commit)
        samples += sum(len(batch.samples) for batch in commit.batches)
        if commit.utc_us % HOUR_US == 0:
            archive(folder / "journal.sqlite", folder / "archive", commit.utc_us + HOUR_US // 2)
            journal.remove(range(let_go, n))
            let_go = n
    journal.close()
    return samples


def size(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*.parquet"))


def measure(folder: Path, boards: int, every_s: float, hours: int) -> tuple[Trial, list[str]]:
    """Record, judge again, and say how it went."""
    plant = site(folder, boards, every_s)
    begun = time.perf_counter()
    samples = record(folder, boards, every_s, hours)
    wrote_s = time.perf_counter() - begun
    other = changed(plant, {"co_high": {"limit": TRIED}}, ())
    begun, busy = time.perf_counter(), time.process_time()
    with closing(Reader(folder / "journal.sqlite")) as reader:
        trial = try_limits(
            reader, folder / "archive", plant, other, T0, T0 + hours * HOUR_US, lambda _: None
        )
    took_s, busy_s = time.perf_counter() - begun, time.process_time() - busy
    told = size(folder / "archive" / "told")
    kept = size(folder / "archive") - told
    months = hours / 24 / 30
    return trial, [
        f"recorded: {samples:,} samples of {3 * boards} points at {every_s:g} s in {hours} h, "
        f"written and archived in {wrote_s:.1f} s",
        f"judged again in {took_s:.1f} s, {busy_s:.1f} s of them on one core: "
        f"{samples / busy_s:,.0f} samples/s",
        f"a month of this takes {took_s / months / 60:.1f} minutes here, "
        f"{busy_s / months / 60:.1f} on a core of its own",
        f"on disk: {kept / samples:.2f} bytes a sample, {told / samples:.2f} for when it came",
        f"co_high: {trial.comparison.conditions['co_high'].was} were, "
        f"{trial.comparison.conditions['co_high'].would_be} would have been",
    ]


def main(arguments: list[str]) -> int:
    """Measure and print; returns 1 where what would have alarmed is not what must have."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boards", type=int, default=100)
    parser.add_argument("--every", type=float, default=10.0, help="report interval [s]")
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--directory", type=Path)
    options = parser.parse_args(arguments)
    folder = options.directory or Path(tempfile.mkdtemp(prefix="replay-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        trial, lines = measure(folder, options.boards, options.every, options.hours)
    finally:
        if options.directory is None:
            shutil.rmtree(folder)
    sys.stdout.write("\n".join(lines) + "\n")
    tally = trial.comparison.conditions["co_high"]
    return 0 if (tally.was, tally.would_be) == (0, options.hours) else 1


if __name__ == "__main__":
    os.nice(10)
    sys.exit(main(sys.argv[1:]))
