"""CounterBook: the ledger of every totaliser, each step booked exactly once.

A totaliser rolls over, is reset, and now and then shows nonsense. What it counted is booked only
where it is known:

    plausible step forward, or over the modulus      -> booked as "step" or "rollover"
    implausible once                                 -> quarantined (counter_glitch), not booked
    implausible, and the next read continues it      -> "reset": amount unknown, a new beginning
    silent so long that it may have gone right round -> "gap": amount unknown
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from agent.samples import Quality, Sample
from gateway.historian.rows import Booking
from gateway.modbus.ledger import Ledger, Mark
from gateway.modbus.reading import CounterRead

_CAPTURE_SLACK_S: Final = 1.0
"""How far two capture times can be from the instants the device counted at [s]."""


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
    """

    def __init__(self, specs: Mapping[str, CounterSpec]) -> None:
        self._specs = dict(specs)
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

    def shift(self, step_us: int) -> None:
        """The gateway's clock was corrected by so much [µs]: known capture times move with it."""
        for point, ledger in self._ledgers.items():
            ledger.shift(step_us)
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
        here = Mark(read.raw, read.t_us)
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
    greatest = spec.greatest_step(here.t_us - before.t_us)
    if greatest >= spec.modulus:
        return _lost(read, before, here, ledger, "gap")
    step = (here.raw - before.raw) % spec.modulus
    if step <= greatest:
        ledger.go_on(here, step)
        kind = "step" if here.raw >= before.raw else "rollover"
        if step == 0:
            return _good(read, ledger), None
        return _good(read, ledger), _booking(
            ledger, read.point, before, here, kind=kind, counts=step
        )
    doubted = ledger.doubted
    if doubted is not None and _continues(doubted, here, spec):
        return _lost(read, before, doubted, ledger, "reset")
    ledger.doubted = here
    return _bad(read, "counter_glitch"), None


def _continues(doubted: Mark, here: Mark, spec: CounterSpec) -> bool:
    step = (here.raw - doubted.raw) % spec.modulus
    return step <= spec.greatest_step(here.t_us - doubted.t_us)


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
        from_us=None if before is None else before.t_us,
        to_us=here.t_us,
        from_raw=None if before is None else before.raw,
        to_raw=here.raw,
        amount=None if counts is None else float(ledger.amount(counts)),
        kind=kind,
        total=ledger.total,
    )


def _good(read: CounterRead, ledger: Ledger) -> Sample:
    return Sample(read.point, read.t_us, ledger.total)


def _bad(read: CounterRead, reason: str) -> Sample:
    return Sample(read.point, read.t_us, None, Quality.BAD, reason)
