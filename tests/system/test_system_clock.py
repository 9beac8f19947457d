"""A gateway whose clock is days wrong and corrected while data flows: no wrong good time."""

import contextlib
import json
import math
import shutil
import sys
import tempfile
import time
import weakref
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from captured import records_of, starts_of
from captured import wrong_times as wrong_record_times
from metered import (
    TOTALS,
    Curves,
    bookings_of,
    broken_chains,
    doubted_on_disk,
    final_samples,
    history_of,
    wrong_times,
)
from rig import ROOT, Rig

from agent.samples import Sample
from gateway.footprint.store import FootprintStore
from gateway.historian.reader import Reader

FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
FULL_WRONG_S = 300.0
REDUCED_WRONG_S = 25.0
FULL_OFF_S = 30.0
REDUCED_OFF_S = 8.0
MINUTE_US = 60_000_000
WITHIN_S = 2.0
HALF_TIMEOUT_S = 0.4
"""How far a read may be from the time it is given on a busy machine: half a time-out of a meter."""
DAY_S = 86_400.0


class WrongMachine:
    """A machine whose UTC is wrong until it is corrected; monotonic time stays right."""

    def __init__(self, folder: Path) -> None:
        # Read whenever a program asks for the time: in memory where there is some.
        memory = Path("/dev/shm")
        kept = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else folder))
        weakref.finalize(self, shutil.rmtree, kept)
        self._time = kept / "faketime"
        self.mark = folder / "clock-is-right"
        self.set_ahead("-2d")

    def set_ahead(self, text: str) -> None:
        fresh = self._time.with_suffix(".new")
        fresh.write_text(text + "\n")
        fresh.replace(self._time)

    def correct(self) -> None:
        self.set_ahead("+0")
        self.mark.touch()

    @property
    def environment(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME_TIMESTAMP_FILE": str(self._time),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            # With it each wait for Python's lock ends at once, and threads that want it spin.
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",
        }


def resolution_of(rig: Rig, point: str) -> float:
    """One step of a totaliser, in its unit."""
    (start,) = (line for line in rig.ledger() if line["kind"] == "start")
    for meter in rig.raw["meter"]:
        for field, name in meter["points"].items():
            if name == point:
                return float(start["totalisers"][meter["id"]][field]["scale"])
    raise AssertionError(point)


def curves_of(rig: Rig) -> Curves:
    (start,) = (line for line in rig.ledger() if line["kind"] == "start")
    return Curves(rig.scenario, rig.seed, rig.directory / "lots.toml", start["utc_us"])


def assert_meters_right(rig: Rig) -> None:
    """Every good sample of every totaliser, however it is asked for, is at its time.

    Over an unknown interval the total does not go on from what it was: each stretch between two
    of them is right in itself.
    """
    told, curves = final_samples(rig.data / "journal.sqlite"), curves_of(rig)
    for point in TOTALS:
        asked = history_of(rig.data, point)
        for stretch in stretches_of(asked):
            assert wrong_times(stretch, curves, WITHIN_S, 2 * resolution_of(rig, point)) == []
        times = [sample.t_us for sample in told[point]]
        assert len(set(times)) == len(times), "a sample is told twice"
        assert [s.t_us for s in asked if s.quality == "good"] == sorted(times)


def stretches_of(samples: list[Sample]) -> Iterator[list[Sample]]:
    """Good samples in a row without an unknown interval between them."""
    for broken, stretch in groupby(samples, lambda sample: sample.reason == "counter_reset"):
        good = [sample for sample in stretch if sample.quality == "good"]
        if good and not broken:
            yield good


def assert_totals_right(rig: Rig) -> None:
    """In the end every total is what the plant counted since the first read, told late or not."""
    curves = curves_of(rig)
    for point, quantity in TOTALS.items():
        chain = bookings_of(rig.data / "journal.sqlite")[point]
        first, last = chain[0], chain[-1]
        truth = curves.at(quantity, last.to_us) - curves.at(quantity, first.to_us)
        allowed = curves.greatest_rate(quantity) * WITHIN_S + 2 * resolution_of(rig, point)
        assert last.total == pytest.approx(truth, abs=allowed)


