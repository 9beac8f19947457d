"""Totalisers: every step booked once, nothing booked that is not known."""

import json
from dataclasses import dataclass
from typing import Literal

import pytest

from agent.samples import Quality
from gateway.historian.rows import Booking
from gateway.modbus.counters import CounterBook, CounterSpec
from gateway.modbus.reading import CounterRead

POINT = "unit1.coal.mass_total_kg"
SPEC = CounterSpec("kg", scale=0.1, modulus=65_536, max_rate_per_s=50.0)
# 50 kg/s are 500 counts a second; with the slack a step of 1 s may be 1,501 counts.


def read(raw: int | None, second: float, reason: str | None = None) -> CounterRead:
    return CounterRead(POINT, int(second * 1e6), raw, reason)


@dataclass(frozen=True)
class Told:
    """What `book` said about one read, in short."""

    value: float | None
    reason: str | None
    kind: str | None = None
    amount: float | None = None


def tell(book: CounterBook, one: CounterRead) -> Told:
    sample, bookings = book.book(one)
    assert (sample.point, sample.t_us) == (POINT, one.t_us)
    assert (sample.quality is Quality.GOOD) == (sample.value is not None)
    if not bookings:
        return Told(sample.value, sample.reason)
    (booking,) = bookings
    return Told(sample.value, sample.reason, booking.kind, booking.amount)


BEGIN = (read(1000, 0), Told(0.0, None, "first", 0.0))

HISTORIES = [
    pytest.param(
        [BEGIN, (read(1003, 1), Told(0.3, None, "step", 0.3))],
        id="a step",
    ),
    pytest.param(
        [
            BEGIN,
            (read(1000, 1), Told(0.0, None)),
            (read(1001, 2), Told(0.1, None, "step", 0.1)),
        ],
        id="standing still books nothing",
    ),
    pytest.param(
        [
            (read(65_500, 0), Told(0.0, None, "first", 0.0)),
            (read(64, 1), Told(10.0, None, "rollover", 10.0)),
        ],
        id="roll-over",
    ),
    pytest.param(
        [
            BEGIN,
            (read(None, 1, "comm_fail"), Told(None, "comm_fail")),
            (read(None, 2, "out_of_range"), Told(None, "out_of_range")),
            (read(2500, 3), Told(150.0, None, "step", 150.0)),
        ],
        id="missing reads lose nothing",
    ),
    pytest.param(
        [
            (read(30_000, 0), Told(0.0, None, "first", 0.0)),
            (read(0, 1), Told(None, "counter_glitch")),
            (read(30_200, 2), Told(20.0, None, "step", 20.0)),
        ],
        id="a glitch zero is not booked",
    ),
    pytest.param(
        [
            (read(30_000, 0), Told(0.0, None, "first", 0.0)),
            (read(5, 1), Told(None, "counter_glitch")),
            (read(25, 2), Told(None, "counter_reset", "reset", None)),
            (read(45, 3), Told(4.0, None, "step", 4.0)),
        ],
        id="a reset needs a second read, and keeps what was counted since the first",
    ),
    pytest.param(
        [
            (read(30_000, 0), Told(0.0, None, "first", 0.0)),
            (read(5, 1), Told(None, "counter_glitch")),
            (read(None, 2, "comm_fail"), Told(None, "comm_fail")),
            (read(5, 3), Told(None, "counter_reset", "reset", None)),
            (read(5, 4), Told(0.0, None)),
        ],
        id="a reset of a standing belt, with a read missing in between",
    ),
    pytest.param(
        [
            (read(30_000, 0), Told(0.0, None, "first", 0.0)),
            (read(0, 1), Told(None, "counter_glitch")),
            (read(50_000, 2), Told(None, "counter_glitch")),
            (read(30_400, 3), Told(40.0, None, "step", 40.0)),
        ],
        id="two different glitches",
    ),
    pytest.param(
        [
            (read(30_000, 0), Told(0.0, None, "first", 0.0)),
            (read(0, 1), Told(None, "counter_glitch")),
            (read(30_010, 2), Told(1.0, None, "step", 1.0)),
            (read(0, 3), Told(None, "counter_glitch")),
        ],
        id="two glitches with a good read between confirm nothing",
    ),
    pytest.param(
        [BEGIN, (read(1000 + 1501, 1), Told(150.1, None, "step", 150.1))],
        id="as fast as it can",
    ),
    pytest.param(
        [BEGIN, (read(1000 + 1502, 1), Told(None, "counter_glitch"))],
        id="faster than it can",
    ),
    pytest.param(
        [BEGIN, (read(70_000, 1), Told(None, "counter_glitch"))],
        id="a count beyond the modulus",
    ),
    pytest.param(
        [
            BEGIN,
            (read(1200, 140), Told(None, "counter_glitch")),
            (read(1300, 141), Told(None, "counter_reset", "gap", None)),
            (read(1400, 142), Told(10.0, None, "step", 10.0)),
        ],
        id="silent for longer than a whole round",
    ),
    pytest.param(
        [BEGIN, (read(1100, -5), Told(10.0, None, "step", 10.0))],
        id="the clock went back a little",
    ),
]


