"""Scaling: counts to values, as exact as the numbers in the register map are written."""

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Final

SMALLEST: Final = 1e-12
LARGEST: Final = 1e12
"""A scale lies between these, so that no count of 64 bits leaves the range of a float."""


@lru_cache(maxsize=1024)
def exact(scale: float) -> Fraction:
    """The scale as written: 0.1 is a tenth, not the nearest binary number."""
    return Fraction(repr(scale))


@lru_cache(maxsize=1024)
def worth(scale: float) -> tuple[int, int]:
    """The scale as written, as two whole numbers: what is above and below the line."""
    return exact(scale).as_integer_ratio()


def scaled(raw: int | float, scale: float) -> float:
    """A register's number × scale, rounded once: 584,556 × 0.1 is 58,455.6."""
    if isinstance(raw, float):
        return raw * scale
    above, below = worth(scale)
    return raw * above / below


def scaling(scale: float, offset: float) -> Callable[[int], float]:
    """A function from a whole count to count × scale + offset, rounded once.

    Made once a field: what is left to do for every value is whole numbers and one division.
    """
    factor, shift = exact(scale), exact(offset)
    below = factor.denominator * shift.denominator
    times = factor.numerator * shift.denominator
    plus = shift.numerator * factor.denominator
    return lambda count: (count * times + plus) / below
