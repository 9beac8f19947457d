"""Batches of samples to one packed blob and back: columns, not rows, about ten bytes a sample."""

import math
import sys
import zlib
from array import array
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Final, TypeVar

import msgspec

from agent.samples import REASONS, Quality, Sample
from gateway.historian.rows import Basis, Batch, Booking, Correction, Deed, Heard, Origin

_QUALITIES: Final = (Quality.GOOD, Quality.UNCERTAIN, Quality.BAD)
UNSYNCED: Final = (1 << 6) | (REASONS.index("clock_unsynced") + 1)
"""Code of an uncertain sample whose only fault is its time."""
_CODES: Final[dict[tuple[Quality, str | None], int]] = {(Quality.GOOD, None): 0} | {
    (quality, reason): (rank << 6) | number
    for rank, quality in enumerate(_QUALITIES[1:], 1)
    for number, reason in enumerate(REASONS, 1)
}
_MEANINGS: Final = {code: meaning for meaning, code in _CODES.items()}

_RAW, _DEFLATED = b"\x00", b"\x01"
_WORTH_DEFLATING: Final = 256
_INT32_MAX: Final = 2**31 - 1
_Column = TypeVar("_Column", "array[int]", "array[float]")


class Head(msgspec.Struct, frozen=True, array_like=True):
    """What the samples of a batch share.

    Args:
        count: How many samples of the columns are its own.
        base_us: Capture time that the batch's deltas count from, UTC [µs].
        waits: On a board's uptime, with a capture time not known when it came.
    """

    origin: Origin
    basis: Basis
    arrival_us: int
    count: int
    base_us: int
    waits: bool = False
    t_earliest_us: int | None = None


class Packed(msgspec.Struct, frozen=True, array_like=True):
    """The batches of a row: heads, then one column each, empty where all are zero.

    Args:
        ids: Point ids, of array type `id_type` ("H" or "I").
        deltas: Capture times after the batch's base [µs], "i" or "q".
        values: Values as f64, NaN for not known.
        codes: Quality and reason, one byte each, see `meaning`.
    """

    heads: tuple[Head, ...]
    id_type: str
    ids: bytes
    delta_type: str
    deltas: bytes
    values: bytes
    codes: bytes


class Extras(msgspec.Struct, frozen=True, array_like=True):
    """What a row carries beside samples and alarm events."""

    bookings: tuple[Booking, ...] = ()
    corrections: tuple[Correction, ...] = ()
    ticks_us: tuple[int, ...] = ()
    deeds: tuple[Deed, ...] = ()
    heard: tuple[Heard, ...] = ()


_NO_EXTRAS: Final = Extras()
_encoder = msgspec.msgpack.Encoder()
_packed_decoder = msgspec.msgpack.Decoder(Packed)
_extras_decoder = msgspec.msgpack.Decoder(Extras)


def meaning(code: int) -> tuple[Quality, str | None]:
    """Quality and reason of a code of the columns."""
    return _MEANINGS[code]


def code_of(sample: Sample) -> int:
    """The byte that stands for a sample's quality and reason."""
    return _CODES[sample.quality, sample.reason]


def waits(batch: Batch) -> bool:
    """Whether a batch on its board's uptime still lacks its capture time."""
    return (
        batch.basis is Basis.UPTIME
        and batch.origin.up_ms is not None
        and (batch.waits or any(code_of(sample) == UNSYNCED for sample in batch.samples))
    )


def pack(batches: Sequence[Batch], ids: Mapping[str, int]) -> bytes:
    """Batches to a blob; `ids` names every point in them."""
    heads, point_ids, deltas, codes = [], [], [], []
    values = array("d")
    for batch in batches:
        base_us = batch.samples[0].t_us if batch.samples else batch.arrival_us
        heads.append(
            Head(
                batch.origin,
                batch.basis,
                batch.arrival_us,
                len(batch.samples),
                base_us,
                waits(batch),
                batch.t_earliest_us,
            )
        )
        for sample in batch.samples:
            point_ids.append(ids[sample.point])
            deltas.append(sample.t_us - base_us)
            values.append(math.nan if sample.value is None else sample.value)
            codes.append(code_of(sample))
    id_type = "H" if max(point_ids, default=0) < 2**16 else "I"
    delta_type = "i" if max(map(abs, deltas), default=0) <= _INT32_MAX else "q"
    packed = Packed(
        tuple(heads),
        id_type,
        _bytes(array(id_type, point_ids)),
        delta_type,
        _bytes(array(delta_type, deltas)) if any(deltas) else b"",
        _bytes(values),
        bytes(codes) if any(codes) else b"",
    )
    return _deflate(_encoder.encode(packed))


def unpack(blob: bytes) -> Packed:
    """The columns of a blob, still packed; a query picks from them what it needs."""
    return _packed_decoder.decode(_inflate(blob))


def unfold(
    packed: Packed, names: Mapping[int, str], wanted: Container[str] | None = None
) -> Iterable[tuple[Head, tuple[Sample, ...]]]:
    """Every head with its samples as journalled, in order; with those of some points only."""
    ids = _whole(packed.id_type, packed.ids)
    deltas = _whole(packed.delta_type, packed.deltas) if packed.deltas else None
    values = _native(array("d", packed.values))
    codes = packed.codes
    start = 0
    for head in packed.heads:
        samples = []
        base_us = head.base_us
        for i in range(start, start + head.count):
            name = names[ids[i]]
            if wanted is not None and name not in wanted:
                continue
            t_us = base_us + deltas[i] if deltas else base_us
            value = values[i]
            if not codes or not codes[i]:
                samples.append(Sample(name, t_us, value))
                continue
            quality, reason = meaning(codes[i])
            samples.append(
                Sample(name, t_us, None if math.isnan(value) else value, quality, reason)
            )
        start += head.count
        yield head, tuple(samples)


def pack_extras(extras: Extras) -> bytes | None:
    """Bookings, corrections, ticks and deeds to a blob; None where there are none."""
    return None if extras == Extras() else _deflate(_encoder.encode(extras))


def unpack_extras(blob: bytes | None) -> Extras:
    """The bookings, corrections, ticks and deeds of a row."""
    return _NO_EXTRAS if blob is None else _extras_decoder.decode(_inflate(blob))


def _deflate(data: bytes) -> bytes:
    if len(data) >= _WORTH_DEFLATING:
        small = zlib.compress(data, 1)
        if len(small) * 5 < len(data) * 4:
            return _DEFLATED + small
    return _RAW + data


def _inflate(blob: bytes) -> bytes:
    return zlib.decompress(blob[1:]) if blob[:1] == _DEFLATED else blob[1:]


def _bytes(column: _Column) -> bytes:
    return _native(column).tobytes()


def _whole(kind: str, data: bytes) -> "array[int]":
    return _native(array(kind, data))


def _native(column: _Column) -> _Column:
    # Little-endian on disk, so that a journal can be read on any machine.
    if sys.byteorder == "big":
        column.byteswap()
    return column
