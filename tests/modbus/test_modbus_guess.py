"""The ranking of what unknown registers mean: the truth is in it, and mostly first."""

import random
import struct
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from register_encoder import registers_of

from gateway.modbus import registers as raw
from gateway.modbus.guess import SCALES, Guess, guesses, rivals, text, twins, worth_a_look

NUMBERS = sorted(raw.TYPES.keys() - {"bit", "string"})
WIDE_INTS = ("int32", "uint32")
AT = 100
BLOCK = st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=8)


def block(value: float, type_: str, order: str, after: list[int]) -> dict[int, int]:
    return dict(enumerate([*registers_of(value, type_, order), *after], AT))


def place_of(ranked: tuple[Guess, ...], type_: str, order: str, scale: float) -> int | None:
    found = (
        n
        for n, one in enumerate(ranked)
        if (one.address, one.order, one.scale) == (AT, order, scale) and type_ in one.types
    )
    return next(found, None)


def as_float32(value: float) -> float:
    single: tuple[float] = struct.unpack(">f", struct.pack(">f", value))
    return single[0]


@st.composite
def truths(draw: st.DrawFn) -> tuple[float, str, str, float]:
    """A value as a device may hold it: register's number, type, order, scale."""
    type_ = draw(st.sampled_from(NUMBERS))
    order = draw(st.sampled_from(raw.ORDERS[raw.words(type_)]))
    if type_.startswith("float"):
        limit = 60_000 if type_ == "float16" else 1e9
        number = draw(st.floats(-limit, limit, width=int(type_.removeprefix("float"))))
        return number, type_, order, 1.0
    words = raw.words(type_)
    signed = type_.startswith(("int", "sm"))
    most = 10 ** (4 * words) if "bcd" in type_ or "mod10k" in type_ else 1 << 16 * words - signed
    least = 1 - most if type_.startswith(("int", "sm")) else 0
    return draw(st.integers(least, most - 1)), type_, order, draw(st.sampled_from(sorted(SCALES)))


@given(truth=truths(), after=st.lists(st.integers(0, 0xFFFF), max_size=4), told=st.booleans())
def test_the_truth_is_in_the_ranking(
    truth: tuple[float, str, str, float], after: list[int], told: bool
) -> None:
    number, type_, order, scale = truth
    registers = block(number, type_, order, after)
    if told:
        ranked = guesses(registers, AT, expect=number * scale)
        assert place_of(ranked, type_, order, scale) is not None
    else:
        assert place_of(guesses(registers, AT), type_, order, 1.0) is not None


@given(
    value=st.floats(0.01, 1e6) | st.floats(-1e6, -0.01),
    order=st.sampled_from(("ABCD", "CDAB", "BADC", "DCBA")),
    after=st.lists(st.integers(0, 0xFFFF), max_size=4),
)
def test_a_float_with_its_value_told_is_first_or_equal(
    value: float, order: str, after: list[int]
) -> None:
    value = as_float32(value)
    first = guesses(block(value, "float32", order, after), AT, expect=value)[0]
    # Another guess may come first where it gives the same value within half a percent.
    assert first.value == pytest.approx(value, rel=0.01)


@given(
    number=st.integers(1 << 16, (1 << 31) - 1),
    type_=st.sampled_from(WIDE_INTS),
    order=st.sampled_from(("ABCD", "CDAB")),
    scale=st.sampled_from((1.0, 0.1, 0.01, 0.001)),
    after=st.lists(st.integers(0, 0xFFFF), max_size=4),
)
def test_a_wide_whole_number_with_its_value_told_is_first_or_equal(
    number: int, type_: str, order: str, scale: float, after: list[int]
) -> None:
    first = guesses(block(number, type_, order, after), AT, expect=number * scale)[0]
    assert first.value == pytest.approx(number * scale, rel=0.01)


def test_how_often_the_truth_comes_first(full_size: bool) -> None:
    """Stated in gateway/modbus/README.md: a change of the doubts must not make it worse."""
    dice = random.Random(3)
    tries = 2000 if full_size else 200
    first: Counter[str] = Counter()
    for kind in ("float32", "uint32"):
        for _ in range(tries):
            value = 10 ** dice.uniform(0, 6)
            order = dice.choices(("ABCD", "CDAB", "DCBA"), (60, 35, 5))[0]
            scale = 1.0 if kind == "float32" else dice.choice((1.0, 0.1, 0.01))
            number = value if kind == "float32" else max(1, round(value / scale))
            registers = block(number, kind, order, [dice.choice((0, dice.randrange(1 << 16)))] * 2)
            shown = float(f"{number * scale * dice.uniform(0.99, 1.01):.4g}")
            ranked = guesses(registers, AT, expect=shown)
            first[f"{kind} told"] += ranked[0].value == pytest.approx(number * scale, rel=1e-6)
            alone = place_of(guesses(registers, AT), kind, order, 1.0)
            first[f"{kind} alone"] += alone == 0
            first[f"{kind} alone, first three"] += alone is not None and alone < 3
    share = {key: count / tries for key, count in first.items()}
    assert share["float32 told"] > 0.98, share
    assert share["uint32 told"] > 0.98, share
    assert share["float32 alone"] > 0.85, share
    assert share["uint32 alone"] > 0.65, share
    assert share["uint32 alone, first three"] > 0.85, share


