"""A sheet as rows of cells, from CSV or Excel."""

import csv
import io
import unicodedata
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from agent.errors import HinobanError

Cell = str | Decimal | datetime | date | bool | None


class SheetError(HinobanError):
    """A file that is no sheet, or cannot be read."""


@dataclass(frozen=True, slots=True)
class Percent:
    """A number that Excel shows as per cent: the cell holds a hundredth of what is seen."""

    fraction: Decimal


@dataclass(frozen=True, slots=True)
class Sheet:
    """A header and the rows below it; `rows` have the number that the program shows."""

    name: str
    header_row: int
    headers: Sequence[str]
    rows: Sequence[tuple[int, Sequence[Cell | Percent]]]


def read_sheet(path: Path, *, encoding: str = "", tab: str = "") -> Sheet:
    """Read a sheet; the first row with two cells or more is its header.

    Args:
        path: ``.xlsx``, ``.xlsm`` or text with commas, semicolons or tabs.
        encoding: Of a text, such as "cp932" or "big5"; "" for UTF-8.
        tab: Which sheet of a workbook; "" for the first.

    Raises:
        SheetError: It cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SheetError(f"{path}: {error.strerror}") from error
    if path.suffix.lower() in {".xlsx", ".xlsm"}:
        rows = _of_workbook(path.name, data, tab)
    else:
        rows = _of_text(path.name, data, encoding)
    for index, (number, cells) in enumerate(rows):
        if sum(cell is not None for cell in cells) >= 2:
            headers = ["" if cell is None else str(cell).strip() for cell in cells]
            full = [row for row in rows[index + 1 :] if any(c is not None for c in row[1])]
            return Sheet(path.name, number, headers, full)
    raise SheetError(f"{path.name}: has no row with two cells or more; the first is the header")


def _of_text(name: str, data: bytes, encoding: str) -> list[tuple[int, list[Cell | Percent]]]:
    text = _decoded(name, data, encoding)
    head = text.splitlines()[0] if text.strip() else ""
    delimiter = max(",;\t", key=head.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise SheetError(f"{name}: {error}; close the quotes, or save it anew") from error
    return [
        (number, [cell.strip() or None for cell in cells])
        for number, cells in enumerate(rows, start=1)
    ]


def _decoded(name: str, data: bytes, encoding: str) -> str:
    first = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        return data.decode(encoding or first)
    except LookupError as error:
        raise SheetError(f"--encoding {encoding}: is unknown; try cp932 or big5") from error
    except UnicodeDecodeError as error:
        remedy = "say what it is: --encoding cp932 (Japanese) or --encoding big5 (Chinese)"
        raise SheetError(f"{name}: is not {encoding or 'UTF-8'}; {remedy}") from error


def _of_workbook(name: str, data: bytes, tab: str) -> list[tuple[int, list[Cell | Percent]]]:
    import openpyxl  # noqa: PLC0415 -- only an import of Excel needs it

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise SheetError(f"{name}: is no Excel workbook ({error}); save it as .xlsx") from error
    try:
        if tab and tab not in book.sheetnames:
            raise SheetError(f"{name}: has no sheet {tab!r}; it has {', '.join(book.sheetnames)}")
        sheet = book[tab] if tab else book.worksheets[0]
        return [
            (number, [_cell(cell.value, cell.number_format) for cell in cells])
            for number, cells in enumerate(sheet.iter_rows(), start=1)
        ]
    finally:
        book.close()


def _cell(value: Any, number_format: str) -> Cell | Percent:
    if isinstance(value, bool | datetime | date):
        return value
    if isinstance(value, int | float):
        number = Decimal(repr(value))
        return Percent(number) if "%" in number_format else number
    text = unicodedata.normalize("NFC", str(value)).strip() if value is not None else ""
    return text or None
