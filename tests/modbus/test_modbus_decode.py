"""Every type and order against other decoders; any registers give a value or a reason."""

import math
import struct
from fractions import Fraction

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pymodbus.client.mixin import ModbusClientMixin
from register_encoder import registers_of, text_registers

from agent.samples import REASONS
from gateway.modbus import decode, registers
from gateway.modbus.field_rules import broken_rule
from gateway.modbus.profile import Field

NUMBERS = sorted(registers.TYPES.keys() - {"bit", "string"})
PAIRS = [(type_, order) for type_ in NUMBERS for order in registers.orders(type_)]
"""Every type of number in each of its byte orders."""

MAKERS = [
    pytest.param("uint16", "AB", [0x1234], 0x1234, id="uint16"),
    pytest.param("uint16", "BA", [0x3412], 0x1234, id="uint16 swapped"),
    pytest.param("int16", "AB", [0xFFFE], -2, id="int16"),
    pytest.param("uint32", "ABCD", [18, 39_792], 1_219_440, id="ION, 32-bit integer"),
    pytest.param("int32", "ABCD", [0x004F, 0x35D1], 5_191_121, id="GE PQMII, power"),
    pytest.param("int32", "ABCD", [0xFF3A, 0xEA7B], -12_916_101, id="GE PQMII, negative power"),
    pytest.param("uint32", "CDAB", [3464, 1], 69_000, id="SATEC PM130, volts"),
    pytest.param("int32", "CDAB", [64_747, 65_535], -789, id="SATEC PM130, negative power"),
    pytest.param("mod10k32", "CDAB", [5678, 1234], 12_345_678, id="SATEC PM130, energy"),
    pytest.param("uint32", "BADC", [0x3412, 0x7856], 0x12345678, id="uint32 bytes swapped"),
    pytest.param("uint32", "DCBA", [0x7856, 0x3412], 0x12345678, id="uint32 little"),
    pytest.param("float16", "AB", [0x3C00], 1.0, id="float16"),
    pytest.param("float32", "ABCD", [0x4248, 0x0000], 50.0, id="float32 big"),
    pytest.param("float32", "CDAB", [0x0000, 0x4248], 50.0, id="float32 low word first"),
    pytest.param("float64", "ABCDEFGH", [0x4049, 0, 0, 0], 50.0, id="float64 big"),
    pytest.param("uint48", "ABCDEF", [1, 0, 2], 0x1_0000_0002, id="uint48 big"),
    pytest.param("int48", "EFCDAB", [0xFFFE, 0xFFFF, 0xFFFF], -2, id="int48 low word first"),
    pytest.param("uint48", "FEDCBA", [0x0600, 0x0000, 0x0100], 0x0001_0000_0006, id="uint48"),
    pytest.param(
        "uint64", "GHEFCDAB", [0xCDEF, 0x89AB, 0x4567, 0x0123], 0x0123456789ABCDEF, id="uint64"
    ),
    pytest.param("int64", "HGFEDCBA", [0xFEFF, 0xFFFF, 0xFFFF, 0xFFFF], -2, id="int64 little"),
    pytest.param("bcd16", "AB", [0x9876], 9876, id="bcd16"),
    pytest.param("bcd32", "ABCD", [0x1234, 0x5678], 12_345_678, id="bcd32"),
    pytest.param("bcd32", "CDAB", [0x5678, 0x1234], 12_345_678, id="bcd32 low word first"),
    pytest.param("bcd64", "ABCDEFGH", [0x99, 0, 0, 1], 99_000_000_000_001, id="bcd64"),
    pytest.param("mod10k48", "EFCDAB", [3, 2, 1], 100_020_003, id="PowerLogic, three registers"),
    pytest.param(
        "mod10k64", "GHEFCDAB", [4, 3, 2, 1], 1_000_200_030_004, id="PowerLogic, four registers"
    ),
    pytest.param("smod10k32", "ABCD", [0xFFFF, 0xFFFE], -10_002, id="ION, signed M10K"),
    pytest.param("smod10k48", "EFCDAB", [0xFFFD, 0, 0xFFFF], -100_000_003, id="CM4000, signed"),
    pytest.param("smod10k64", "GHEFCDAB", [1, 0, 0, 1], 1_000_000_000_001, id="CM4000, signed, 4"),
    pytest.param("sm16", "AB", [0x03E8], 1000, id="Nexus 1500, power factor"),
    pytest.param("sm16", "AB", [0x8001], -1, id="Nexus 1500, negative power factor"),
    pytest.param("sm32", "CDAB", [5, 0x8000], -5, id="sm32 low word first"),
]

