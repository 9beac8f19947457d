"""Bookings: what goes into a totaliser's chain, and its ledger with it."""

from gateway.clock import STEP_US
from gateway.historian.rows import Booking
from gateway.modbus.ledger import Ledger, Lost, Mark


def first(point: str, here: Mark, ledger: Ledger) -> Booking:
    """The booking that begins a chain."""
    return Booking(point, None, here.t_us, None, here.raw, 0.0, "first", ledger.total)


def told_later(ledger: Ledger, point: str, counts: int, kind: str) -> Booking:
    """Book what the newest unknown interval of a ledger was after all."""
    lost = ledger.lost
    if lost is None:
        raise ValueError(f"{point}: no interval is unknown")
    ledger.counts += counts
    ledger.lost = None
    ledger.jumped = True
    return Booking(
        counter=point,
        from_us=began_us(lost.before, lost.beginning),
        to_us=lost.beginning.t_us,
        from_raw=ledger.last.raw,
        to_raw=ledger.last.raw,
        amount=ledger.amount(counts),
        kind=kind,
        total=ledger.total,
    )


def known(ledger: Ledger, point: str, here: Mark, counts: int, kind: str | None = None) -> Booking:
    """Book some counts up to a believed read, which the ledger goes on from.

    Args:
        ledger: Brought up to date.
        point: The totaliser.
        here: The read.
        counts: What was counted since the last one.
        kind: "swap"; else "step" or "rollover", whichever it was.
    """
    before = ledger.last
    rose = (here.raw > before.raw) == ((counts > 0) == (ledger.runs != "down"))
    ledger.counts += counts
    ledger.begin_again(here)
    return Booking(
        point,
        began_us(before, here),
        here.t_us,
        before.raw,
        here.raw,
        ledger.amount(counts),
        kind or ("step" if rose else "rollover"),
        ledger.total,
    )


def unknown(
    ledger: Ledger, point: str, beginning: Mark, kind: str, bounds: tuple[int | None, int | None]
) -> Booking:
    """Book that nobody knows what was counted up to a new beginning.

    Args:
        ledger: Brought up to date; it remembers the interval, should somebody tell it later.
        point: The totaliser.
        beginning: The read that the ledger goes on from.
        kind: "reset", "gap" or "swap".
        bounds: Least and most counts; None where nothing bounds them.
    """
    before = ledger.last
    least, most = bounds
    ledger.lost = Lost(kind, before, beginning, least, most)
    ledger.begin_again(beginning)
    return Booking(
        point,
        began_us(before, beginning),
        beginning.t_us,
        before.raw,
        beginning.raw,
        None,
        kind,
        ledger.total,
        None if least is None else ledger.amount(least),
        None if most is None else ledger.amount(most),
    )


def began_us(before: Mark, here: Mark) -> int | None:
    """UTC of the mark before, told by the clock as it stands now where it was set since [µs]."""
    elapsed_us = before.until_us(here)
    if elapsed_us is None:
        return before.t_us if before.synchronised else None
    if before.boot_id != here.boot_id:
        return before.t_us
    began_us = here.t_us - elapsed_us
    return before.t_us if abs(began_us - before.t_us) < STEP_US else began_us
