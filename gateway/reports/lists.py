"""The report as lists: one CSV file for each table, exact figures; what they rest on in another."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gateway.reports.document import FORMULA, NONE, Cell, Column, Document, Number, Table

_NOTES: Final = "notes"
_BOM: Final = "\ufeff"


def write_lists(document: Document, directory: Path) -> list[Path]:
    """Write each table, with a byte order mark and CRLF as spreadsheets want them.

    Args:
        document: The report.
        directory: Made where it is not there.

    Raises:
        OSError: It cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    tables = [table for part in document.parts for table in part.tables]
    for table in (*tables, _notes(document, tables)):
        path = directory / f"{table.key}.csv"
        path.write_text(_BOM + list_of(table, document), encoding="utf-8", newline="")
        written.append(path)
    return written


def _notes(document: Document, tables: Sequence[Table]) -> Table:
    """What the other lists rest on: a list of figures alone would have no basis."""
    rows: list[list[Cell]] = [[NONE, line] for line in document.lines]
    rows += [[table.key, note] for table in tables for note in table.notes]
    return Table(_NOTES, "", [Column("csv"), Column(document.notes)], rows)


def list_of(table: Table, document: Document) -> str:
    """A table as CSV; figures as they are, unknown ones as words."""
    text = io.StringIO()
    writer = csv.writer(text)
    if document.warning:
        writer.writerow([document.warning])
    writer.writerow([column.head for column in table.columns])
    writer.writerows([_cell(cell, document) for cell in row] for row in table.rows)
    return text.getvalue()


def _cell(cell: Cell, document: Document) -> str:
    if isinstance(cell, Number):
        return repr(cell.value)
    text = document.text(cell)
    return f"'{text}" if text.startswith(FORMULA) else text
