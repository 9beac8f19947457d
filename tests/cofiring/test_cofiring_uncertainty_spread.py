"""Distributions of errors and of their sums, against brute force."""

import math

import numpy as np
import pytest

from agent.cofiring.spread import NONE, Spread, between, quantiles

Z95 = 1.959963984540054
DRAWS = 400_000


def lognormal(stated, low, high):
    sigma = math.log(high / low) / (2 * Z95)
    mu = 0.5 * math.log(low * high)
    return lambda z: np.exp(mu + sigma * z) / stated - 1.0


def split(stated, low, high):
    return lambda z: z / Z95 * np.where(z < 0, stated - low, high - stated) / stated


def normal(half):
    return lambda z: z * half / Z95


CH4 = (between(30.0, 10.0, 100.0, "lognormal", Z95), lognormal(30.0, 10.0, 100.0))
N2O = (between(4.0, 1.5, 15.0, "lognormal", Z95), lognormal(4.0, 1.5, 15.0))
WOOD = (between(112.0, 95.0, 132.0, "split_normal", Z95), split(112.0, 95.0, 132.0))
COAL = (between(94.6, 89.5, 99.7, "normal", Z95), normal(5.1 / 94.6))
METER = (Spread(0.0, (0.025 / Z95) ** 2), normal(0.025))
LOOSE = (Spread(0.0, (0.5 / Z95) ** 2), normal(0.5))


@pytest.mark.parametrize(
    ("parts", "tolerance"),
    [
        pytest.param([(1.0, CH4)], 0.005, id="one lognormal is met exactly"),
        pytest.param([(1.0, COAL)], 0.005, id="one normal is met exactly"),
        pytest.param([(1.0, WOOD)], 0.005, id="a range as skewed as wood's"),
        pytest.param([(0.99, COAL), (0.003, CH4), (0.007, N2O), (1.0, METER)], 0.005, id="coal"),
        pytest.param([(0.5, CH4), (0.5, N2O), (1.0, METER)], 0.01, id="biomass alone"),
        pytest.param([(1.0, CH4), (1.0, LOOSE)], 0.03, id="worst: skew and a normal of equal size"),
    ],
)
def test_interval_of_a_sum_against_brute_force(parts, tolerance):
    rng = np.random.default_rng(20261001)
    total = np.zeros(DRAWS)
    shift = variance = third = 0.0
    for weight, (spread, draw) in parts:
        total += weight * draw(rng.standard_normal(DRAWS))
        shift += weight * spread.shift
        variance += weight**2 * spread.variance
        third += weight**3 * spread.third
    low, high = np.quantile(total, [0.025, 0.975])
    found = quantiles(shift, variance, third, Z95)
    assert found == pytest.approx((low, high), abs=tolerance * (high - low))


def test_ends_of_a_published_range_are_met():
    for distribution in ("lognormal", "normal"):
        spread = between(1.0, 0.8, 1.25, distribution, Z95)
        found = quantiles(spread.shift, spread.variance, spread.third, Z95)
        assert found == pytest.approx((-0.2, 0.25), abs=1e-6)
    assert NONE.variance == 0.0


def test_arrays_give_what_floats_give():
    shift, variance, third = np.array([[0.0, 0.1], [0.01, 0.04], [0.0, 0.009]])
    low, high = quantiles(shift, variance, third, Z95, np)
    for n in range(2):
        one = quantiles(float(shift[n]), float(variance[n]), float(third[n]), Z95)
        assert (low[n], high[n]) == pytest.approx(one, rel=1e-12)


def test_a_credit_has_its_range_the_right_way_round():
    spread = between(-5.0, -9.0, -4.0, "lognormal", Z95)
    found = quantiles(spread.shift, spread.variance, spread.third, Z95)
    # As parts of the value: 1.8 of it is its lower end, 0.8 its upper one.
    assert found == pytest.approx((-0.2, 0.8), abs=1e-6)
