"""From the rows of a sheet to what they tell of lots and events, each value with its cell."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any, Final

from gateway.footprint.lots.checking import Checked, Checker, Path, Place, merged
from gateway.footprint.lots.columns import Column, Unusable, column_of
from gateway.footprint.lots.fields import KINDS, QUANTITIES, TOLD, UNCERTAIN
from gateway.footprint.lots.sheet import Cell, Percent, Sheet
from gateway.footprint.lots.units import decimal_of
from gateway.problems import Problem, did_you_mean

_SLASHES: Final = re.compile(r"^(\d{4})/(\d{1,2})/(\d{1,2})")
_LISTS: Final = {
    "analysis": "analyses",
    "certificate": "certificates",
    "leg": "legs",
    "zero_rating": "zero_rated",
}
_HUNDRED: Final = Decimal(100)


def read_rows(sheet: Sheet, zone: tzinfo, known: Mapping[str, Any]) -> Checked:
    """Lots and events of a sheet, with what is wrong with the others.

    Args:
        sheet: Its rows; one a lot, an analysis of a lot, or an event.
        zone: Of instants without a time zone: the site's.
        known: Bodies of lots known by now; what is told is added to them.
    """
    reader = _Rows(sheet, zone)
    checker = Checker(sheet.name, reader.place)
    for kind, documents in reader.documents.items():
        checker.documents(kind, documents, known)
    told = {problem.line for problem in reader.problems}
    # A cell that cannot be read is not missing as well.
    others = [problem for problem in checker.found.problems if problem.line not in told]
    bad = {problem.line for problem in checker.found.problems} | told
    whole = [
        entry
        for entry in checker.found.entries
        if not bad & reader.rows_of(checker.path_of(entry.kind, entry.key))
    ]
    return Checked(whole, sorted([*reader.problems, *others], key=lambda one: one.line or 0))


class _Rows:
    """Documents by kind, and which cell each of their fields is from."""

    def __init__(self, sheet: Sheet, zone: tzinfo) -> None:
        self.documents: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
        self.problems: list[Problem] = []
        self._sheet, self._zone = sheet, zone
        self._cells: dict[Path, Place] = {}
        self._rows: dict[Path, set[int | None]] = {}
        self._lots: dict[str, int] = {}
        self._columns = self._read_headers()
        for number, cells in sheet.rows:
            self._row(number, cells)

    def place(self, path: Path) -> Place:
        """Row and column of what stands at a path, or of what is nearest."""
        ends = range(len(path), 0, -1)
        return next((self._cells[path[:n]] for n in ends if path[:n] in self._cells), Place(None))

    def rows_of(self, path: Path) -> set[int | None]:
        """Rows that tell of one lot or event."""
        return self._rows.get(path, set())

    def _read_headers(self) -> dict[int, Column]:
        columns: dict[int, Column] = {}
        for index, header in enumerate(self._sheet.headers):
            if not header:
                continue
            found = column_of(header)
            if isinstance(found, Unusable):
                self._note(self._sheet.header_row, header, "", found.reason, found.remedy)
            elif found.field in {column.field for column in columns.values()}:
                remedy = "Keep one of the two columns"
                self._note(self._sheet.header_row, header, "", "is there twice", remedy)
            elif found.dimension != "ignored":
                columns[index] = found
        return columns

    def _row(self, number: int, cells: Iterable[Cell | Percent]) -> None:
        told = {
            self._columns[n]: cell
            for n, cell in enumerate(cells)
            if cell is not None and n in self._columns
        }
        values: dict[str, Any] = {}
        places: dict[str, Place] = {}
        for column, cell in told.items():
            value = self._value(number, column, cell)
            if value is not None:
                values[column.field] = value
                places[column.field] = Place(number, f"column {column.header!r}", str(cell))
        kind = str(values.pop("kind", "lot")).casefold()
        if kind not in KINDS:
            remedy = did_you_mean(kind, KINDS)
            place = places["kind"]
            self._tell(Problem("", number, place.column, kind, "is no kind of row", remedy))
            return
        document = _event(kind, values) if kind != "lot" else _lot(values)
        self._take(number, kind, document, places)

    def _take(
        self, number: int, kind: str, document: dict[str, Any], places: Mapping[str, Place]
    ) -> None:
        key = document.get("id")
        documents = self.documents[kind]
        n = self._lots.get(str(key), len(documents)) if kind == "lot" else len(documents)
        root: Path = (kind, n)
        if n == len(documents):
            documents.append(document)
            self._lots[str(key)] = n
        else:
            self._refuse_other_words(documents[n], document, places)
            documents[n] = merged(documents[n], document)
        self._cells[root] = Place(number)
        self._rows.setdefault(root, set()).add(number)
        for field, place in places.items():
            for path in _paths(field, document, documents[n]):
                self._cells[(*root, *path)] = place

    def _refuse_other_words(
        self, known: Mapping[str, Any], told: Mapping[str, Any], places: Mapping[str, Place]
    ) -> None:
        for name, value in told.items():
            if isinstance(value, list | dict) or known.get(name, value) == value:
                continue
            place = places.get(name) or places[f"quantity.{name}"]
            reason = f"another row of lot {told['id']} says {known[name]}"
            remedy = "Make them the same, or leave one empty"
            self._tell(Problem("", place.line, place.column, place.shown, reason, remedy))

    def _value(self, number: int, column: Column, cell: Cell | Percent) -> Any:
        match column.dimension:
            case "text":
                return str(cell)
            case "date" | "instant":
                value = self._moment(column.dimension, cell)
                if value is None:
                    example = "2026-10-01" if column.dimension == "date" else "2026-10-01T09:00"
                    reason = "is no date that reads one way only"
                    self._note(number, column.header, cell, reason, f"Write {example}")
                return value
        amount = self._amount(number, column, cell)
        if amount is None:
            return None
        if column.dimension == "count":
            return int(amount) if amount == int(amount) else float(amount)
        return column.unit.base(amount) if column.unit else None

    def _amount(self, number: int, column: Column, cell: Cell | Percent) -> Decimal | None:
        if isinstance(cell, Percent):
            if column.unit and column.unit.factor == Decimal("0.01"):
                return cell.fraction * _HUNDRED
            shown = f"{cell.fraction * _HUNDRED} %"
            remedy = "Give the cell a plain number format, or the column the unit [%]"
            self._note(number, column.header, shown, "is shown as per cent", remedy)
            return None
        found = cell if isinstance(cell, Decimal) else decimal_of(str(cell))
        if found is None:
            remedy = "Write such as 1234.5: a point for decimals, the unit in the header"
            self._note(number, column.header, cell, "is no plain number", remedy)
        return found

    def _moment(self, dimension: str, cell: Cell | Percent) -> date | datetime | None:
        moment: Any = cell
        if isinstance(cell, str):
            text = unicodedata.normalize("NFKC", cell).strip()
            if slashes := _SLASHES.match(text):
                year, month, day = slashes.groups()
                text = f"{year}-{month:0>2}-{day:0>2}{text[slashes.end() :]}"
            try:
                moment = datetime.fromisoformat(text)
            except ValueError:
                return None
        if isinstance(moment, date) and not isinstance(moment, datetime):
            moment = datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001 -- below
        if not isinstance(moment, datetime):
            return None
        if dimension == "date":
            return moment.date()
        return moment if moment.tzinfo else moment.replace(tzinfo=self._zone)

    def _note(self, row: int, header: str, value: object, reason: str, remedy: str) -> None:
        shown = "" if value == "" else str(value)
        self._tell(Problem("", row, f"column {header!r}", shown, reason, remedy))

    def _tell(self, problem: Problem) -> None:
        self.problems.append(replace(problem, file=self._sheet.name))


def _event(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    names = {**{f"quantity.{name}": name for name in (*QUANTITIES, f"moisture{UNCERTAIN}")}}
    names |= {"method.moisture": "method"}
    told = {names.get(field, field): value for field, value in values.items()}
    # An event has a number of its own; one without is named by what it says.
    if kind != "moisture" and "lot" not in told and "lot" in TOLD[kind][0] and "id" in told:
        told["lot"] = told.pop("id")
    if "id" not in told:
        said = (told.get(name) for name in ("store", "fuel", "lot", "at_utc", "from_utc"))
        parts = [_stamp(part) for part in said if part is not None]
        if parts:
            told["id"] = ":".join((kind, *parts))
    return told


def _stamp(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _lot(values: Mapping[str, Any]) -> dict[str, Any]:
    lot: dict[str, Any] = {}
    lists: dict[str, dict[str, Any]] = {}
    methods: dict[str, str] = {}
    reported = "analysis.id" in values
    for field, value in values.items():
        group, _, name = field.rpartition(".")
        if group == "delivery":
            lot.setdefault("delivery", {})[name] = value
        elif group == "method":
            methods[name] = value
        elif group == "quantity" and reported:
            lists.setdefault("analysis", {})[name] = value
        elif group in _LISTS:
            lists.setdefault(group, {})[name] = value
        else:
            lot[name] = value
    if methods and reported:
        lists.setdefault("analysis", {})["methods"] = methods
    if "analysis" in lists and not reported:
        # Words about an analysis without a number: kept as they are, beside the figures.
        lot["analysis"] = {
            **lists.pop("analysis"),
            **{f"{k}_method": m for k, m in methods.items()},
        }
    elif methods and not reported:
        lot["analysis"] = {f"{name}_method": method for name, method in methods.items()}
    lot |= {_LISTS[group]: [item] for group, item in lists.items()}
    return lot


def _paths(field: str, told: Mapping[str, Any], whole: Mapping[str, Any]) -> Iterable[Path]:
    """Where a column's value stands in the document that it became part of."""
    group, _, name = field.rpartition(".")
    if group == "delivery":
        yield ("delivery", name)
    elif group in {"quantity", "method", *_LISTS}:
        yield (name,)
        list_name = _LISTS.get(group, "analyses")
        for item in told.get(list_name, ()):
            if item in whole.get(list_name, ()):
                index = whole[list_name].index(item)
                yield (list_name, index, name)
                yield (list_name, index)
    else:
        yield (name,)
