"""How many samples a second the alarm engine judges; how long an alarm takes from end to end.

The engine alone, on one core: all conditions of the example plant are on, early warning with them.
Ticks and the state rows of each commit are counted; messages are decoded and journalled elsewhere.
How flat the cost is shows between few stores and many.

End to end: 600 boards publish to a real Mosquitto; a real gateway judges and commits to disk; the
time is from a board's publish to the event on ``/api/v1/stream``.

python tests/benchmarks/alarms.py --stores 100 1000 20000 --rate 2000 --seconds 60
"""

import argparse
import gc
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from _alarm_latency import measure

from agent.alarms.engine import AlarmEngine
from agent.alarms.instant import Instant
from agent.alarms.silence import BoardDuty
from agent.samples import Sample
from gateway.site import load_site, rules_of

EXAMPLE: Final = Path(__file__).parents[2] / "gateway/deploy/example-plant.toml"
S: Final = 1_000_000
MINUTE_US: Final = 60 * S
MESSAGES_A_COMMIT: Final = 100
MESSAGES_A_TICK: Final = 2_000  # a tick a second, at as many messages
VALUES: Final = ("temp_1_degc", "temp_2_degc", "co_ppm")

Message = tuple[str, list[Sample]]


class Yard:
    """An engine with so many stores, and the messages its boards send minute by minute.

    Args:
        stores: How many containers; each has a board with three sensors.
    """

    def __init__(self, stores: int) -> None:
        self.stores = stores
        rules = rules_of(load_site(EXAMPLE))
        duties = tuple(BoardDuty(f"b{n}", MINUTE_US, f"c{n}") for n in range(stores))
        outlook = rules.outlook
        if outlook is not None:
            kind = next(iter(outlook.emissions))
            kinds = {duty.store: kind for duty in duties if duty.store is not None}
            outlook = replace(outlook, kinds=kinds)
        self.engine: AlarmEngine = replace(rules, duties=duties, outlook=outlook).engine()
        self._minute = 0
        self._sent = 0
        self.send(self.messages(1))  # meets every point, once in the life of a gateway

    def messages(self, minutes: int) -> list[Message]:
        """What the boards send in the next minutes."""
        return [message for _ in range(minutes) for message in self._next_minute()]

    def _next_minute(self) -> Iterator[Message]:
        self._minute += 1
        for n in range(self.stores):
            t_us = self._minute * MINUTE_US + n * MINUTE_US // self.stores
            value = 20.0 + (n + self._minute) % 20
            yield f"b{n}", [Sample(f"yard.c{n}.{name}", t_us, value) for name in VALUES]

    def send(self, messages: Sequence[Message]) -> None:
        """Let the engine judge them, and write down what has changed."""
        engine = self.engine
        for board, samples in messages:
            t_us = samples[0].t_us
            now = Instant(t_us, t_us, True, "boot")
            engine.on_heard(board, now)
            engine.on_samples(samples, now)
            self._sent += 1
            if self._sent % MESSAGES_A_COMMIT == 0:
                engine.derived()
                engine.dirty()
            if self._sent % MESSAGES_A_TICK == 0:
                engine.on_tick(now)


def cpu_s() -> float:
    """Time this process has had on a core, as the scheduler counts it [s]."""
    return int(Path("/proc/self/schedstat").read_text().split()[0]) / 1e9


def one_round(yard: Yard, least_samples: int) -> float:
    """Samples a second of CPU time."""
    minutes = max(1, least_samples // (yard.stores * len(VALUES)))
    messages = yard.messages(minutes)
    begun_s = cpu_s()
    yard.send(messages)
    return len(messages) * len(VALUES) / (cpu_s() - begun_s)


def engine_alone(chosen: argparse.Namespace) -> None:
    """Print the medians of rounds that took turns, and how far their costs lie apart."""
    yards = [Yard(stores) for stores in chosen.stores]
    gc.collect()
    gc.freeze()  # as the gateway does once it has met its plant
    rates: dict[int, list[float]] = {yard.stores: [] for yard in yards}
    for _ in range(chosen.rounds):
        for yard in yards:
            rates[yard.stores].append(one_round(yard, chosen.samples))
    costs_us = {stores: 1e6 / statistics.median(found) for stores, found in rates.items()}
    for stores, found in rates.items():
        sys.stdout.write(
            f"{stores:>6} stores: {statistics.median(found):>9,.0f} samples/s"
            f" (min {min(found):,.0f}, max {max(found):,.0f}), {costs_us[stores]:.2f} us each\n"
        )
    middle = (min(costs_us.values()) + max(costs_us.values())) / 2
    apart = (max(costs_us.values()) / middle - 1) * 100
    sys.stdout.write(f"cost per sample: {middle:.2f} us +- {apart:.1f} %\n")


def end_to_end(chosen: argparse.Namespace) -> None:
    """Print how long alarm edges took."""
    found = measure(chosen.rate, chosen.seconds)
    times = ", ".join(
        f"{name} {found.at(share) * 1e3:.0f} ms"
        for name, share in (("median", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1.0))
    )
    sys.stdout.write(
        f"{found.sent / found.seconds:,.0f} messages/s for {found.seconds:.0f} s:"
        f" {len(found.edges_s)} alarm edges, {found.missing} missing; {times}\n"
    )


def main() -> None:
    """Run what was chosen."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stores", type=int, nargs="+", default=[100, 1000, 20_000])
    parser.add_argument("--samples", type=int, default=120_000, help="at least so many a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rate", type=int, default=2000, help="messages a second")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--only", choices=["engine", "end-to-end"])
    parser.add_argument("--quick", action="store_true", help="only shows that it runs")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.stores, chosen.samples, chosen.rounds = [100, 1000], 6_000, 1
        chosen.rate, chosen.seconds = 200, 5
    if chosen.only != "end-to-end":
        engine_alone(chosen)
    if chosen.only != "engine":
        end_to_end(chosen)


if __name__ == "__main__":
    main()
