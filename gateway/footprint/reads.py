"""Reads: the samples of journal rows, with totals made of rates; the live window sees each once."""

from collections.abc import Container, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from agent.cofiring.plant import Plant
from agent.samples import Sample
from gateway.footprint.integrator import Integrator
from gateway.footprint.live import LiveWindow
from gateway.historian.readrow import ReadRow


class JournalReader(Protocol):
    """Where rows come from, in commit order."""

    def rows(
        self, after_n: int = 0, limit: int = 1000, points: Container[str] | None = None
    ) -> Iterator[ReadRow]:
        """The rows after a number, with the samples of some points."""
        ...


class RowReads(NamedTuple):
    """The samples of a row.

    Args:
        resolved: Of earlier rows, whose time is known since this one.
        fresh: Its own, and totals made of rates.
        timed: Those that were read and have a time.
    """

    resolved: list[Sample]
    fresh: list[Sample]
    timed: list[Sample]


class Reads:
    """Reads rows in the order of the journal.

    Args:
        plant: The unit.
        gaps_us: By point of a rate, over what time two reads may be joined [µs].
        window: Sees the samples of each row once, though rows are read again.
    """

    def __init__(self, plant: Plant, gaps_us: Mapping[str, int], window: LiveWindow) -> None:
        self._rates, self._gaps_us, self._window = plant.rates(), gaps_us, window
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

    def of(self, row: ReadRow) -> RowReads:
        """The samples of the next row."""
        resolved = [sample for batch in row.resolved for sample in batch.samples]
        fresh = [sample for batch in row.batches for sample in batch.samples]
        timed = [*resolved, *fresh] if row.synchronised else resolved
        fresh = [*fresh, *self._integrator.totals(timed)]
        if row.n > self.seen_n:
            self._window.take([*resolved, *fresh])
            self.seen_n = row.n
        return RowReads(resolved, fresh, timed)
