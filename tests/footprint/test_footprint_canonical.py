"""The canonical text is RFC 8785's, whatever the value."""

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.footprint.canonical import text_of

NUMBERS = st.one_of(
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(10**6), 10**6).map(float),
    st.floats(1e-9, 1e-3),
    st.floats(-9.99e-6, -1e-7),
    st.floats(1e-7, 2e-5),
    st.floats(1e14, 1e24),
)
TEXTS = st.one_of(st.text(), st.sampled_from(["1.0", ",2.0,", ":3e+16", "12345678901234567", '"']))
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
@example({"\ufffd": 1, "\U0001f525": 2})
@example([1e16, 1e20, 1e21, 1e22, 123456789012345680000.0, -0.0, 0.0, -1.0, 1e-5, 1e-6, 1e-7])
@example({"a": "x,1.0]", "b": 1.0, "c": [2.0, -3.0], "d": "CO₂ 4.0, 5e-08"})
@example(2**53 - 1)
@example(1.0)
@example([1e-6, 6.5e-6, -6.5e-6, 9.99e-7, 1e-60, 1.5e-61])
def test_every_value_has_the_one_text_the_rfc_gives(value):
    assert text_of(value) == rfc8785.dumps(value).decode()


@pytest.mark.parametrize(
    "value", [float("nan"), [float("inf")], {"a": 2**53}, {1: 2}, "\ud800", {"a": object()}]
)
def test_what_has_no_canonical_text_is_refused(value):
    with pytest.raises(rfc8785.CanonicalizationError):
        text_of(value)