@pytest.mark.parametrize("history", HISTORIES)
def test_histories(history: list[tuple[CounterRead, Told]]) -> None:
    book = CounterBook({POINT: SPEC})
    assert [tell(book, one) for one, _ in history] == [told for _, told in history]


def test_the_interval_of_a_step_is_that_between_the_two_readings() -> None:
    book = CounterBook({POINT: SPEC})
    for second in range(3):
        book.book(read(1000, second))
    _, (booking,) = book.book(read(1010, 3))
    assert booking == Booking(POINT, 2_000_000, 3_000_000, 1000, 1010, 1.0, "step", 1.0)


def test_the_first_booking_claims_nothing_before_it() -> None:
    _, (booking,) = CounterBook({POINT: SPEC}).book(read(1000, 7))
    assert booking == Booking(POINT, None, 7_000_000, None, 1000, 0.0, "first", 0.0)


def test_a_restart_in_the_midst_of_a_reset() -> None:
    before = CounterBook({POINT: SPEC})
    before.book(read(30_000, 0))
    before.book(read(5, 1))
    after = CounterBook({POINT: SPEC})
    after.restore(before.dirty())  # type: ignore[arg-type]
    assert tell(after, read(25, 2)) == Told(None, "counter_reset", "reset", None)


def test_a_failed_commit_is_forgotten_and_booked_again() -> None:
    book = CounterBook({POINT: SPEC})
    book.book(read(1000, 0))
    on_disk = book.dirty()
    first_time = book.book(read(1010, 1))
    book.restore(on_disk)  # type: ignore[arg-type]
    assert book.dirty() == {}
    assert book.book(read(1010, 1)) == first_time


def test_only_what_changed_is_dirty() -> None:
    book = CounterBook({POINT: SPEC, "other_kg": SPEC})
    book.book(read(1000, 0))
    assert list(book.dirty()) == [POINT]
    book.book(read(None, 1, "comm_fail"))
    assert book.dirty() == {}


def test_rows_of_totalisers_no_longer_configured_are_left_alone() -> None:
    book = CounterBook({POINT: SPEC})
    book.restore({"gone_kg": "{}"})
    assert book.dirty() == {}


def test_another_scale_is_another_meter_but_the_total_goes_on() -> None:
    old = CounterBook({POINT: SPEC})
    old.book(read(1000, 0))
    old.book(read(1005, 1))
    new = CounterBook({POINT: CounterSpec("kg", 10.0, 65_536, 50.0)})
    new.restore(old.dirty())  # type: ignore[arg-type]
    assert tell(new, read(7, 2)) == Told(None, "counter_reset", "swap", None)
    assert tell(new, read(8, 3)) == Told(10.5, None, "step", 10.0)


