"""Columns of a register table: what their headings mean in English, German and Japanese."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from agent.errors import HinobanError
from gateway.modbus.tables import access, addresses, number_types
from gateway.modbus.tables.numbers import plain
from gateway.modbus.tables.unclear import UnclearError
from gateway.problems import did_you_mean

KEYS: Final = {
    "address": "where the value stands",
    "name": "what it is called",
    "type": "how its bytes are a number",
    "unit": "its unit",
    "multiplier": "value = register × this",
    "divisor": "value = register / this",
    "scale": "one of both, clear only up to 1",
    "register": "holding, input …, or the function code",
    "access": "whether it can be read",
    "words": "registers it takes",
    "bytes": "bytes it takes",
    "size": "one of both, as its types tell",
    "order": "its byte order",
    "nan": "the pattern that means no value",
    "ignore": "nothing",
}
"""What a column can be, as `--map COLUMN=KEY` takes it."""

_HEADINGS: Final = (
    ("address", r"modbus[\s-]*(?:address|adresse|addr|adr|アドレス)"),
    ("address", r"(?:reg(?:ister)?|start|data|hex|dec\w*)?[\s.-]*add?r(?:ess|esse|e?s+)?"),
    ("address", r"アドレス|番地|modbus[\s-]*offset|先頭アドレス"),
    ("address", r"offset|start(?:\s*register)?|reg(?:ister)?s?[\s.-]*(?:no|nr|num\w+)?"),
    ("address", r"modbus[\s-]*register|レジスタ(?:番号)?"),
    ("name", r"name|parameter|variable|signal|point|messgröße|bezeichnung|名称|名前|項目|データ名"),
    ("name", r"(?:parameter|variable|signal|register|data|point)\s*name|designation|title"),
    ("name", r"description|beschreibung|content|contents|label|meaning|bedeutung|内容|説明"),
    ("type", r"(?:data|value|number|daten|variable)?[\s-]*(?:type|typ|format)(?:/?size.*)?"),
    ("type", r"データ(?:型|タイプ|形式)|型|形式|数値形式|representation|encoding"),
    ("unit", r"units?|einheit|単位|engineering units?|dimension|physical unit"),
    ("multiplier", r"multiplier|multiplikator|resolution|auflösung|分解能|倍率|lsb|step"),
    ("divisor", r"divisor|teiler|divide(?:d)?(?:\s*by)?|除数"),
    ("scale", r"scal(?:e|ing)(?:\s*factor)?|factor|faktor|skalierung|スケール|係数|gain"),
    ("access", r"r\s*/?\s*w|access(?:\s*(?:type|level|rights?))?|zugriff|read\s*/?\s*write|mode"),
    ("access", r"attribut\w*|attr\.?|lesen\s*/\s*schreiben|読み?書き?|アクセス|r/o"),
    ("register", r"(?:register|object|memory|modbus)[\s-]*(?:type|area|typ|kind)|table|area"),
    (
        "register",
        r"function(?:\s*code)?s?|fc|funktion(?:scode)?|機能コード|ファンクション(?:コード)?",
    ),
    ("register", r"レジスタ種別|f\.?\s*code|fn"),
    (
        "words",
        r"(?:no\.?|number|nr\.?|#|anzahl|count|qty)?\s*(?:of\s*)?(?:reg(?:ister)?s?|words?)\.?",
    ),
    ("words", r"wörter|worte|ワード数|レジスタ数|# ?r"),
    ("order", r"(?:byte|word)?[\s-]*(?:order|reihenfolge|endian\w*)|バイト順|ワード順"),
    ("bytes", r".*\bbytes?\b.*|バイト数"),
    ("size", r"length|size|länge|laenge|点数|count|quantity|qty|anzahl"),
    ("nan", r"nan|invalid(?:\s*value)?|not available|sentinel|ungültig|無効値|error value"),
)
_MOST_ROWS: Final = 65_536
_DEEPEST_HEADING: Final = 60
_DELIMITERS: Final = (";", "\t", ",", "|")


class TableError(HinobanError):
    """A register table that cannot be read at all; names what was looked for and the remedy."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row below the headings.

    Args:
        line: Its line in the file, from 1.
        cells: Key of a column -> what stands there.
        filled: How many cells of the row hold anything.
    """

    line: int
    cells: Mapping[str, str]
    filled: int


@dataclass(frozen=True, slots=True)
class Columns:
    """The table as read.

    Args:
        headings: Key -> the heading of its column.
        unused: Headings of the columns that mean nothing here.
        rows: What stands below.
    """

    headings: Mapping[str, str]
    unused: tuple[str, ...]
    rows: tuple[Row, ...]


def read(text: str, wanted: Mapping[str, str]) -> Columns:
    """The table in a CSV text, whatever divides its columns and stands above its headings.

    Args:
        text: The file's contents.
        wanted: Heading (or number of a column, from 1) -> key, where a person says what it is.

    Raises:
        TableError: No row of headings has an address, or `wanted` names no column or key.
    """
    for key in wanted.values():
        if key not in KEYS:
            raise TableError(f"--map: {key!r} is unknown. {did_you_mean(key, KEYS)}")
    best: tuple[int, list[tuple[int, list[str]]], int, dict[int, str]] | None = None
    for delimiter in _DELIMITERS:
        table = _split(text, delimiter)
        for place, (_, cells) in enumerate(table[:_DEEPEST_HEADING]):
            found = _keys(cells, [row for _, row in table[place + 1 :]], wanted)
            if "address" in found.values() and (best is None or len(found) > best[0]):
                best = (len(found), table, place, found)
    if best is None:
        raise TableError(
            "no row of headings with an address, such as 'Address; Name; Type; Unit'. Add one, or"
            " say which column it is: --map 'COLUMN=address'"
        )
    _, table, place, keys = best
    headings = table[place][1]
    missing = [name for name in wanted if _column(name, headings) is None]
    if missing:
        raise TableError(
            f"--map: no column is called {missing[0]!r}. "
            f"{did_you_mean(missing[0], [h for h in headings if h])}"
        )
    return Columns(
        {key: headings[column] for column, key in keys.items() if key != "ignore"},
        tuple(h for column, h in enumerate(headings) if h and column not in keys),
        tuple(_rows(table[place + 1 :], headings, keys)),
    )


def _rows(
    table: Iterable[tuple[int, list[str]]], headings: Sequence[str], keys: Mapping[int, str]
) -> Iterable[Row]:
    for line, cells in table:
        filled = sum(1 for cell in cells if cell)
        is_rule = not any(re.search(r"[^\W_]", cell) for cell in cells)
        if filled and not is_rule and cells != list(headings):
            found = {key: cells[column] for column, key in keys.items() if column < len(cells)}
            yield Row(line, found, filled)


def _split(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text.replace("\0", ""), newline=None), delimiter=delimiter)
    rows = []
    before = 0
    try:
        for cells in reader:
            rows.append((before + 1, [plain(cell) for cell in cells]))
            before = reader.line_num
            if len(rows) >= _MOST_ROWS:
                raise TableError(f"more than {_MOST_ROWS} rows. Divide the table")
    except csv.Error:
        return []
    if delimiter == "|":  # tables of wikis begin and end with it
        rows = [
            (line, cells[1:-1] if cells[:1] == [""] == cells[-1:] else cells)
            for line, cells in rows
        ]
    return rows


def _keys(
    headings: Sequence[str], below: Sequence[Sequence[str]], wanted: Mapping[str, str]
) -> dict[int, str]:
    """Column -> key, each key once; a column's words count only where its cells fit them."""
    found: dict[int, str] = {}
    for name, key in wanted.items():
        column = _column(name, headings)
        if column is not None:
            found[column] = key
    taken = set(found.values())
    for key, words in _HEADINGS:
        if key in taken:
            continue
        for column, heading in enumerate(headings):
            bare = heading.lower()
            if key != "bytes":  # "Length (Byte)": what stands in brackets counts here only
                bare = re.sub(r"\s*[\[(].*?[\])]\s*", " ", bare).strip(" :*.")
            if column in found or not bare or not re.fullmatch(words, bare, re.IGNORECASE):
                continue
            fits = _FITS.get(key)
            cells = [row[column] for row in below[:200] if column < len(row) and row[column]]
            if fits is None or not cells or 2 * sum(map(fits, cells)) >= len(cells):
                found[column] = key
                taken.add(key)
                break
    return found


def _column(name: str, headings: Sequence[str]) -> int | None:
    for column, heading in enumerate(headings):
        if heading and heading.lower() == plain(name).lower():
            return column
    return int(name) - 1 if name.isdecimal() and 0 < int(name) <= len(headings) else None


def _is_type(cell: str) -> bool:
    try:
        return number_types.told(cell) is not None
    except UnclearError:
        return True


_FITS: Final[dict[str, Callable[[str], bool]]] = {
    "address": lambda cell: addresses.written(cell, is_hex=True) is not None,
    "type": _is_type,
    "register": lambda cell: access.kind(cell) is not None or access.is_write_only(cell),
    "words": lambda cell: re.fullmatch(r"\d{1,3}", cell) is not None,
    "bytes": lambda cell: re.match(r"\d{1,3}\b", cell) is not None,
    "size": lambda cell: re.fullmatch(r"\d{1,3}", cell) is not None,
}
