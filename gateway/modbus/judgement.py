"""Judging one read of a totaliser: is it a step, nonsense, a new beginning, or another device?

    plausible step forward, or over the modulus     -> booked as "step" or "rollover"
    implausible once                                -> quarantined (counter_glitch), not booked
    implausible, and the next read goes on from it  -> "reset", or the "swap" that was announced
    so long silent that it may have gone round      -> "gap", once a second read goes on from it

What nobody can know is booked with no amount and with the bounds within which it lies.
"""

from typing import Final

from agent.samples import Quality, Sample
from gateway.historian.rows import Booking
from gateway.modbus.bookings import began_us, known, told_later, unknown
from gateway.modbus.ledger import Ledger, Lost, Mark
from gateway.modbus.reading import CounterRead
from gateway.modbus.totaliser import CounterSpec

LONGEST_OUTAGE_US: Final = 31 * 86_400_000_000
_LONGEST_OUTAGE_OVER_ZERO_US: Final = 3_600_000_000
"""Longest silence of unknown length that a step may need at full rate, without and with a
roll-over in it [µs]: a count that fell may as well be a reset."""

_CHANCE: Final = 8
"""A second read confirms one that was doubted only if less than this part of all counts (an eighth)
would have: after a longer silence it is doubted itself, and the next one confirms it."""

_LARGEST_ROLLOVER: Final = 4
"""After such a silence a roll-over may be this part of the modulus at most (a quarter)."""

Bookings = tuple[Booking, ...]
NOTHING: Final[Bookings] = ()


def judge(
    read: CounterRead, here: Mark, ledger: Ledger, spec: CounterSpec
) -> tuple[Sample, Bookings]:
    """Judge a read that shows a count, and book what follows.

    Args:
        read: The read; `raw` is known and one that the totaliser can show.
        here: The same as a mark.
        ledger: What was known before; brought up to date.
        spec: What the totaliser can do.
    """
    before = ledger.last
    if not ledger.fits(spec):
        ledger.rebase(spec)
        bounds = spec.bounds(None, _greatest_between(before, here, spec))
        return bad(read, "counter_reset"), (unknown(ledger, read.point, here, "swap", bounds),)
    step = _obvious(before, here, ledger, spec)
    if step is not None:
        return _gone_on(read, here, ledger, step)
    doubted = ledger.doubted
    if doubted is None or not _continues(doubted, here, spec):
        ledger.doubted = here
        return bad(read, "counter_glitch"), NOTHING
    return _confirmed(read, doubted, here, ledger, spec)


def settle(ledger: Ledger, here: Mark, point: str, spec: CounterSpec) -> Bookings:
    """Book what a silence of unknown length was, once a corrected clock tells its length."""
    lost = ledger.lost
    if lost is None or lost.kind != "gap" or lost.most is not None:
        return NOTHING
    beginning = _timed_by(here, lost.beginning)
    elapsed_us = lost.before.until_us(beginning)
    if elapsed_us is None:
        return NOTHING
    greatest = spec.greatest_step(elapsed_us)
    step = spec.step(lost.before.raw, beginning.raw)
    if step is None or abs(step) > greatest or spec.goes_round(greatest):
        return NOTHING
    ledger.lost = Lost(lost.kind, lost.before, beginning, lost.least, lost.most)
    return (told_later(ledger, point, step, "gap"),)


def _timed_by(here: Mark, mark: Mark) -> Mark:
    """A mark of the same boot, at the time that a clock set right since then tells."""
    same = here.boot_id == mark.boot_id and here.mono_us is not None and mark.mono_us is not None
    if mark.synchronised or not here.synchronised or not same:
        return mark
    t_us = here.t_us - (here.mono_us or 0) + (mark.mono_us or 0)
    return Mark(mark.raw, t_us, mark.mono_us, mark.boot_id, synchronised=True)


def good(read: CounterRead, ledger: Ledger, total: float | None = None) -> Sample:
    """The total; unknown once where it did not come about since the sample before.

    Args:
        read: The read.
        ledger: Brought up to date.
        total: Its total, where it was just reckoned.
    """
    if ledger.jumped:
        ledger.jumped = False
        return bad(read, "counter_reset")
    return Sample(read.point, read.t_us, ledger.total if total is None else total)


