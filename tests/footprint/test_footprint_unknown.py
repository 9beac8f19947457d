"""What nobody can know of a totaliser is in no sum, and lowers the coverage where it lies."""

from collections.abc import Iterator

import pytest

from agent.samples import Sample
from gateway.historian.rows import Basis, Batch, Booking, Commit, Correction, Origin
from gateway.modbus.counters import CounterBook, CounterSpec
from gateway.modbus.reading import CounterRead

MINUTE_US, STEP_US = 60_000_000, 5_000_000
BASE_US = 1_790_000_040_000_000
COAL = "unit1.coal_total_kg"
SPEC = CounterSpec("kg", 0.1, 65_536, max_rate_per_s=20.0)
TWO_DAYS_US = 2 * 86_400_000_000
BOOTS = {"boot-1": 10**12, "boot-2": 10**9, "boot-3": 10**9}


class Coal:
    """The coal belt behind a ledger of its own; the other totals are simply right."""

    def __init__(self, site) -> None:
        self.site = site
        self.boot = "boot-1"
        self.book = CounterBook({COAL: SPEC}, self.boot)
        self.booted_us = BASE_US - 10**12
        self.wrong_us = 0
        self.bookings: list[Booking] = []

    def reboot(self, t_us: int, boot: str, wrong_us: int = 0) -> None:
        rows = {key: text for key, text in self.book.dirty().items() if text is not None}
        self.boot, self.wrong_us, self.booted_us = boot, wrong_us, t_us - 10**7
        self.book = CounterBook({COAL: SPEC}, boot)
        self.book.restore(rows)

    def correct(self, t_us: int) -> None:
        self.book.shift(self.wrong_us)
        self.wrong_us = 0
        self.commit(t_us, (), (), (Correction("clock", self.booted_us, boot_id=self.boot),))

    def poll(self, t_us: int, raw: int | None) -> None:
        told_us = t_us - self.wrong_us
        read = CounterRead(
            COAL,
            told_us,
            raw,
            None if raw is not None else "comm_fail",
            mono_us=t_us - self.booted_us,
            synchronised=not self.wrong_us,
        )
        sample, bookings = self.book.book(read)
        others = [
            Sample(p, told_us, self.site.total(p, t_us)) for p in self.site.points if p != COAL
        ]
        self.commit(t_us, tuple(map(self._doubted, (sample, *others))), bookings)

    def _doubted(self, sample: Sample) -> Sample:
        if not self.wrong_us or sample.value is None:
            return sample
        return Sample(sample.point, sample.t_us, sample.value, "uncertain", "clock_unsynced")

    def commit(
        self,
        t_us: int,
        samples: tuple[Sample, ...],
        bookings: tuple[Booking, ...],
        corrections: tuple[Correction, ...] = (),
    ) -> None:
        self.bookings += bookings
        batch = Batch(Origin("meter", "all"), Basis.GATEWAY, t_us - self.wrong_us, samples)
        self.site.journal.commit(
            Commit(
                self.boot,
                t_us - self.wrong_us,
                t_us - self.booted_us,
                not self.wrong_us,
                batches=(batch,) if samples else (),
                bookings=bookings,
                corrections=corrections,
            )
        )


def drain(accountant) -> None:
    while accountant.step() == 500:
        pass


def instants(from_s: int, to_s: int) -> Iterator[int]:
    return iter(range(BASE_US + from_s * 1_000_000, BASE_US + to_s * 1_000_000, STEP_US))


