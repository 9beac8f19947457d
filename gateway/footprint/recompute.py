"""Restating: the same stored inputs with other lots or tables, as revisions, never silently."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from agent.cofiring.record import FactorRecord, moved
from gateway.clock import Now
from gateway.footprint.calendar import LONG
from gateway.footprint.moments import us_of
from gateway.footprint.periods import Opening, Periods
from gateway.footprint.store import FootprintStore
from gateway.footprint.sums_shelf import Summed
from gateway.footprint.writer import Writer


@dataclass(frozen=True, slots=True)
class Move:
    """A record that a restatement moves, and the fields by which: (old, new).

    Args:
        record_id: The record as it is; the empty text where there is none yet.
    """

    record_id: str
    series_id: str
    valid_from_utc: str
    fields: dict[str, tuple[Any, Any]]

    @property
    def period(self) -> str:
        """Kind of the record's period: the end of its series' name."""
        return self.series_id.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be restated.

    Args:
        from_us: Slots that begin then or later, UTC [µs].
        to_us: Slots that begin earlier than this, UTC [µs].
        closed_until_us: Until where slots are closed, UTC [µs].
        reason: Written into each revision; None to change nothing and only tell what would move.
    """

    from_us: int
    to_us: int
    closed_until_us: int
    reason: str | None


class WallClock(Protocol):
    """What time it is, and whether that can be believed."""

    def now(self) -> Now:
        """The instant."""
        ...


def restated(
    store: FootprintStore,
    clock: WallClock,
    opening: Opening,
    asked: Asked,
    progress: Callable[[int, int], None] | None,
) -> list[Move]:
    """Restate a range, a legal day in a transaction; months and years at the end.

    Args:
        store: Where inputs and records lie.
        clock: Dates the revisions.
        opening: With the lots and tables that are to count.
        asked: What is to be restated.
        progress: Told after each day how many of how many are done.
    """
    moves: list[Move] = []
    fresh: dict[tuple[str, int], Summed] = {}
    to_us = min(asked.to_us, asked.closed_until_us)
    days = opening.calendar.spans("day", asked.from_us, to_us)
    for done, (start, end) in enumerate(days, start=1):
        with store.write(clock.now().utc_us) as writer:
            span = (max(start, asked.from_us), min(end, to_us))
            periods = opening.periods(writer, fresh)
            moves += _restate_day(writer, periods, opening, asked, span)
        if progress is not None:
            progress(done, len(days))
    if days:
        with store.write(clock.now().utc_us) as writer:
            moves += _restate_longer(writer, opening.periods(writer, fresh), asked)
    return moves


def _restate_day(
    writer: Writer, periods: Periods, opening: Opening, asked: Asked, span: tuple[int, int]
) -> Iterator[Move]:
    """Recompute the minutes of a day, the settlement periods they lie in, and the day itself."""
    slots = writer.slot_inputs(opening.issuer.unit, *span)
    opening.learn(slots)
    yield from _moves(writer, periods.minutes(slots), asked)
    slots_us = [slot.slot_us for slot in slots]
    for kind in ("settlement", "day"):
        for touched in periods.closed(kind, slots_us, asked.closed_until_us):
            yield from _moves(writer, periods.records(kind, *touched), asked)
    if asked.reason is not None:
        periods.keep()
    periods.forget("settlement")


def _restate_longer(writer: Writer, periods: Periods, asked: Asked) -> Iterator[Move]:
    """Recompute the months and years that lie in a range, once its days are done."""
    to_us = min(asked.to_us, asked.closed_until_us)
    for kind in LONG[1:]:
        for touched in periods.within(kind, asked.from_us, to_us, asked.closed_until_us):
            yield from _moves(writer, periods.records(kind, *touched), asked)
    if asked.reason is not None:
        periods.keep()


def _moves(writer: Writer, drafts: Iterable[FactorRecord], asked: Asked) -> Iterator[Move]:
    for draft in drafts:
        newest = writer.newest(draft.series_id, us_of(draft.valid_from_utc))
        if newest is not None and newest.inputs_digest == draft.inputs_digest:
            continue
        fields = moved(newest, draft) if newest else {}
        yield Move(
            newest.record_id if newest else "", draft.series_id, draft.valid_from_utc, fields
        )
        if asked.reason is not None:
            writer.append(draft, asked.reason)
