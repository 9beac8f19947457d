"""How many samples a second the alarm engine judges, alone, on one core.

python tests/benchmarks/alarms.py --stores 100 1000 20000
"""

import argparse
import statistics
import sys
import time

from agent.alarms.conditions import Condition
from agent.alarms.engine import AlarmEngine
from agent.alarms.instant import Instant
from agent.alarms.silence import BoardDuty
from agent.samples import Sample

S = 1_000_000
MESSAGES_A_COMMIT = 200
VALUES = ("temp_1_degc", "temp_2_degc", "co_ppm")


def conditions() -> list[Condition]:
    """The default conditions of a fuel yard."""
    return [
        Condition("temp_high", "high", "yard.*.temp_*_degc", "fire", "critical", limit=50.0,
                  unit="degc", deadband=2.0, on_delay_s=60, on_samples=2, off_delay_s=1800),
        Condition("temp_pre", "high", "yard.*.temp_*_degc", "advisory", "medium", limit=45.0,
                  unit="degc", deadband=2.0, on_delay_s=60, off_delay_s=1800),
        Condition("co_high", "high", "yard.*.co_ppm", "gas", "critical", limit=3000.0,
                  unit="ppm", deadband=300.0, on_delay_s=60, off_delay_s=600),
        Condition("sensor_fault", "bad", "yard.*", "fault", "high"),
        Condition("board_silent", "silence", "*", "fault", "high", report_intervals=3),
    ]  # fmt: skip


def one_round(stores: int, least_samples: int) -> float:
    """Samples a second of CPU time, with ticks and dumps for a commit every 200 messages."""
    boards = [BoardDuty(f"b{n}", 60 * S, f"c{n}") for n in range(stores)]
    engine = AlarmEngine(conditions(), boards)
    reports = max(2, least_samples // (stores * len(VALUES)))
    batches = [
        [
            [Sample(f"yard.c{n}.{v}", t * 60 * S, 20.0 + (n + t) % 20) for v in VALUES]
            for n in range(stores)
        ]
        for t in range(reports + 1)
    ]
    taken_s, judged = 0.0, 0
    for t, minute in enumerate(batches):
        begun_s = time.process_time()
        for n, batch in enumerate(minute):
            now = Instant(t * 60 * S, t * 60 * S, True, "boot")
            engine.on_heard(f"b{n}", now)
            engine.on_samples(batch, now)
            if n % MESSAGES_A_COMMIT == 0:
                engine.on_tick(now)
                engine.dirty()
        if t > 0:  # the first report meets every point, once in the life of a gateway
            taken_s += time.process_time() - begun_s
            judged += stores * len(VALUES)
    return judged / taken_s


def main() -> None:
    """Print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stores", type=int, nargs="+", default=[100, 1000, 20_000])
    parser.add_argument("--samples", type=int, default=60_000, help="at least so many a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="only shows that it runs")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.stores, chosen.samples, chosen.rounds = [100], 3_000, 1
    for stores in chosen.stores:
        rates = [one_round(stores, chosen.samples) for _ in range(chosen.rounds)]
        sys.stdout.write(
            f"{stores:>6} stores: {statistics.median(rates):>9,.0f} samples/s"
            f" (min {min(rates):,.0f}, max {max(rates):,.0f}; ticks and dumps included)\n"
        )


if __name__ == "__main__":
    main()
