"""The law of totalisers: whatever happens, what is booked is what was counted, or unknown.

Rolls over, is reset, lies, falls silent, is exchanged with and without a word, while the gateway
restarts with what its last commit held, in the same boot, another one, or one whose clock is days
wrong. What no one could tell by looking is left out, and stated: a register that was set anew to
where it could have counted to, or while nobody could see how long it was silent; and a silence of
more than 31 days of which neither disk nor clock tells the length.
"""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal

import pytest
from hypothesis import seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from true_meter import DAY, SECOND, Machine, Make, TrueMeter

from gateway.clock import Now
from gateway.historian.rows import Booking
from gateway.modbus.counters import CounterBook, CounterSpec
from gateway.modbus.judgement import LONGEST_OUTAGE_US
from gateway.modbus.reading import CounterRead
from gateway.modbus.swap import Told

POINT, METER = "unit1.coal.mass_total_kg", "belt"

SEED = 20261124
UNSETTLED_US = 90 * SECOND
"""Longest silence before what happened to a register was seen twice: in a longer one it may have
counted to where it was set anew."""

MAKES = [
    Make(1 << 16, 50),
    Make(1 << 16, 8, scale="10.0", poll_s=1.0),
    Make(100_000_000, 6_560, scale="0.01", poll_s=1.0),
    Make(1 << 32, 1_000),
    Make(1 << 48, 420_000, scale="0.001", poll_s=1.0),
    Make(1 << 64, 420_000, scale="0.001"),
    Make(1 << 32, 1_000, runs="down", poll_s=1.0),
    Make(1 << 16, 40, runs="down"),
    Make(1 << 32, 1_000, runs="both", signed=True, poll_s=1.0),
    Make(1 << 16, 30, runs="both", signed=True),
    Make(0, 500, scale="0.05", poll_s=1.0),
    Make(0, 500, runs="both", signed=True, scale="0.05"),
]


@dataclass
class Seen:
    """A read, and what was really counted when it was made."""

    real_us: int
    raw: int
    counted: int
    told_us: int = 0
    boot: int = 0


@dataclass
class Piece:
    """A booking, with what was really counted in its interval."""

    booking: Booking
    truth: int
    from_us: int
    to_us: int
    told_later: bool = False


@dataclass
class Event:
    """The register was set anew: what it showed before and after."""

    real_us: int
    counted: int
    final: int
    initial: int
    told_final: bool = False
    told_initial: bool = False


