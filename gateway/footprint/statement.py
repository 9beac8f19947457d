"""Statement: what is asked of the database every minute, compiled once for SQLite's driver.

SQLAlchemy looks up, binds and wraps each statement anew. For a handful of small ones that costs
more than SQLite takes to answer. A server takes longer, and SQLAlchemy knows when it has gone.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Connection, Executable
from sqlalchemy.exc import DBAPIError

Row = tuple[Any, ...]


class Statement:
    """A statement with named parameters.

    Args:
        clause: The statement; its values need no conversion.
    """

    def __init__(self, clause: Executable) -> None:
        self._clause = clause
        self._made: tuple[str, Sequence[str], dict[str, Any]] | None = None

    def first(self, connection: Connection, values: Mapping[str, Any]) -> Row | None:
        """The first row of the answer; None where there is none.

        Args:
            connection: In a transaction.
            values: By name of the parameter.

        Raises:
            sqlalchemy.exc.DBAPIError: The database refuses it.
        """
        if connection.dialect.name != "sqlite":
            found = connection.execute(self._clause, dict(values)).first()
            return None if found is None else tuple(found)
        row: Row | None = self._run(connection, [values]).fetchone()
        return row

    def run(self, connection: Connection, *values: Mapping[str, Any]) -> int:
        """Execute it once for each of some values; how many rows it touched.

        Raises:
            sqlalchemy.exc.DBAPIError: The database refuses it.
        """
        if connection.dialect.name != "sqlite":
            return connection.execute(self._clause, [dict(each) for each in values]).rowcount
        return self._run(connection, values).rowcount

    def _run(self, connection: Connection, values: Sequence[Mapping[str, Any]]) -> sqlite3.Cursor:
        text, order, fixed = self._made or self._compile(connection)
        bound = []
        for each in values:
            given = {**fixed, **each}
            bound.append(tuple([given[name] for name in order]))
        cursor = cast(sqlite3.Cursor, connection.connection.cursor())
        try:
            if len(bound) == 1:
                cursor.execute(text, bound[0])
            else:
                cursor.executemany(text, bound)
        except sqlite3.Error as error:
            raise DBAPIError.instance(
                text, bound, error, sqlite3.Error, dialect=connection.dialect
            ) from error
        return cursor

    def _compile(self, connection: Connection) -> tuple[str, Sequence[str], dict[str, Any]]:
        clause: Any = self._clause
        compiled = clause.compile(dialect=connection.dialect)
        fixed = {name: value for name, value in compiled.params.items() if value is not None}
        self._made = str(compiled), compiled.positiontup or (), fixed
        return self._made