LIBRARY = {
    "int16": ModbusClientMixin.DATATYPE.INT16,
    "uint16": ModbusClientMixin.DATATYPE.UINT16,
    "int32": ModbusClientMixin.DATATYPE.INT32,
    "uint32": ModbusClientMixin.DATATYPE.UINT32,
    "int64": ModbusClientMixin.DATATYPE.INT64,
    "uint64": ModbusClientMixin.DATATYPE.UINT64,
    "float32": ModbusClientMixin.DATATYPE.FLOAT32,
    "float64": ModbusClientMixin.DATATYPE.FLOAT64,
}
STRUCT = {
    "int16": "h",
    "uint16": "H",
    "int32": "i",
    "uint32": "I",
    "int64": "q",
    "uint64": "Q",
    "float16": "e",
    "float32": "f",
    "float64": "d",
}


def field(type_: str = "uint16", order: str = "", **more: object) -> Field:
    return Field(
        register="holding",
        address=0,
        type=type_,
        unit="kg",
        order=order or registers.orders(type_)[0],
        **more,  # type: ignore[arg-type]
    )


def values(type_: str) -> st.SearchStrategy[float]:
    """What a device can put into a register of this type."""
    known = registers.TYPES[type_]
    if known.family == "float":
        return st.floats(width=16 * known.words, allow_nan=False, allow_infinity=False)  # type: ignore[arg-type]
    if known.family == "int" and known.signed:
        half = 1 << 16 * known.words - 1
        return st.integers(-half, half - 1)
    return st.integers(1 - known.modulus if known.signed else 0, known.modulus - 1)


@st.composite
def any_registers(draw: st.DrawFn) -> tuple[str, str, list[int]]:
    type_, order = draw(st.sampled_from(PAIRS))
    words = registers.words(type_)
    # Digits as well as any bits, so that not every BCD and mod-10k value is nonsense.
    one = st.integers(0, 0xFFFF) | st.integers(0, 9999) | st.sampled_from([0x1234, 0x9999, 0xFFFF])
    return type_, order, draw(st.lists(one, min_size=words, max_size=words))


@st.composite
def shown_values(draw: st.DrawFn) -> tuple[str, str, float]:
    type_, order = draw(st.sampled_from(PAIRS))
    return type_, order, draw(values(type_))


@pytest.mark.parametrize(("type_", "order", "contents", "expected"), MAKERS)
def test_as_the_makers_write_it(
    type_: str, order: str, contents: list[int], expected: float
) -> None:
    assert registers.number(contents, type_, order) == expected
    assert registers_of(expected, type_, order) == contents


def test_the_table_holds_every_type() -> None:
    assert {case.values[0] for case in MAKERS} == set(NUMBERS)
    assert {words: len(orders) for words, orders in registers.ORDERS.items()} == {
        1: 2,
        2: 4,
        3: 4,
        4: 4,
    }


@pytest.mark.parametrize(("type_", "order"), PAIRS)
@given(data=st.data())
def test_what_a_device_writes_is_read(type_: str, order: str, data: st.DataObject) -> None:
    value = data.draw(values(type_))
    assert registers.number(registers_of(value, type_, order), type_, order) == value


@pytest.mark.parametrize("type_", STRUCT)
@given(data=st.data())
def test_agrees_with_struct(type_: str, data: st.DataObject) -> None:
    words = registers.words(type_)
    contents = data.draw(st.lists(st.integers(0, 0xFFFF), min_size=words, max_size=words))
    big = struct.pack(f">{words}H", *contents)
    little = struct.pack(f"<{words}H", *contents)
    orders = dict(zip(("big", "low", "bytes", "little"), registers.orders(type_), strict=False))
    if words == 1:
        orders = {"big": "AB", "bytes": "BA"}
    expected = {
        "big": struct.unpack(f">{STRUCT[type_]}", big),
        "low": struct.unpack(f"<{STRUCT[type_]}", little),
        "bytes": struct.unpack(f">{STRUCT[type_]}", little),
        "little": struct.unpack(f"<{STRUCT[type_]}", big),
    }
    for name, order in orders.items():
        got = registers.number(contents, type_, order)
        assert same(got, expected[name][0])