class Totaliser(RuleBasedStateMachine):
    """A true meter, a gateway that looks at it, and the chain of what it books."""

    @initialize(make=st.sampled_from(MAKES), near_the_end=st.booleans())
    def switch_on(self, make: Make, near_the_end: bool) -> None:
        zero = make.round - 100 if near_the_end and make.round else 10**9 if not make.round else 123
        self.make = make
        self.meter = TrueMeter(make, 0)
        self.meter.set_register(zero if not make.signed or not make.round else zero % 1000)
        self.machine = Machine()
        self.spec = CounterSpec(
            "kg", float(make.scale), make.round, make.fastest * float(make.scale),
            runs=make.runs, signed=make.signed, poll_s=make.poll_s, meter=METER,
        )  # fmt: skip
        self.book = CounterBook({POINT: self.spec}, "boot 1")
        self.on_disk: dict[str, str] = {}
        self.reads: list[CounterRead] = []
        self.seen: dict[int, Seen] = {}
        self.pieces: list[Piece] = []
        self.told_later = 0
        self.committed = (0, 0, False)
        self.genuine = 0
        self.just_lied = False
        self.events: list[Event] = []
        self.excuses_us: list[int] = []
        self.pending_initial: int | None = None
        self.announced = False
        self.cursor = Seen(0, 0, 0)
        self.unknown = 0
        self.begun = 0
        for _ in range(3):
            self.look()
        self.commit()

    # ── What the gateway does ─────────────────────────────────────────────────────────────

    def _read(self, raw: int | None) -> CounterRead:
        real_us = self.meter.now_us
        if raw is not None:
            told_us = self.machine.utc_us(real_us)
            self.seen[real_us] = Seen(real_us, raw, self.meter.counted, told_us, self.machine.boot)
        return CounterRead(
            POINT, self.machine.utc_us(real_us), raw, None if raw is not None else "comm_fail",
            mono_us=self.machine.mono_us(real_us), synchronised=self.machine.synchronised,
        )  # fmt: skip

    def _take(self, raw: int | None) -> None:
        read = self._read(raw)
        sample, bookings = self.book.book(read)
        self._follow(bookings)
        if sample.value is not None:
            total = sum(p.booking.amount or 0 for p in self.pieces)
            assert sample.value == pytest.approx(total, rel=1e-12, abs=1e-9)
            # What it says and what nobody could know are all that was counted.
            assert raw is not None
            counts = self.meter.counted - self.begun - self.unknown
            assert sample.value == self.meter.amount(counts)

    def _follow(self, bookings: tuple[Booking, ...]) -> None:
        for n, booking in enumerate(bookings):
            later = bookings[n + 1 :]
            if booking.kind == "first":
                self.cursor = self.seen[self.meter.now_us]
                self.begun = self.cursor.counted
                self._piece(booking, self.cursor, 0)
            elif booking.kind == "gap" and booking.amount is not None:
                self._told(booking)
            else:
                end = self._end_of(booking, later)
                self._check_beginning(booking)
                self._piece(booking, end, end.counted - self.cursor.counted)
                self.cursor = end

    def _end_of(self, booking: Booking, later: tuple[Booking, ...]) -> Seen:
        if booking.kind == "swap" and later and later[0].kind == "swap":
            # A part of the exchange: up to it, or from it on.
            event = self.events[-1]
            raw = event.final if booking.amount is not None else event.initial
            return Seen(event.real_us, raw, event.counted)
        for seen in reversed(self.seen.values()):
            if (seen.raw, seen.told_us) == (booking.to_raw, booking.to_us):
                return seen
        raise AssertionError(f"nothing was seen where it ends: {booking}")

    def _check_beginning(self, booking: Booking) -> None:
        if booking.from_us is None or (booking.kind == "swap" and booking.from_us == booking.to_us):
            return
        begun = [s for s in self.seen.values() if s.told_us == booking.from_us]
        assert [s.raw for s in begun] == [booking.from_raw] or booking.kind == "swap"

    def _piece(self, booking: Booking, end: Seen, truth: int) -> None:
        begun_us = self.pieces[-1].to_us if self.pieces else 0
        self.pieces.append(Piece(booking, truth, begun_us, end.real_us))
        if booking.amount is None:
            self.unknown += truth

    def _told(self, booking: Booking) -> None:
        told = next(p for p in reversed(self.pieces) if p.booking.amount is None)
        assert booking.amount == self.meter.amount(told.truth)
        assert booking.to_us == self.seen[told.to_us].told_us
        self.unknown -= told.truth
        piece = Piece(booking, told.truth, told.from_us, self.pieces[-1].to_us, told_later=True)
        self.pieces.append(piece)
        told.truth, told.from_us = 0, told.to_us
        self.told_later += 1

    @property
    def settled(self) -> bool:
        """Whether all that happened was seen, twice."""
        return self.genuine >= 3

    # ── What happens to the meter ─────────────────────────────────────────────────────────

    @rule(tenths=st.integers(1, 20), share=st.floats(-1, 1))
    def run(self, tenths: int, share: float) -> None:
        self.meter.run(tenths / 10, share)

    @rule()
    def look(self) -> None:
        self.meter.run(0.1, 0.5)
        unseen_us = self.meter.now_us - max(self.seen, default=self.meter.now_us)
        if self.make.poll_s and unseen_us > 3 * self.make.poll_s * SECOND:
            self.genuine = 0  # a step of more than three polls is booked on a second read
        self.genuine += 1
        self.just_lied = False
        self._take(self.meter.register)

    @rule(times=st.integers(3, 5))
    def look_on(self, times: int) -> None:
        for _ in range(times):
            self.look()

    @rule()
    def miss(self) -> None:
        self.meter.run(0.1, 0.5)
        self._take(None)

    @precondition(lambda self: not self.just_lied)
    @rule(far=st.fractions(Fraction(3, 8), Fraction(1, 2), max_denominator=1000))
    def lie(self, far: Fraction) -> None:
        self.meter.run(0.1, 0.5)
        self.just_lied = True
        self.genuine = 0
        self.excuses_us.append(self.meter.now_us)
        # A zero that the register could not show before, after or since it was set anew.
        zero = not self.make.round and min(self.meter.register, self.cursor.raw) > 10**8
        lie = 0 if zero and far < Fraction(2, 5) else self.meter.elsewhere(far)
        # What it could show is no lie that anybody could tell.
        unseen_us = self.meter.now_us - self.cursor.real_us
        self._take(lie if self.meter.is_far(lie, self.cursor.raw, unseen_us) else None)

    @precondition(lambda self: self.settled)
    @rule()
    def reset(self) -> None:
        self._set_anew(self.meter.elsewhere(Fraction(1, 4)))

    @precondition(lambda self: self.settled and not self.announced)
    @rule(told=st.booleans())
    def announce_ahead(self, told: bool) -> None:
        initial = self.meter.elsewhere(Fraction(1, 3))
        if not told or initial >= 10**15:
            initial = None
        self._announce(Told(initial=self._worth(initial)))
        self.pending_initial = initial

    @precondition(lambda self: self.settled and not self.announced and self.machine.synchronised)
    @rule(final=st.booleans(), initial=st.booleans(), looks=st.sampled_from([0, 5]))
    def swap_and_announce(self, final: bool, initial: bool, looks: int) -> None:
        event = self._set_anew()
        # What a person types has fifteen digits.
        final, initial = final and event.final < 10**15, initial and event.initial < 10**15
        event.told_final, event.told_initial = final, initial
        self._announce(
            Told(
                self._worth(event.final) if final else None,
                self._worth(event.initial) if initial else None,
            )
        )
        for _ in range(looks):
            self.look()

    @precondition(lambda self: self.settled and self.announced and self.pending_initial is not None)
    @rule()
    def swap_as_announced(self) -> None:
        initial, self.pending_initial = self.pending_initial, None
        if initial is not None and self.meter.is_far(initial, self.meter.register):
            self._set_anew(initial)

    @precondition(lambda self: self.announced)
    @rule()
    def think_better_of_it(self) -> None:
        if not any(state.pending for state in self.book.swap_states(METER)):
            self.announced = False
            return
        self.book.cancel_swap(METER)
        for event in self.events:
            event.told_final = event.told_final and event.real_us < self.cursor.real_us
        self.announced = False
        self.pending_initial = None
        self.commit()

    @precondition(lambda self: self.settled and self.machine.synchronised)
    @rule()
    def tell_what_it_was(self) -> None:
        (state,) = self.book.swap_states(METER)
        unknown = next((p for p in reversed(self.pieces) if p.booking.amount is None), None)
        if state.lost_kind not in {"reset", "swap"} or unknown is None or not unknown.truth:
            return
        inside = [e for e in self.events if unknown.from_us <= e.real_us <= unknown.to_us]
        if len(inside) != 1 or unknown.booking.most is None:
            return
        if max(inside[0].final, inside[0].initial) >= 10**15:
            return
        told = Told(self._worth(inside[0].final), self._worth(inside[0].initial))
        for booking in self.book.amend_swap(METER, {POINT: told}, self._now()):
            self._told(booking)
        self.commit()

    def _worth(self, counts: int | None) -> float | None:
        return None if counts is None else self.meter.amount(counts)

    def _announce(self, told: Told) -> None:
        self.book.announce_swap(METER, {POINT: told}, person="ada", comment=None, now=self._now())
        self.announced = True
        self.commit()

    def _now(self) -> Now:
        real_us = self.meter.now_us
        return Now(
            self.machine.utc_us(real_us), self.machine.mono_us(real_us), self.machine.synchronised
        )

    def _set_anew(self, shown: int | None = None) -> Event:
        self.commit()
        self.kept_settled = False
        shown = self.meter.elsewhere(Fraction(1, 3)) if shown is None else shown
        event = Event(self.meter.now_us, self.meter.counted, self.meter.register, shown)
        self.meter.set_register(shown)
        self.events.append(event)
        self.excuses_us.append(self.meter.now_us)
        self.genuine = 0
        self.meter.run(0.1, 0.0)
        return event

    # A register that was set anew before a silence may be taken for one that went on.
    @rule(part=st.floats(0.01, 1.0), share=st.floats(-1, 1))
    def silence(self, part: float, share: float) -> None:
        seconds = part * self.make.silence_s
        if not self.settled:
            seconds = min(seconds, 30.0)
            if self.meter.now_us - self.cursor.real_us > UNSETTLED_US:
                return
        self.commit()  # every second, in truth
        self.genuine = 0
        self.meter.run(seconds, share)
        if self.just_lied:
            self.excuses_us.append(self.meter.now_us)

    @precondition(lambda self: self.settled)
    @rule(rounds=st.floats(1.0, 5.0), share=st.floats(-1, 1))
    def silence_for_rounds(self, rounds: float, share: float) -> None:
        if not self.make.round or self.make.round > 1 << 32:
            return
        self.commit()
        self.genuine = 0
        self.excuses_us.append(self.meter.now_us)
        self.meter.run(rounds * self.make.round / self.make.fastest, share)
        self.excuses_us.append(self.meter.now_us)

    # ── What happens to the gateway ───────────────────────────────────────────────────────

    @rule()
    def commit(self) -> None:
        self.on_disk |= {key: text for key, text in self.book.dirty().items() if text is not None}
        self.committed = (len(self.pieces), self.unknown, self.just_lied)
        self.kept_cursor, self.kept_settled = self.cursor, self.settled

    @rule(
        how=st.sampled_from(["same boot", "another boot", "wrong clock"]),
        off_s=st.integers(3, 300),
        days=st.sampled_from([-2, 2]),
    )
    def restart(
        self, how: Literal["same boot", "another boot", "wrong clock"], off_s: int, days: int
    ) -> None:
        """Killed: what came after the last commit is gone."""
        timeless = how != "same boot" and not (how == "another boot" and self.machine.synchronised)
        if timeless and not (self.settled and self.kept_settled):
            return  # set anew and gone on, or gone on: nobody could tell
        out_us = self.meter.now_us - self.kept_cursor.real_us
        if not self.settled and out_us > UNSETTLED_US and how != "same boot":
            return  # as in a silence
        if self.told_later or (timeless and out_us > LONGEST_OUTAGE_US - DAY):
            # Commits are a second apart, and this one lasted for weeks: that it lasted is on disk.
            self.commit()
        length, self.unknown, self.just_lied = self.committed
        del self.pieces[length:]
        self.cursor = self.kept_cursor
        if how != "same boot":
            self.meter.run(min(off_s, self.make.silence_s // 4), 0.7)
            self.machine.reboot(
                self.meter.now_us, 2, 0 if how == "another boot" else days * DAY + 5
            )
        if timeless:
            self.excuses_us.append(self.meter.now_us)
        self.genuine = 0
        self.book = CounterBook({POINT: self.spec}, f"boot {self.machine.boot}")
        self.book.restore(self.on_disk)
        states = self.book.swap_states(METER)
        self.announced = any(state.pending for state in states)

    @precondition(lambda self: not self.machine.synchronised)
    @rule()
    def correct_the_clock(self) -> None:
        self.commit()
        step_us = self.machine.correct()
        self.book.shift(step_us)
        for seen in self.seen.values():
            if seen.boot == self.machine.boot:
                seen.told_us += step_us
        self.commit()

    @precondition(lambda self: self.settled and self.machine.synchronised and not self.announced)
    @rule(off_s=st.integers(3, 300), days=st.sampled_from([-2, 2]), again=st.booleans())
    def power_cut_without_a_battery(self, off_s: int, days: int, again: bool) -> None:
        """The clock is wrong until the network tells; maybe there is another cut then."""
        self.commit()
        cut_us = self.meter.now_us
        self.restart("wrong clock", off_s, days)
        self.look_on(3)
        self.correct_the_clock()
        self.look_on(3)
        found = [p for p in self.pieces if p.to_us > cut_us and p.booking.amount is None]
        assert not any(piece.truth for piece in found), "once its length is known, all is told"
        if again:
            self.commit()
            self.restart("another boot", off_s, days)
            self.look_on(3)

    # ── The law ───────────────────────────────────────────────────────────────────────────

    @invariant()
    def the_chain_has_neither_gap_nor_overlap(self) -> None:
        chain = [p.booking for p in self.pieces if not p.told_later]
        for before, after in pairwise(chain):
            assert after.from_raw == before.to_raw
            assert after.kind != "first"
        for before, after in pairwise(self.pieces):
            known = after.booking.amount or 0.0
            assert after.booking.total == pytest.approx(before.booking.total + known, abs=1e-9)

    @invariant()
    def what_is_booked_was_counted_and_what_is_unknown_lies_in_its_bounds(self) -> None:
        for piece in self.pieces:
            booking = piece.booking
            if booking.amount is not None:
                assert booking.amount == self.meter.amount(piece.truth)
                assert booking.least is None
                assert booking.most is None
            elif piece.truth:
                truth = self.meter.amount(piece.truth)
                assert booking.least is None or booking.least <= truth
                assert booking.most is None or truth <= booking.most
                assert any(piece.from_us <= t <= piece.to_us for t in self.excuses_us)

    @invariant()
    def nothing_stays_unbooked(self) -> None:
        if self.genuine >= 5:
            assert self.cursor.counted == max(self.seen.values(), key=_when).counted

    @invariant()
    def an_exchange_of_which_all_is_told_is_exact(self) -> None:
        for event in self.events:
            inside = [
                p for p in self.pieces if p.from_us < event.real_us < p.to_us and not p.told_later
            ]
            excuses = [t for p in inside for t in self.excuses_us if p.from_us <= t <= p.to_us]
            if event.told_final and event.told_initial and len(excuses) == 1:
                assert all(p.booking.amount is not None for p in inside)


def _when(seen: Seen) -> int:
    return seen.real_us


def test_a_kill_in_the_wrong_clocks_boot_after_rounds_of_silence() -> None:
    """A down-counter runs for 228 days unseen, and the commit that said so is the last one."""
    state = Totaliser()
    state.switch_on(Make(1 << 32, 1_000, runs="down", poll_s=1.0), near_the_end=False)
    state.silence_for_rounds(rounds=4.586082040573813, share=-0.8785396550252123)
    state.look()
    for _ in range(3):
        state.restart(how="same boot", off_s=3, days=-2)
    state.look_on(3)
    assert [piece.booking.kind for piece in state.pieces][-2:] == ["gap", "step"]
    state.restart(how="wrong clock", off_s=3, days=-2)
    state.look_on(3)
    state.nothing_stays_unbooked()
    state.the_chain_has_neither_gap_nor_overlap()
    state.what_is_booked_was_counted_and_what_is_unknown_lies_in_its_bounds()
    assert state.cursor.counted == state.meter.counted


def test_nonsense_before_a_long_silence_is_not_confirmed_by_chance() -> None:
    """Another device, one false read of it, and minutes in which either could have been counted."""
    state = Totaliser()
    state.switch_on(Make(1 << 16, 30, runs="both", signed=True), near_the_end=False)
    state.swap_and_announce(final=False, initial=False, looks=0)
    state.lie(Fraction(3, 8))
    state.restart(how="wrong clock", off_s=3, days=-2)
    state.think_better_of_it()
    state.meter.run(481.0, 0.7)
    state.look_on(5)
    state.nothing_stays_unbooked()
    state.what_is_booked_was_counted_and_what_is_unknown_lies_in_its_bounds()


def test_the_law() -> None:
    run_state_machine_as_test(
        Totaliser, settings=settings(max_examples=150, stateful_step_count=40, deadline=None)
    )


@pytest.mark.long
def test_the_law_at_length(full_size: bool) -> None:
    examples = 5_000 if full_size else 100
    print(f"seed {SEED}, {examples} histories of up to 80 steps")  # noqa: T201 -- with the test
    run_state_machine_as_test(
        seed(SEED)(Totaliser),
        settings=settings(max_examples=examples, stateful_step_count=80, deadline=None),
    )
