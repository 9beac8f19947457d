"""Capture times learnt later: which correction holds for a batch, and from which row on."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from agent.samples import Quality, Sample
from gateway.historian.codec import Head
from gateway.historian.rows import Basis, Batch, Correction

Key = tuple[str, ...]
"""("clock", boot id) or ("board", board, stream, boot): what a correction corrects."""


class Frame(msgspec.Struct, frozen=True):
    """The clock a row was written by.

    Args:
        clock_us: UTC − monotonic time of the gateway at that commit [µs].
    """

    n: int
    boot_id: str
    clock_us: int
    synchronised: bool


@dataclass(frozen=True, slots=True)
class Effective:
    """A correction that holds from row `n` on."""

    n: int
    offset_us: int


@dataclass(frozen=True, slots=True)
class Fix:
    """What happens to the samples of a batch.

    Args:
        pending: The capture time is not known at the row asked about.
        shift_us: Added to each capture time [µs].
        at_us: Replaces each capture time, UTC [µs].
    """

    pending: bool = False
    shift_us: int | None = None
    at_us: int | None = None


_BY_GATEWAY = (Basis.GATEWAY, Basis.SPAN)

FINAL = Fix()
PENDING = Fix(pending=True)


def key_of(correction: Correction) -> Key:
    """What a correction corrects."""
    if correction.kind == "clock":
        return ("clock", str(correction.boot_id))
    return ("board", str(correction.board), str(correction.stream), str(correction.boot))


def key_text(key: Key) -> str:
    """A key as the journal stores it."""
    return msgspec.json.encode(key).decode()


def key_from(text: str) -> Key:
    """A key as the journal stored it."""
    return msgspec.json.decode(text.encode(), type=tuple[str, ...])


def may_move(head: Head, synchronised: bool) -> bool:
    """Whether a batch's capture time, of a row by a clock that is right or not, is not final."""
    return head.waits or (not synchronised and head.basis in _BY_GATEWAY)


def batch_key(head: Head, frame: Frame) -> Key | None:
    """What decides a batch's capture time, None where it is final."""
    if not may_move(head, frame.synchronised):
        return None
    if head.basis in _BY_GATEWAY and not frame.synchronised:
        return ("clock", frame.boot_id)
    origin = head.origin
    return ("board", origin.name, str(origin.stream), str(origin.boot))


class Corrections:
    """Every correction known; the first of a key holds for it.

    A later one of the same key may be better, but what readers have been told stays.

    Args:
        first: The first correction of each key.
    """

    def __init__(self, first: Mapping[Key, Effective] | None = None) -> None:
        self._held = dict(first or {})
        self._from_row: defaultdict[int, list[Key]] = defaultdict(list)
        for key, effective in self._held.items():
            self._from_row[effective.n].append(key)

    def held(self, key: Key) -> Effective | None:
        """The correction of a key, if there is one yet."""
        return self._held.get(key)

    def starting_at(self, n: int) -> tuple[Key, ...]:
        """The keys whose correction holds from row `n` on."""
        return tuple(self._from_row.get(n, ()))

    def shift_us(self, frame: Frame, at_n: int) -> int | None:
        """What to add to times of an unsynchronised row [µs], as known at row `at_n`."""
        clock = self._held.get(("clock", frame.boot_id))
        if clock is None or clock.n > at_n:
            return None
        return clock.offset_us - frame.clock_us

    def fix(self, head: Head, frame: Frame, at_n: int) -> Fix:
        """What to do with a batch of the row `frame`, as known at row `at_n`."""
        key = batch_key(head, frame)
        if key is None:
            return FINAL
        held = self._held.get(key)
        if held is None or held.n > at_n:
            return PENDING
        if key[0] == "clock":
            return Fix(shift_us=held.offset_us - frame.clock_us)
        return Fix(at_us=(head.origin.up_ms or 0) * 1000 + held.offset_us)


def apply(fix: Fix, head: Head, samples: tuple[Sample, ...], frame: Frame) -> Batch:
    """A batch as a reader sees it.

    A pending batch on the gateway's unsynchronised clock is never good, whatever it says.
    """
    arrival_us = head.arrival_us + (fix.shift_us or 0)
    if fix.pending:
        if batch_key(head, frame) == ("clock", frame.boot_id):
            samples = tuple(_doubt(sample) for sample in samples)
    elif fix.shift_us is not None and head.basis is Basis.SPAN:
        return _moved_span(head, samples, fix.shift_us)
    elif fix.shift_us is not None:
        samples = tuple(_restore(sample, sample.t_us + fix.shift_us) for sample in samples)
    elif fix.at_us is not None:
        samples = tuple(_restore(sample, fix.at_us) for sample in samples)
    return Batch(head.origin, head.basis, arrival_us, samples, head.t_earliest_us)


def _moved_span(head: Head, samples: tuple[Sample, ...], shift_us: int) -> Batch:
    earliest_us = None if head.t_earliest_us is None else head.t_earliest_us + shift_us
    samples = tuple(replace(sample, t_us=sample.t_us + shift_us) for sample in samples)
    return Batch(head.origin, head.basis, head.arrival_us + shift_us, samples, earliest_us)


def _doubt(sample: Sample) -> Sample:
    if sample.quality is not Quality.GOOD:
        return sample
    return replace(sample, quality=Quality.UNCERTAIN, reason="clock_unsynced")


def _restore(sample: Sample, t_us: int) -> Sample:
    if sample.reason == "clock_unsynced" and sample.value is not None:
        return Sample(sample.point, t_us, sample.value)
    return replace(sample, t_us=t_us)
