"""Lines: those of a register map as it grows, each register once, each name once."""

from dataclasses import replace

from gateway.modbus.field import Field
from gateway.modbus.tables import names
from gateway.modbus.tables.profile_text import Line
from gateway.modbus.tables.unclear import UnclearError
from gateway.problems import Problem


class Lines:
    """The lines so far."""

    def __init__(self) -> None:
        self._named: dict[str, tuple[Line, Field]] = {}
        self._rows: dict[tuple[str, int, str], int] = {}

    def add(self, line: Line, field: Field) -> None:
        """Take a line, under another name where its own is taken.

        Args:
            line: As it is written.
            field: As it is read.

        Raises:
            UnclearError: Its register is there already.
        """
        place = field.register, field.address, field.type
        if place in self._rows:
            raise UnclearError(
                line.label or line.name,
                f"is the register of line {self._rows[place]} once more",
                "Remove one of both",
            )
        number, name = 1, line.name
        while name in self._named:
            number += 1
            name = names.another(line.name, field.unit, number)
        self._named[name] = replace(line, name=name), field
        self._rows[place] = line.row

    def apart(self, file: str) -> tuple[tuple[Line, ...], list[Problem]]:
        """The lines that keep to their own registers, and the others as problems.

        A value that reaches into the registers of the next has the wrong type or size.

        Args:
            file: Name of the table, for the problems.
        """
        starts = {(field.register, field.address): line for line, field in self._named.values()}
        lines, problems = [], []
        for line, field in self._named.values():
            inside = range(field.address + 1, field.end)
            inner = (starts.get((field.register, address)) for address in inside)
            into = next((other for other in inner if other is not None), None)
            if into is None:
                lines.append(line)
                continue
            reason = f"takes {field.words} registers, and line {into.row} begins in them"
            remedy = "Correct its type or size, or remove one of both"
            problems.append(Problem(file, line.row, line.label, str(field.address), reason, remedy))
        return tuple(lines), problems
