"""A meter's exchange: what a person tells of it, checked before it is believed (pure)."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from agent.errors import NotAllowedError
from gateway.historian.rows import Booking
from gateway.modbus.bookings import told_later
from gateway.modbus.judgement import LONGEST_OUTAGE_US
from gateway.modbus.ledger import Ledger, Lost, Mark, Swap
from gateway.modbus.scaling import exact
from gateway.modbus.totaliser import CounterSpec


class SwapError(NotAllowedError):
    """An exchange that cannot be as it is told; names value, unit and remedy."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a person read from the devices, in the totaliser's unit.

    Args:
        final: The old device's last count, as its register shows it.
        initial: The new device's first count.
    """

    final: float | None = None
    initial: float | None = None


@dataclass(frozen=True, slots=True)
class SwapState:
    """How a totaliser stands with regard to an exchange; amounts in its unit.

    Args:
        point: The totaliser.
        unit: Its unit.
        shown: What its register showed last.
        shown_us: When, UTC [µs].
        total: Everything booked so far.
        pending: Whether an exchange is announced and not seen yet.
        final: What was told of the old device.
        initial: What was told of the new one.
        announced_by: Who announced it.
        announced_us: When, UTC [µs].
        comment: Their words.
        lost_kind: Kind of the newest interval of unknown amount: "reset", "gap" or "swap".
        lost_from_us: Its beginning, UTC [µs].
        lost_to_us: Its end, UTC [µs].
        lost_least: Least that was counted in it.
        lost_most: Most that was.
    """

    point: str
    unit: str
    shown: float
    shown_us: int
    total: float
    pending: bool = False
    final: float | None = None
    initial: float | None = None
    announced_by: str | None = None
    announced_us: int | None = None
    comment: str | None = None
    lost_kind: str | None = None
    lost_from_us: int | None = None
    lost_to_us: int | None = None
    lost_least: float | None = None
    lost_most: float | None = None


def state_of(point: str, ledger: Ledger, spec: CounterSpec) -> SwapState:
    """How a totaliser stands."""

    def worth(counts: int | None) -> float | None:
        return None if counts is None else ledger.amount(counts)

    swap, lost = ledger.swap, ledger.lost
    return SwapState(
        point,
        spec.unit,
        ledger.amount(ledger.last.raw),
        ledger.last.t_us,
        ledger.total,
        pending=swap is not None,
        final=None if swap is None else worth(swap.final),
        initial=None if swap is None else worth(swap.initial),
        announced_by=None if swap is None else swap.person,
        announced_us=None if swap is None else swap.t_us,
        comment=None if swap is None else swap.comment,
        lost_kind=None if lost is None else lost.kind,
        lost_from_us=None if lost is None else lost.before.t_us,
        lost_to_us=None if lost is None else lost.beginning.t_us,
        lost_least=None if lost is None else worth(lost.least),
        lost_most=None if lost is None else worth(lost.most),
    )


def announced(
    point: str,
    ledger: Ledger,
    spec: CounterSpec,
    told: Told,
    now: Mark,
    *,
    person: str,
    comment: str | None,
) -> Swap:
    """The exchange to wait for.

    Args:
        point: The totaliser.
        ledger: What is known of it.
        spec: What it can do.
        told: What was read from the devices.
        now: When that was told; its count means nothing.
        person: By whom.
        comment: Their words.

    Raises:
        SwapError: That cannot be.
    """
    final = _counts(point, "final", told.final, spec)
    initial = _counts(point, "initial", told.initial, spec)
    if final is not None:
        _check_final(point, final, ledger, spec, now)
    return Swap(person, now.t_us, comment, final, initial)


def amended(point: str, ledger: Ledger, spec: CounterSpec, told: Told, now: Mark) -> int:
    """Counts of the newest unknown interval, by what was read from the devices.

    Raises:
        SwapError: That cannot be; nothing is amended.
    """
    final = _counts(point, "final", told.final, spec)
    initial = _counts(point, "initial", told.initial, spec)
    lost = ledger.lost
    if lost is None:
        raise SwapError(
            f"{point}: no interval of unknown amount is booked that could be told now; announce "
            "the exchange without --amend"
        )
    if final is None or initial is None:
        raise SwapError(
            f"{point}: what was counted between {_at(lost.before)} and {_at(lost.beginning)} "
            "follows from both counts only: tell --final and --initial, or leave it unknown"
        )
    if not now.synchronised:
        raise SwapError(
            f"{point}: the gateway's clock is not right yet, so the interval cannot be named; "
            "try again once it is"
        )
    old, new = spec.step(lost.before.raw, final), spec.step(initial, lost.beginning.raw)
    if old is None or new is None or not _within(old + new, lost, spec):
        raise SwapError(
            f"{point}: final {told.final:g} and initial {told.initial:g} {spec.unit} do not fit: "
            f"the old device showed {ledger.amount(lost.before.raw):g} {spec.unit} at "
            f"{_at(lost.before)}, the new one {ledger.amount(lost.beginning.raw):g} {spec.unit} at "
            f"{_at(lost.beginning)}, and {_bounds(ledger, lost, spec)} can lie between them. Check "
            "both counts and their unit"
        )
    return old + new


def amend(point: str, ledger: Ledger, counts: int) -> Booking:
    """Book what the newest unknown interval was."""
    return told_later(ledger, point, counts, "swap")


def _counts(point: str, what: str, value: float | None, spec: CounterSpec) -> int | None:
    if value is None:
        return None
    if not math.isfinite(value):
        raise SwapError(f"{point}: {what} {value} is no number; give it in {spec.unit}")
    counts = round(Fraction(repr(value)) / exact(spec.scale))
    if not spec.shows(counts) or (counts < 0 and not spec.signed):
        most = (spec.modulus - 1) * exact(spec.scale)
        raise SwapError(
            f"{point}: {what} {value:g} {spec.unit} is no count that its register can show (up to "
            f"{float(most):g} {spec.unit}); give the display's count in {spec.unit}"
        )
    return counts


def _check_final(point: str, final: int, ledger: Ledger, spec: CounterSpec, now: Mark) -> None:
    last = ledger.last
    elapsed_us = last.until_us(now)
    greatest = spec.greatest_step(LONGEST_OUTAGE_US if elapsed_us is None else elapsed_us)
    step = spec.step(last.raw, final)
    if step is not None and abs(step) <= greatest:
        return
    shown = f"{ledger.amount(last.raw):g} {spec.unit} at {_at(last)}"
    value = f"{point}: final {ledger.amount(final):g} {spec.unit}"
    below = final > last.raw if spec.runs == "down" else final < last.raw
    if below and spec.runs != "both":
        raise SwapError(
            f"{value} lies before the last read, {shown}: read the old device's display again, "
            "or leave --final out if nobody knows it"
        )
    raise SwapError(
        f"{value} is further from the last read, {shown}, than the "
        f"{ledger.amount(greatest):g} {spec.unit} it can have counted since: check the unit "
        f"(this totaliser is in {spec.unit}), or leave --final out if nobody knows it"
    )


def _within(counts: int, lost: Lost, spec: CounterSpec) -> bool:
    if spec.runs != "both" and counts < 0:
        return False
    greatest = spec.greatest_step(LONGEST_OUTAGE_US) if lost.most is None else lost.most
    return (lost.least is None or counts >= lost.least) and counts <= greatest


def _bounds(ledger: Ledger, lost: Lost, spec: CounterSpec) -> str:
    most = spec.greatest_step(LONGEST_OUTAGE_US) if lost.most is None else lost.most
    return f"{ledger.amount(lost.least or 0):g} to {ledger.amount(most):g} {spec.unit}"


def _at(mark: Mark) -> str:
    moment = datetime.fromtimestamp(mark.t_us / 1e6, UTC).isoformat(timespec="seconds")
    return moment.replace("+00:00", "Z") if mark.synchronised else "a time not known"
