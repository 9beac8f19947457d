"""The PostgreSQL server of [footprint]: how it is reached, and why it is not, in words.

Each plant's unit has a schema of its own: no chain, lot or cursor of one is in reach of another,
and a server's administrator can grant each role its own schema only.
"""

import os
from importlib.util import find_spec
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, text

from gateway.config_footprint import FootprintServer
from gateway.footprint.schema import metadata
from gateway.footprint.server_words import words_of
from gateway.problems import UnavailableError

_PACKAGE: Final = "psycopg"
_LOCAL: Final = ("127.0.0.1", "localhost", "::1")
_TABLE: Final = text("SELECT to_regclass(:name) IS NOT NULL")
_SCHEMA: Final = text("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = :name)")
_ONE_AT_A_TIME: Final = text("SELECT pg_advisory_xact_lock(hashtext(:name))")
_OTHERS: Final = text("SELECT unit FROM progress WHERE unit <> :unit LIMIT 1")

_PATIENCE: Final = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""A server whose machine or line is gone is given up within half a minute [s; the last one ms]."""

_SETTINGS: Final = {
    "lock_timeout": "60s",
    "idle_in_transaction_session_timeout": "10min",
    "client_min_messages": "warning",
    "timezone": "UTC",
}
"""Of every session: neither a restatement nor a gateway that died keeps others waiting for ever."""


class FootprintServerError(UnavailableError):
    """The server of [footprint] cannot be used, in words that say what to do."""


def engine_of(settings: FootprintServer, schema: str) -> Engine:
    """Connections to a schema of the server; none is opened yet.

    Args:
        settings: How the server is reached. The password is read for each connection anew.
        schema: Where the tables lie, or will lie.

    Raises:
        FootprintServerError: The driver is not installed. Every later use of the engine raises
            it where the server cannot be reached, or refuses.
    """
    if find_spec(_PACKAGE) is None:
        raise FootprintServerError(
            f"[footprint] host {settings.host!r} asks for PostgreSQL, and its driver {_PACKAGE} is"
            " not installed: pip install 'hinoban[postgresql]', or remove [footprint]"
        )
    made = create_engine(
        URL.create(
            "postgresql+psycopg",
            settings.username,
            host=settings.host,
            port=settings.port,
            database=settings.database,
        ),
        pool_pre_ping=True,
        pool_size=4,
        max_overflow=4,
        pool_timeout=10,
        hide_parameters=True,
        connect_args={**_PATIENCE, **_tls(settings), "options": _options(schema)},
    )

    def translated(context: ExceptionContext) -> BaseException | None:
        if context.is_pre_ping:
            return None
        told = words_of(context.original_exception, settings, schema)
        return None if told is None else FootprintServerError(told)

    def with_password(_: Any, __: Any, ___: Any, parameters: dict[str, Any]) -> None:
        parameters["password"] = _password(settings)

    event.listen(made, "handle_error", translated, retval=True)
    event.listen(made, "do_connect", with_password)
    return made


def has_tables(engine: Engine, schema: str) -> bool:
    """Whether a gateway has made its tables in a schema; nothing is written.

    Raises:
        FootprintServerError: The server cannot be reached, or refuses.
    """
    with engine.connect() as connection:
        return bool(connection.execute(_TABLE, {"name": f'"{schema}".chains'}).scalar())


def make_tables(engine: Engine, schema: str, unit: str) -> None:
    """Make the schema and what is missing of its tables.

    Args:
        engine: Of the server.
        schema: Where the tables lie.
        unit: Name of the unit whose account is kept there.

    Raises:
        FootprintServerError: The server cannot be reached, the role may not make tables, or the
            schema holds the account of another unit.
    """
    with engine.begin() as connection:
        connection.execute(_ONE_AT_A_TIME, {"name": schema})
        if not connection.execute(_SCHEMA, {"name": schema}).scalar():
            connection.exec_driver_sql(f'CREATE SCHEMA "{schema}"')
        metadata.create_all(connection)
        _refuse_others(connection, schema, unit)


def _refuse_others(connection: Connection, schema: str, unit: str) -> None:
    other = connection.execute(_OTHERS, {"unit": unit}).scalar()
    if other is not None:
        raise FootprintServerError(
            f"[footprint] schema_name {schema!r} holds the account of {other!r}, and this is"
            f" {unit!r}: give each unit a schema of its own"
        )


def _options(schema: str) -> str:
    settings = {"search_path": f'"{schema}"', **_SETTINGS}
    return " ".join(f"-c {name}={value}" for name, value in settings.items())


def _tls(settings: FootprintServer) -> dict[str, str]:
    files = {
        "sslrootcert": settings.tls_ca,
        "sslcert": settings.tls_certificate,
        "sslkey": settings.tls_key,
    }
    local = settings.host in _LOCAL or settings.host.startswith("/")
    mode = "verify-full" if settings.tls_ca else "prefer" if local else "require"
    return {"sslmode": mode} | {key: str(file) for key, file in files.items() if file}


def _password(settings: FootprintServer) -> str | None:
    if settings.password_env is not None:
        found = os.environ.get(settings.password_env, "")
        where, why = f"password_env {settings.password_env}", "there is no such variable"
    elif settings.password_file is not None:
        where, why = f"password_file {settings.password_file}", "it is empty"
        try:
            found = settings.password_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            found, why = "", getattr(error, "strerror", None) or "it is no text"
    else:
        return None
    if not found:
        raise FootprintServerError(
            f"[footprint] {where}: {why}; give the password of {settings.username!r} there, for"
            " this user to read"
        )
    return found
