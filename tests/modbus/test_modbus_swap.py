"""A meter is exchanged: what is told makes its total exact; the rest is unknown within bounds."""

import re

import pytest

from agent.samples import Quality
from gateway.clock import Now
from gateway.historian.rows import Booking
from gateway.modbus.counters import CounterBook, CounterSpec
from gateway.modbus.reading import CounterRead
from gateway.modbus.swap import SwapError, Told

POINT, OTHER, ELSEWHERE = "unit1.gross_total_kwh", "unit1.aux_total_kwh", "unit1.sold_total_kwh"
SECOND = 1_000_000
UTC = 1_800_000_000 * SECOND


def spec(meter: str = "generator", **change: object) -> CounterSpec:
    parts: dict[str, object] = {"scale": 0.1, "modulus": 2**32, "max_rate_per_s": 50.0}
    return CounterSpec("kwh", **(parts | {"meter": meter} | change))  # type: ignore[arg-type]


class Site:
    """A meter with two totalisers, and another meter."""

    def __init__(self, **change: object) -> None:
        self.specs = {POINT: spec(**change), OTHER: spec(), ELSEWHERE: spec("revenue")}
        self.book = CounterBook(self.specs, "boot")
        self.bookings: list[Booking] = []
        self.see(0, 100_000)
        for point in (OTHER, ELSEWHERE):
            self.see(0, 7_000, point)
        self.bookings.clear()

    def see(self, second: float, raw: int, point: str = POINT) -> tuple[float | None, str | None]:
        mono_us = round(second * SECOND)
        sample, bookings = self.book.book(CounterRead(point, UTC + mono_us, raw, mono_us=mono_us))
        assert (sample.quality is Quality.GOOD) == (sample.value is not None)
        self.bookings += bookings
        return sample.value, sample.reason

    def now(self, second: float) -> Now:
        return Now(UTC + round(second * SECOND), round(second * SECOND), synchronised=True)

    def announce(self, second: float, told: dict[str, Told] | None = None) -> list[str]:
        return self.book.announce_swap(
            "generator", told or {}, person="ada", comment="burnt", now=self.now(second)
        )

    def amend(self, second: float, told: dict[str, Told]) -> None:
        self.bookings += self.book.amend_swap("generator", told, self.now(second))

    def restart(self) -> None:
        rows = {key: text for key, text in self.book.dirty().items() if text is not None}
        self.book = CounterBook(self.specs, "boot")
        self.book.restore(rows)

    def amounts(self) -> list[tuple[str, float | None]]:
        return [(booking.kind, booking.amount) for booking in self.bookings]


@pytest.mark.parametrize("restarted", [False, True])
def test_both_counts_told_make_the_total_exact(restarted: bool) -> None:
    site = Site()
    site.announce(1, {POINT: Told(final=10_005.0, initial=2.0)})
    assert site.see(2, 100_010) == (1.0, None)
    if restarted:
        site.restart()
    assert site.see(60, 30) == (None, "counter_glitch")
    assert site.see(61, 40) == (7.0, None)
    # 10,001 to 10,005 by the old device, 2 to 3 by the new one, then a step of its own.
    assert site.amounts() == [("step", 1.0), ("swap", 5.0), ("step", 1.0)]
    swap = site.bookings[1]
    assert (swap.from_us, swap.to_us) == (UTC + 2 * SECOND, UTC + 60 * SECOND)
    assert (swap.from_raw, swap.to_raw) == (100_010, 30)
    assert site.book.swap_states("generator")[0].pending is False


@pytest.mark.parametrize(
    ("told", "booked"),
    [
        (Told(), [("swap", None)]),
        (Told(final=10_005.0), [("swap", 5.0), ("swap", None)]),
        (Told(initial=2.0), [("swap", None), ("swap", 1.0)]),
    ],
)
def test_what_is_not_told_stays_unknown_within_bounds(
    told: Told, booked: list[tuple[str, float | None]]
) -> None:
    site = Site()
    site.announce(1, {POINT: told})
    site.see(60, 30)
    assert site.see(61, 40) == (None, "counter_reset")
    assert site.see(62, 40) == (sum(amount or 0.0 for _, amount in booked) + 1.0, None)
    assert site.amounts() == [*booked, ("step", 1.0)]
    (unknown,) = (booking for booking in site.bookings if booking.amount is None)
    # 60 s at 50 kWh/s, two seconds of slack and one count; less what is known of it.
    assert (unknown.least, unknown.most) == (0.0, 3_100.1 - sum(a or 0.0 for _, a in booked))
    assert (unknown.from_us, unknown.to_us) == (UTC, UTC + 60 * SECOND)
    for before, after in zip(site.bookings, site.bookings[1:], strict=False):
        assert after.from_raw == before.to_raw
        assert (after.from_us or 0) >= before.to_us


def test_all_totalisers_of_the_meter_follow_and_no_other() -> None:
    site = Site()
    assert site.announce(1, {POINT: Told(10_000.0, 0.0)}) == [POINT, OTHER]
    for point in (OTHER, ELSEWHERE):
        site.see(10, 5, point)
        site.see(11, 5, point)
    assert site.amounts() == [("swap", None), ("reset", None)]