def shown(t_us: int, since_us: int = BASE_US, start: int = 30_000) -> int:
    """Ten kilograms a second, in tenths."""
    return (start + (t_us - since_us) // 10_000) % SPEC.modulus


def coal_kg(site) -> list[float | None]:
    return [next(p["kg"] for p in m.fuels if p["fuel"] == "coal") for m in site.minutes()]


@pytest.fixture
def coal(site) -> Coal:
    site.clock.utc_us += 10**9
    return Coal(site)


def test_a_reset_in_a_silence_is_in_no_sum_and_in_the_coverage(site, coal) -> None:
    for t_us in instants(0, 100):
        coal.poll(t_us, shown(t_us))
    for t_us in instants(100, 200):
        coal.poll(t_us, None)
    for t_us in instants(200, 430):
        coal.poll(t_us, shown(t_us, BASE_US + 150_000_000, start=0))
    drain(site.accountant())
    (unknown,) = (booking for booking in coal.bookings if booking.amount is None)
    truth_kg = 10.0 * (unknown.to_us - unknown.from_us) / 1e6
    assert (unknown.kind, unknown.least) == ("reset", 0.0)
    assert 0.0 <= truth_kg <= unknown.most
    # Known up to 95 s and from 210 s on: 205 s is the read that confirmed the reset.
    assert coal_kg(site)[:3] == pytest.approx([600.0, 350.0, None])
    coverage = [record.coverage for record in site.minutes()]
    assert coverage[:5] == pytest.approx([1.0, 35 / 60, 0.0, 0.0, 1.0])
    sums = [kg for kg in coal_kg(site) if kg is not None]
    assert sum(sums) == pytest.approx(coal.bookings[-1].total, abs=200.0)
    period = site.settlements()[0]
    assert period.coverage == pytest.approx(95 / 120, abs=1e-6)


def test_a_silence_of_unknown_length_lowers_the_coverage_at_its_right_time(site, coal) -> None:
    """Where the clock was wrong at the time, and corrected later."""
    for t_us in instants(0, 65):
        coal.poll(t_us, shown(t_us))
    back_us = BASE_US + 125_000_000
    coal.reboot(back_us, "boot-2", wrong_us=TWO_DAYS_US)
    for t_us in instants(125, 160):
        coal.poll(t_us, shown(t_us))
    coal.correct(BASE_US + 160_000_000)
    for t_us in instants(165, 420):
        coal.poll(t_us, shown(t_us))
    drain(site.accountant())
    (unknown,) = (booking for booking in coal.bookings if booking.amount is None)
    assert (unknown.kind, unknown.least, unknown.most) == ("gap", 700.0, None)
    told = [booking for booking in coal.bookings if booking.kind == "gap"][1]
    assert (told.amount, told.from_us, told.to_us) == (
        700.0, BASE_US + 60_000_000, BASE_US + 130_000_000
    )  # fmt: skip
    assert coal.bookings[-1].total == pytest.approx(10.0 * 415)
    kg, coverage = coal_kg(site), [record.coverage for record in site.minutes()]
    assert kg[0] == pytest.approx(600.0)
    # What was told later is kept, spread evenly over its time; it is no read of these slots.
    assert kg[1] == pytest.approx(600.0)
    assert kg[2] == pytest.approx(600.0, abs=60.0)
    period = site.settlements()[0]
    assert period.substitutions == [f"{COAL}: 600 ± 0"]
    assert coverage[0] == 1.0
    assert all(part < 1.0 for part in coverage[1:3])
    assert coverage[3:6] == [1.0] * 3
    assert kg[3:6] == pytest.approx([600.0] * 3)


def test_an_unknown_interval_whose_time_is_never_known_is_no_known_one(site, coal) -> None:
    """Nobody ever corrects the boot in which it was found; the next one goes on from it."""
    for t_us in instants(0, 65):
        coal.poll(t_us, shown(t_us))
    coal.reboot(BASE_US + 125_000_000, "boot-2", wrong_us=TWO_DAYS_US)
    for t_us in instants(125, 160):
        coal.poll(t_us, shown(t_us))
    coal.reboot(BASE_US + 185_000_000, "boot-3")
    for t_us in instants(185, 420):
        coal.poll(t_us, shown(t_us))
    drain(site.accountant())
    assert [b.kind for b in coal.bookings if b.amount is None] == ["gap", "gap"]
    coverage = [record.coverage for record in site.minutes()]
    assert coverage[0] == 1.0
    assert all(part < 1.0 for part in coverage[1:4])
    assert coverage[4:6] == [1.0] * 2
    assert coal_kg(site)[1] is None or coal_kg(site)[1] <= 50.0
    assert coal_kg(site)[2] is None


def test_a_reset_on_a_wrong_clock_touches_no_slot_of_the_wrong_time(site, coal) -> None:
    for t_us in instants(0, 240):
        coal.poll(t_us, shown(t_us))
    accountant = site.accountant()
    drain(accountant)
    before = [(record.coverage, record.revision) for record in site.minutes()]
    coal.reboot(BASE_US + 250_000_000, "boot-2", wrong_us=180_000_000)
    for t_us in instants(250, 280):
        coal.poll(t_us, shown(t_us))
    drain(accountant)
    assert [(r.coverage, r.revision) for r in site.minutes()][: len(before)] == before
