"""Thinned samples: fewer, untouched, with every peak and every gap."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from agent.samples import Quality, Sample
from gateway.views.thinning import thinned

POINT = "yard.c0150.temp_1_degc"
VALUES = st.none() | st.floats(-50.0, 150.0)


def sample(t_us: int, value: float | None) -> Sample:
    if value is None:
        return Sample(POINT, t_us, None, Quality.BAD, "sensor_open")
    return Sample(POINT, t_us, value)


@given(values=st.lists(VALUES, max_size=300), most=st.integers(3, 100))
def test_some_samples_in_their_order_with_the_extremes(
    values: list[float | None], most: int
) -> None:
    samples = [sample(n, value) for n, value in enumerate(values)]
    kept = thinned(samples, most)
    assert len(kept) <= most
    assert set(kept) <= set(samples)
    assert all(a.t_us < b.t_us for a, b in pairwise(kept))
    known = [s.value for s in samples if s.value is not None]
    shown = [s.value for s in kept if s.value is not None]
    assert (min(shown, default=None), max(shown, default=None)) == (
        min(known, default=None),
        max(known, default=None),
    )


def test_a_dead_sensor_between_good_values_stays_visible() -> None:
    samples = [sample(n, None if n == 57 else 20.0 + n % 3) for n in range(120)]
    assert sample(57, None) in thinned(samples, 12)


def test_few_samples_are_left_alone() -> None:
    samples = [sample(n, 1.0) for n in range(5)]
    assert thinned(samples, 5) == samples