@pytest.mark.parametrize("type_", LIBRARY)
@given(data=st.data())
def test_agrees_with_another_library(type_: str, data: st.DataObject) -> None:
    words = registers.words(type_)
    contents = data.draw(st.lists(st.integers(0, 0xFFFF), min_size=words, max_size=words))
    # The library knows the order of words; bytes swapped in each word are swapped back for it.
    back = [register >> 8 | (register & 0xFF) << 8 for register in contents]
    theirs = ModbusClientMixin.convert_from_registers
    for order in registers.orders(type_):
        low_first = words > 1 and order in registers.orders(type_)[1::2]
        swapped = order.endswith("BA") if low_first else order.startswith("BA")
        expected = theirs(
            back if swapped else contents, LIBRARY[type_], "little" if low_first else "big"
        )
        assert same(registers.number(contents, type_, order), expected)  # type: ignore[arg-type]


def same(one: float | None, other: float) -> bool:
    return one == other or (one is not None and math.isnan(one) and math.isnan(other))


@given(
    any_registers(),
    st.floats(1e-12, 1e12),
    st.floats(-1e6, 1e6),
    st.integers(0, 0xFFFF),
)
def test_any_registers_give_a_value_or_a_reason(
    case: tuple[str, str, list[int]], scale: float, offset: float, nan: int
) -> None:
    type_, order, contents = case
    value, reason = decode.gauge(
        contents, field(type_, order, scale=scale, offset=offset, nan=(nan,))
    )
    if reason is None:
        assert value is not None
        assert math.isfinite(value)
    else:
        assert (value, reason) == (None, "out_of_range")


@given(st.lists(st.integers(-5, 0x1FFFF), max_size=6), st.sampled_from(NUMBERS))
def test_no_registers_are_too_strange(contents: list[int], type_: str) -> None:
    value, reason = decode.gauge(contents, field(type_))
    assert (value is None) == (reason in REASONS)
    if len(contents) != registers.words(type_) or not all(0 <= r <= 0xFFFF for r in contents):
        assert reason == "comm_fail"


@st.composite
def any_fields(draw: st.DrawFn) -> Field:
    """Any line that a register map may hold."""
    type_ = draw(st.sampled_from(sorted(registers.TYPES)))
    known = registers.TYPES[type_]
    coil = type_ == "bit" and draw(st.booleans())
    line: dict[str, object] = {
        "register": draw(st.sampled_from(["coil", "discrete"] if coil else ["holding", "input"])),
        "address": draw(st.integers(0, 60_000)),
        "type": type_,
        "order": "AB" if coil else draw(st.sampled_from(registers.orders(type_))),
    }
    if type_ == "string":
        return Field(**line, kind="text", length=draw(st.integers(1, 6)))  # type: ignore[arg-type]
    line["unit"] = "kg"
    if type_ == "bit":
        bit = None if coil else draw(st.integers(0, 15))
        scale, offset = draw(st.sampled_from([(1, 0), (-1, 1)]))
        return Field(**line, bit=bit, scale=scale, offset=offset)  # type: ignore[arg-type]
    line["nan"] = draw(st.tuples(st.integers(0, (1 << 16 * known.words) - 1)) | st.just(()))
    line["scale"] = draw(st.floats(1e-12, 1e12))
    if draw(st.booleans()):
        line["exponent_register"] = line["address"] + known.words + draw(st.integers(0, 2))  # type: ignore[operator]
    if draw(st.booleans()):
        low = draw(st.floats(-1e6, 1e6))
        limits = {"min": low, "max": low + draw(st.floats(1, 1e6))} if draw(st.booleans()) else {}
        offset = draw(st.sampled_from([0.0, -273.15, 1e12, 1e-12]))
        return Field(**line, **limits, offset=offset)  # type: ignore[arg-type]
    if known.family == "float":
        line["resolution"] = draw(st.floats(1e-12, 1e12))
    most = known.modulus or 1 << 63
    return Field(
        **line,  # type: ignore[arg-type]
        kind="counter",
        max_rate_per_s=1.0,
        modulus=draw(st.sampled_from([most, 10_000, 1])),
        runs=draw(st.sampled_from(["up", "down", "both"])),
    )


