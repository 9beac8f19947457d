"""Samples told side by side are those told one by one, or they are not told that way."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.samples import Quality, Sample
from gateway.historian.codec import pack, unfold, unpack
from gateway.historian.corrections import Frame, batch_key
from gateway.historian.reader import Reader
from gateway.historian.reads import Picks
from gateway.historian.rows import Basis, Batch, Origin

NAMES = {1: "unit1.coal_total_kg", 2: "unit1.pellets_total_kg", 3: "yard.c0150.co_ppm"}
IDS = {name: number for number, name in NAMES.items()}
WANTED = frozenset((NAMES[1], NAMES[2]))
T_US = st.integers(-(2**55), 2**55)
POINT = st.sampled_from([*NAMES.values()])
GOOD = st.builds(Sample, POINT, T_US, st.floats(-1e300, 1e300))
SAMPLE = st.one_of(
    GOOD,
    GOOD,
    GOOD,
    st.builds(Sample, POINT, T_US, st.none(), st.just(Quality.BAD), st.just("crc")),
)
BATCH = st.builds(
    Batch,
    st.just(Origin("meter", "belt")),
    st.sampled_from([Basis.GATEWAY, Basis.GATEWAY, Basis.BOARD, Basis.UPTIME]),
    T_US,
    st.lists(SAMPLE, max_size=5).map(tuple),
    waits=st.booleans(),
)


def is_plain(samples, head, frame):
    points = [sample.point for sample in samples]
    good = all(sample.quality is Quality.GOOD for sample in samples)
    return good and len(set(points)) == len(points) and batch_key(head, frame) is None


@given(st.lists(BATCH, max_size=4), st.booleans())
def test_reads_are_the_samples_or_none(batches, synchronised):
    packed, frame = unpack(pack(batches, IDS)), Frame(7, "boot", 0, synchronised)
    each = [(head, samples) for head, samples in unfold(packed, NAMES, WANTED) if samples]
    picks = Picks(WANTED, NAMES)
    for _ in range(2):  # the second time by what the first one remembered
        found = picks.reads(packed, synchronised)
        if found is not None:
            assert [reads.samples() for reads in found] == [samples for _, samples in each]
            assert all(is_plain(samples, head, frame) for head, samples in each)
    if found is None:
        beside = any(code for code in packed.codes)
        plain = all(is_plain(samples, head, frame) for head, samples in each)
        large = any(not math.isfinite(sum(s.value or 0.0 for s in samples)) for _, samples in each)
        assert beside or large or not plain


@pytest.mark.parametrize("points", [WANTED, frozenset((NAMES[3],)), frozenset()])
def test_a_reader_gives_either_form(journal, make, points):
    both = [make.sample(1, 5.0, NAMES[1]), make.sample(2, 6.0, NAMES[2])]
    journal.commit(make.commit(1, make.meter(*both), make.board(1, make.sample(1))))
    journal.commit(make.commit(2, make.meter(make.sample(3, 7.0, NAMES[1]), make.sample(3, None))))
    journal.commit(make.commit(3, make.meter(make.sample(4, None, NAMES[1]))))
    journal.commit(make.commit(4, make.meter(make.sample(5, 8.0, NAMES[1])), synchronised=False))
    journal.commit(make.commit(5))
    reader = Reader(journal.path)
    single = [
        [sample for batch in row.batches for sample in batch.samples]
        for row in reader.rows(0, 9, points)
    ]
    rows = [*reader.rows(0, 9, points, side_by_side=True)]
    mixed = [
        [sample for part in row.batches for sample in part.samples]
        + [sample for part in row.reads for sample in part.samples()]
        for row in rows
    ]
    assert mixed == single
    if points == WANTED:
        # The last but one is uncertain until its clock is right, the one before not known.
        assert [bool(row.reads) for row in rows] == [True, False, False, False, False]
    reader.close()
