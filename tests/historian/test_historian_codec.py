import subprocess
import sys

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.samples import REASONS, Quality, Sample
from gateway.historian.codec import Extras, pack, pack_extras, unfold, unpack, unpack_extras
from gateway.historian.rows import Basis, Batch, Booking, Deed, Origin

T_US = st.integers(-(2**55), 2**55)
VALUE = st.floats(allow_nan=False, allow_infinity=False)
POINT = st.sampled_from(["unit1.coal.mass_total_kg", "yard.c0150.co_ppm", "yard.s1.temp_16_degc"])
SAMPLE = st.one_of(
    st.builds(Sample, POINT, T_US, VALUE),
    st.builds(
        Sample,
        POINT,
        T_US,
        st.none() | VALUE,
        st.just(Quality.UNCERTAIN),
        st.sampled_from(REASONS),
    ),
    st.builds(Sample, POINT, T_US, st.none(), st.just(Quality.BAD), st.sampled_from(REASONS)),
)
ORIGIN = st.builds(
    Origin,
    st.sampled_from(["board", "meter"]),
    st.text(max_size=8),
    st.none() | st.text(max_size=8),
    st.none() | st.integers(0, 2**31),
    st.none() | st.integers(0, 2**53),
)
BATCH = st.builds(
    Batch,
    ORIGIN,
    st.sampled_from(Basis),
    T_US,
    st.lists(SAMPLE, max_size=6).map(tuple),
    st.none() | T_US,
)


@given(st.lists(BATCH, max_size=5), st.integers(1, 2**20))
def test_batches_survive_packing(batches, first_id):
    names = {
        first_id + k: name
        for k, name in enumerate(
            ["unit1.coal.mass_total_kg", "yard.c0150.co_ppm", "yard.s1.temp_16_degc"]
        )
    }
    blob = pack(batches, {name: number for number, name in names.items()})
    back = [
        Batch(head.origin, head.basis, head.arrival_us, samples, head.t_earliest_us)
        for head, samples in unfold(unpack(blob), names)
    ]
    assert back == batches


def test_a_plain_sample_takes_about_ten_bytes():
    samples = tuple(Sample("a.b_kw", 10**15, 1.1 * k) for k in range(1000))
    blob = pack([Batch(Origin("meter", "m"), Basis.GATEWAY, 10**15, samples)], {"a.b_kw": 1})
    assert len(blob) < 10_100


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("gateway.historian.journal", "numpy duckdb"),
        ("gateway.historian.reader", "numpy duckdb"),
        ("gateway.historian.query", "duckdb"),
        ("gateway.sinks.influx", "numpy duckdb influxdb_client"),
    ],
)
def test_heavy_libraries_are_loaded_where_they_are_used_only(module, heavy):
    code = f"import sys, {module}; assert not set({heavy.split()}) & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_bookings_of_earlier_versions_have_no_bounds_and_rows_no_deeds():
    row = [[["c", None, 5, None, 7, 0.0, "first", 0.0]], [], [3]]
    extras = unpack_extras(b"\x00" + msgspec.msgpack.encode(row))
    assert extras.bookings == (Booking("c", None, 5, None, 7, 0.0, "first", 0.0, None, None),)
    assert extras.deeds == ()
    assert extras.heard == ()


def test_bounds_and_deeds_come_back_as_they_went():
    unknown = Booking("c", 1, 2, 7, 3, None, "reset", 0.0, 0.0, 12.5)
    deed = Deed("swap", "main", "ada", 5, "new meter", ("c final 7",))
    extras = Extras((unknown,), deeds=(deed,))
    assert unpack_extras(pack_extras(extras)) == extras
