"""Addresses as tables write them: 40001, 4:03001, 0x0BB8, 1000h, 0001-0002."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from gateway.modbus.field import Kind
from gateway.modbus.tables.numbers import plain

Style = Literal["plain", "numbered", "hex"]
"""How an address is written: a number, a number with its kind ("4:03001"), or hexadecimal."""

DIGITS: Final[dict[str, Kind]] = {"0": "coil", "1": "discrete", "3": "input", "4": "holding"}
"""The digit before a register's number, and the kind it stands for."""

_HEX: Final = re.compile(r"\b0x([0-9a-f]{1,5})\b|\b([0-9][0-9a-f]{0,4})h\b", re.IGNORECASE)
_BARE_HEX: Final = re.compile(r"\b([0-9a-f]{1,5})\b", re.IGNORECASE)
_WITH_KIND: Final = re.compile(r"^([0134])\s*[:x]\s*(\d{1,5})\b", re.IGNORECASE)
_DECIMAL: Final = re.compile(
    r"^(?:reg(?:ister)?\.?|r|hr|ir|%mw|mw)?\s*(\d{1,6})(?:\.0)?\b", re.IGNORECASE
)
_THOUSANDS: Final = re.compile(r"(?<=\d)[,']\s?(?=\d{3}(?!\d))")
_RANGE: Final = re.compile(r"\s*(?:-|–|—|~|～|\.\.\.?|…|/|&|\bto\b|\bbis\b)\s*")


@dataclass(frozen=True, slots=True)
class Written:
    """An address as its table writes it.

    Args:
        number: The number.
        style: How it is written.
        kind: The kind it names itself, as "4:03001" does.
        words: Registers it spans, where it names the last one too.
    """

    number: int
    style: Style
    kind: Kind | None = None
    words: int | None = None


def written(text: str, *, is_hex: bool = False) -> Written | None:
    """The address in a cell; None where there is none.

    Args:
        text: The cell.
        is_hex: Whether the column says that its numbers are hexadecimal.
    """
    parts = _RANGE.split(_THOUSANDS.sub("", plain(text)))
    first = _one(parts[0], is_hex)
    if first is None:
        return None
    last = _one(parts[1], is_hex) if len(parts) == 2 else None
    if last is None:
        return _one(plain(text), is_hex) if len(parts) == 2 and _HEX.search(text) else first
    if last.style != first.style:  # one address twice, such as "256 / 0x100": hex is what travels
        return last if last.style == "hex" else first
    end = last.number
    if end < first.number and end < 10 ** len(parts[1].strip()):  # "40001/2"
        end += first.number - first.number % 10 ** len(parts[1].strip())
    words = end - first.number + 1
    return Written(first.number, first.style, first.kind, words if 0 < words <= 125 else None)


def is_modicon(addresses: Iterable[Written]) -> bool:
    """Whether a table counts as 40001, 30001, 400001 … rather than as the numbers travel.

    So it is where every plain number could be such a one, and none could only be a plain one:
    40000 and 30000 are no register numbers, so a table that has them means what it says.
    """
    numbers = [address.number for address in addresses if address.style == "plain"]
    return bool(numbers) and all(modicon(number) is not None for number in numbers)


def modicon(number: int) -> tuple[Kind, int] | None:
    """Kind and zero-based address of a register number such as 40001 or 400001; else None."""
    for digit, kind in (("1", "discrete"), ("3", "input"), ("4", "holding")):
        for size in (10_000, 100_000):
            first = int(digit) * size
            if first < number < first + min(size, 65_537):
                return kind, number - first - 1  # type: ignore[return-value]  # a Kind, as above
    return None


def _one(text: str, is_hex: bool) -> Written | None:
    text = text.strip()
    found = _WITH_KIND.match(text)
    if found and not text.lower().startswith("0x"):  # 0x10 is sixteen
        return Written(int(found.group(2)), "numbered", DIGITS[found.group(1)])
    if found := _HEX.search(text):
        return Written(int(found.group(1) or found.group(2), 16), "hex")
    if is_hex and (found := _BARE_HEX.search(text)):
        return Written(int(found.group(1), 16), "hex")
    if found := _DECIMAL.match(text):
        return Written(int(found.group(1)), "plain")
    return None
