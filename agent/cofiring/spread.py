"""How errors are distributed, and the 95 % interval of a sum of many.

An error is kept as its first three cumulants: what the truth is away from the stated value on
average, the variance, and the third central moment. Those of independent errors add up, so a sum
of any number of them is three sums. Its quantiles are those of the shifted lognormal distribution
with these cumulants: exactly the normal one without skew, and exactly the lognormal one where a
single lognormal error is all there is.

Formulas take floats, or arrays together with NumPy as `xp`.
"""

import math
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

_LEAST_SKEW: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Spread:
    """Cumulants of an error: its mean, variance and third central moment."""

    shift: float
    variance: float
    third: float = 0.0


NONE: Final = Spread(0.0, 0.0)


def normal(half_width: float, z95: float) -> Spread:
    """A normal error of a 95 % half width."""
    return Spread(0.0, (half_width / z95) ** 2)


def meter(scale: float, drift: float, z95: float) -> Spread:
    """The scale of a meter, normal with a 95 % half width, and a drift anywhere within ±."""
    return Spread(0.0, (scale / z95) ** 2 + drift * drift / 3.0)


def lognormal(mu: float, variance: float) -> Spread:
    """The error of 1 as an estimate of X, where ln X is normal.

    Args:
        mu: Mean of ln X.
        variance: Variance of ln X.
    """
    growth = math.expm1(variance)
    mean = math.exp(mu + 0.5 * variance)
    return Spread(mean - 1.0, mean**2 * growth, mean**3 * growth**2 * (growth + 3.0))


def split_normal(below: float, above: float) -> Spread:
    """An error of even odds for either side, each side normal with a standard deviation of its own.

    Args:
        below: Standard deviation of what is too high.
        above: Standard deviation of what is too low.
    """
    shift = (above - below) / math.sqrt(2.0 * math.pi)
    square = 0.5 * (above**2 + below**2)
    cube = math.sqrt(2.0 / math.pi) * (above**3 - below**3)
    return Spread(shift, square - shift**2, cube - 3.0 * shift * square + 2.0 * shift**3)


def between(value: float, low: float, high: float, distribution: str, z95: float) -> Spread:
    """The relative error of a stated value with a 95 % range.

    Args:
        value: As stated, not zero.
        low: 2.5 % of cases are below.
        high: 2.5 % of cases are above.
        distribution: "normal", "lognormal" (both ends above zero) or "split_normal".
        z95: Standard normal quantile of 97.5 %.
    """
    # Of a credit, a value below zero, the lower end is the larger part.
    down, up = sorted((low / value, high / value))
    if distribution == "lognormal" and min(down, up) > 0.0:
        sigma = (math.log(up) - math.log(down)) / (2.0 * z95)
        return lognormal(0.5 * (math.log(up) + math.log(down)), sigma**2)
    if distribution == "normal":
        return Spread(0.5 * (up + down) - 1.0, ((up - down) / (2.0 * z95)) ** 2)
    return split_normal((1.0 - down) / z95, (up - 1.0) / z95)


def quantiles(
    shift: Any, variance: Any, third: Any, z95: float, xp: ModuleType = math
) -> tuple[Any, Any]:
    """2.5 % and 97.5 % quantiles of an error with these cumulants.

    The shifted lognormal w·(exp(s·z − s²/2) − 1)/r of skewness γ has r = √(exp(s²) − 1) =
    2·sinh(asinh(γ/2)/3), with the sign of γ.

    Args:
        shift: Mean.
        variance: Variance, above zero.
        third: Third central moment.
        z95: Standard normal quantile of 97.5 %.
        xp: `math` for floats, `numpy` for arrays.
    """
    deviation = xp.sqrt(variance)
    skew = third / (variance * deviation)
    root = 2.0 * xp.sinh(xp.asinh(0.5 * skew) / 3.0)
    root = root + xp.copysign(_LEAST_SKEW, root)
    square = xp.log1p(root * root)
    scale = xp.copysign(xp.sqrt(square), root)
    low = shift + deviation * xp.expm1(-z95 * scale - 0.5 * square) / root
    high = shift + deviation * xp.expm1(z95 * scale - 0.5 * square) / root
    return low, high
