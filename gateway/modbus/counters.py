"""CounterBook: the ledgers of all totalisers, each step booked exactly once."""

from collections.abc import Mapping
from typing import NamedTuple

from agent.samples import Sample
from gateway.historian.rows import Booking
from gateway.modbus import judgement
from gateway.modbus.ledger import Ledger, Mark
from gateway.modbus.reading import CounterRead
from gateway.modbus.totaliser import CounterSpec

__all__ = ["Booked", "CounterBook", "CounterSpec"]


class Booked(NamedTuple):
    """What one read of a totaliser gave.

    Args:
        sample: The total booked so far [the point's unit], bad where the read cannot be believed.
        bookings: Mostly none or one; they continue the totaliser's chain in this order.
    """

    sample: Sample
    bookings: tuple[Booking, ...]


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
        self._resting: dict[str, str] = {}
        self._changed: set[str] = set()

    def restore(self, rows: Mapping[str, str]) -> None:
        """Take over the ledgers of the last commit; what came after it is forgotten.

        Args:
            rows: Point -> JSON text, as `dirty` gave it. Those of totalisers that are not
                configured are kept as they are.
        """
        self._ledgers = {}
        self._resting = dict(rows)
        self._changed.clear()
        self._wake()

    def respec(self, specs: Mapping[str, CounterSpec]) -> None:
        """Go on with another set of totalisers; ledgers of those left out are kept.

        Args:
            specs: Point -> what its totaliser can do.
        """
        self._specs = dict(specs)
        self._wake()

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

    def book(self, read: CounterRead) -> Booked:
        """Judge one read of a totaliser; `CounterRead.point` must have a spec."""
        point, raw = read.point, read.raw
        spec = self._specs[point]
        if raw is None:
            return Booked(judgement.bad(read, read.reason or "comm_fail"), judgement.NOTHING)
        if not spec.shows(raw):
            return Booked(judgement.bad(read, "counter_glitch"), judgement.NOTHING)
        self._changed.add(point)
        here = Mark(raw, read.t_us, read.mono_us, self._boot_id, read.synchronised)
        ledger = self._ledgers.get(point)
        if ledger is None:
            ledger = self._ledgers[point] = Ledger(here, spec.scale, spec.modulus, spec.runs)
            begun = judgement.first(point, here, ledger)
            return Booked(judgement.good(read, ledger), (begun,))
        settled = judgement.settle(ledger, point, spec) if ledger.lost is not None else ()
        sample, bookings = judgement.judge(read, here, ledger, spec)
        return Booked(sample, settled + bookings if settled else bookings)

    def _wake(self) -> None:
        for point in self._specs.keys() & self._resting.keys():
            self._ledgers[point] = Ledger.from_json(self._resting.pop(point))
