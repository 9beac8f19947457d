"""A report as data: parts with tables of typed cells, for a workbook, for paper and as lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

FORMULA: Final = (*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20")
"""What begins so is computed by some program that opens the file."""


@dataclass(frozen=True, slots=True)
class Number:
    """A figure.

    Args:
        value: As it is; never rounded here.
        digits: After the point where people read it; negative before the point.
    """

    value: float
    digits: int

    @property
    def text(self) -> str:
        """As people read it."""
        return f"{round(self.value, self.digits):,.{max(self.digits, 0)}f}"

    @property
    def number_format(self) -> str:
        """As a spreadsheet shows it."""
        return "#,##0" + ("." + "0" * self.digits if self.digits > 0 else "")


@dataclass(frozen=True, slots=True)
class Unknown:
    """A figure that is not known, and why."""

    reason: str = ""


Cell = str | Number | Unknown | None
"""None for a field that stays empty, such as a signature."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Args:
        head: Its name, with the unit in square brackets where there is one.
        width: Beside the others.
    """

    head: str
    width: float = 1.0


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Args:
        key: Its name in files, such as "stock".
        title: "" where the part's own title says it.
        rows: Cells by column.
        notes: Sentences under it.
    """

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A sheet of a workbook, a chapter on paper."""

    title: str
    tables: Sequence[Table]


@dataclass(frozen=True, slots=True)
class Document:
    """A report.

    Args:
        name: Of its files, without an ending.
        language: Of its texts.
        lines: Sentences under the title.
        warning: Printed on every page; "" where there is none.
        unknown: The word for it in the language.
        page: How a page is numbered, with {page} and {pages}.
    """

    name: str
    language: str
    title: str
    lines: Sequence[str]
    warning: str
    unknown: str
    page: str
    parts: Sequence[Part]

    def text(self, cell: Cell) -> str:
        """A cell as people read it."""
        if cell is None:
            return ""
        if isinstance(cell, Unknown):
            return f"{self.unknown}: {cell.reason}" if cell.reason else self.unknown
        return cell.text if isinstance(cell, Number) else cell
