"""A gauge that moves faster than it can is doubted until a second read confirms it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.modbus.guard import Guard

SECOND_US = 1_000_000


@pytest.mark.parametrize(
    ("story", "believed"),
    [
        pytest.param([(0, 500.0)], [True], id="the first ever"),
        pytest.param([(0, 20.0), (1, 25.0), (2, 20.0)], [True] * 3, id="as fast as it can"),
        pytest.param([(0, 20.0), (1, 0.0), (2, 20.0)], [True, False, True], id="one zero"),
        pytest.param([(0, 20.0), (1, 90.0), (2, 91.0)], [True, False, True], id="confirmed"),
        pytest.param(
            [(0, 20.0), (1, 90.0), (2, 50.0), (3, 51.0)],
            [True, False, False, True],
            id="confirmed at last",
        ),
        pytest.param([(0, 20.0), (14, 90.0)], [True, True], id="it had the time"),
        pytest.param(
            [(0, 20.0), (1, 90.0), (2, 22.0), (3, 90.0)],
            [True, False, True, False],
            id="two glitches do not confirm each other over a good read",
        ),
    ],
)
def test_stories(story: list[tuple[int, float]], believed: list[bool]) -> None:
    guard = Guard(5.0)
    assert [guard.believes(value, t_s * SECOND_US) for t_s, value in story] == believed


def test_a_register_renewed_every_ten_seconds_may_jump_ten_seconds_worth() -> None:
    guard = Guard(5.0, update_s=10.0)
    assert guard.believes(20.0, 0)
    assert guard.believes(69.0, 100_000)
    assert not guard.believes(20.0 - 5.0, 200_000)


STEPS = st.lists(
    st.tuples(st.integers(1, 100), st.floats(-1, 1), st.booleans(), st.floats(50, 1e6)), max_size=60
)


@given(STEPS)
def test_single_lies_are_never_believed_and_the_truth_always_is(
    steps: list[tuple[int, float, bool, float]],
) -> None:
    """A truth that moves within its rate, with single lies far outside it."""
    rate = 2.0
    guard = Guard(rate)
    truth, t_us, lied = 100.0, 0, False
    assert guard.believes(truth, t_us)
    for tenths, pace, would_lie, by in steps:
        t_us += tenths * 100_000
        # Rounding is no movement: a truth at its very limit may lie a hair above it.
        truth += 0.999 * pace * rate * tenths / 10
        lied = would_lie and not lied
        if lied:
            assert not guard.believes(truth + by + 2 * rate * tenths / 10, t_us)
        else:
            assert guard.believes(truth, t_us)


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9), st.integers(0, 10**10))
def test_whatever_is_read_twice_is_believed(first: float, then: float, after_us: int) -> None:
    guard = Guard(0.5)
    guard.believes(first, 0)
    guard.believes(then, after_us)
    assert guard.believes(then, after_us + SECOND_US)
