"""Doubts of a guess: what speaks for and against one meaning of some registers, in bits (pure)."""

import math
from decimal import Decimal
from typing import Final

from gateway.modbus import registers as raw

_NEAR: Final = 0.005
"""Share by which a reading and what a display shows differ without raising a doubt."""

_MOVES: Final = 0.01
"""Share by which a value may change between two reads without raising a doubt."""

GROWS: Final = "grows: a totaliser?"

LAST_DIGITS: Final = 50.0
"""Steps of the last digit that was typed by which the display may have moved on."""

_LOW, _HIGH = 1e-2, 1e6
"""Floats of meters lie between these, mostly."""


def implausible(type_: str, number: int | float) -> tuple[float, str]:
    """Doubt of a number of which only its type is known [bit], and what speaks for or against."""
    size = abs(number)
    below = 1.0 if number < 0 else 0.0
    if size == 0:
        return 4.5, "zero"
    if type_.startswith("float"):
        size_log = math.log10(size)
        decades = max(0.0, size_log - math.log10(_HIGH), math.log10(_LOW) - size_log)
        why = "a usual size" if not decades else "very large" if size > 1 else "very small"
        # Of all patterns a sixth are floats of a usual size, and only a fiftieth such doubles.
        least = 0.5 if type_ == "float64" else 1.0
        return min(20.0, least + 1.5 * decades + 2 * below), why
    if raw.words(type_) == 1:
        return 4.0 + below / 2, "any register is one"
    bits = max(16.0, math.log2(size + 1))
    why = "high part empty" if size < 1 << 16 else "all parts used"
    return 2.0 + 0.35 * (bits - 16) + below, why


def off(value: float, expect: float) -> float:
    """Share by which a value differs from the display."""
    return abs(value - expect) / (abs(expect) or 1.0)


def typed(expect: float) -> float:
    """Share by which the display may have moved on, told by the digits that were typed.

    Up to four digits it is the usual share: who types so few has read them off roughly.
    """
    exponent = Decimal(f"{expect:.15g}").as_tuple().exponent
    if not isinstance(exponent, int) or not expect:
        return _NEAR
    return max(1e-12, min(_NEAR, LAST_DIGITS * 10.0**exponent / abs(expect)))


def distant(share: float, expect: float) -> float:
    """Doubt of a value that is so far from the display [bit]; many digits typed are meant."""
    doubt = math.log2(1 + (share / _NEAR) ** 2)
    return doubt + math.log2((1 + share / typed(expect)) / (1 + share / _NEAR))


def place(distance: int) -> str:
    """Where it is beside the address that was asked for, in words."""
    if distance == -1:
        return "one before: the manual counts from 1"
    return f"{abs(distance)} {'before' if distance < 0 else 'after'}"


def nearness(share: float, expect: float) -> str:
    """How far it is from the display, in words."""
    if share == 0:
        return f"exactly {expect:,.12g}"
    return f"{share * 100:.2g} % off {expect:,.12g}" if expect else f"{share:.2g} off 0"


def moved(type_: str, number: int | float, was: int | float) -> tuple[float, str]:
    """Doubt of a change between two reads [bit], and what speaks for or against."""
    share = abs(number - was) / max(abs(number), abs(was))
    if share > 0.5:
        return 5.0, "jumps between two reads"
    doubt = math.log2(1 + share / _MOVES) - 1
    if raw.words(type_) > 1 and not type_.startswith("float"):
        if (number - was) % (1 << 16) == 0:
            return doubt + 4, "only its high register moves"
        if number > was and share < _MOVES:
            return doubt - 3, GROWS
    return doubt, f"moved by {share * 100:.2g} %"
