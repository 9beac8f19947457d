"""A report as data: parts with tables of typed cells, for a workbook, for paper and as lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

FORMULA: Final = (*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20")
"""What begins so is computed by some program that opens the file."""

NONE: Final = "–"
"""Stands where no figure belongs."""


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
        shown = round(self.value, self.digits) or 0.0  # never "-0"
        return f"{shown:,.{max(self.digits, 0)}f}"

    @property
    def number_format(self) -> str:
        """As a spreadsheet shows it."""
        return "#,##0" + ("." + "0" * self.digits if self.digits > 0 else "")


@dataclass(frozen=True, slots=True)
class Unknown:
    """A figure that is not known, and why."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Without:
    """No figure belongs here, and why: a limit where none binds. Nothing is missing."""

    reason: str


Cell = str | Number | Unknown | Without | None
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
        place: Site and unit; stands with the title on every page.
        language: Of its texts.
        lines: Sentences under the title.
        warning: Printed on every page; "" where there is none.
        unknown: The word for it in the language.
        page: How a page is numbered, with {page} and {pages}.
        notes: The word for notes in the language.
    """

    name: str
    place: str
    language: str
    title: str
    lines: Sequence[str]
    warning: str
    unknown: str
    page: str
    parts: Sequence[Part]
    notes: str

    @property
    def running(self) -> str:
        """What stands at the head of every page."""
        return f"{self.title} · {self.place}"

    def text(self, cell: Cell) -> str:
        """A cell as people read it."""
        if cell is None:
            return ""
        if isinstance(cell, Unknown):
            return f"{self.unknown}: {cell.reason}" if cell.reason else self.unknown
        if isinstance(cell, Without):
            return f"{NONE}: {cell.reason}"
        return cell.text if isinstance(cell, Number) else cell