def assert_slots_right(rig: Rig) -> int:
    """Minute slots follow each other, and say what the plant counted.

    Returns:
        How many of them are whole minutes.
    """
    store = FootprintStore.open(rig.data)
    unit = f"{rig.site.site_id}.{rig.raw['unit']['id']}"
    slots = store.slot_inputs(unit, 0, 2**62)
    records = store.factors(period="minute", limit=10_000)
    verified = store.verify()
    store.close()
    assert verified.problems == []
    assert [s.slot_us for s in slots] == [
        slots[0].slot_us + n * MINUTE_US for n in range(len(slots))
    ]
    assert len({record.valid_from_utc for record in records}) == len(records) == len(slots)
    whole = [slot for slot in slots if all(m.covered for m in slot.meters.values())]
    curves = curves_of(rig)
    for point, quantity in TOTALS.items():
        steps = 2 * resolution_of(rig, point)
        amounts = [slot.meters[point].amount for slot in slots]
        assert all(amount is not None and amount >= 0 for amount in amounts)
        ends = slots[-1].meters[point].to_total, slots[0].meters[point].from_total
        assert None not in ends
        difference = (ends[0] or 0.0) - (ends[1] or 0.0)
        assert math.fsum(a or 0.0 for a in amounts) == pytest.approx(difference, abs=1e-6)
        rel = 2 * HALF_TIMEOUT_S * 1e6 / MINUTE_US
        for slot in whole:
            truth = curves.at(quantity, slot.slot_us + MINUTE_US)
            truth -= curves.at(quantity, slot.slot_us)
            assert slot.meters[point].amount == pytest.approx(truth, rel=rel, abs=steps)
    return len(whole)


def minutes_issued(rig: Rig) -> list[Any]:
    found: list[Any] = rig.get("factors?period=minute")
    return found


def wait_for_the_middle_of_a_minute() -> None:
    """So that a reduced run has a minute's end in its wrong time as well."""
    time.sleep((42.0 - time.time()) % 60.0 if time.time() % 60.0 < 42.0 else 0.0)


@pytest.mark.long
@pytest.mark.debian
def test_two_days_in_the_past_and_corrected_while_data_flows(
    make_rig: Callable[..., Rig], full_size: bool, tmp_path: Path
) -> None:
    wrong_s = FULL_WRONG_S if full_size else REDUCED_WRONG_S
    machine = WrongMachine(tmp_path)

    def believe_the_mark(raw: dict[str, Any]) -> None:
        raw["clock"] = {"synchronised_by": str(machine.mark)}

    rig = make_rig(change=believe_the_mark)
    rig.start_broker()
    rig.start_plant()
    rig.start_yard()
    wait_for_the_middle_of_a_minute()
    begun = time.monotonic()
    rig.start_gateway(environment=machine.environment)
    rig.start_boards()
    time.sleep(wrong_s / 3)
    rig.stop("gateway")
    machine.set_ahead("-3d")
    rig.start_gateway(environment=machine.environment)  # still wrong, and otherwise
    time.sleep(max(wrong_s - (time.monotonic() - begun), 0.0))
    journal = rig.data / "journal.sqlite"
    assert minutes_issued(rig) == [], "no factor while the clock is not right"
    assert not any(final_samples(journal).values()), "nothing is good while the clock is not right"
    corrected_us = time.time_ns() // 1000
    machine.correct()
    rig.wait("a whole minute after it", lambda: len(minutes_issued(rig)) >= 2, within_s=150)
    rig.stop("boards")
    rig.stop("gateway")

    doubted, wrongly_believed = doubted_on_disk(journal)
    assert doubted > 5 * wrong_s
    assert wrongly_believed == []
    assert_meters_right(rig)
    told = records_of(journal)
    assert all(one.is_good for one in told.values()), "each was heard live in the end"
    starts = starts_of(rig.directory / "boards" / "boards.jsonl")
    assert list(wrong_record_times(told, starts, 2_000_000)) == []
    # Boards come up some seconds after the gateway: most of the wrong time has their records.
    assert min(one.t_us for one in told.values()) < corrected_us - wrong_s * 0.5e6
    assert assert_slots_right(rig) >= 1
    assert broken_chains(journal) == []
    assert rig.verify_journal()["problems"] == []
    with contextlib.closing(Reader(journal)) as reader:
        stepped = [a.event for a in reader.alarm_events(limit=10_000)]
    assert "clock_step" in {event.condition for event in stepped}


