"""What was stored while things went wrong, held against what the devices knew."""

from fractions import Fraction

from faulty_bus import LONGEST_REPLY_S, POLL_S, TIMEOUT_S
from faulty_hour import Hour
from virtual_time import loop_s

from agent.samples import Quality
from gateway.historian.rows import Booking
from simulators.fieldbus.device import Device
from simulators.fieldbus.faults import GLITCHES
from simulators.fieldbus.schedule import Episode
from simulators.fieldbus.truth import Total

# ── Truth ─────────────────────────────────────────────────────────────────────────────────


def check_truth(hour: Hour) -> None:
    """Every value stored as good was true within one poll interval of its capture time."""
    wrong = [*_wrong_gauges(hour), *_wrong_totals(hour), *_wrong_bookings(hour)]
    assert not wrong, f"{len(wrong)} stored as good and wrong:\n" + "\n".join(wrong[:10])


def _wrong_gauges(hour: Hour) -> list[str]:
    wrong = []
    for sample in hour.record.gauges:
        if sample.quality is not Quality.GOOD:
            continue
        t_s, one = loop_s(sample.t_us), hour.field(sample.point)
        assert one.swing is not None
        assert sample.value is not None
        low, high = one.swing.bounds(t_s - POLL_S, t_s + POLL_S)
        step = 1e-6 * high if one.type.startswith("float") else 0.5001 * one.scale
        if not low - step <= sample.value <= high + step and not hour.excused(sample.point, t_s):
            wrong.append(f"{sample.point} at {t_s:.3f} s: {sample.value}, truth {low} to {high}")
    return wrong


def _wrong_totals(hour: Hour) -> list[str]:
    wrong = []
    known: dict[str, Fraction] = {}
    told = 0
    for read, sample, bookings in hour.record.totals:
        for booking in hour.record.bookings[told:bookings]:
            before = known.get(booking.counter, Fraction(0))
            known[booking.counter] = before + _exact(hour, booking)
        told, t_s = bookings, loop_s(read.t_us)
        if sample.quality is not Quality.GOOD or hour.excused(read.point, t_s):
            continue
        if not _true_count(hour, read.point, read.raw, t_s):
            wrong.append(f"{read.point} at {t_s:.3f} s: {read} was believed")
        if sample.value != float(known[read.point]):
            wrong.append(f"{read.point} at {t_s:.3f} s: {sample.value}, booked {known[read.point]}")
    return wrong


def _exact(hour: Hour, booking: Booking) -> Fraction:
    total = hour.field(booking.counter).total
    assert total is not None
    if booking.amount is None:
        return Fraction(0)
    return round(booking.amount / total.scale) * Fraction(repr(total.scale))


def _true_count(hour: Hour, point: str, raw: int | None, t_s: float) -> bool:
    """Whether a register showed this at some instant within one poll interval."""
    total = hour.field(point).total
    assert total is not None
    if raw is None:
        return False
    first_s = t_s - POLL_S
    for restart in total.restarts:
        if first_s < restart.t_s <= t_s + POLL_S:
            gone = total.counted(t_s + POLL_S) - total.counted(restart.t_s)
            if (raw - restart.shows) % total.modulus <= gone:
                return True
            t_s = restart.t_s - POLL_S
    gone = total.counted(t_s + POLL_S) - total.counted(first_s)
    return (raw - total.shown(first_s)) % total.modulus <= gone


def _wrong_bookings(hour: Hour) -> list[str]:
    wrong = []
    for booking in hour.record.bookings:
        if booking.kind == "first":
            continue
        assert booking.from_us is not None
        from_s, to_s = loop_s(booking.from_us), loop_s(booking.to_us)
        if hour.excused(booking.counter, from_s) or hour.excused(booking.counter, to_s):
            continue
        if (reason := _fault_of(hour, booking, from_s, to_s)) is not None:
            wrong.append(f"{booking.counter} {from_s:.3f} to {to_s:.3f} s: {reason}: {booking}")
    return wrong


