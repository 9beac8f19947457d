"""CounterBook: the ledgers of all totalisers, each step booked exactly once."""

from collections.abc import Mapping
from typing import NamedTuple

from agent.samples import Sample
from gateway.clock import Now
from gateway.historian.rows import Booking
from gateway.modbus import bookings, judgement, swap
from gateway.modbus.ledger import Ledger, Mark
from gateway.modbus.reading import CounterRead
from gateway.modbus.swap import SwapError, SwapState, Told
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
        ledgers = self._ledgers
        changed: dict[str, str | None] = {p: ledgers[p].to_json() for p in sorted(self._changed)}
        self._changed.clear()
        return changed

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
            begun = bookings.first(point, here, ledger)
            return Booked(judgement.good(read, ledger), (begun,))
        settled = judgement.settle(ledger, here, point, spec) if ledger.lost is not None else ()
        sample, booked = judgement.judge(read, here, ledger, spec)
        return Booked(sample, settled + booked if settled else booked)

    # ── Exchange of a device ──────────────────────────────────────────────────────────────

    def swap_states(self, meter: str) -> list[SwapState]:
        """How the totalisers of a meter stand; those never read are missing."""
        return [
            swap.state_of(point, self._ledgers[point], self._specs[point])
            for point in self._read_of(meter)
        ]

    def announce_swap(
        self,
        meter: str,
        told: Mapping[str, Told],
        *,
        person: str,
        comment: str | None,
        now: Now,
    ) -> list[str]:
        """A meter is being exchanged: what does not go on from the old register is the new one.

        Args:
            meter: Its id.
            told: Point -> what was read from the devices; all other totalisers follow without.
            person: Who says so.
            comment: Their words.
            now: When.

        Returns:
            The totalisers that wait for the new device.

        Raises:
            SwapError: Nothing of it was taken over.
        """
        points = self._asked_for(meter, told)
        when = Mark(0, now.utc_us, now.mono_us, self._boot_id, now.synchronised)
        pending = {
            point: swap.announced(
                point,
                self._ledgers[point],
                self._specs[point],
                told.get(point, Told()),
                when,
                person=person,
                comment=comment,
            )
            for point in points
        }
        for point, one in pending.items():
            self._ledgers[point].swap = one
        self._changed.update(points)
        return points

    def amend_swap(self, meter: str, told: Mapping[str, Told], now: Now) -> list[Booking]:
        """A meter was exchanged: tell the amounts that were booked as unknown.

        Args:
            meter: Its id.
            told: Point -> what was read from the devices, both of them.
            now: When.

        Raises:
            SwapError: Nothing of it was taken over.
        """
        self._asked_for(meter, told)
        if not told:
            raise SwapError(f"{meter}: say which totaliser, with --point, --final and --initial")
        when = Mark(0, now.utc_us, now.mono_us, self._boot_id, now.synchronised)
        counts = {
            point: swap.amended(point, self._ledgers[point], self._specs[point], one, when)
            for point, one in told.items()
        }
        self._changed.update(counts)
        return [swap.amend(point, self._ledgers[point], n) for point, n in counts.items()]

    def cancel_swap(self, meter: str) -> list[str]:
        """Take back an announcement that nothing came of yet.

        Returns:
            The totalisers that waited.

        Raises:
            SwapError: None did.
        """
        points = [p for p in self._read_of(meter) if self._ledgers[p].swap is not None]
        if not points:
            raise SwapError(f"{meter}: no exchange is announced that could be taken back")
        for point in points:
            self._ledgers[point].swap = None
        self._changed.update(points)
        return points

    def _read_of(self, meter: str) -> list[str]:
        return [p for p, spec in self._specs.items() if spec.meter == meter and p in self._ledgers]

    def _asked_for(self, meter: str, told: Mapping[str, Told]) -> list[str]:
        points = self._read_of(meter)
        if not points:
            raise SwapError(
                f"{meter}: it has no totaliser that was ever read; there is nothing to carry over"
            )
        for point in told:
            if point not in points:
                raise SwapError(
                    f"{point}: meter {meter} has no such totaliser; it has {', '.join(points)}"
                )
        return points

    def _wake(self) -> None:
        for point in self._specs.keys() & self._resting.keys():
            self._ledgers[point] = Ledger.from_json(self._resting.pop(point))
