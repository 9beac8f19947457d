"""Is everything in the journal exactly once? The checks behind `hinoban verify journal`."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec

from gateway.clock import STEP_US
from gateway.historian.chain_check import ChainCheck
from gateway.historian.corrections import Frame
from gateway.historian.errors import JournalError
from gateway.historian.reader import Reader
from gateway.historian.readrow import RawRow
from gateway.historian.rows import Booking

_PAGE: Final = 5_000
_FIRST_SEQ: Final = 1
_TOTAL_TOLERANCE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Report:
    """What a check of a journal found.

    Args:
        problems: One sentence each; empty when all is well.
        counts: How much was checked, by word.
    """

    problems: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


class _StreamRow(msgspec.Struct):
    mark: int


def verify_journal(path: Path) -> Report:
    """Walk all rows of a journal, which may be in use.

    Checks SQLite's own integrity; that each (board, stream, seq) is there exactly once, without
    a gap from the first to the watermark; that the bookings of each totaliser form one chain,
    each beginning where the one before it ended; and that the alarm events are as they were
    written.

    Raises:
        JournalError: The journal cannot be opened at all.
    """
    reader = Reader(path)
    try:
        return _verify(reader)
    except JournalError as error:
        return Report([str(error)])
    finally:
        reader.close()


def _verify(reader: Reader) -> Report:
    problems = [f"SQLite: {text}" for text in reader.integrity()]
    # The watermarks before the rows: rows that are committed meanwhile may only add to them.
    watermarks = watermarks_of(reader.state("board"))
    sequences, chains, counts = _Sequences(), _Chains(), Counter[str]()
    # Retention leaves holes: sequences and chains are followed behind the last of them.
    after_n = 0
    while page := list(reader.raw_rows(after_n, _PAGE)):
        for row in page:
            if row.frame.n != after_n + 1:
                sequences.cut()
                chains.cut()
            after_n = row.frame.n
            counts["rows"] += 1
            counts["samples"] += _samples(row)
            sequences.take(row)
            for booking in row.extras.bookings:
                chains.take(booking, row.frame)
    chain = ChainCheck(reader)
    problems += sequences.problems(watermarks) + chains.problems + chain.problems
    counts["streams"] = len(sequences.seen)
    counts["sequence numbers"] = sum(map(len, sequences.seen.values()))
    counts["lost sequence numbers"] = sequences.lost
    counts["totalisers"] = len(chains.last)
    counts["totaliser steps"] = chains.steps
    counts["unknown totaliser intervals"] = chains.unknown
    counts["alarm events"] = chain.events
    return Report(problems, dict(counts))


def watermarks_of(state: Mapping[str, str]) -> dict[tuple[str, str], int]:
    """The watermarks among the boards' state rows: (board, stream) -> seq."""
    found = {}
    for key, text in state.items():
        match key.split("/"):
            case [board, stream] if not stream.startswith("~"):  # what else is kept of a board
                found[board, stream] = msgspec.json.decode(text, type=_StreamRow).mark
    return found


def _samples(row: RawRow) -> int:
    return sum(head.count for head in row.packed.heads) if row.packed else 0


class _Sequences:
    def __init__(self) -> None:
        self.seen: dict[tuple[str, str], Counter[int]] = {}
        self.lost = 0
        self._start: dict[tuple[str, str], int] = {}
        self._pruned = False

    def cut(self) -> None:
        self._start, self._pruned = {}, True

    def take(self, row: RawRow) -> None:
        for head in row.packed.heads if row.packed else ():
            origin = head.origin
            if origin.kind != "board" or origin.stream is None or origin.seq is None:
                continue
            numbers = range(origin.seq, (origin.seq_to or origin.seq) + 1)
            self.lost += len(numbers) if origin.lost else 0
            stream = (origin.name, origin.stream)
            self.seen.setdefault(stream, Counter()).update(numbers)
            self._start.setdefault(stream, origin.seq if self._pruned else _FIRST_SEQ)

    def problems(self, watermarks: Mapping[tuple[str, str], int]) -> list[str]:
        found = []
        for stream, seqs in self.seen.items():
            name = f"board {stream[0]}, stream {stream[1]}"
            twice = sorted(seq for seq, times in seqs.items() if times > 1)
            if twice:
                found.append(f"{name}: {_some(twice)} there more than once")
            start = self._start.get(stream, max(seqs) + 1)
            # A board's oldest streams are forgotten some time, and their watermarks with them.
            end = watermarks.get(stream, start)
            missing = [seq for seq in range(start, end + 1) if seq not in seqs]
            if missing:
                found.append(f"{name}: {_some(missing)} missing below the watermark {end}")
        found += [
            f"board {board}, stream {stream}: acknowledged up to {seq}, but none is there"
            for (board, stream), seq in watermarks.items()
            if (board, stream) not in self.seen and seq > 0 and not self._pruned
        ]
        return found


