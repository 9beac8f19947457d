"""Units as people write them, and the decimals of a number kept on the way to ours."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Final

from gateway.footprint.tables import DIRECTORY

_PLAIN: Final = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,3})?")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of some dimension.

    Args:
        name: As it was written.
        factor: What one of it is in the dimension's base unit; None where it is refused.
        refusal: Why it is refused and what to write.
    """

    name: str
    factor: Decimal | None
    refusal: str = ""

    def base(self, value: Decimal) -> float:
        """A value in the base unit."""
        return float(value * (self.factor or Decimal(0)))


def unit_of(dimension: str, name: str) -> Unit | None:
    """A unit by its name, whatever its spaces and width; None where it is not known."""
    found = _units().get(dimension, {}).get(_folded(name))
    if found is None:
        return None
    if "refuse" in found:
        return Unit(name, None, str(found["refuse"]))
    return Unit(name, Decimal(found["factor"]))


def is_dimension(name: str) -> bool:
    """Whether the table of units has it."""
    return name in _units()


def known_units(dimension: str) -> list[str]:
    """Units of a dimension that are taken."""
    table = _document()[dimension]
    return [name for name, one in table.items() if isinstance(one, Mapping) and "factor" in one]


def decimal_of(text: str) -> Decimal | None:
    """A number as written, such as ``8.5``; None where it is no plain number.

    A comma, a thousands' mark or a unit make it none: 1,234 is one thing here and another there.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    return Decimal(plain) if _PLAIN.fullmatch(plain) else None


@cache
def _document() -> Mapping[str, Any]:
    return tomllib.loads((DIRECTORY / "units.toml").read_text("utf-8"))


@cache
def _units() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    return {
        dimension: {_folded(name): one for name, one in table.items() if isinstance(one, Mapping)}
        for dimension, table in _document().items()
        if isinstance(table, Mapping)
    }


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
