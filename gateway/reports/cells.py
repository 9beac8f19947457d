"""From figures of a record to cells: an unknown one says why."""

import math
from collections.abc import Sequence
from typing import Final

from agent.cofiring.packs import Rounding
from gateway.reports.document import Cell, Column, Number, Table, Unknown
from gateway.reports.words import Words

KG_PER_T: Final = 1000.0


def number(value: float | None, digits: int, reason: str = "") -> Cell:
    """A figure, or that it is not known."""
    return Unknown(reason) if value is None else Number(value, digits)


def percent(share: float | None, digits: int = 2, reason: str = "") -> Cell:
    """A share as per cent."""
    return number(None if share is None else 100.0 * share, digits, reason)


def tonnes(kg: float | None, digits: int = 3, reason: str = "") -> Cell:
    """A mass in tonnes."""
    return number(None if kg is None else kg / KG_PER_T, digits, reason)


def rounded(value: float | None, rounding: Rounding, reason: str = "") -> Cell:
    """A figure as a scheme wants it written."""
    if value is None:
        return Unknown(reason)
    return Number(float(rounding.of(value)), rounding.digits)


def total(values: Sequence[float | None], digits: int, reason: str) -> Cell:
    """The sum of a column; unknown where a part of it is."""
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return Unknown(reason)
    return Number(math.fsum(known), digits)


def floored(share: float) -> str:
    """A share as per cent for a sentence, never more than it is: 99.99 and not 100.00."""
    return f"{math.floor(1e4 * share) / 100.0:.2f}"


def words_of(texts: Sequence[str], words: Words) -> Cell:
    """Short texts in one cell; a word that says that there are none."""
    return words["between"].join(texts) if texts else words["none"]


def listed(
    key: str,
    title: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    words: Words,
    notes: Sequence[str] = (),
) -> Table:
    """A table; where it has no rows, a line says so."""
    if not rows:
        return Table(key, title, [Column(words["result"])], [[words["none"]]], notes)
    return Table(key, title, columns, rows, notes)
