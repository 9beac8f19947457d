"""The report on paper: A4 landscape, subset fonts within the file, the warning on every page."""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fpdf import FPDF
from fpdf.enums import Align, TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace

from gateway.reports.document import NONE, Cell, Document, Number, Part, Table, Unknown, Without
from gateway.reports.fonts import Face
from gateway.reports.lines import broken

_FAMILY: Final = "report"
_MARGIN_MM: Final = 12.0
_SMALL, _TEXT, _TABLE, _PART, _TITLE = 7.0, 9.0, 8.0, 12.0, 16.0
_GREY: Final = (90, 90, 90)
_RED: Final = (160, 32, 32)
_HEAD: Final = FontFace(emphasis="BOLD", fill_color=(227, 232, 238))
_LEAST_ROOM_MM: Final = 45.0
_PADDING_MM: Final = 1.2
_UNIT: Final = re.compile(r"\[[^\]]*\]")
_LEAST_SHARE: Final = 0.2
_SIGNATURE_MM: Final = 16.0
_LINE_MM, _ABOVE_MM = 4.2, 0.6
_TITLE_MM, _PART_MM = 7.0, 11.0
_WHOLE_MM: Final = 75.0
"""Tables up to this height are not divided between pages."""


def write_paper(document: Document, path: Path, faces: tuple[Face, Face]) -> None:
    """Write it.

    Args:
        document: The report.
        path: Of the PDF.
        faces: Regular and bold.

    Raises:
        OSError: It cannot be written.
    """
    paper = _Paper(document, faces)
    paper.first_page()
    for part in document.parts:
        paper.part(part)
    paper.output(str(path))


@dataclass(frozen=True, slots=True)
class _Laid:
    """A table as it will be printed.

    Args:
        width: Of the table [mm].
        reasons: Why figures are unknown, as they are numbered.
        row_mm: Least height of its rows [mm]; None where the text decides.
    """

    table: Table
    width: float
    heads: list[str]
    body: list[list[str]]
    reasons: list[str]
    row_mm: float | None

    @property
    def least_mm(self) -> float:
        """Room it wants before it begins [mm]: all of it, if it is short enough to stay whole."""
        whole = sum(
            max(self.row_mm or 0.0, 2 * _ABOVE_MM + _LINE_MM * max(c.count("\n") + 1 for c in row))
            for row in (self.heads, *self.body)
        )
        return (
            min(_TITLE_MM + whole, _LEAST_ROOM_MM / 2) if whole > _WHOLE_MM else _TITLE_MM + whole
        )


