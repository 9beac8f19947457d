"""Parquet files of one hour: written, folded and read with DuckDB, loaded only when used."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from gateway.historian.codec import meaning
from gateway.historian.columns import NO_TIME, Columns
from gateway.historian.errors import ArchiveError
from gateway.historian.manifest import sync

if TYPE_CHECKING:
    import duckdb

_MEMORY: Final = "512MB"
_ROW_GROUP: Final = 122_880
_FORMAT: Final = f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROW_GROUP})"
_OF_POINT: Final = "point = ? AND t_us >= ? AND t_us < ?"
_ORDER: Final = "ORDER BY point, t_us, n, i"


def connect() -> "duckdb.DuckDBPyConnection":
    """A DuckDB in memory that takes one core and little memory."""
    import duckdb  # noqa: PLC0415 (56 MiB that only queries and the archive need)

    connection = duckdb.connect(
        config={"threads": 1, "memory_limit": _MEMORY, "preserve_insertion_order": False}
    )
    connection.execute("SET enable_progress_bar = false")
    return connection


def write_file(path: Path, columns: Columns, names: Mapping[int, str]) -> None:
    """Samples to a Parquet file sorted by point and time, complete and on disk or not there.

    Raises:
        ArchiveError: The file cannot be written.
    """
    codes = np.unique(columns.code)
    meanings = [meaning(code) for code in codes.tolist()]
    tables = {
        "columns": {name: getattr(columns, name) for name in Columns.__slots__},
        "points": {
            "id": np.array(list(names), np.int64),
            "name": np.array(list(names.values()), object),
        },
        "meanings": {
            "id": codes,
            "quality": np.array([str(quality) for quality, _ in meanings], object),
            "reason": np.array([reason or "" for _, reason in meanings], object),
        },
    }
    _copy(
        path,
        "SELECT p.name AS point, t_us, "  # noqa: S608 (fixed words)
        "CASE WHEN isnan(value) THEN NULL ELSE value END AS value, "
        "m.quality AS quality, nullif(m.reason, '') AS reason, c.code AS code, n, "
        f"c.i::INTEGER AS i, nullif(earliest_us, {NO_TIME}) AS earliest_us "
        "FROM columns c JOIN points p ON c.point = p.id JOIN meanings m ON c.code = m.id "
        f"{_ORDER}",
        tables,
    )


def write_told(path: Path, columns: Mapping[str, "np.ndarray"]) -> None:
    """What commits told the alarm engine, in order, to a Parquet file, complete or not there.

    Raises:
        ArchiveError: The file cannot be written.
    """
    names = ", ".join(columns)
    _copy(path, f"SELECT {names} FROM columns ORDER BY n, k", {"columns": columns})  # noqa: S608 (own names)


def read_told(connection: "duckdb.DuckDBPyConnection", path: Path) -> "dict[str, np.ndarray]":
    """The same, as it was written.

    Raises:
        ArchiveError: The file cannot be read.
        FileNotFoundError: It is not there any more.
    """
    return _fetch(connection, [path], "SELECT *", "true ORDER BY n, k", ())


def read_commits(
    connection: "duckdb.DuckDBPyConnection", parts: Sequence[Path], first_n: int, last_n: int
) -> "dict[str, np.ndarray]":
    """The samples of commits from `first_n` to `last_n`, in the order they came.

    Raises:
        ArchiveError: A file cannot be read.
        FileNotFoundError: A file was replaced since the manifest was read.
    """
    return _fetch(
        connection,
        parts,
        "SELECT n, i::BIGINT AS i, point, t_us, coalesce(value, 'nan'::DOUBLE) AS value, code",
        "n BETWEEN ? AND ? ORDER BY n, i",
        (first_n, last_n),
    )


def fold_files(path: Path, parts: Sequence[Path]) -> int:
    """Several files of an hour to one; each sample once.

    Returns:
        How many samples the new file holds.
    """
    everything = f"SELECT * FROM read_parquet({_list(parts)}) {_ORDER}"  # noqa: S608 (own paths, quoted)
    return _copy(path, everything, {})


def read_point(
    connection: "duckdb.DuckDBPyConnection",
    parts: Sequence[Path],
    point: str,
    from_us: int,
    to_us: int,
) -> Columns:
    """The samples of a point in [from_us, to_us); `point` is 0 in the result.

    Raises:
        ArchiveError: A file cannot be read.
        FileNotFoundError: A file was replaced since the manifest was read.
    """
    found = _fetch(
        connection,
        parts,
        "SELECT n, i::BIGINT AS i, t_us, coalesce(value, 'nan'::DOUBLE) AS value, code, "
        f"coalesce(earliest_us, {NO_TIME}) AS earliest_us",
        _OF_POINT,
        (point, from_us, to_us),
    )
    zeros = np.zeros(len(found["n"]), np.int64)
    return Columns(
        found["n"], found["i"], zeros, found["t_us"], found["value"], found["code"],
        found["earliest_us"],
    )  # fmt: skip


def read_buckets(
    connection: "duckdb.DuckDBPyConnection",
    parts: Sequence[Path],
    point: str,
    from_us: int,
    to_us: int,
    *,
    width_us: int,
) -> dict[int, tuple[int, float, float, float]]:
    """Good samples of a point by bucket: number -> (count, least, sum, greatest)."""
    found = _fetch(
        connection,
        parts,
        f"SELECT (t_us - {int(from_us)}) // {int(width_us)} AS bucket, count(*) AS count, "
        "min(value) AS least, sum(value) AS total, max(value) AS greatest",
        f"{_OF_POINT} AND code = 0 GROUP BY bucket",
        (point, from_us, to_us),
    )
    columns = (found[k].tolist() for k in ("bucket", "count", "least", "total", "greatest"))
    return {bucket: rest for bucket, *rest in zip(*columns, strict=True)}  # type: ignore[misc]


def _fetch(
    connection: "duckdb.DuckDBPyConnection",
    parts: Sequence[Path],
    select: str,
    where: str,
    values: tuple[str | int, ...],
) -> "dict[str, np.ndarray]":
    import duckdb  # noqa: PLC0415 (already loaded by `connect`)

    for part in parts:
        if not part.exists():
            raise FileNotFoundError(part)
    try:
        return connection.execute(
            f"{select} FROM read_parquet({_list(parts)}) WHERE {where}", list(values)
        ).fetchnumpy()
    except duckdb.Error as error:
        raise ArchiveError(f"the archive cannot be read: {error}") from error


def _copy(path: Path, sql: str, tables: Mapping[str, Mapping[str, "np.ndarray"]]) -> int:
    import duckdb  # noqa: PLC0415 (56 MiB that only queries and the archive need)

    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".tmp")
    connection = connect()
    try:
        connection.execute(f"SET temp_directory = '{_quoted(path.parent)}'")
        for name, columns in tables.items():
            connection.register(name, columns)
        done = connection.execute(f"COPY ({sql}) TO '{_quoted(fresh)}' {_FORMAT}").fetchone()
    except duckdb.Error as error:
        raise ArchiveError(f"{path}: cannot be written: {error}") from error
    finally:
        connection.close()
    sync(fresh)
    fresh.replace(path)
    sync(path.parent)
    return int(done[0]) if done else 0


def _list(parts: Sequence[Path]) -> str:
    return "[" + ", ".join(f"'{_quoted(part)}'" for part in parts) + "]"


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