def bad(read: CounterRead, reason: str) -> Sample:
    """No total, and why."""
    return Sample(read.point, read.t_us, None, Quality.BAD, reason)


# ── A step ────────────────────────────────────────────────────────────────────────────────


def _obvious(before: Mark, here: Mark, ledger: Ledger, spec: CounterSpec) -> int | None:
    """The step, where one read is enough to believe it; else None."""
    step = spec.step(before.raw, here.raw)
    if step is None:
        return None
    elapsed_us = before.until_us(here)
    if elapsed_us is None:
        if spec.goes_round(spec.greatest_step(LONGEST_OUTAGE_US)):
            return None
        # This boot of the machine began after the mark, so at least its uptime has passed.
        greatest = spec.greatest_step(here.mono_us or 0)
    else:
        greatest = spec.greatest_step(elapsed_us)
        if spec.goes_round(greatest):
            return None
    if elapsed_us is None or elapsed_us > spec.usual_us:
        usual = spec.usual_step()
        if usual is not None and usual < greatest:
            greatest = usual
    if abs(step) > greatest:
        return None
    if ledger.swap is not None and _is_of_the_new_device(here, step, greatest, ledger, spec):
        return None
    return step


def _is_of_the_new_device(
    here: Mark, step: int, greatest: int, ledger: Ledger, spec: CounterSpec
) -> bool:
    """Whether a step passes the last count of a device that is being exchanged."""
    swap = ledger.swap
    if swap is None or swap.final is None or swap.initial is None or spec.runs == "both":
        return False
    left = spec.step(ledger.last.raw, swap.final)
    gone = spec.step(swap.initial, here.raw)
    return left is not None and gone is not None and left < step and gone <= greatest


def _continues(doubted: Mark, here: Mark, spec: CounterSpec) -> bool:
    step = spec.step(doubted.raw, here.raw)
    elapsed_us = doubted.until_us(here)
    greatest = spec.greatest_step((here.mono_us or 0) if elapsed_us is None else elapsed_us)
    if spec.goes_round(_CHANCE * greatest) and greatest > (spec.usual_step() or 0):
        return False  # nonsense would as well, by chance
    return step is not None and abs(step) <= greatest


def _gone_on(
    read: CounterRead, here: Mark, ledger: Ledger, step: int
) -> tuple[Sample, tuple[Booking, ...]]:
    if step == 0:
        ledger.begin_again(here)
        return good(read, ledger), NOTHING
    booking = known(ledger, read.point, here, step)
    return good(read, ledger, booking.total), (booking,)


# ── A second read has confirmed a count that could not be believed ────────────────────────


def _confirmed(
    read: CounterRead, doubted: Mark, here: Mark, ledger: Ledger, spec: CounterSpec
) -> tuple[Sample, Bookings]:
    before = ledger.last
    greatest = _greatest_between(before, doubted, spec)
    greatest_in_all = _greatest_between(before, here, spec)
    step = spec.step(before.raw, doubted.raw)
    # Where the doubted read was nonsense after all, this is the way the totaliser went.
    direct = spec.step(before.raw, here.raw)
    if direct is not None and (
        abs(direct) > _most_believed(before, here, greatest_in_all, spec)
        or _is_of_the_new_device(here, direct, abs(direct), ledger, spec)
    ):
        direct = None
    if step is not None and abs(step) <= _most_believed(before, doubted, greatest, spec):
        if spec.goes_round(_longest(greatest, spec)):
            if ledger.swap is None and direct is not None:
                return _lost(read, here, ledger, "gap", spec.bounds(direct, greatest_in_all))
        elif not _is_of_the_new_device(doubted, step, abs(step), ledger, spec):
            gone = step + (spec.step(doubted.raw, here.raw) or 0)
            if direct is None or direct == gone:
                return _gone_on(read, here, ledger, gone)
    if direct is not None:
        # Set anew and gone on, or nonsense before a silence: both are possible, so neither is
        # booked as known. Which of them it was, a person may tell.
        kind = "reset" if ledger.swap is None else "swap"
        ledger.swap = None
        return _lost(read, here, ledger, kind, spec.bounds(None, greatest_in_all))
    if ledger.swap is not None:
        return _swapped(read, doubted, here, ledger, spec)
    return _lost(read, doubted, ledger, "reset", spec.bounds(None, greatest))


