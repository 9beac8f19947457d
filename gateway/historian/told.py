"""Told: what a commit told the alarm engine, in the order it came, for replay."""

from collections.abc import Iterator
from enum import IntEnum
from heapq import merge
from operator import attrgetter
from typing import NamedTuple

from gateway.historian.readrow import RawRow


class Kind(IntEnum):
    """What came."""

    BOARD = 0
    """A message of a board, with its samples."""
    OTHER = 1
    """A reading of a meter, or what the gateway derived itself."""
    HEARD = 2
    """A word of a board without samples."""
    TICK = 3
    """Time went on."""


class Told(NamedTuple):
    """One thing that came.

    Args:
        at_us: When, by the gateway's clock as it stood, UTC [µs].
        kind: What.
        name: The board or meter; empty for ticks.
        first: Place in the commit of its first sample.
        size: How many samples.
    """

    at_us: int
    kind: Kind
    name: str
    first: int
    size: int


def told_of(row: RawRow) -> Iterator[Told]:
    """What a row told. Samples keep their order, and so do ticks, over a step of the clock too."""
    heard = (Told(one.at_us, Kind.HEARD, one.board, 0, 0) for one in row.extras.heard)
    ticks = (Told(at_us, Kind.TICK, "", 0, 0) for at_us in row.extras.ticks_us)
    return merge(_samples(row), heard, ticks, key=attrgetter("at_us"))


def _samples(row: RawRow) -> Iterator[Told]:
    first = 0
    for head in row.packed.heads if row.packed else ():
        kind = Kind.BOARD if head.origin.kind == "board" else Kind.OTHER
        yield Told(head.arrival_us, kind, head.origin.name, first, head.count)
        first += head.count
