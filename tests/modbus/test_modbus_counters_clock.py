"""Totalisers across reboots of the gateway's machine and clocks that are days wrong."""

import pytest

from agent.samples import Quality
from gateway.modbus.counters import CounterBook, CounterSpec
from gateway.modbus.reading import CounterRead

POINT = "unit1.coal.mass_total_kg"
WIDE = CounterSpec("kg", scale=0.1, modulus=2**32, max_rate_per_s=50.0)
NARROW = CounterSpec("kg", scale=0.1, modulus=65_536, max_rate_per_s=50.0)
SHORT = CounterSpec("kg", scale=0.01, modulus=100_000_000, max_rate_per_s=0.3)
SECOND = 1_000_000
UTC = 1_800_000_000 * SECOND
TWO_DAYS = 2 * 86_400 * SECOND


class Machine:
    """A gateway's machine; seconds since it was first switched on."""

    def __init__(self, spec: CounterSpec) -> None:
        self.spec = spec
        self.book = CounterBook({POINT: spec}, "boot-1")
        self.booted_s = 0.0
        self.ahead_us = 0
        self.synchronised = True

    def reboot(self, at_s: float, *, ahead_us: int, synchronised: bool) -> None:
        rows = {k: v for k, v in self.book.dirty().items() if v is not None}
        self.book = CounterBook({POINT: self.spec}, f"boot at {at_s}")
        self.book.restore(rows)
        self.booted_s, self.ahead_us, self.synchronised = at_s, ahead_us, synchronised

    def set_right(self) -> None:
        self.book.shift(-self.ahead_us, synchronised=True)
        self.ahead_us, self.synchronised = 0, True

    def read(self, at_s: float, raw: int) -> CounterRead:
        return CounterRead(
            POINT,
            UTC + round(at_s * SECOND) + self.ahead_us,
            raw,
            mono_us=round((at_s - self.booted_s) * SECOND),
            synchronised=self.synchronised,
        )

    def amounts(self, *reads: tuple[float, int]) -> list[float | None]:
        """What each read booked; 0 for nothing."""
        found = []
        for at_s, raw in reads:
            _, bookings = self.book.book(self.read(at_s, raw))
            found += [booking.amount for booking in bookings] or [0.0]
        return found


@pytest.mark.parametrize("ahead_us", [-TWO_DAYS, TWO_DAYS])
def test_a_step_over_a_reboot_with_a_wrong_clock_is_booked(ahead_us: int) -> None:
    machine = Machine(WIDE)
    assert machine.amounts((0, 1_000), (1, 1_100)) == [0.0, 10.0]
    machine.reboot(30, ahead_us=ahead_us, synchronised=False)
    # 12,000 counts cannot be told from nonsense until a second read goes on from there.
    assert machine.amounts((31, 13_100), (32, 13_200)) == [0.0, 1210.0]
    machine.set_right()
    assert machine.amounts((33, 13_300)) == [10.0]


@pytest.mark.parametrize("ahead_us", [-TWO_DAYS, TWO_DAYS])
def test_where_it_may_have_gone_round_it_is_unknown_until_the_clock_is_right(
    ahead_us: int,
) -> None:
    machine = Machine(NARROW)
    machine.amounts((0, 1_000), (1, 1_100))
    machine.reboot(30, ahead_us=ahead_us, synchronised=False)
    assert machine.amounts((31, 13_100)) == [0.0]
    sample, (unknown,) = machine.book.book(machine.read(32, 13_200))
    assert (sample.value, sample.reason) == (None, "counter_reset")
    assert (unknown.kind, unknown.amount) == ("gap", None)
    assert (unknown.least, unknown.most) == (1210.0, None)
    assert machine.amounts((33, 13_300)) == [10.0]
    machine.set_right()
    sample, (told, step) = machine.book.book(machine.read(34, 13_400))
    assert (told.kind, told.amount, told.total) == ("gap", 1210.0, 1230.0)
    assert (told.from_us, told.to_us) == (UTC + SECOND, UTC + 32 * SECOND)
    assert (told.from_raw, told.to_raw) == (13_300, 13_300)
    assert (step.amount, step.total) == (10.0, 1240.0)
    # The total rose by what was counted an hour ago: that is no step of this second.
    assert (sample.value, sample.reason) == (None, "counter_reset")
    assert machine.amounts((35, 13_400)) == [0.0]


