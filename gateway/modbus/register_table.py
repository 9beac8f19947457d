"""Register table: a vendor's table of registers, as CSV, becomes a register map (pure).

Nothing is guessed that would change a value: what can mean two things is a problem with its line,
value, reason and remedy, and the other rows are used.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from gateway.modbus.field import Field
from gateway.modbus.profile import ProfileError, parse_profile
from gateway.modbus.tables import columns, fields, number_types
from gateway.modbus.tables.columns import TableError
from gateway.modbus.tables.counting import Counting, counting_of
from gateway.modbus.tables.fields import Assumed
from gateway.modbus.tables.lines import Lines
from gateway.modbus.tables.profile_text import Line, profile_text
from gateway.modbus.tables.sizes import measure
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
    counting = counting_of(table.rows, table.headings["address"], options.one_based)
    assumed = replace(options.assumed, sizes=measure(_sizes(table)))
    options = replace(options, assumed=assumed)
    lines = Lines()
    problems: list[Problem] = []
    write_only = titles = 0
    for row in table.rows:
        if not row.cells.get("address") and not row.cells.get("type"):
            titles += 1
        elif not fields.can_be_read(row.cells):
            write_only += 1
        else:
            try:
                lines.add(*_line(row, counting, options))
            except UnclearError as unclear:
                problems.append(_problem(row, unclear, options.file))
    apart, overlapping = lines.apart(options.file)
    return Imported(
        apart,
        tuple(sorted((*problems, *overlapping), key=lambda problem: problem.line or 0)),
        write_only,
        titles,
        (*_notes(table, counting, options),),
    )


def _sizes(table: columns.Columns) -> Iterator[tuple[number_types.Told, int]]:
    for row in table.rows:
        try:
            told = number_types.told(row.cells.get("type", ""))
        except UnclearError:
            continue
        size = row.cells.get("size", "")
        if told is not None and size.isdecimal():
            yield told, int(size)


def _line(row: columns.Row, counting: Counting, options: Options) -> tuple[Line, Field]:
    place = counting.place(row.cells, options.assumed.register)
    name, keys = fields.field_of(row.cells, place, options.assumed)
    label = row.cells.get("name", "")
    line = Line(name, keys, row.line, label)
    try:
        profile = parse_profile("row", profile_text("-", "-", [line], ()))
    except ProfileError as error:
        reason, _, remedy = str(error).rpartition(f"fields.{name}: ")[2].partition(". ")
        raise UnclearError(label or row.cells["address"], reason, remedy) from error
    return line, profile.fields[name]


def _problem(row: columns.Row, unclear: UnclearError, file: str) -> Problem:
    where = row.cells.get("name") or row.cells.get("address") or "row"
    return Problem(file, row.line, where, unclear.value, unclear.reason, unclear.remedy)


def _notes(table: columns.Columns, counting: Counting, options: Options) -> Iterator[str]:
    used = ", ".join(f"{heading} = {key}" for key, heading in table.headings.items())
    yield f"Columns: {used}"
    if table.unused:
        yield f"Columns not used: {', '.join(table.unused)}"
    if counting.is_modicon:
        yield (
            "Addresses: 40001 is holding register 0, 30001 input register 0. If the meter refuses"
            " them, the table means them as they travel: --zero-based"
        )
    elif counting.first:
        yield "Addresses: counted from 1; 1 is register 0"
    else:
        yield (
            "Addresses: taken as they travel, from 0. If each value is its neighbour's, the table"
            " counts from 1: --one-based"
        )
    if "register" not in table.headings and not counting.is_modicon:
        yield f"Kind of register: {options.assumed.register}, as the table does not tell"
