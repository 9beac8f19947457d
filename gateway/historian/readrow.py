"""ReadRow: one commit as a reader sees it, with what it makes known about earlier ones."""

from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any

import msgspec

from agent.alarms.events import AlarmEvent
from gateway.historian.codec import Extras, Packed, unfold, unpack, unpack_extras
from gateway.historian.corrections import Corrections, Frame, Key, apply, batch_key
from gateway.historian.reads import Picks, Reads
from gateway.historian.rows import Batch, Booking, Correction, Deed


class ReadRow(msgspec.Struct, frozen=True):
    """One commit, as a reader that goes through the rows in order is to see it.

    Args:
        n: Number of the commit: the reader's cursor once it is done with the row.
        batches: Its samples. Those whose capture time was not known at this row are uncertain,
            clock_unsynced; they come again, good, in the `resolved` of a later row.
        bookings: Totaliser steps, their times corrected like those of samples.
        resolved: Batches of earlier rows whose capture time this row has made known.
        rebooked: Bookings of earlier rows whose times this row has made known.
        deeds: What people did to meters.
        reads: Its samples, in place of `batches`, where they were asked for side by side and all
            of them are good and final.
    """

    n: int
    boot_id: str
    utc_us: int
    mono_us: int
    synchronised: bool
    batches: tuple[Batch, ...]
    bookings: tuple[Booking, ...]
    alarm_events: tuple[AlarmEvent, ...]
    corrections: tuple[Correction, ...]
    ticks_us: tuple[int, ...]
    resolved: tuple[Batch, ...] = ()
    rebooked: tuple[Booking, ...] = ()
    deeds: tuple[Deed, ...] = ()
    reads: tuple[Reads, ...] = ()

    @property
    def history(self) -> bool:
        """Whether the row says something about earlier rows."""
        return bool(self.resolved or self.rebooked)


class RawRow(msgspec.Struct, frozen=True):
    """A row as it lies on disk."""

    frame: Frame
    utc_us: int
    mono_us: int
    packed: Packed | None
    extras: Extras


def read_row(
    row: RawRow,
    corrections: Corrections,
    names: Mapping[int, str],
    alarm_events: tuple[AlarmEvent, ...],
    earlier: Callable[[Key, int], Iterator[RawRow]],
    wanted: Container[str] | None = None,
) -> ReadRow:
    """A row as known at that row: what later rows correct is not anticipated.

    So the answer depends on the journal up to this row only, not on when it is read, and each
    sample is good in one row exactly: its own, or the first that makes its time known.

    Args:
        row: The row.
        corrections: All corrections on disk, at least those up to this row.
        names: Point names by id.
        alarm_events: The row's alarm events.
        earlier: The rows before a number that a key is about.
        wanted: The points whose samples matter; None for all.
    """
    n = row.frame.n
    resolved: list[Batch] = []
    rebooked: list[Booking] = []
    for key in corrections.starting_at(n):
        chain = _Chain()
        for old in earlier(key, n):
            resolved += _batches(old, corrections, names, n, wanted, only=key)
            if key[0] == "clock":
                rebooked += chain.follow(old, corrections, n)
    return ReadRow(
        n,
        row.frame.boot_id,
        row.utc_us,
        row.mono_us,
        row.frame.synchronised,
        tuple(_batches(row, corrections, names, n, wanted)),
        _Chain().follow(row, corrections, n) if row.extras.bookings else (),
        alarm_events,
        row.extras.corrections,
        row.extras.ticks_us,
        tuple(resolved),
        tuple(rebooked),
        row.extras.deeds,
    )


def plain_row(columns: tuple[Any, ...], picks: Picks) -> ReadRow | None:
    """A row that no correction is about, with its samples side by side: nearly every row.

    Args:
        columns: The row as the journal's table has it, up to its extras.
        picks: Of the points whose samples matter.

    Returns:
        The row without alarm events; None where it has to be read by `read_row`.
    """
    n, boot_id, utc_us, mono_us, synchronised, packed, more = columns
    extras = unpack_extras(more)
    if extras.corrections or (extras.bookings and not synchronised):
        return None
    reads: tuple[Reads, ...] | None = ()
    if packed is not None:
        reads = picks.reads(unpack(packed), bool(synchronised))
    if reads is None:
        return None
    told = extras.bookings, (), (), extras.ticks_us, (), (), extras.deeds
    return ReadRow(n, boot_id, utc_us, mono_us, bool(synchronised), (), *told, reads)


def _batches(
    row: RawRow,
    corrections: Corrections,
    names: Mapping[int, str],
    at_n: int,
    wanted: Container[str] | None,
    only: Key | None = None,
) -> Iterator[Batch]:
    if row.packed is None:
        return
    for head, samples in unfold(row.packed, names, wanted):
        if only is None or batch_key(head, row.frame) == only:
            fix = corrections.fix(head, row.frame, at_n)
            yield apply(fix, head, samples, row.frame)


class _Chain:
    """Moves the times of bookings made by an unsynchronised clock, keeping chains joined.

    A booking begins at a reading no earlier than the end of the one before it. The first of an
    unsynchronised boot may begin before that boot, at a time that needs no correction.
    """

    def __init__(self) -> None:
        self._begun: set[str] = set()

    def follow(self, row: RawRow, corrections: Corrections, at_n: int) -> tuple[Booking, ...]:
        frame = row.frame
        shift_us = None if frame.synchronised else corrections.shift_us(frame, at_n)
        if shift_us is None or not row.extras.bookings:
            return row.extras.bookings
        moved = []
        for booking in row.extras.bookings:
            from_us, to_us = booking.from_us, booking.to_us
            begun = booking.counter in self._begun
            if from_us is not None and (begun or frame.clock_us <= from_us <= to_us):
                from_us += shift_us
            self._begun.add(booking.counter)
            to_us += shift_us
            moved.append(msgspec.structs.replace(booking, from_us=from_us, to_us=to_us))
        return tuple(moved)
