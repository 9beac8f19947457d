"""Half a day against the truth ledger: every period, every minute, every count."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import half_day
import msgspec
import pytest
from half_day import BASE_US, MINUTE_US, PERIOD_US, PERIODS, HalfDay
from truth import Truth, measured_figures

from agent.cofiring import counted
from agent.cofiring.balance import MeterSlot
from agent.cofiring.record import FactorRecord
from gateway.footprint.moments import us_of
from gateway.footprint.store import FootprintStore
from gateway.historian.reader import Reader
from gateway.historian.rows import Booking
from gateway.historian.verify import verify_journal
from gateway.modbus.mapping import counter_specs
from gateway.paths import JOURNAL

ADDITIVE = ("gross_kwh", "aux_kwh", "net_kwh", "sold_kwh", "steam_mj", "fossil_co2_kg",
            "coal_kg", "pellets_kg", "rpf_kg", "coal_mj", "pellets_mj", "rpf_mj")  # fmt: skip
WHOLE = range(1, PERIODS)
"""The periods that the gateway saw from begin to end."""
SPLIT = (half_day.STEAM_SILENT.period, half_day.STEAM_SILENT.period + 1)
"""A meter was silent across the boundary between these two."""
STANDING = half_day.UNIT_STOPPED.period + 1

Records = Mapping[int, dict[str, Any]]


@dataclass(frozen=True)
class Account:
    """What the gateway wrote of the half day, by start [µs], and what happened."""

    day: HalfDay
    truth: Truth
    settlements: Records
    minutes: Records
    slots: Mapping[int, Mapping[str, MeterSlot]]
    bookings: Mapping[str, list[Booking]]
    chains_hold: bool

    def period(self, number: int) -> dict[str, Any]:
        return self.settlements[start_of(number)]

    def minutes_of(self, number: int) -> list[dict[str, Any]]:
        start_us = start_of(number)
        return [self.minutes[t] for t in range(start_us, start_us + PERIOD_US, MINUTE_US)]

    def problems(self, number: int) -> list[str]:
        start_us = start_of(number)
        return self.truth.problems(self.period(number), start_us, start_us + PERIOD_US)


def start_of(number: int) -> int:
    return BASE_US + number * PERIOD_US


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Account:
    day = half_day.run(tmp_path_factory.mktemp("half_day"))
    data = day.site.config.storage.directory
    store = FootprintStore.open(data)
    settlements = by_start(store.factors(period="settlement", limit=10_000))
    minutes = by_start(store.factors(period="minute", limit=10_000))
    config = day.site.config
    with store.write(half_day.END_US) as writer:
        found = writer.slot_inputs(f"{config.site.id}.{config.unit.id}", 0, half_day.END_US)
    chains_hold = store.verify().ok
    store.close()
    bookings: dict[str, list[Booking]] = {}
    reader = Reader(data / JOURNAL)
    for row in reader.rows(0, 10**9):
        for booking in row.bookings:
            bookings.setdefault(booking.counter, []).append(booking)
    reader.close()
    truth = Truth(map(json.loads, day.ledger.read_text().splitlines()), day.lots)
    slots = {slot.slot_us: slot.meters for slot in found}
    return Account(day, truth, settlements, minutes, slots, bookings, chains_hold)


def by_start(records: list[FactorRecord]) -> Records:
    return {
        us_of(record.valid_from_utc): msgspec.to_builtins(record)
        for record in records
        if record.product == "electricity"
    }


@pytest.mark.parametrize("number", [n for n in WHOLE if n not in (*SPLIT, STANDING)])
def test_a_period_says_what_happened(account: Account, number: int) -> None:
    record = account.period(number)
    assert account.problems(number) == []
    assert (record["coverage"], record["estimated_fraction"]) == (1.0, 0.0)


def test_a_period_without_output_keeps_its_kilograms(account: Account) -> None:
    record = account.period(STANDING)
    assert account.problems(STANDING) == []
    assert record["coverage"] == 1.0
    assert record["fossil_co2_kg"] > 1000.0
    assert record["net_kwh"] < 0.0
    assert record["fossil_co2_kg_per_kwh"] is None
    assert record["no_factor_reason"] == "below_minimum_output"


@pytest.mark.parametrize("number", [half_day.UNIT_STOPPED.period, STANDING + 1])
def test_minutes_without_output_count_in_the_factor_of_their_period(
    account: Account, number: int
) -> None:
    minutes, record = account.minutes_of(number), account.period(number)
    without = [m for m in minutes if m["fossil_co2_kg_per_kwh"] is None]
    running = [m for m in minutes if m["fossil_co2_kg_per_kwh"] is not None]
    assert len(without) >= 8
    assert all(m["fossil_co2_kg"] > 0.0 and m["coverage"] == 1.0 for m in without)
    assert record["fossil_co2_kg_per_kwh"] > sum_ratio(running)
    assert record["fossil_co2_kg_per_kwh"] == pytest.approx(sum_ratio(minutes))


def sum_ratio(minutes: list[dict[str, Any]]) -> float:
    kg = math.fsum(m["fossil_co2_kg"] for m in minutes)
    return kg / math.fsum(m["net_kwh"] + m["steam_mj"] / 3.6 for m in minutes)


@pytest.mark.parametrize("number", WHOLE)
def test_own_use_is_known_where_no_power_was_drawn(account: Account, number: int) -> None:
    start_us = start_of(number)
    amounts = account.truth.amounts(start_us, start_us + PERIOD_US)
    own_use_kwh = account.period(number)["own_use_kwh"]
    if amounts["imported_kwh"] > 0.0:
        assert own_use_kwh is None
    else:
        # Between two meters, each read at its own instant, 0.1 % of the output is the least.
        expected = amounts["net_kwh"] - amounts["sold_kwh"]
        assert own_use_kwh == pytest.approx(expected, abs=0.001 * amounts["net_kwh"])


def test_a_gap_across_a_boundary_leaves_only_the_split_estimated(account: Account) -> None:
    first, second = (account.period(number) for number in SPLIT)
    for record in (first, second):
        assert record["coverage"] == 1.0
        assert 0.0 < record["estimated_fraction"] < 0.05
    figures = account.truth.figures(start_of(SPLIT[0]), start_of(SPLIT[1] + 1))
    for name in ADDITIVE:
        whole = measured_figures(first)[name] + measured_figures(second)[name]
        assert abs(whole - figures[name].truth) <= figures[name].allowed, name


def test_the_period_in_which_the_gateway_started_says_that_it_is_not_whole(
    account: Account,
) -> None:
    record = account.period(0)
    missing = (half_day.GATEWAY_US - BASE_US) / PERIOD_US
    assert record["coverage"] == pytest.approx(1.0 - missing, abs=0.001)
    first = account.minutes[half_day.GATEWAY_US // MINUTE_US * MINUTE_US]
    assert first["coverage"] == pytest.approx(48 / 60, abs=0.02)
    assert first["fossil_co2_kg_per_kwh"] is None
    assert first["gross_kwh"] > 0.0


def test_every_minute_says_what_happened(account: Account) -> None:
    checked = 0
    for start_us, record in account.minutes.items():
        if record["coverage"] == 1.0 and record["estimated_fraction"] == 0.0:
            assert account.truth.problems(record, start_us, start_us + MINUTE_US) == []
            checked += 1
    assert checked >= PERIODS * 30 - 20


@pytest.mark.parametrize("number", WHOLE)
def test_minutes_add_up_to_their_period(account: Account, number: int) -> None:
    period = measured_figures(account.period(number))
    minutes = [measured_figures(minute) for minute in account.minutes_of(number)]
    for name in ADDITIVE:
        assert period[name] == pytest.approx(math.fsum(m[name] for m in minutes), rel=1e-12)


@pytest.mark.parametrize("point", half_day.ROLLS_OVER_IN)
def test_slots_add_up_to_the_totaliser_exactly(account: Account, point: str) -> None:
    slots = [account.slots[t][point] for t in sorted(account.slots)]
    for before, after in pairwise(slots):
        assert before.to_total == after.from_total
    bookings = account.bookings[point]
    assert (
        counted.add(map(counted.counted, slots)).amount == slots[-1].to_total - slots[0].from_total
    )
    assert slots[0].from_total == 0.0
    inside = [b for b in bookings if b.to_us <= start_of(PERIODS)]
    assert inside[-1].total <= slots[-1].to_total <= bookings[-1].total


@pytest.mark.parametrize(("point", "period"), half_day.ROLLS_OVER_IN.items())
def test_every_count_is_booked_once_over_the_roll_over(
    account: Account, point: str, period: int
) -> None:
    config = account.day.site.config
    spec = counter_specs(config.meter, account.day.site.profiles)[point]
    bookings = account.bookings[point]
    overs = [b for b in bookings if b.kind == "rollover"]
    assert any(start_of(1) < over.to_us < start_of(PERIODS) for over in overs), period
    assert {b.kind for b in bookings} == {"first", "step", "rollover"}
    counts = bookings[-1].to_raw + len(overs) * spec.modulus - bookings[0].to_raw
    scale = Fraction(str(spec.scale))
    assert bookings[-1].total == float(counts * scale)
    steps = sum((Fraction(str(b.amount)) for b in bookings), Fraction(0))
    assert float(steps) == bookings[-1].total


def test_journal_and_chains_hold(account: Account) -> None:
    data = account.day.site.config.storage.directory
    assert verify_journal(data / JOURNAL).problems == []
    assert account.chains_hold
    assert account.day.coverage_live == {1.0}
