"""Intake: rows of the journal, given to all that count them."""

from collections.abc import Callable, Iterable, Sequence

from agent.cofiring.balance import slot_of
from gateway.footprint.gauges import Gauges
from gateway.footprint.integrator import Integrator
from gateway.footprint.ledger import Ledger
from gateway.footprint.live import LiveWindow
from gateway.historian.readrow import ReadRow
from gateway.historian.reads import Reads


class Intake:
    """Where the samples of a row go. Reads by which totals only rise cost next to nothing.

    Args:
        ledger: Gets the reads of totalisers.
        integrator: Makes totals from rates.
        window: Gets what the live figures follow from.
        gauges: Gets what is measured beside feeders.
        recall: Called with the start of a slot [UTC µs] whose neighbours the ledger needs again.
    """

    def __init__(
        self,
        ledger: Ledger,
        integrator: Integrator,
        window: LiveWindow,
        gauges: Gauges,
        recall: Callable[[int], None],
    ) -> None:
        self._ledger, self._integrator = ledger, integrator
        self._window, self._gauges, self._recall = window, gauges, recall

    def take(self, row: ReadRow) -> None:
        """Take a row, in the order of the journal."""
        if row.rebooked or row.bookings:
            self._ledger.tell([*row.rebooked, *(row.bookings if row.synchronised else ())])
        others = self._follow(row) if row.reads else ()
        if others or row.batches or row.resolved:
            self._look(row, others)
        if row.synchronised:
            self._ledger.pass_time(row.utc_us)

    def _follow(self, row: ReadRow) -> Sequence[Reads]:
        """Take what only rises; the reads that have to be looked at one by one are left."""
        self._window.keep(row.reads)
        follow = self._ledger.follow
        return [reads for reads in row.reads if not (row.synchronised and follow(reads))]

    def _look(self, row: ReadRow, others: Iterable[Reads]) -> None:
        """Take samples one by one."""
        resolved = [sample for batch in row.resolved for sample in batch.samples]
        fresh = [sample for batch in row.batches for sample in batch.samples]
        kept = [sample for reads in others for sample in reads.samples()]
        timed = [*resolved, *fresh, *kept] if row.synchronised else resolved
        fresh += self._integrator.totals(timed)
        if timed:
            earliest_us = slot_of(min([sample.t_us for sample in timed]))
            if earliest_us < self._ledger.kept_from_us:
                self._recall(earliest_us)
        if resolved:
            self._ledger.place(resolved)
            self._ledger.take(resolved)
        self._ledger.take([*kept, *fresh], timed=row.synchronised)
        if fresh or resolved:
            self._window.take([*resolved, *fresh])
        self._gauges.take(timed)
        if row.synchronised:
            for reads in others:
                self._ledger.follow_on(reads)