def _greatest_between(before: Mark, here: Mark, spec: CounterSpec) -> int | None:
    elapsed_us = before.until_us(here)
    return None if elapsed_us is None else spec.greatest_step(elapsed_us)


def _longest(greatest: int | None, spec: CounterSpec) -> int:
    return spec.greatest_step(LONGEST_OUTAGE_US) if greatest is None else greatest


def _most_believed(before: Mark, here: Mark, greatest: int | None, spec: CounterSpec) -> int:
    if greatest is not None:
        return greatest
    fell = here.raw > before.raw if spec.runs == "down" else here.raw < before.raw
    if not fell or spec.runs == "both" or not spec.modulus:
        return spec.greatest_step(LONGEST_OUTAGE_US)
    over_zero = spec.greatest_step(_LONGEST_OUTAGE_OVER_ZERO_US)
    return min(over_zero, spec.modulus // _LARGEST_ROLLOVER)


def _lost(
    read: CounterRead,
    beginning: Mark,
    ledger: Ledger,
    kind: str,
    bounds: tuple[int | None, int | None],
) -> tuple[Sample, Bookings]:
    """What was counted up to a new beginning cannot be known."""
    booking = unknown(ledger, read.point, beginning, kind, bounds)
    return bad(read, "counter_reset"), (booking,)


# ── Another device ────────────────────────────────────────────────────────────────────────


def _swapped(
    read: CounterRead, doubted: Mark, here: Mark, ledger: Ledger, spec: CounterSpec
) -> tuple[Sample, Bookings]:
    before, swap = ledger.last, ledger.swap
    greatest = _greatest_between(before, doubted, spec)
    old = _told(None if swap is None else swap.final, before.raw, greatest, spec, ends=True)
    new = _told(None if swap is None else swap.initial, doubted.raw, greatest, spec, ends=False)
    ledger.swap = None
    if old is not None and new is not None:
        bookings = [known(ledger, read.point, doubted, old + new, "swap")]
        if since := spec.step(doubted.raw, here.raw):
            bookings.append(known(ledger, read.point, here, since))
        else:
            ledger.begin_again(here)
        ledger.lost = None
        return good(read, ledger), tuple(bookings)
    bookings = []
    if old and swap is not None and swap.final is not None:
        # When it was counted nobody knows, so it takes no time of the unknown interval.
        at = doubted if began_us(before, doubted) is None else before
        told = Mark(swap.final, at.t_us, at.mono_us, at.boot_id, at.synchronised)
        bookings.append(known(ledger, read.point, told, old, "swap"))
    # What is known of the interval is booked already, so the rest may be nothing.
    least, most = spec.bounds(None, greatest)
    part = old if old is not None else new or 0
    if most is not None and spec.runs != "both":
        most = max(most - part, 0)
    first_shown = doubted
    if new is not None and swap is not None and swap.initial is not None:
        first_shown = Mark(
            swap.initial, doubted.t_us, doubted.mono_us, doubted.boot_id, doubted.synchronised
        )
    bookings.append(unknown(ledger, read.point, first_shown, "swap", (least, most)))
    if new:
        bookings.append(known(ledger, read.point, doubted, new, "swap"))
    # A part of it is booked, so the whole cannot be told later.
    if old is not None or new is not None:
        ledger.lost = None
    ledger.begin_again(doubted)
    return bad(read, "counter_reset"), tuple(bookings)


def _told(
    told: int | None, shown: int, greatest: int | None, spec: CounterSpec, *, ends: bool
) -> int | None:
    """Counts between what a person told and a read; None where that cannot be."""
    if told is None or spec.goes_round(_longest(greatest, spec)):
        return None
    step = spec.step(shown, told) if ends else spec.step(told, shown)
    return None if step is None or abs(step) > _longest(greatest, spec) else step