def test_an_announced_exchange_waits_and_one_glitch_does_not_use_it_up() -> None:
    site = Site()
    site.announce(1, {POINT: Told(10_100.0, 0.0)})
    site.see(2, 0)
    assert site.see(3, 100_020) == (2.0, None)
    site.restart()
    site.see(30, 10)
    site.see(31, 10)
    assert site.amounts() == [("step", 2.0), ("swap", 99.0)]


def test_a_new_device_that_shows_more_than_the_last_count_of_the_old_is_the_new_one() -> None:
    site = Site()
    site.announce(1, {POINT: Told(final=10_005.0, initial=10_010.0)})
    assert site.see(2, 100_040) == (4.0, None)
    site.see(60, 100_110)
    assert site.see(61, 100_120) == (7.0, None)
    assert site.amounts() == [("step", 4.0), ("swap", 2.0), ("step", 1.0)]


def test_an_old_device_that_ran_on_past_what_was_told_is_not_booked_by_it() -> None:
    site = Site()
    site.announce(1, {POINT: Told(final=10_001.0)})
    assert site.see(2, 100_500) == (50.0, None)
    site.see(60, 30)
    site.see(61, 30)
    assert site.amounts() == [("step", 50.0), ("swap", None)]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (Told(final=9_999.9), r"final 9999.9 kwh lies before the last read, 10000 kwh at 2027-.*Z"),
        (Told(final=10_000_000.0), r"final 1e\+07 kwh is further .* 10000 kwh .* check the unit"),
        (Told(final=-1.0), r"final -1 kwh is no count that its register can show"),
        (Told(initial=5e9), r"initial 5e\+09 kwh is no count .* \(up to 4.29497e\+08 kwh\)"),
        (Told(initial=float("nan")), r"initial nan is no number; give it in kwh"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_changes_nothing(told: Told, words: str) -> None:
    site = Site()
    with pytest.raises(SwapError, match=f"{re.escape(POINT)}: {words}"):
        site.announce(1, {OTHER: Told(), POINT: told})
    assert not any(state.pending for state in site.book.swap_states("generator"))


def test_an_unknown_meter_or_totaliser_is_named() -> None:
    site = Site()
    with pytest.raises(SwapError, match=f"no such totaliser; it has {POINT}, {OTHER}"):
        site.announce(1, {ELSEWHERE: Told()})
    with pytest.raises(SwapError, match="nowhere: it has no totaliser that was ever read"):
        site.book.announce_swap("nowhere", {}, person="ada", comment=None, now=site.now(1))


def test_it_can_be_taken_back_while_nothing_came_of_it() -> None:
    site = Site()
    site.announce(1, {POINT: Told(10_000.0, 0.0)})
    assert site.book.cancel_swap("generator") == [POINT, OTHER]
    with pytest.raises(SwapError, match="no exchange is announced"):
        site.book.cancel_swap("generator")
    site.see(10, 5)
    site.see(11, 5)
    assert site.amounts() == [("reset", None)]


def test_an_exchange_that_was_booked_as_a_reset_is_told_later() -> None:
    site = Site()
    site.see(10, 30)
    site.see(11, 40)
    assert site.see(12, 50) == (2.0, None)
    site.restart()
    (state,) = (s for s in site.book.swap_states("generator") if s.point == POINT)
    assert (state.lost_kind, state.lost_least, state.lost_most) == ("reset", 0.0, 600.1)
    site.amend(13, {POINT: Told(final=10_005.0, initial=1.0)})
    assert site.amounts() == [("reset", None), ("step", 2.0), ("swap", 7.0)]
    told = site.bookings[-1]
    assert (told.from_us, told.to_us, told.total) == (UTC, UTC + 10 * SECOND, 9.0)
    assert (told.from_raw, told.to_raw) == (50, 50)
    # The total rose by what was counted before: no step of this second.
    assert site.see(14, 60) == (None, "counter_reset")
    assert site.see(15, 60) == (10.0, None)
    with pytest.raises(SwapError, match="no interval of unknown amount"):
        site.amend(16, {POINT: Told(final=10_005.0, initial=1.0)})


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (Told(final=10_005.0), "tell --final and --initial, or leave it unknown"),
        (Told(final=10_900.0, initial=0.0), "0 to 600.1 kwh can lie between them"),
        (Told(final=10_005.0, initial=4.0), "do not fit"),
    ],
)
def test_what_does_not_fit_the_unknown_interval_is_refused(told: Told, words: str) -> None:
    site = Site()
    site.see(10, 30)
    site.see(11, 30)
    with pytest.raises(SwapError, match=words):
        site.amend(12, {POINT: told})
    assert site.amounts() == [("reset", None)]


def test_a_totaliser_that_runs_down_is_exchanged_like_any_other() -> None:
    site = Site(runs="down")
    site.announce(1, {POINT: Told(final=9_998.0, initial=500.0)})
    site.see(60, 4_990)
    assert site.see(61, 4_990) == (3.0, None)
    assert site.amounts() == [("swap", 3.0)]


def test_another_register_map_forgets_what_was_told_in_the_old_one() -> None:
    site = Site()
    site.announce(1, {POINT: Told(10_000.0, 0.0)})
    site.specs[POINT] = spec(scale=1.0)
    site.restart()
    assert site.see(2, 50) == (None, "counter_reset")
    site.see(10, 10_000)
    site.see(11, 10_000)
    assert site.amounts() == [("swap", None), ("reset", None)]