def test_a_silence_that_turns_out_longer_than_a_round_stays_unknown() -> None:
    machine = Machine(NARROW)
    machine.amounts((0, 1_000))
    machine.reboot(7_200, ahead_us=-TWO_DAYS, synchronised=False)
    assert machine.amounts((7_201, 13_100), (7_202, 13_200)) == [0.0, None]
    machine.set_right()
    assert machine.amounts((7_203, 13_300), (7_204, 13_400)) == [10.0, 10.0]


def test_a_step_within_the_uptime_needs_no_second_read() -> None:
    machine = Machine(WIDE)
    machine.amounts((0, 1_000))
    machine.reboot(20, ahead_us=-TWO_DAYS, synchronised=False)
    assert machine.amounts((40, 9_000)) == [800.0]


@pytest.mark.parametrize("ahead_us", [-TWO_DAYS, TWO_DAYS])
def test_a_clock_that_moved_while_no_gateway_ran_changes_nothing(ahead_us: int) -> None:
    machine = Machine(NARROW)
    machine.ahead_us, machine.synchronised = ahead_us, False
    machine.amounts((0, 1_000))
    machine.ahead_us, machine.synchronised = 0, True  # the same boot of the machine
    _, (booking,) = machine.book.book(machine.read(10, 5_000))
    assert (booking.from_us, booking.to_us) == (UTC, UTC + 10 * SECOND)
    assert booking.amount == pytest.approx(400.0)


@pytest.mark.parametrize(
    ("spec", "before", "after", "amount"),
    [
        pytest.param(SHORT, 99_999_000, 1_000, 20.0, id="a roll-over"),
        pytest.param(NARROW, 30_000, 5, None, id="a reset of a narrow one"),
        pytest.param(WIDE, 30_000, 5, None, id="a reset of a wide one"),
        pytest.param(WIDE, 30_000, 2**32 - 9_000, None, id="another device"),
    ],
)
def test_a_count_that_fell_or_leapt_is_booked_only_where_it_can_be_a_step(
    spec: CounterSpec, before: int, after: int, amount: float | None
) -> None:
    machine = Machine(spec)
    machine.amounts((0, before))
    machine.reboot(30, ahead_us=-TWO_DAYS, synchronised=False)
    assert machine.amounts((31, after), (32, after)) == [0.0, amount]


def test_one_lie_after_a_reboot_is_not_believed() -> None:
    machine = Machine(WIDE)
    machine.amounts((0, 1_000))
    machine.reboot(30, ahead_us=-TWO_DAYS, synchronised=False)
    sample, bookings = machine.book.book(machine.read(31, 500_000))
    assert (sample.quality, sample.reason, bookings) == (Quality.BAD, "counter_glitch", ())
    assert machine.amounts((32, 1_200)) == [20.0]


def test_a_right_time_of_an_earlier_boot_does_not_move_with_the_clock() -> None:
    machine = Machine(WIDE)
    machine.amounts((0, 1_000))
    machine.reboot(30, ahead_us=-TWO_DAYS, synchronised=False)
    machine.set_right()
    _, (booking,) = machine.book.book(machine.read(60, 1_100))
    assert (booking.from_us, booking.to_us) == (UTC, UTC + 60 * SECOND)


def test_a_time_that_nobody_can_correct_any_more_is_not_told() -> None:
    machine = Machine(WIDE)
    machine.ahead_us, machine.synchronised = TWO_DAYS, False
    machine.amounts((0, 1_000))
    machine.reboot(30, ahead_us=0, synchronised=True)
    _, (booking,) = machine.book.book(machine.read(31, 1_100))
    assert (booking.from_us, booking.amount) == (None, pytest.approx(10.0))


def test_a_clock_set_right_while_no_gateway_ran_tells_it_too() -> None:
    machine = Machine(NARROW)
    machine.amounts((0, 1_000))
    machine.reboot(30, ahead_us=-TWO_DAYS, synchronised=False)
    assert machine.amounts((31, 13_100), (32, 13_200)) == [0.0, None]
    machine.ahead_us, machine.synchronised = 0, True  # the same boot of the machine
    assert machine.amounts((40, 13_200)) == [1220.0]
