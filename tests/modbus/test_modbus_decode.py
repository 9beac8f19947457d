"""Every type and order against `struct`; any registers give a value or a reason."""

import math
import struct

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.samples import REASONS
from gateway.modbus import decode, registers
from gateway.modbus.profile import Field

CASES = [
    pytest.param("uint16", "AB", [0x1234], 0x1234, id="uint16"),
    pytest.param("uint16", "BA", [0x3412], 0x1234, id="uint16 swapped"),
    pytest.param("int16", "AB", [0xFFFE], -2, id="int16"),
    pytest.param("uint32", "ABCD", [0x1234, 0x5678], 0x12345678, id="uint32 big"),
    pytest.param("uint32", "CDAB", [0x5678, 0x1234], 0x12345678, id="uint32 low word first"),
    pytest.param("uint32", "BADC", [0x3412, 0x7856], 0x12345678, id="uint32 bytes swapped"),
    pytest.param("uint32", "DCBA", [0x7856, 0x3412], 0x12345678, id="uint32 little"),
    pytest.param("int32", "CDAB", [0xFFFE, 0xFFFF], -2, id="int32 low word first"),
    pytest.param("float32", "ABCD", [0x4248, 0x0000], 50.0, id="float32 big"),
    pytest.param("float32", "CDAB", [0x0000, 0x4248], 50.0, id="float32 low word first"),
    pytest.param(
        "uint64", "GHEFCDAB", [0xCDEF, 0x89AB, 0x4567, 0x0123], 0x0123456789ABCDEF, id="uint64"
    ),
    pytest.param("int64", "HGFEDCBA", [0xFEFF, 0xFFFF, 0xFFFF, 0xFFFF], -2, id="int64 little"),
    pytest.param("float64", "ABCDEFGH", [0x4049, 0, 0, 0], 50.0, id="float64 big"),
]

LAYOUTS = {
    ("int16", "AB"): ">h",
    ("uint16", "AB"): ">H",
    ("int16", "BA"): "<h",
    ("uint16", "BA"): "<H",
    ("int32", "ABCD"): ">i",
    ("uint32", "ABCD"): ">I",
    ("float32", "ABCD"): ">f",
    ("int32", "DCBA"): "<i",
    ("uint32", "DCBA"): "<I",
    ("float32", "DCBA"): "<f",
    ("int64", "ABCDEFGH"): ">q",
    ("uint64", "ABCDEFGH"): ">Q",
    ("float64", "ABCDEFGH"): ">d",
    ("int64", "HGFEDCBA"): "<q",
    ("uint64", "HGFEDCBA"): "<Q",
    ("float64", "HGFEDCBA"): "<d",
}


def field(type_: str = "uint16", order: str = "", **more: object) -> Field:
    order = order or registers.ORDERS[registers.words(type_)][0]
    return Field(
        register="holding",
        address=0,
        type=type_,
        unit="kg",
        order=order,
        **more,  # type: ignore[arg-type]
    )


@st.composite
def type_order_registers(draw: st.DrawFn) -> tuple[str, str, list[int]]:
    type_ = draw(st.sampled_from(sorted(registers.TYPES)))
    words = registers.words(type_)
    order = draw(st.sampled_from(registers.ORDERS[words]))
    return type_, order, draw(st.lists(st.integers(0, 0xFFFF), min_size=words, max_size=words))


@pytest.mark.parametrize(("type_", "order", "contents", "expected"), CASES)
def test_known_registers(type_: str, order: str, contents: list[int], expected: float) -> None:
    assert registers.number(contents, type_, order) == expected


@given(type_order_registers())
def test_agrees_with_struct(case: tuple[str, str, list[int]]) -> None:
    type_, order, contents = case
    got = registers.number(contents, type_, order)
    # Struct knows big and little; the two mixed orders are those with words or bytes swapped back.
    plain = registers.ORDERS[len(contents)]
    words = contents
    if len(contents) > 1 and order in plain[1:3]:
        words = contents[::-1]
        order = plain[0] if order == plain[1] else plain[3]
    wire = struct.pack(f">{len(words)}H", *words)
    (expected,) = struct.unpack(LAYOUTS[type_, order], wire)
    assert got == expected or (math.isnan(got) and math.isnan(expected))


@given(type_order_registers(), st.floats(1e-12, 1e12), st.floats(-1e6, 1e6))
def test_any_registers_give_a_value_or_a_reason(
    case: tuple[str, str, list[int]], scale: float, offset: float
) -> None:
    type_, order, contents = case
    value, reason = decode.gauge(contents, field(type_, order, scale=scale, offset=offset))
    if reason is None:
        assert value is not None
        assert math.isfinite(value)
    else:
        assert (value, reason) == (None, "out_of_range")


@given(st.lists(st.integers(-5, 0x1FFFF), max_size=6), st.sampled_from(sorted(registers.TYPES)))
def test_no_registers_are_too_strange(contents: list[int], type_: str) -> None:
    value, reason = decode.gauge(contents, field(type_))
    assert (value is None) == (reason in REASONS)
    if len(contents) != registers.words(type_) or not all(0 <= r <= 0xFFFF for r in contents):
        assert reason == "comm_fail"


@given(type_order_registers())
def test_a_counter_shows_counts_below_its_modulus_only(case: tuple[str, str, list[int]]) -> None:
    type_, order, contents = case
    if not type_.startswith("uint"):
        return
    raw, reason = decode.count(contents, field(type_, order, kind="counter", modulus=10_000))
    assert (raw is None) == (reason == "counter_glitch")
    assert raw is None or 0 <= raw < 10_000


RANGE = field("int16", scale=0.1, offset=-10.0, min=-20, max=40, nan=(0x8000,))


@pytest.mark.parametrize(
    ("contents", "value", "reason"),
    [
        pytest.param([215], 11.5, None, id="scaled and offset"),
        pytest.param([500], 40.0, None, id="the greatest"),
        pytest.param([501], None, "out_of_range", id="above the greatest"),
        pytest.param([0xFF9B], None, "out_of_range", id="below the least"),
        pytest.param([0x8000], None, "out_of_range", id="declared no value"),
        pytest.param(None, None, "comm_fail", id="not read"),
    ],
)
def test_gauge(contents: list[int] | None, value: float | None, reason: str | None) -> None:
    assert decode.gauge(contents, RANGE) == (value, reason)


def test_a_value_reads_as_on_the_display() -> None:
    assert decode.gauge([8, 60_268], field("uint32", scale=0.1)) == (58_455.6, None)


@pytest.mark.parametrize("contents", [[0x7FC0, 0], [0x7F80, 0], [0xFF80, 0]])
def test_no_number_is_no_value(contents: list[int]) -> None:
    assert decode.gauge(contents, field("float32")) == (None, "out_of_range")


def test_the_sentinel_is_the_pattern_after_ordering() -> None:
    swapped = msgspec.structs.replace(field("uint32", "CDAB"), nan=(0xFFFF_0000,))
    assert decode.gauge([0x0000, 0xFFFF], swapped) == (None, "out_of_range")
    counter = msgspec.structs.replace(swapped, kind="counter", modulus=1 << 32)
    assert decode.count([0x0000, 0xFFFF], counter) == (None, "out_of_range")
    assert decode.count(None, counter) == (None, "comm_fail")
    assert decode.count([1, 0], counter) == (1, None)
