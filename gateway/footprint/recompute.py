"""Restating: the same stored inputs with other lots or tables, as revisions, never silently."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from agent.cofiring.record import FactorRecord, moved
from gateway.footprint.calendar import LONG, Calendar
from gateway.footprint.issuer import Issuer
from gateway.footprint.moments import us_of
from gateway.footprint.periods import Periods
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


def days_of(asked: Asked, calendar: Calendar) -> list[tuple[int, int]]:
    """The legal days to be restated, each cut to the range asked for."""
    to_us = min(asked.to_us, asked.closed_until_us)
    return [
        (max(start, asked.from_us), min(end, to_us))
        for start, end in calendar.spans("day", asked.from_us, to_us)
    ]


def restate_day(
    writer: Writer, periods: Periods, issuer: Issuer, asked: Asked, span: tuple[int, int]
) -> Iterator[Move]:
    """Recompute the minutes of a day, the settlement periods they lie in, and the day itself.

    Args:
        writer: Where inputs and records lie.
        periods: With what was computed anew on the days before.
        issuer: With the lots and tables that are to count.
        asked: What is to be restated.
        span: The day, or as much of it as is asked for, UTC [µs].

    Yields:
        What moves, minutes first, in time order.
    """
    slots = writer.slot_inputs(issuer.unit, *span)
    yield from _moves(writer, issuer.minutes(slots), asked)
    slots_us = [slot.slot_us for slot in slots]
    for kind in ("settlement", "day"):
        for touched in periods.closed(kind, slots_us, asked.closed_until_us):
            yield from _moves(writer, periods.records(kind, *touched), asked)
    if asked.reason is not None:
        periods.keep()
    periods.forget("settlement")


def restate_longer(writer: Writer, periods: Periods, asked: Asked) -> Iterator[Move]:
    """Recompute the months and years that lie in a range, once its days are done."""
    to_us = min(asked.to_us, asked.closed_until_us)
    for kind in LONG[1:]:
        for touched in periods.closed(kind, (asked.from_us, to_us - 1), asked.closed_until_us):
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
