"""Sheets: headed tables of texts, which a terminal prints and a page for the printer shows."""

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

_STYLE: Final = """
body { font: 10.5pt/1.4 system-ui, "Noto Sans", "Noto Sans CJK JP", "Noto Sans CJK TC", sans-serif;
       color: #111; background: #fff; max-width: 60rem; margin: 1.5rem auto; padding: 0 1rem; }
h1 { font-size: 16pt; margin: 0 0 .5rem; }
h2 { font-size: 12pt; margin: 1.4rem 0 .3rem; break-after: avoid; }
p { margin: .2rem 0; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #999; padding: .2rem .5rem; text-align: left;
         vertical-align: top; overflow-wrap: anywhere; }
th { border-bottom-width: 2px; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
@page { margin: 15mm; }
@media print { body { margin: 0; padding: 0; max-width: none; } }
"""

POLICY: Final = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    f"style-src 'sha256-{b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"
)
"""Content security policy of a page: its own style and nothing else."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of texts under a title; without a title it goes under the one before."""

    title: str
    columns: Sequence[str]
    rows: Iterable[Sequence[str]]


def page(language: str, title: str, lines: Sequence[str], sheets: Sequence[Sheet]) -> Iterator[str]:
    """An HTML page that needs nothing from elsewhere, piece by piece.

    Args:
        language: Of the texts, as HTML names it.
        title: Of the page.
        lines: Sentences under the title.
        sheets: The tables; a sheet without columns has no head.
    """
    yield (
        f'<!doctype html>\n<html lang="{escape(language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n"
        f"<body><h1>{escape(title)}</h1>\n"
    )
    yield from (f"<p>{escape(line)}</p>\n" for line in lines)
    for sheet in sheets:
        if sheet.title:
            yield f"<h2>{escape(sheet.title)}</h2>\n"
        yield "<table>"
        if sheet.columns:
            yield f"<thead>{_row(sheet.columns, 'th')}</thead>\n"
        yield "<tbody>\n"
        yield from (f"{_row(row, 'td')}\n" for row in sheet.rows)
        yield "</tbody></table>\n"
    yield "</body></html>\n"


def _row(cells: Iterable[str], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"
