"""Statement: what is asked of the database every minute, compiled once and given to the driver.

SQLAlchemy looks up, binds and wraps each statement anew. For a handful of small ones that costs
more than the database takes to answer.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import ClauseElement, Connection, Dialect
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

Row = tuple[Any, ...]


class Statement:
    """A statement with named parameters, on SQLite or PostgreSQL.

    Args:
        clause: The statement; its values need no conversion.
    """

    def __init__(self, clause: ClauseElement) -> None:
        self._clause = clause
        self._made: dict[str, tuple[str, Sequence[str] | None, dict[str, Any]]] = {}

    def first(self, connection: Connection, values: Mapping[str, Any]) -> Row | None:
        """The first row of the answer; None where there is none.

        Args:
            connection: In a transaction.
            values: By name of the parameter.

        Raises:
            sqlalchemy.exc.DBAPIError: The database refuses it.
        """
        row: Row | None = self._run(connection, [values]).fetchone()
        return row

    def run(self, connection: Connection, *values: Mapping[str, Any]) -> int:
        """Execute it once for each of some values; how many rows it touched.

        Raises:
            sqlalchemy.exc.DBAPIError: The database refuses it.
        """
        return self._run(connection, values).rowcount

    def _run(self, connection: Connection, values: Sequence[Mapping[str, Any]]) -> DBAPICursor:
        dialect = connection.dialect
        text, order, fixed = self._made.get(dialect.name) or self._compile(dialect)
        bound: list[Any] = [{**fixed, **each} for each in values]
        if order is not None:
            bound = [tuple([each[name] for name in order]) for each in bound]
        cursor = connection.connection.cursor()
        try:
            if len(bound) == 1:
                cursor.execute(text, bound[0])
            else:
                cursor.executemany(text, bound)
        except dialect.loaded_dbapi.Error as error:
            raise DBAPIError.instance(
                text, bound, error, dialect.loaded_dbapi.Error, dialect=dialect
            ) from error
        return cursor

    def _compile(self, dialect: Dialect) -> tuple[str, Sequence[str] | None, dict[str, Any]]:
        compiled = cast(SQLCompiler, self._clause.compile(dialect=dialect))
        order = compiled.positiontup if compiled.positional else None
        fixed = {name: value for name, value in compiled.params.items() if value is not None}
        made = self._made[dialect.name] = str(compiled), order, fixed
        return made
