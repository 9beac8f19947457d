"""The law of totalisers: whatever happens, what is booked is what was counted, or unknown."""

from fractions import Fraction

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gateway.historian.rows import Booking
from gateway.modbus.counters import CounterBook, CounterSpec
from gateway.modbus.reading import CounterRead

POINT = "unit1.coal.mass_total_kg"

KINDS = [
    CounterSpec("kg", 0.1, 1 << 16, 5.0),
    CounterSpec("kg", 10.0, 1 << 16, 65.6),
    CounterSpec("kg", 0.01, 100_000_000, 65.6),
    CounterSpec("kg", 0.1, 1 << 32, 100.0),
    CounterSpec("kg", 0.001, 1 << 64, 420.0),
]


class Totaliser(RuleBasedStateMachine):
    """A totaliser that counts for ever, and a register that shows it in its own way."""

    @initialize(spec=st.sampled_from(KINDS), near_the_end=st.booleans())
    def switch_on(self, spec: CounterSpec, near_the_end: bool) -> None:
        self.spec = spec
        self.counted = 0
        self.shown_at_zero = spec.modulus - 100 if near_the_end else 12_345
        self.t_us = 1_700_000_000_000_000
        self.truth = {self.t_us: 0}
        self.resets_us: list[int] = []
        self.genuine_in_a_row = 0
        self.just_lied = False
        self.book = CounterBook({POINT: spec})
        self.bookings: list[Booking] = []
        self.on_disk: dict[str, str] = {}
        self.uncommitted: list[CounterRead] = []
        self.committed = 0
        self.value: float | None = None
        self._take(CounterRead(POINT, self.t_us, self.register))

    @property
    def register(self) -> int:
        return (self.shown_at_zero + self.counted) % self.spec.modulus

    def _take(self, one: CounterRead) -> None:
        self.uncommitted.append(one)
        self._book(one)

    def _book(self, one: CounterRead) -> None:
        sample, bookings = self.book.book(one)
        if sample.value is not None:
            assert self.value is None or sample.value >= self.value
            self.value = sample.value
        self.bookings += bookings

    @rule(tenths=st.integers(1, 50), share=st.floats(0, 1))
    def run(self, tenths: int, share: float) -> None:
        fastest = self.spec.max_rate_per_s / self.spec.scale
        self.counted += int(fastest * tenths / 10 * share)
        self.t_us += tenths * 100_000

    @rule()
    def look(self) -> None:
        self.t_us += 100_000
        self.truth[self.t_us] = self.counted
        self.genuine_in_a_row += 1
        self.just_lied = False
        self._take(CounterRead(POINT, self.t_us, self.register))

    @rule()
    def miss(self) -> None:
        self.t_us += 100_000
        self._take(CounterRead(POINT, self.t_us, None, "comm_fail"))

    @precondition(lambda self: not self.just_lied)
    @rule(far=st.fractions(Fraction(3, 8), Fraction(1, 2)))
    def lie_once(self, far: Fraction) -> None:
        self.t_us += 100_000
        self.just_lied = True
        self.genuine_in_a_row = 0
        lie = (self.register + int(far * self.spec.modulus)) % self.spec.modulus
        self._take(CounterRead(POINT, self.t_us, lie))

    # A reset to where the register could have counted to cannot be told by anyone; a third of a
    # round away it can, as long as the one before is confirmed and on disk.
    @precondition(lambda self: self.genuine_in_a_row >= 2)
    @rule()
    def reset(self) -> None:
        self.commit()
        self.shown_at_zero = (self.shown_at_zero + self.spec.modulus // 3) % self.spec.modulus
        self.resets_us.append(self.t_us)
        self.genuine_in_a_row = 0
        self.t_us += 100_000

    @rule()
    def commit(self) -> None:
        self.on_disk |= {key: text for key, text in self.book.dirty().items() if text is not None}
        self.uncommitted = []
        self.committed = len(self.bookings)

    @rule(known=st.booleans())
    def restart(self, known: bool) -> None:
        """Killed before the commit; what was read since is judged again, or never came."""
        if not self.on_disk:
            return
        again = self.uncommitted if known else []
        self.book = CounterBook({POINT: self.spec})
        self.book.restore(self.on_disk)
        self.bookings = self.bookings[: self.committed]
        self.uncommitted = []
        self.value = self.bookings[-1].total
        if not known:
            self.genuine_in_a_row = 0
        for one in again:
            self._take(one)

    @rule(step_us=st.integers(-(10**12), 10**12))
    def correct_the_clock(self, step_us: int) -> None:
        self.commit()
        self.book.shift(step_us)
        self.commit()
        self.t_us += step_us
        self.truth = {t + step_us: counted for t, counted in self.truth.items()}
        self.resets_us = [t + step_us for t in self.resets_us]
        self.bookings = [
            Booking(
                b.counter,
                None if b.from_us is None else b.from_us + step_us,
                b.to_us + step_us,
                b.from_raw,
                b.to_raw,
                b.amount,
                b.kind,
                b.total,
            )
            for b in self.bookings
        ]

    @invariant()
    def the_chain_has_no_gap(self) -> None:
        for before, after in zip(self.bookings, self.bookings[1:], strict=False):
            assert after.from_raw == before.to_raw
            assert after.from_us is not None
            assert after.from_us >= before.to_us
            assert after.kind != "first"

    @invariant()
    def every_amount_is_true_and_only_resets_are_unknown(self) -> None:
        known = Fraction(0)
        for booking in self.bookings[1:]:
            counted = self.truth[booking.to_us] - self.truth[booking.from_us]  # type: ignore[index]
            if booking.amount is None:
                assert booking.kind == "reset"
                assert any(
                    booking.from_us <= t <= booking.to_us  # type: ignore[operator]
                    for t in self.resets_us
                )
            else:
                known += counted * Fraction(repr(self.spec.scale))
                assert booking.amount == float(counted * Fraction(repr(self.spec.scale)))
            assert booking.total == float(known)

    @invariant()
    def nothing_stays_unbooked(self) -> None:
        if self.genuine_in_a_row >= 3:
            assert self.bookings[-1].to_raw == self._last_shown()

    def _last_shown(self) -> int:
        last = self.truth[max(self.truth)]
        return (self.shown_at_zero + last) % self.spec.modulus


TestTotaliser = Totaliser.TestCase
TestTotaliser.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
