"""Recorded: what the commits of a journal told the alarm engine."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from agent.samples import Sample
from gateway.historian.codec import unfold
from gateway.historian.corrections import Frame
from gateway.historian.reader import Reader
from gateway.historian.readrow import RawRow
from gateway.historian.told import Told, told_of

_PAGE: Final = 500

Take = Callable[[Told], tuple[Sample, ...]]


@dataclass(frozen=True, slots=True)
class Recorded:
    """One commit.

    Args:
        frame: The clock it was written by.
        utc_us: When it was written, UTC [µs].
        told: What came, in order.
        take: The samples of one of them.
    """

    frame: Frame
    utc_us: int
    told: Iterator[Told]
    take: Take


def journal_commits(reader: Reader, from_n: int, to_us: int) -> Iterator[Recorded]:
    """The commits of the journal from a number on, those written before `to_us`.

    Samples are given as they were judged: what was learnt of their times later is left out.

    Args:
        reader: Of the journal.
        from_n: The first commit.
        to_us: End, UTC [µs].

    Raises:
        JournalError: The journal cannot be read.
    """
    after_n = from_n - 1
    while page := list(reader.raw_rows(after_n, _PAGE)):
        names = reader.names()
        after_n = page[-1].frame.n
        for row in page:
            if row.utc_us < to_us:
                yield Recorded(row.frame, row.utc_us, told_of(row), _taking(row, names))


def _taking(row: RawRow, names: dict[int, str]) -> Take:
    samples: dict[int, tuple[Sample, ...]] = {}
    first = 0
    for head, own in unfold(row.packed, names) if row.packed else ():
        if own:
            samples[first] = own
        first += head.count
    return lambda told: samples[told.first] if told.size else ()
