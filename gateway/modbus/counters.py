"""CounterBook: the ledger of every totaliser, each step booked exactly once.

A totaliser rolls over, is reset, and now and then shows nonsense. What it counted is booked only
where it is known:

    plausible step forward, or over the modulus      -> booked as "step" or "rollover"
    implausible once                                 -> quarantined (counter_glitch), not booked
    implausible, and the next read continues it      -> "reset": amount unknown, a new beginning
    silent so long that it may have gone right round -> "gap": amount unknown

Where nobody knows how long it was silent (the machine restarted and one of its clocks could not
be believed), a step forward is booked as measured once a second read confirms it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from agent.samples import Quality, Sample
from gateway.clock import STEP_US
from gateway.historian.rows import Booking
from gateway.modbus.ledger import Ledger, Mark
from gateway.modbus.reading import CounterRead

_CAPTURE_SLACK_S: Final = 1.0
"""How far two capture times can be from the instants the device counted at [s]."""

_LONGEST_OUTAGE_US: Final = 31 * 86_400_000_000
_LONGEST_OUTAGE_OVER_ZERO_US: Final = 3_600_000_000
"""Longest silence of unknown length that a step may need at full rate, without and with a
roll-over in it [µs]: a count that fell may as well be a reset."""

_LARGEST_ROLLOVER: Final = 4
"""After such a silence a roll-over may be this part of the modulus at most (a quarter)."""


@dataclass(frozen=True, slots=True)
class CounterSpec:
    """What a totaliser can do.

    Args:
        unit: Unit of its total, as it ends the point's name.
        scale: Units per count.
        modulus: Count at which it shows 0 again.
        max_rate_per_s: Fastest it can run [unit/s].
        update_s: How often the device renews its register [s].
    """

    unit: str
    scale: float
    modulus: int
    max_rate_per_s: float
    update_s: float = 1.0

    def greatest_step(self, elapsed_us: int) -> int:
        """Most counts the totaliser can have gone on by in so much time [µs]."""
        seconds = max(elapsed_us, 0) / 1e6 + self.update_s + _CAPTURE_SLACK_S
        return int(self.max_rate_per_s * seconds / self.scale) + 1


class CounterBook:
    """The ledgers of all totalisers of a site.

    Args:
        specs: Point -> what its totaliser can do.
        boot_id: Boot of the gateway's machine, to know which monotonic times can be compared.
    """

    def __init__(self, specs: Mapping[str, CounterSpec], boot_id: str = "") -> None:
        self._specs = dict(specs)
        self._boot_id = boot_id
        self._ledgers: dict[str, Ledger] = {}
        self._changed: set[str] = set()

    def restore(self, rows: Mapping[str, str]) -> None:
        """Take over the ledgers of the last commit; what came after it is forgotten.

        Args:
            rows: Point -> JSON text, as `dirty` gave it.
        """
        self._ledgers = {
            point: Ledger.from_json(text) for point, text in rows.items() if point in self._specs
        }
        self._changed.clear()

    def dirty(self) -> dict[str, str | None]:
        """Ledgers changed since the last call: point -> JSON text."""
        changed = {point: self._ledgers[point].to_json() for point in sorted(self._changed)}
        self._changed.clear()
        return dict(changed)

    def shift(self, step_us: int, *, synchronised: bool = True) -> None:
        """The gateway's clock was set by so much [µs]: capture times of this boot go with it."""
        for point, ledger in self._ledgers.items():
            ledger.shift(step_us, self._boot_id, synchronised=synchronised)
            self._changed.add(point)

    def book(self, read: CounterRead) -> tuple[Sample, Booking | None]:
        """Judge one read of a totaliser.

        Returns:
            The total booked so far [the point's unit] as a sample, bad where the read cannot be
            believed; and the booking, if the count moved. `CounterRead.point` must have a spec.
        """
        spec = self._specs[read.point]
        if read.raw is None:
            return _bad(read, read.reason or "comm_fail"), None
        if not 0 <= read.raw < spec.modulus:
            return _bad(read, "counter_glitch"), None
        self._changed.add(read.point)
        here = Mark(read.raw, read.t_us, read.mono_us, self._boot_id, read.synchronised)
        ledger = self._ledgers.get(read.point)
        if ledger is None:
            ledger = self._ledgers[read.point] = Ledger(here, spec.scale, spec.modulus)
            return _good(read, ledger), _booking(
                ledger, read.point, None, here, kind="first", counts=0
            )
        return _judge(read, here, ledger, spec)


