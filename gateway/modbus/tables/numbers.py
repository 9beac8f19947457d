"""Numbers as tables write them: decimal commas, fractions, powers of ten, factors and divisors."""

import re
import unicodedata
from fractions import Fraction
from typing import Final, Literal

from gateway.modbus.tables.unclear import UnclearError

Role = Literal["multiplier", "divisor", "scale"]
"""What a column's number does to a register: multiplies it, divides it, or one of both."""

_MOST_DIGITS: Final = 30
"""A longer number is no scale; it bounds what a fraction can grow to."""

_PLAIN: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,2})?", re.IGNORECASE)
_RAISED: Final = re.compile(r"\b10([⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2})")
_SUPERSCRIPTS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_GROUPS: Final = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+")
_TIMES: Final = re.compile(r"^[x×*·✕]\s*")
_OVER: Final = re.compile(r"^[/÷:]\s*")


def plain(text: str) -> str:
    """A cell without odd spaces, signs and widths: wide digits become plain, 10⁻² 10^-2."""
    text = _RAISED.sub(lambda found: f"10^{found.group(1).translate(_SUPERSCRIPTS)}", text)
    text = unicodedata.normalize("NFKC", text).replace("−", "-")
    return " ".join(text.replace("\u00ad", "").split())


def number(text: str) -> Fraction | None:
    """The number in a cell, exactly as written; None where there is none.

    Raises:
        UnclearError: A comma could divide thousands or decimals.
    """
    text = plain(text).replace(" ", "").replace("'", "")
    if len(text) > _MOST_DIGITS:
        return None
    if power := re.fullmatch(r"10(?:\^|\*\*)([+-]?\d{1,2})", text):
        return Fraction(10) ** int(power.group(1))
    if "/" in text:
        above, _, below = text.partition("/")
        top, bottom = _decimal(above), _decimal(below)
        return top / bottom if top is not None and bottom else None
    return _decimal(text)


def factor(text: str, role: Role) -> Fraction | None:
    """What a register is multiplied by, from a cell such as ``0.1``, ``/10``, ``x0.1`` or ``10``.

    Args:
        text: The cell.
        role: What its column says the number does.

    Returns:
        The factor; None for an empty cell.

    Raises:
        UnclearError: It is no number, or may multiply as well as divide.
    """
    bare = plain(text)
    if bare in {"", "-", "–", "n/a"}:
        return None
    is_over = _OVER.match(bare) is not None
    bare = _OVER.sub("", _TIMES.sub("", bare))
    found = number(bare)
    if found is None:  # a unit behind it, such as "0.1 V"
        found = number(re.sub(r"(?<=\d)\s*[^\W\d_][^\s\d]*$", "", bare))
    if found is None or found == 0:
        raise UnclearError(
            text, "is no factor", "Write a number such as 0.1, or leave the column out with --map"
        )
    if is_over or role == "divisor":
        return 1 / found
    if role == "scale" and abs(found) > 1:
        raise UnclearError(
            text,
            "may multiply the register or divide it",
            "Say which: --map 'COLUMN=multiplier' or --map 'COLUMN=divisor'",
        )
    return found


def _decimal(text: str) -> Fraction | None:
    if "," in text:
        if "." in text:
            thousands = "," if text.rindex(".") > text.rindex(",") else "."
            text = text.replace(thousands, "").replace(",", ".")
        elif _GROUPS.fullmatch(text):
            if text.count(",") > 1:
                text = text.replace(",", "")
            else:
                raise UnclearError(
                    text,
                    "the comma may divide thousands or decimals",
                    f"Write {text.replace(',', '')} or {text.replace(',', '.')}",
                )
        else:
            text = text.replace(",", ".")
    return Fraction(text) if _PLAIN.fullmatch(text) else None
