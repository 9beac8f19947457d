"""Intake: rows of the journal, given to the account and to the live window."""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from agent.cofiring.balance import slot_of
from agent.cofiring.plant import Plant
from agent.samples import Sample
from gateway.footprint.gauges import Gauges
from gateway.footprint.integrator import Integrator
from gateway.footprint.ledger import Ledger
from gateway.footprint.live import LiveWindow
from gateway.historian.readrow import ReadRow
from gateway.historian.reads import Reads


class JournalReader(Protocol):
    """Where rows come from, in commit order."""

    def rows(
        self,
        after_n: int = 0,
        limit: int = 1000,
        points: Container[str] | None = None,
        *,
        side_by_side: bool = False,
    ) -> Iterator[ReadRow]:
        """The rows after a number, with the samples of some points."""
        ...


class _Samples(NamedTuple):
    """The samples of a row that are looked at one by one.

    Args:
        resolved: Of earlier rows, whose time is known since this one.
        fresh: Its own, and totals made of rates.
        timed: Those that were read and have a time.
    """

    resolved: list[Sample]
    fresh: list[Sample]
    timed: list[Sample]


class Intake:
    """Where the samples of rows go. Reads by which totals only rise cost next to nothing.

    Args:
        plant: The unit.
        gaps_us: By point of a rate, over what time two reads may be joined [µs].
        window: Sees the samples of each row once, though rows are read again.
        gauges: Gets what is measured beside feeders.
    """

    def __init__(
        self, plant: Plant, gaps_us: Mapping[str, int], window: LiveWindow, gauges: Gauges
    ) -> None:
        self._rates, self._gaps_us, self._window = plant.rates(), gaps_us, window
        self._gauges = gauges
        self._integrator = Integrator(self._rates, gaps_us)
        self.seen_n = 0

    def begin(self, after_n: int, state: Mapping[str, Any]) -> None:
        """Read on after a row, with what `dump` gave there."""
        self._integrator = Integrator(self._rates, self._gaps_us)
        self._integrator.restore(state)
        self.seen_n = max(self.seen_n, after_n)

    def dump(self) -> dict[str, Any]:
        """What has to survive a restart, JSON-ready."""
        return self._integrator.dump()

    def take(self, row: ReadRow, ledger: Ledger, recall: Callable[[int], None]) -> None:
        """Take the next row.

        Args:
            row: In the order of the journal.
            ledger: Gets the reads of totalisers.
            recall: Called with the start of a slot [UTC µs] whose neighbours the ledger needs.
        """
        if row.rebooked or row.bookings:
            ledger.tell([*row.rebooked, *(row.bookings if row.synchronised else ())])
        others = ledger.follow(row.reads) if row.synchronised else row.reads
        samples = self._seen(row, others)
        if samples is not None:
            _look(row, samples, ledger, recall)
            self._gauges.take(samples.timed)
        if row.synchronised:
            for reads in others:
                ledger.follow_on(reads)
            ledger.pass_time(row.utc_us)

    def watch(self, row: ReadRow) -> None:
        """Take the next row for the live figures alone."""
        self._seen(row, row.reads)

    def _seen(self, row: ReadRow, others: Sequence[Reads]) -> _Samples | None:
        """Show a row to the live window; what of it has to be looked at one by one, if anything."""
        new = row.n > self.seen_n
        if new:
            if row.reads:
                self._window.keep(row.reads)
            self.seen_n = row.n
        if not (others or row.batches or row.resolved):
            return None
        resolved = [sample for batch in row.resolved for sample in batch.samples]
        single = [sample for batch in row.batches for sample in batch.samples]
        beside = [sample for reads in others for sample in reads.samples()]
        timed = [*resolved, *single, *beside] if row.synchronised else resolved
        made = [*single, *self._integrator.totals(timed)]
        if new and (made or resolved):
            self._window.take([*resolved, *made])
        return _Samples(resolved, [*beside, *made], timed)


def _look(row: ReadRow, samples: _Samples, ledger: Ledger, recall: Callable[[int], None]) -> None:
    resolved, fresh, timed = samples
    if timed:
        earliest_us = slot_of(min([sample.t_us for sample in timed]))
        if earliest_us < ledger.kept_from_us:
            recall(earliest_us)
    if resolved:
        ledger.place(resolved)
        ledger.take(resolved)
    ledger.take(fresh, timed=row.synchronised)
