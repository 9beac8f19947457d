"""What the totalisers of a journal say, beside what the plant counted."""

import contextlib
import statistics
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from agent.samples import Sample
from gateway.historian.codec import unfold
from gateway.historian.query import History
from gateway.historian.reader import Reader
from gateway.historian.rows import Booking
from simulators import lots, scenario
from simulators.plant.curves import demand_curve
from simulators.plant.unit import Plant

SECOND_US = 1_000_000
FOLLOWED_US = 10_000
"""How far the clock is followed silently between two commits [µs]."""

TOTALS = {
    "unit1.coal.mass_total_kg": "coal_kg",
    "unit1.pellets.mass_total_kg": "pellets_kg",
    "unit1.rpf.mass_total_kg": "rpf_kg",
    "unit1.gross_total_kwh": "gross_kwh",
    "unit1.aux_total_kwh": "aux_kwh",
    "unit1.sold_total_kwh": "sold_kwh",
    "unit1.steam_heat_total_mj": "steam_mj",
}
"""Totaliser -> what the plant counts with it."""

KNOT_US = 500_000


class Curves:
    """The plant's totals at any instant: the same plant once more, beside the real one.

    Args:
        start_us: When the real one started, UTC [µs].
    """

    def __init__(self, scenario_name: str, seed: int, lots_file: Path, start_us: int) -> None:
        demand = demand_curve(scenario.load(scenario_name).plant, seed)
        self._plant = Plant(demand, lots.read(lots_file), start_us)
        self._knots = [self._plant.at(self._plant.start_us)[1]]

    def at(self, quantity: str, t_us: int) -> float:
        """A total since the start."""
        index, past_us = divmod(t_us - self._plant.start_us, KNOT_US)
        while len(self._knots) < index + 2:
            self._knots.append(self._plant.at(self._plant.start_us + len(self._knots) * KNOT_US)[1])
        here, there = self._knots[index][quantity], self._knots[index + 1][quantity]
        return here + (there - here) * past_us / KNOT_US

    def greatest_rate(self, quantity: str) -> float:
        """Most it counted per second, as far as it was asked for."""
        steps = [b[quantity] - a[quantity] for a, b in pairwise(self._knots)]
        return max(steps) * SECOND_US / KNOT_US


def wrong_times(
    samples: Sequence[Sample], curves: Curves, within_s: float, steps: float
) -> list[str]:
    """Good samples that the plant did not show within so many seconds of their time.

    Args:
        steps: What the totaliser's resolution allows besides, in its unit.
    """
    good = [sample for sample in samples if sample.quality == "good"]
    quantity = TOTALS[good[0].point]
    # The gateway counts from its first read: what the plant had counted before is one constant.
    apart = [(s.value or 0.0) - curves.at(quantity, s.t_us) for s in good]
    middle = statistics.median(apart)
    allowed = curves.greatest_rate(quantity) * within_s + steps
    return [
        f"{sample.point} at {sample.t_us}: {sample.value} is {value - middle:.3f} off"
        for sample, value in zip(good, apart, strict=True)
        if abs(value - middle) > allowed
    ]


def history_of(data: Path, point: str) -> list[Sample]:
    """Every sample of a point as a question about it is answered."""
    with contextlib.closing(History(data / "journal.sqlite", data / "archive")) as history:
        return history.samples(point, 0, 2**62)


def final_samples(journal: Path) -> dict[str, list[Sample]]:
    """Point -> its good samples, as a reader is told them row by row."""
    found: defaultdict[str, list[Sample]] = defaultdict(list)
    with contextlib.closing(Reader(journal)) as reader:
        for row in reader.rows(0, 10**9):
            for batch in (*row.resolved, *row.batches):
                for sample in batch.samples:
                    if sample.quality == "good":
                        found[sample.point].append(sample)
    return found


def doubted_on_disk(journal: Path) -> tuple[int, list[Sample]]:
    """Of rows on an unsynchronised clock: how many samples, and which are not doubted."""
    count, wrong = 0, []
    with contextlib.closing(Reader(journal)) as reader:
        for row in reader.raw_rows(0, 10**9):
            if row.frame.synchronised or row.packed is None:
                continue
            for _, samples in unfold(row.packed, reader.names()):
                for sample in samples:
                    count += 1
                    told = (sample.quality, sample.reason)
                    if sample.value is not None and told != ("uncertain", "clock_unsynced"):
                        wrong.append(sample)
    return count, wrong


def bookings_of(journal: Path) -> dict[str, list[Booking]]:
    """Totaliser -> its bookings with the times a reader knows in the end."""
    found: dict[tuple[str, int | None, int, float], Booking] = {}
    with contextlib.closing(Reader(journal)) as reader:
        for row in reader.rows(0, 10**9):
            for booking in (*row.bookings, *row.rebooked):
                key = (booking.counter, booking.from_raw, booking.to_raw, booking.total)
                found[key] = booking
    chains: defaultdict[str, list[Booking]] = defaultdict(list)
    for booking in found.values():
        chains[booking.counter].append(booking)
    return chains


def broken_chains(journal: Path) -> list[str]:
    """Bookings that end before they begin, begin before the last ended, or know no amount.

    A silence of unknown length in which a totaliser may have gone round has none at first; once
    the clock is right, another booking is to tell it.
    """
    broken = []
    for counter, chain in bookings_of(journal).items():
        ended_us = 0
        untold: list[Booking] = []
        for booking in chain:
            if booking.kind == "gap" and booking.amount is not None:
                unknown = untold.pop()
                if abs(unknown.to_us - booking.to_us) > FOLLOWED_US or unknown.least is None:
                    broken.append(f"{counter}: {booking} tells of another time than {unknown}")
                elif booking.amount != unknown.least:
                    broken.append(f"{counter}: {booking} is not the least of {unknown}")
                continue
            if booking.kind == "gap":
                untold.append(booking)
            elif booking.amount is None or booking.amount < 0:
                broken.append(f"{counter}: {booking.kind} of {booking.amount}")
            from_us = ended_us if booking.from_us is None else booking.from_us
            if from_us < ended_us - FOLLOWED_US or booking.to_us < from_us:
                broken.append(f"{counter}: {booking} after {ended_us}")
            ended_us = booking.to_us
        broken += [f"{counter}: nobody ever told {unknown}" for unknown in untold]
    return broken