def test_a_corrected_clock_moves_the_ledger_with_it() -> None:
    two_days_us = 2 * 86_400_000_000
    book = CounterBook({POINT: SPEC})
    book.book(read(1000, 0))
    book.shift(two_days_us)
    assert POINT in book.dirty()
    sample, (booking,) = book.book(CounterRead(POINT, two_days_us + 1_000_000, 1010))
    assert sample.value == 1.0
    assert booking.from_us == two_days_us


def test_a_million_tenths_do_not_drift() -> None:
    book = CounterBook({POINT: SPEC})
    raw = 0
    for n in range(20_001):
        sample, _ = book.book(read(raw, n))
        raw = (raw + 50) % SPEC.modulus
    assert sample.value == 100_000.0


def test_a_ledger_is_readable_text() -> None:
    book = CounterBook({POINT: SPEC})
    book.book(read(1000, 0))
    (text,) = book.dirty().values()
    assert text is not None
    assert json.loads(text)["last"]["raw"] == 1000


def test_after_an_outage_one_read_is_not_enough_however_much_it_can_have_counted() -> None:
    book = CounterBook({POINT: CounterSpec("kg", 0.1, 1 << 32, 50.0, poll_s=1.0)})
    book.book(read(100_000, 0))
    # In an hour it can have counted 1.8 million; a single read may still be nonsense.
    assert tell(book, read(1_500_000, 3600)) == Told(None, "counter_glitch")
    assert tell(book, read(900_000, 3601)) == Told(None, "counter_glitch")
    assert tell(book, read(900_100, 3602)) == Told(80_010.0, None, "step", 80_010.0)


@pytest.mark.parametrize(
    ("runs", "before", "after", "told"),
    [
        ("down", 1000, 990, Told(1.0, None, "step", 1.0)),
        ("down", 5, 65_531, Told(1.0, None, "rollover", 1.0)),
        ("down", 1000, 1010, Told(None, "counter_glitch")),
        ("both", 5, -5, Told(-1.0, None, "step", -1.0)),
        ("both", -5, 5, Told(1.0, None, "step", 1.0)),
        ("both", 32_767, -32_768, Told(0.1, None, "rollover", 0.1)),
        ("both", -32_768, 32_767, Told(-0.1, None, "rollover", -0.1)),
        ("both", 0, 20_000, Told(None, "counter_glitch")),
    ],
)
def test_a_totaliser_may_run_down_or_both_ways(
    runs: Literal["down", "both"], before: int, after: int, told: Told
) -> None:
    book = CounterBook({POINT: CounterSpec("kg", 0.1, 65_536, 50.0, runs=runs, signed=True)})
    book.book(read(before, 0))
    assert tell(book, read(after, 1)) == told


def test_a_totaliser_that_never_rolls_over_is_reset_where_it_falls() -> None:
    book = CounterBook({POINT: CounterSpec("kg", 0.05, 0, 50.0)})
    book.book(read(10**12, 0))
    assert tell(book, read(10**12 + 20, 1)) == Told(1.0, None, "step", 1.0)
    assert tell(book, read(0, 2)) == Told(None, "counter_glitch")
    assert tell(book, read(4, 3)) == Told(None, "counter_reset", "reset", None)
    assert tell(book, read(4, 4)) == Told(1.2, None, "step", 0.2)


def test_the_bounds_of_a_silence_leave_out_what_the_register_rules_out() -> None:
    book = CounterBook({POINT: SPEC})
    book.book(read(1000, 0))
    book.book(read(1200, 140))
    _, (gap,) = book.book(read(1300, 141))
    # 143 s at 500 counts a second and one are one round and 5,964 counts.
    assert (gap.least, gap.most) == (30.0, 6583.6)


def test_other_totalisers_while_it_runs() -> None:
    book = CounterBook({POINT: SPEC})
    book.book(read(1000, 0))
    book.respec({"other_kg": SPEC})
    book.book(CounterRead("other_kg", 1_000_000, 7))
    assert sorted(book.dirty()) == ["other_kg", POINT]
    book.respec({POINT: SPEC, "other_kg": SPEC})
    assert tell(book, read(1010, 2)) == Told(1.0, None, "step", 1.0)