class _Paper(FPDF):
    """The pages of one report."""

    def __init__(self, document: Document, faces: tuple[Face, Face]) -> None:
        super().__init__(orientation="landscape", format="A4")
        self._document = document
        self._known = faces[0].characters() & faces[1].characters()
        for style, face in zip(("", "B"), faces, strict=True):
            self.add_font(_FAMILY, style, face.path, collection_font_number=face.number)
        self.set_margins(_MARGIN_MM, _MARGIN_MM)
        self.set_auto_page_break(auto=True, margin=_MARGIN_MM + 4.0)
        self.alias_nb_pages("{nb}")
        self.set_lang(document.language)
        self.set_title(self._seen(document.title))

    def header(self) -> None:
        """The title and the warning, on every page."""
        self.set_font(_FAMILY, "", _SMALL)
        self.set_text_color(*_GREY)
        self.cell(0, 4, self._seen(self._document.running), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        if self._document.warning:
            self.set_font(_FAMILY, "B", _SMALL)
            self.set_text_color(*_RED)
            self._paragraph(self._document.warning, 4)
        self.set_text_color(0)
        self.ln(2)

    def footer(self) -> None:
        """The number of the page."""
        self.set_y(-_MARGIN_MM)
        self.set_font(_FAMILY, "", _SMALL)
        self.set_text_color(*_GREY)
        text = self._document.page.format(page=self.page_no(), pages="{nb}")
        self.cell(0, 4, self._seen(text), align=Align.R)
        self.set_text_color(0)

    def first_page(self) -> None:
        """The title and what the report is about."""
        self.add_page()
        self.set_font(_FAMILY, "B", _TITLE)
        self._paragraph(self._document.title, 8)
        self.set_font(_FAMILY, "", _TEXT)
        for line in self._document.lines:
            self._paragraph(line, 5)

    def part(self, part: Part) -> None:
        """A chapter; it begins on a new page where little room is left."""
        laid = [self._laid(table) for table in part.tables]
        self._room(max(_LEAST_ROOM_MM, _PART_MM + laid[0].least_mm))
        self.ln(4)
        self.set_font(_FAMILY, "B", _PART)
        self._paragraph(part.title, 6)
        for one in laid:
            self._table(one)

    def _laid(self, table: Table) -> _Laid:
        """A table with its cells broken to the width of their columns."""
        parts = sum(column.width for column in table.columns)
        # Few columns are not stretched over the whole page.
        width = min(1.0, _LEAST_SHARE * parts) * self.epw
        rooms = [width * c.width / parts - 2 * _PADDING_MM - 0.4 for c in table.columns]
        reasons: list[str] = []
        heads = self._filled([_unbroken(column.head) for column in table.columns], rooms, "B")
        body = [
            self._filled([self._cell(cell, reasons) for cell in row], rooms, "")
            for row in table.rows
        ]
        signed = any(None in row for row in table.rows)
        return _Laid(table, width, heads, body, reasons, _SIGNATURE_MM if signed else None)

    def _table(self, laid: _Laid) -> None:
        table = laid.table
        self._room(laid.least_mm)
        self.ln(1.5)
        if table.title:
            self.set_font(_FAMILY, "B", _TEXT)
            self._paragraph(table.title, 5)
        self.set_draw_color(181, 189, 198)
        self.set_font(_FAMILY, "", _TABLE)
        with self.table(
            col_widths=tuple(column.width for column in table.columns),
            width=laid.width,
            align=Align.L,
            text_align=_alignments(table),
            headings_style=_HEAD,
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            line_height=_LINE_MM,
            padding=(_ABOVE_MM, _PADDING_MM),
        ) as rows:
            rows.row(laid.heads)
            for cells in laid.body:
                rows.row(cells, min_height=laid.row_mm)
        self.set_font(_FAMILY, "", _SMALL)
        self.set_text_color(*_GREY)
        self.ln(1)
        for number, reason in enumerate(laid.reasons, start=1):
            self._paragraph(f"({number}) {reason}", 3.8)
        for note in table.notes:
            self._paragraph(note, 3.8)
        self.set_text_color(0)

    def _filled(self, texts: list[str], rooms: list[float], style: str) -> list[str]:
        """Cells broken to the width of their columns; the font is left as they are printed."""
        self.set_font(_FAMILY, style, _TABLE)
        filled = [
            broken(self._seen(text), room, self.get_string_width)
            for text, room in zip(texts, rooms, strict=True)
        ]
        self.set_font(_FAMILY, "", _TABLE)
        return filled

    def _cell(self, cell: Cell, reasons: list[str]) -> str:
        """A cell; why there is no figure stands under the table, once for each reason."""
        if not isinstance(cell, Unknown | Without) or not cell.reason:
            return self._document.text(cell)
        if cell.reason not in reasons:
            reasons.append(cell.reason)
        shown = NONE if isinstance(cell, Without) else self._document.unknown
        return f"{shown} ({reasons.index(cell.reason) + 1})"

    def _paragraph(self, text: str, height: float) -> None:
        self.multi_cell(
            0,
            height,
            broken(self._seen(text), self.epw - 3.0, self.get_string_width),
            align=Align.L,
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )

    def _room(self, height: float) -> None:
        if self.will_page_break(height):
            self.add_page()

    def _seen(self, text: str) -> str:
        """A text of characters that the font has; what it lacks is told by its number."""
        return "".join(one if ord(one) in self._known else self._other(one) for one in text)

    def _other(self, one: str) -> str:
        plain = unicodedata.normalize("NFKC", one)
        if all(ord(each) in self._known for each in plain):
            return plain
        return f"[U+{ord(one):04X}]"


def _unbroken(head: str) -> str:
    """A head whose unit stays on one line."""
    return _UNIT.sub(lambda unit: unit[0].replace(" ", "\u00a0"), head)


def _alignments(table: Table) -> tuple[Align, ...]:
    """Columns of figures end on the right."""
    figures = [
        any(isinstance(row[n], Number | Unknown | Without) for row in table.rows)
        for n in range(len(table.columns))
    ]
    return tuple(Align.R if figure else Align.L for figure in figures)
