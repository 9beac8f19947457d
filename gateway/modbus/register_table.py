"""Register table: a vendor's table of registers, as CSV, becomes a register map (pure).

Nothing is guessed that would change a value: what can mean two things is a problem with its line,
value, reason and remedy, and the other rows are used.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from gateway.modbus.field import BITS, Kind
from gateway.modbus.profile import ProfileError, parse_profile
from gateway.modbus.tables import access, addresses, columns, fields, names
from gateway.modbus.tables.columns import TableError
from gateway.modbus.tables.fields import Assumed
from gateway.modbus.tables.profile_text import Line, profile_text
from gateway.modbus.tables.unclear import UnclearError
from gateway.problems import Problem

__all__ = ["Assumed", "Imported", "Line", "Options", "TableError", "import_table"]


@dataclass(frozen=True, slots=True)
class Options:
    """What a person says about a table.

    Args:
        file: Its name, for problems.
        columns: Heading, or number of a column from 1 -> one of `columns.KEYS`.
        one_based: Whether its plain addresses count from 1; None to tell from the table.
        assumed: What holds where the table does not tell.
    """

    file: str = "table.csv"
    columns: Mapping[str, str] = field(default_factory=dict)
    one_based: bool | None = None
    assumed: Assumed = field(default_factory=Assumed)


@dataclass(frozen=True, slots=True)
class Imported:
    """What a table gave.

    Args:
        lines: The fields, by row.
        problems: The rows that could not be used.
        write_only: Rows of registers that cannot be read.
        titles: Rows that are no values.
        notes: How the table was understood.
    """

    lines: tuple[Line, ...]
    problems: tuple[Problem, ...]
    write_only: int
    titles: int
    notes: tuple[str, ...]

    def toml(self, name: str, source: str) -> str:
        """The register map's file; it loads wherever there is a field.

        Args:
            name: The product, in words.
            source: Manual with revision and page, or public register list.
        """
        return profile_text(name, source, self.lines, self.notes)


def import_table(text: str, options: Options) -> Imported:
    """Read a vendor's table of registers.

    Args:
        text: The CSV file's contents: any delimiter, headings in English, German or Japanese.
        options: What a person says about it.

    Raises:
        TableError: It is no table of registers.
    """
    fields.check(options.assumed)
    table = columns.read(text, options.columns)
    counting = _counting(table, options)
    lines = _Lines()
    problems: list[Problem] = []
    write_only = titles = 0
    for row in table.rows:
        if not row.cells.get("address") and not row.cells.get("type"):
            titles += 1
        elif not fields.can_be_read(row.cells):
            write_only += 1
        else:
            try:
                lines.add(_line(row, counting, options))
            except UnclearError as unclear:
                problems.append(_problem(row, unclear, options.file))
    return Imported(
        tuple(lines.named.values()),
        tuple(problems),
        write_only,
        titles,
        (*_notes(table, counting, options),),
    )


@dataclass(frozen=True, slots=True)
class _Counting:
    """How a table counts its registers."""

    is_hex: bool
    is_modicon: bool
    one_based: bool


def _counting(table: columns.Columns, options: Options) -> _Counting:
    heading = table.headings["address"].lower()
    is_hex = "hex" in heading and "dec" not in heading
    written = [
        (found, access.kind(row.cells.get("register", "")))
        for row in table.rows
        if (found := addresses.written(row.cells.get("address", ""), is_hex=is_hex))
    ]
    is_modicon = (
        options.one_based is not False
        and addresses.is_modicon(address for address, _ in written)
        and not any(_contradicts(address, told) for address, told in written)
    )
    return _Counting(is_hex, is_modicon, bool(options.one_based) and not is_modicon)


def _contradicts(address: addresses.Written, told: Kind | None) -> bool:
    """Whether a number such as 30001 or 15000 is no register number: its row says another kind.

    Single bits must be called so: 15000 is much more often a plain address.
    """
    meant = addresses.modicon(address.number) if address.style == "plain" else None
    if meant is None:
        return False
    return told != meant[0] if meant[0] in BITS else told not in {None, meant[0]}


class _Lines:
    """The lines so far: each register once, each name once."""

    def __init__(self) -> None:
        self.named: dict[str, Line] = {}
        self._rows: dict[tuple[object, ...], int] = {}

    def add(self, line: Line) -> None:
        """Take a line; raises UnclearError for a register that is there already."""
        place = tuple(line.keys.get(key) for key in ("register", "address", "type"))
        if place in self._rows:
            raise UnclearError(
                line.label or line.name,
                f"is the register of line {self._rows[place]} once more",
                "Remove one of both",
            )
        number, name = 1, line.name
        while name in self.named:
            number += 1
            name = names.another(line.name, str(line.keys.get("unit", "")), number)
        self.named[name] = replace(line, name=name)
        self._rows[place] = line.row


def _line(row: columns.Row, counting: _Counting, options: Options) -> Line:
    place = _place(row.cells, counting, options)
    name, keys = fields.field_of(row.cells, place, options.assumed)
    label = row.cells.get("name", "")
    line = Line(name, keys, row.line, label)
    try:
        parse_profile("row", profile_text("-", "-", [line], ()))
    except ProfileError as error:
        reason, _, remedy = str(error).rpartition(f"fields.{name}: ")[2].partition(". ")
        raise UnclearError(label or row.cells["address"], reason, remedy) from error
    return line


def _place(cells: Mapping[str, str], counting: _Counting, options: Options) -> fields.Place:
    cell = cells.get("address", "")
    found = addresses.written(cell, is_hex=counting.is_hex)
    if found is None:
        raise UnclearError(
            cell,
            "is no address" if cell else "its address is missing",
            "Write a number such as 100, 0x64 or 40101",
        )
    told = access.kind(cells.get("register", "")) or options.assumed.register
    register: Kind = found.kind or told
    number = found.number
    if found.style == "numbered":
        number -= 0 if options.one_based is False else 1
    elif counting.is_modicon and found.style == "plain":
        meant = addresses.modicon(number)
        if meant:  # always: all are, or is_modicon would not hold
            register, number = meant
    elif counting.one_based:
        number -= 1
    if not 0 <= number <= 65_535:
        raise UnclearError(cell, f"is register {number}, which cannot be", "Use 0 to 65535")
    return fields.Place(register, number, found.words)


def _problem(row: columns.Row, unclear: UnclearError, file: str) -> Problem:
    where = row.cells.get("name") or row.cells.get("address") or "row"
    return Problem(file, row.line, where, unclear.value, unclear.reason, unclear.remedy)


def _notes(table: columns.Columns, counting: _Counting, options: Options) -> Iterator[str]:
    used = ", ".join(f"{heading} = {key}" for key, heading in table.headings.items())
    yield f"Columns: {used}"
    if table.unused:
        yield f"Columns not used: {', '.join(table.unused)}"
    if counting.is_modicon:
        yield (
            "Addresses: 40001 is holding register 0, 30001 input register 0. If the meter refuses"
            " them, the table means them as they travel: --zero-based"
        )
    elif counting.one_based:
        yield "Addresses: counted from 1; 1 is register 0"
    else:
        yield (
            "Addresses: taken as they travel, from 0. If each value is its neighbour's, the table"
            " counts from 1: --one-based"
        )
    if "register" not in table.headings and not counting.is_modicon:
        yield f"Kind of register: {options.assumed.register}, as the table does not tell"
