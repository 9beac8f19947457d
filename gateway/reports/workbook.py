"""The report as a workbook: one sheet for each part, typed figures with their formats."""

from pathlib import Path
from typing import Any, Final

import openpyxl
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from gateway.reports.document import Document, Number, Part, Table

_HEAD: Final = PatternFill("solid", fgColor="E3E8EE")
_LINE: Final = Border(bottom=Side(style="thin", color="B5BDC6"))
_WARNING: Final = Font(bold=True, color="A02020")
_NOTE: Final = Font(italic=True, color="555555")
_UNIT_WIDTH: Final = 15.0
_LONGEST_TITLE: Final = 31
_NOT_IN_TITLES: Final = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
_CHARACTERS_A_LINE: Final = 110


def write_workbook(document: Document, path: Path) -> None:
    """Write it.

    Raises:
        OSError: It cannot be written.
    """
    book = openpyxl.Workbook()
    for sheet in list(book.worksheets):
        book.remove(sheet)
    for number, part in enumerate(document.parts):
        title = part.title.translate(_NOT_IN_TITLES)[:_LONGEST_TITLE]
        _sheet(book.create_sheet(title), part, document, first=number == 0)
    book.save(path)


def _sheet(sheet: Worksheet, part: Part, document: Document, *, first: bool) -> None:
    row = _line(sheet, 1, document.title if first else part.title, Font(bold=True, size=14))
    if document.warning:
        row = _line(sheet, row, document.warning, _WARNING)
    for line in document.lines if first else ():
        row = _line(sheet, row, line, Font())
    for table in part.tables:
        row = _table(sheet, row + 1, table, document)
    widths: dict[int, float] = {}
    for table in part.tables:
        for number, column in enumerate(table.columns, start=1):
            widths[number] = max(widths.get(number, 0.0), column.width)
    for number, width in widths.items():
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = min(_UNIT_WIDTH * max(width, 1.0), 60.0)
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]
    header, footer = sheet.oddHeader, sheet.oddFooter
    if header is not None and footer is not None:
        header.left.text, header.right.text = document.running, document.warning
        footer.right.text = document.page.format(page="&P", pages="&N")


def _table(sheet: Worksheet, row: int, table: Table, document: Document) -> int:
    if table.title:
        row = _line(sheet, row, table.title, Font(bold=True, size=12))
    for number, column in enumerate(table.columns, start=1):
        cell = _put(sheet, row, number, column.head)
        cell.font, cell.fill = Font(bold=True), _HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    for cells in table.rows:
        row += 1
        for number, content in enumerate(cells, start=1):
            cell = sheet.cell(row, number)
            if isinstance(content, Number):
                cell.value, cell.number_format = content.value, content.number_format
            elif content is not None:
                cell = _put(sheet, row, number, document.text(content))
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.border = _LINE
    row += 1
    for note in table.notes:
        row = _line(sheet, row, note, _NOTE)
    return row


def _line(sheet: Worksheet, row: int, text: str, font: Font) -> int:
    """A sentence over the whole width; returns the row after it."""
    cell = _put(sheet, row, 1, text)
    cell.font = font
    sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=6)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    wide = sum(2 if ord(one) > 0x2E7F else 1 for one in text)
    sheet.row_dimensions[row].height = 18.0 * (1 + wide // _CHARACTERS_A_LINE)
    return row + 1


def _put(sheet: Worksheet, row: int, column: int, text: str) -> Any:
    cell = sheet.cell(row, column, text)
    cell.data_type = "s"  # what begins with "=" is no formula
    return cell