@settings(max_examples=500)
@given(any_fields(), st.data())
def test_any_registers_of_any_field_decode_or_fail_cleanly(
    known: Field, data: st.DataObject
) -> None:
    assert broken_rule("mass_kg", known) is None
    words = known.words
    one = st.integers(0, 0xFFFF) | st.integers(0, 9999) | st.integers(0, 10) | st.just(0xFFFF)
    contents = data.draw(st.lists(one, min_size=words, max_size=words))
    broken = data.draw(st.sampled_from([contents[1:], [*contents, 0], [-1] * words, None]))
    if known.kind == "text":
        assert decode.text(broken, known) is None
        assert (decode.text(contents, known) or "").isprintable()
        return
    read = decode.gauge if known.kind == "gauge" else decode.count
    value, reason = read(contents, known)
    assert (value is None) == (reason in {"out_of_range", "counter_glitch"})
    if value is not None and known.kind == "gauge":
        assert isinstance(value, float)
        assert math.isfinite(value)
        assert known.min is None or known.min <= value
        assert known.max is None or value <= known.max
    elif value is not None:
        assert isinstance(value, int)
        assert -known.modulus < value < known.modulus
    assert read(broken, known) == (None, "comm_fail")


@given(any_registers(), st.sampled_from([0, 10_000]))
def test_a_counter_shows_counts_below_its_modulus_only(
    case: tuple[str, str, list[int]], modulus: int
) -> None:
    type_, order, contents = case
    resolution = 0.1 if type_.startswith("float") else None
    known = field(type_, order, kind="counter", modulus=modulus, resolution=resolution)
    raw, reason = decode.count(contents, known)
    assert (raw is None) == (reason in {"counter_glitch", "out_of_range"})
    if raw is not None:
        assert abs(raw) < (modulus or 1 << 64)
        assert raw >= 0 or registers.TYPES[type_].signed


@given(
    shown_values(), st.sampled_from([1.0, 0.1, 0.001, 60.0, 1 / 3]), st.sampled_from([0, -273.15])
)
def test_a_whole_number_is_scaled_and_rounded_once(
    shown: tuple[str, str, float], scale: float, offset: float
) -> None:
    type_, order, number = shown
    assume(isinstance(number, int))
    value, _ = decode.gauge(
        registers_of(number, type_, order), field(type_, order, scale=scale, offset=offset)
    )
    assert value == float(Fraction(number) * Fraction(repr(scale)) + Fraction(repr(offset)))


@pytest.mark.parametrize(
    ("type_", "order", "contents"),
    [
        pytest.param("bcd16", "AB", [0x12A4], id="a letter"),
        pytest.param("bcd32", "CDAB", [0x1234, 0xFFFF], id="all ones"),
        pytest.param("mod10k32", "ABCD", [1, 10_000], id="above 9999"),
        pytest.param("mod10k48", "EFCDAB", [0xFFFF, 1, 1], id="no sign"),
        pytest.param("smod10k64", "ABCDEFGH", [0, 0, 0x8000, 0], id="below -9999"),
    ],
)
def test_digits_that_are_none_are_no_number(type_: str, order: str, contents: list[int]) -> None:
    assert registers.number(contents, type_, order) is None
    assert decode.gauge(contents, field(type_, order)) == (None, "out_of_range")
    assert decode.count(contents, field(type_, order, kind="counter")) == (None, "out_of_range")


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
    assert decode.gauge([501], field(scale=0.1, offset=-273.15)) == (-223.05, None)


@pytest.mark.parametrize("contents", [[0x7FC0, 0], [0x7F80, 0], [0xFF80, 0]])
def test_no_number_is_no_value(contents: list[int]) -> None:
    assert decode.gauge(contents, field("float32")) == (None, "out_of_range")
    counter = field("float32", kind="counter", resolution=0.1)
    assert decode.count(contents, counter)[1] in {"out_of_range", "counter_glitch"}


def test_the_sentinel_is_the_pattern_after_ordering() -> None:
    swapped = msgspec.structs.replace(field("uint32", "CDAB"), nan=(0xFFFF_0000,))
    assert decode.gauge([0x0000, 0xFFFF], swapped) == (None, "out_of_range")
    counter = msgspec.structs.replace(swapped, kind="counter", modulus=1 << 32)
    assert decode.count([0x0000, 0xFFFF], counter) == (None, "out_of_range")
    assert decode.count(None, counter) == (None, "comm_fail")
    assert decode.count([1, 0], counter) == (1, None)