@pytest.mark.long
@pytest.mark.debian
@pytest.mark.parametrize("ahead_s", [-2 * DAY_S, 2 * DAY_S])
def test_a_machine_that_restarts_without_its_clock_loses_no_step(
    make_rig: Callable[..., Rig], full_size: bool, tmp_path: Path, ahead_s: float
) -> None:
    """Right, then rebooted with a wrong clock, then corrected while no gateway runs."""
    off_s = FULL_OFF_S if full_size else REDUCED_OFF_S
    rig = make_rig()
    clock = tmp_path / "clock.json"
    journal = rig.data / "journal.sqlite"
    command = [sys.executable, str(ROOT / "tests/support/hand_clock.py"),
               str(rig.site.config), str(clock)]  # fmt: skip

    def machine(boot: str, **others: Any) -> None:
        told = {"boot": boot, "booted_s": time.monotonic() - 1, "ahead_s": 0.0} | others
        fresh = clock.with_suffix(".new")
        fresh.write_text(json.dumps({"synchronised": True} | told))
        fresh.replace(clock)

    def run(condition: Callable[[], bool]) -> None:
        rig.start_gateway(command=command)
        rig.wait("the meters to be read", condition)
        rig.stop("gateway")

    rig.start_broker()
    rig.start_plant()
    machine("first")
    run(lambda: len(final_samples(journal)["unit1.coal.mass_total_kg"]) > 3)
    known = len(final_samples(journal)["unit1.coal.mass_total_kg"])

    time.sleep(off_s)
    second = {"booted_s": time.monotonic() - 1}
    machine("second", ahead_s=ahead_s, synchronised=False, **second)
    run(lambda: doubted_on_disk(journal)[0] > 50)
    machine("second", **second)
    run(lambda: len(final_samples(journal)["unit1.coal.mass_total_kg"]) > known + 3)

    time.sleep(off_s)
    third = {"booted_s": time.monotonic() - 1}
    machine("third", ahead_s=ahead_s, synchronised=False, **third)
    rig.start_gateway(command=command)
    before = doubted_on_disk(journal)[0]
    rig.wait("doubted samples", lambda: doubted_on_disk(journal)[0] > before + 50)
    machine("third", **third)  # corrected while it runs
    corrected = len(final_samples(journal)["unit1.coal.mass_total_kg"])
    rig.wait(
        "good samples again",
        lambda: len(final_samples(journal)["unit1.coal.mass_total_kg"]) > corrected + 3,
    )
    # Samples that were doubted are good at once; what was counted is told by the next read.
    rig.wait("all to be told", lambda: broken_chains(journal) == [])
    rig.stop("gateway")

    assert doubted_on_disk(journal)[1] == []
    assert_meters_right(rig)
    assert broken_chains(journal) == []
    assert rig.verify_journal()["problems"] == []
    assert_totals_right(rig)
    # Nothing that was read has stayed doubtful, but for the first read after each start, which
    # nothing confirmed yet; where a totaliser may have gone round meanwhile, for the one that
    # confirmed it and the one by which the amount was told.
    for point in TOTALS:
        found = history_of(rig.data, point)
        unknown = sum(sample.reason == "counter_reset" for sample in found)
        assert unknown in {0, 4}
        assert sum(sample.quality != "good" for sample in found) <= 2 + unknown