def _judge(
    read: CounterRead, here: Mark, ledger: Ledger, spec: CounterSpec
) -> tuple[Sample, Booking | None]:
    before = ledger.last
    if (ledger.scale, ledger.modulus) != (spec.scale, spec.modulus):
        ledger.rebase(spec.scale, spec.modulus)
        return _lost(read, before, here, ledger, "swap")
    elapsed_us = before.until_us(here)
    # This boot of the machine began after the mark, so at least its uptime has passed.
    greatest = spec.greatest_step((here.mono_us or 0) if elapsed_us is None else elapsed_us)
    if greatest >= spec.modulus:
        return _lost(read, before, here, ledger, "gap")
    step = (here.raw - before.raw) % spec.modulus
    if step <= greatest:
        return _gone_on(read, before, here, ledger, step)
    doubted = ledger.doubted
    if doubted is not None and _continues(doubted, here, spec):
        if elapsed_us is None and step <= _greatest_of_outage(before, here, spec):
            return _gone_on(read, before, here, ledger, step)
        return _lost(read, before, doubted, ledger, "reset")
    ledger.doubted = here
    return _bad(read, "counter_glitch"), None


def _gone_on(
    read: CounterRead, before: Mark, here: Mark, ledger: Ledger, step: int
) -> tuple[Sample, Booking | None]:
    ledger.go_on(here, step)
    kind = "step" if here.raw >= before.raw else "rollover"
    if step == 0:
        return _good(read, ledger), None
    return _good(read, ledger), _booking(ledger, read.point, before, here, kind=kind, counts=step)


def _continues(doubted: Mark, here: Mark, spec: CounterSpec) -> bool:
    elapsed_us = doubted.until_us(here)
    step = (here.raw - doubted.raw) % spec.modulus
    return step <= spec.greatest_step((here.mono_us or 0) if elapsed_us is None else elapsed_us)


def _greatest_of_outage(before: Mark, here: Mark, spec: CounterSpec) -> int:
    if here.raw >= before.raw:
        return spec.greatest_step(_LONGEST_OUTAGE_US)
    greatest = spec.greatest_step(_LONGEST_OUTAGE_OVER_ZERO_US)
    return min(greatest, spec.modulus // _LARGEST_ROLLOVER)


def _lost(
    read: CounterRead, before: Mark, beginning: Mark, ledger: Ledger, kind: str
) -> tuple[Sample, Booking]:
    """What was counted up to a new beginning cannot be known."""
    ledger.begin_again(beginning)
    booking = _booking(ledger, read.point, before, beginning, kind=kind, counts=None)
    return _bad(read, "counter_reset"), booking


def _booking(
    ledger: Ledger, point: str, before: Mark | None, here: Mark, *, kind: str, counts: int | None
) -> Booking:
    return Booking(
        counter=point,
        from_us=None if before is None else _began_us(before, here),
        to_us=here.t_us,
        from_raw=None if before is None else before.raw,
        to_raw=here.raw,
        amount=None if counts is None else float(ledger.amount(counts)),
        kind=kind,
        total=ledger.total,
    )


def _began_us(before: Mark, here: Mark) -> int | None:
    """UTC of the mark before, told by the clock as it stands now where it was set since [µs]."""
    elapsed_us = before.until_us(here)
    if elapsed_us is None:
        return before.t_us if before.synchronised else None
    if before.boot_id != here.boot_id:
        return before.t_us
    began_us = here.t_us - elapsed_us
    return before.t_us if abs(began_us - before.t_us) < STEP_US else began_us


def _good(read: CounterRead, ledger: Ledger) -> Sample:
    return Sample(read.point, read.t_us, ledger.total)


def _bad(read: CounterRead, reason: str) -> Sample:
    return Sample(read.point, read.t_us, None, Quality.BAD, reason)