class _Chains:
    def __init__(self) -> None:
        self.last: dict[str, tuple[Booking, Frame]] = {}
        self.steps = 0
        self.unknown = 0
        self.problems: list[str] = []

    def cut(self) -> None:
        self.last = {}

    def take(self, booking: Booking, frame: Frame) -> None:
        self.steps += 1
        self.unknown += booking.amount is None
        known = self.last.get(booking.counter)
        where = f"{booking.counter}, row {frame.n}"
        if _misbound(booking):
            self.problems.append(
                f"{where}: amount {booking.amount}, bounds {booking.least} and {booking.most}"
            )
        if known is not None and _tells_of_before(booking, known[0]):
            self._check_total(booking, known[0], where)
            # The chain of intervals goes on where it was; only the total has risen.
            self.last[booking.counter] = (
                msgspec.structs.replace(known[0], total=booking.total),
                known[1],
            )
            return
        self.last[booking.counter] = (booking, frame)
        # On a clock that is not right yet a step may begin before the boot, at a right time.
        began_us = booking.from_us if frame.synchronised else None
        if began_us is not None and began_us > booking.to_us:
            self.problems.append(f"{where}: ends {booking.to_us} µs before it begins")
        if known is None:
            return
        before, before_frame = known
        if booking.from_raw != before.to_raw:
            self.problems.append(
                f"{where}: begins at count {booking.from_raw}, the one before ended at "
                f"{before.to_raw}"
            )
        # Readings without a step lie between two bookings, so a gap in time is none in counts.
        began_early = booking.from_us is not None and booking.from_us < before.to_us
        if began_early and _comparable(frame, before_frame):
            self.problems.append(
                f"{where}: begins at {booking.from_us} µs, before the end of the one before, "
                f"{before.to_us} µs"
            )
        self._check_total(booking, before, where)

    def _check_total(self, booking: Booking, before: Booking, where: str) -> None:
        expected = before.total + (booking.amount or 0.0)
        if not math.isclose(booking.total, expected, rel_tol=_TOTAL_TOLERANCE, abs_tol=1e-9):
            self.problems.append(
                f"{where}: the total is {booking.total}, but {before.total} + {booking.amount} "
                f"is {expected}"
            )


def _tells_of_before(booking: Booking, before: Booking) -> bool:
    """Whether a booking tells what an earlier interval was, rather than going on from it."""
    return (
        booking.from_raw == booking.to_raw == before.to_raw
        and booking.amount is not None
        and booking.kind in {"swap", "gap"}
        and booking.to_us <= before.to_us
    )


def _misbound(booking: Booking) -> bool:
    least, most = booking.least, booking.most
    if booking.amount is not None:
        return least is not None or most is not None
    return least is not None and most is not None and least > most


def _comparable(a: Frame, b: Frame) -> bool:
    # Times of two clocks cannot be compared, nor those before and after a step of one.
    if a.boot_id != b.boot_id:
        return a.synchronised and b.synchronised
    return a.synchronised == b.synchronised and abs(a.clock_us - b.clock_us) < STEP_US


def _some(numbers: list[int]) -> str:
    ranges: list[list[int]] = [[numbers[0], numbers[0]]]
    for before, number in pairwise(numbers):
        if number == before + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    words = [f"{a}" if a == b else f"{a}–{b}" for a, b in ranges[:5]]
    more = ", …" if len(ranges) > 5 else ""
    return f"seq {', '.join(words)}{more} ({len(numbers)})"