def _fault_of(hour: Hour, booking: Booking, from_s: float, to_s: float) -> str | None:
    total = hour.field(booking.counter).total
    assert total is not None
    least = max(0, total.counted(to_s - POLL_S) - total.counted(from_s + POLL_S))
    most = total.counted(to_s + POLL_S) - total.counted(from_s - POLL_S)
    began_anew = total.restarted(from_s - POLL_S, to_s + POLL_S)
    if booking.amount is None:
        went_round = 1.2 * total.flow.high * (to_s - from_s + 3.0) >= total.modulus * total.scale
        hidden = (
            began_anew
            or (went_round and booking.kind == "gap")
            or _glitch_before_silence(hour, booking.counter, from_s, to_s)
        )
        return _fault_of_bounds(booking, total, least, most) if hidden else "nothing hid it"
    counts = round(booking.amount / total.scale)
    if not least <= counts <= most:
        return f"{least} to {most} counts"
    if total.restarted(from_s + POLL_S, to_s - POLL_S):
        return "it began anew in between"
    assert booking.from_raw is not None
    differs = (counts - (booking.to_raw - booking.from_raw)) % total.modulus
    return "not the difference of its counts" if differs else None


def _glitch_before_silence(hour: Hour, point: str, from_s: float, to_s: float) -> bool:
    """Whether a glitch and then a long silence could as well have been a reset."""
    unit = hour.device(point).unit
    return to_s - from_s > 3 * POLL_S and any(
        asked.unit == unit and fault in GLITCHES and from_s <= asked.t_s <= to_s
        for bus in hour.buses
        for asked, fault in bus.struck
    )


def _fault_of_bounds(booking: Booking, total: Total, least: int, most: int) -> str | None:
    if booking.least is not None and round(booking.least / total.scale) > most:
        return f"{most} counts at most"
    if booking.most is not None and round(booking.most / total.scale) < least:
        return f"{least} counts at least"
    return None


# ── Recovery ──────────────────────────────────────────────────────────────────────────────


def check_recovery(hour: Hour) -> int:
    """After each fault the device's next good read comes within one step of its back-off.

    Returns:
        After how many that could be judged, because no other fault followed soon.
    """
    late: list[str] = []
    judged = 0
    for number, episode in enumerate(hour.episodes):
        for device in hour.devices:
            if episode.unit not in {None, device.unit}:
                continue
            until_s = episode.to_s + _longest_wait_s(hour, episode, device)
            others = hour.episodes[:number] + hour.episodes[number + 1 :]
            if any(_disturbs(e, device, len(hour.buses), episode.to_s, until_s) for e in others):
                continue
            if until_s < loop_s(hour.record.gauges[-1].t_us):
                judged += 1
                late += _not_read(hour, device, episode, until_s)
    assert not late, "not read again:\n" + "\n".join(late[:10])
    return judged


def _disturbs(episode: Episode, device: Device, buses: int, from_s: float, until_s: float) -> bool:
    mine = buses == 1 or episode.unit in {None, device.unit}
    return mine and episode.from_s <= until_s and episode.to_s > from_s


def _longest_wait_s(hour: Hour, episode: Episode, device: Device) -> float:
    """The step of the back-off in force when a fault ends, and the time one poll may take.

    Waits of 0, 2, 4, … s lie between tries: in d seconds no more than n tries with n(n − 1) ≤ d.
    """
    lasted_s = episode.to_s - episode.from_s
    tries = 1
    while tries * (tries + 1) <= lasted_s:
        tries += 1
    step_s = min(2.0 * tries, 300.0)
    shared = len(hour.devices) if len(hour.buses) == 1 else 1
    return step_s + POLL_S + shared * (TIMEOUT_S + LONGEST_REPLY_S)


def _not_read(hour: Hour, device: Device, episode: Episode, until_s: float) -> list[str]:
    points = {f"{device.name}.{f.name}" for f in device.fields if f.swing is not None}
    read = {
        sample.point
        for sample in hour.record.gauges
        if sample.quality is Quality.GOOD and episode.to_s <= loop_s(sample.t_us) <= until_s
    }
    return [f"{point} by {until_s:.1f} s after {episode}" for point in sorted(points - read)]