@pytest.mark.parametrize(
    ("contents", "count", "reason"),
    [
        pytest.param(registers_of(58_455.6, "float32", "ABCD"), 584_556, None, id="in steps"),
        pytest.param(registers_of(-0.26, "float32", "ABCD"), -3, None, id="below zero"),
        pytest.param(registers_of(99_999.97, "float32", "ABCD"), 0, None, id="about to go round"),
        pytest.param(registers_of(100_000, "float32", "ABCD"), None, "counter_glitch", id="gone"),
        pytest.param(registers_of(3e38, "float32", "ABCD"), None, "counter_glitch", id="nonsense"),
        pytest.param([0x7FC0, 0], None, "out_of_range", id="not a number"),
        pytest.param([0x7F80, 0], None, "counter_glitch", id="infinite"),
        pytest.param(None, None, "comm_fail", id="not read"),
    ],
)
def test_a_float_totaliser(
    contents: list[int] | None, count: int | None, reason: str | None
) -> None:
    known = field("float32", kind="counter", resolution=0.1, modulus=1_000_000)
    assert known.step == 0.1
    assert decode.count(contents, known) == (count, reason)


@given(st.floats(0, 1e9), st.floats(0, 1e9), st.sampled_from([0.1, 0.001, 1.0, 0.03]))
def test_a_float_totaliser_that_rises_never_falls(one: float, other: float, step: float) -> None:
    known = field("float64", kind="counter", resolution=step, scale=0.001)
    low, high = sorted((one, other))
    before, _ = decode.count(registers_of(low, "float64", "ABCDEFGH"), known)
    after, _ = decode.count(registers_of(high, "float64", "ABCDEFGH"), known)
    assert before is not None
    assert after is not None
    assert before <= after


@given(st.integers(0, 0xFFFF), st.integers(0, 15), st.sampled_from(["AB", "BA"]))
def test_a_bit_of_a_register(word: int, bit: int, order: str) -> None:
    known = field("bit", order, bit=bit)
    expected = float(f"{word:016b}"[15 - bit])
    assert decode.gauge(registers_of(word, "uint16", order), known) == (expected, None)


@pytest.mark.parametrize(
    ("contents", "value", "reason"),
    [([0], 0.0, None), ([1], 1.0, None), ([2], None, "out_of_range"), (None, None, "comm_fail")],
)
def test_a_coil(contents: list[int] | None, value: float | None, reason: str | None) -> None:
    coil = Field(register="coil", address=3, type="bit", unit="on")
    assert decode.gauge(contents, coil) == (value, reason)


def test_a_contact_that_opens_when_it_runs() -> None:
    inverted = field("bit", bit=0, scale=-1, offset=1)
    assert decode.gauge([1], inverted) == (0.0, None)
    assert decode.gauge([0], inverted) == (1.0, None)


def words(length: int, order: str = "AB") -> Field:
    return Field(
        register="holding", address=0, type="string", kind="text", length=length, order=order
    )


@pytest.mark.parametrize("order", ["AB", "BA"])
@given(text=st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), max_size=12))
def test_a_text(text: str, order: str) -> None:
    contents = text_registers(text.encode(), 6, order)
    assert decode.text(contents, words(6, order)) == text


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        pytest.param(
            text_registers(b"SN 42\0\0\0xyz", 6, "AB"), "SN 42", id="rubbish after its end"
        ),
        pytest.param(text_registers(b"  padded    ", 6, "AB"), "padded", id="spaces around"),
        pytest.param([0xFFFF] * 6, None, id="no text"),
        pytest.param(text_registers(b"a\x01b", 6, "AB"), None, id="not to be printed"),
        pytest.param([0] * 6, "", id="empty"),
        pytest.param([0] * 5, None, id="too short"),
        pytest.param(None, None, id="not read"),
    ],
)
def test_what_is_no_text(contents: list[int] | None, expected: str | None) -> None:
    assert decode.text(contents, words(6)) == expected


@given(st.lists(st.integers(0, 0xFFFF), min_size=4, max_size=4))
def test_any_registers_are_a_text_or_none(contents: list[int]) -> None:
    found = decode.text(contents, words(4))
    assert found is None or found.isprintable()