@given(now=BLOCK, before=BLOCK, expect=st.none() | st.floats(-1e9, 1e9))
def test_any_registers_are_ranked(now: list[int], before: list[int], expect: float | None) -> None:
    ranked = guesses(
        dict(enumerate(now, AT)), AT, expect=expect, before=dict(enumerate(before, AT))
    )
    doubts = [one.doubt for one in ranked]
    assert doubts == sorted(doubts)
    assert set(worth_a_look(ranked)) <= set(ranked)
    assert ranked or expect is not None


def test_types_with_the_same_value_are_one_guess() -> None:
    ranked = guesses({AT: 0, AT + 1: 2300}, AT, expect=230)
    assert (ranked[0].types[:2], ranked[0].scale) == (("int32", "uint32"), 0.1)


def test_a_total_that_grows_has_no_sign() -> None:
    total = 123_456_789
    before, now = (block(count, "uint32", "ABCD", []) for count in (total, total + 3))
    best = guesses(now, AT, before=before)[0]
    assert (best.type, best.order, best.value, best.grew) == ("uint32", "ABCD", total + 3, 3)
    assert best.counts_up


def test_what_cannot_be_told_apart_is_said() -> None:
    registers = block(230.0, "float32", "ABCD", []) | {AT + 2: 0x4366}
    ranked = guesses(registers, AT, expect=230)
    assert rivals(ranked) == ()
    both = guesses({AT: 230, AT + 1: 0}, AT, expect=230)
    assert "CDAB" in {one.order for one in rivals(both)}


def test_the_low_word_of_a_neighbour_makes_a_twin() -> None:
    registers = block(230.12, "float32", "CDAB", [0x9EB8, 0x4366])
    for asked in (AT, AT + 1):
        ranked = guesses(registers, asked, expect=230)
        places = {(one.address, one.order) for one in (ranked[0], *twins(ranked, 230))}
        assert {(AT, "CDAB"), (AT + 1, "ABCD")} <= places


def test_many_digits_outweigh_the_address_and_leave_no_twin() -> None:
    registers = block(48_214_084, "uint32", "CDAB", [561])
    for asked in (AT, AT + 1):
        for shown in (4_821_408.4, 4_821_390):
            ranked = guesses(registers, asked, expect=shown)
            assert (ranked[0].address, ranked[0].order) == (AT, "CDAB")
            assert twins(ranked, shown) == ()


def test_an_unlikely_neighbour_is_no_twin() -> None:
    ranked = guesses({AT - 1: 0x02DF, AT: 0x0232, AT + 1: 0}, AT, expect=56)
    assert (ranked[0].address, ranked[0].order, ranked[0].scale) == (AT, "AB", 0.1)
    assert twins(ranked, 56) == ()


def test_a_manual_that_counts_from_one() -> None:
    best = guesses(block(49.98, "float32", "ABCD", [0, 0]), AT + 1, expect=50)[0]
    assert (best.address, best.type) == (AT, "float32")
    assert "one before: the manual counts from 1" in best.remarks


def test_a_text_rests_and_is_no_number() -> None:
    letters = dict(enumerate((0x346B, 0x4370, 0x4142, 0x4344, 0), AT))
    assert text(letters, AT) == "4kCpABCD"
    assert text(letters, AT, letters | {AT + 4: 9}) == "4kCpABCD"
    assert text(letters, AT, letters | {AT: 0x346C}) is None
    assert text(letters | {AT + 2: 0}, AT) is None


def test_texts() -> None:
    letters = {AT: 0x4D45, AT + 1: 0x5445, AT + 2: 0x5231, AT + 3: 0, AT + 4: 7}
    assert text(letters, AT) == "METER1"
    assert text({AT: 0x4D45}, AT) is None
    assert text({AT: 0x4366, AT + 1: 0x8000}, AT) is None
