"""The server that keeps the footprint database, where it is not a file of the site."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from gateway.config_base import Table
from gateway.config_broken import Broken

_LONGEST_NAME: Final = 63
"""Bytes of a name in PostgreSQL; it cuts off what is longer, and two names become one."""

Name = Annotated[str, Field(min_length=1, max_length=_LONGEST_NAME)]


class FootprintServer(Table):
    """A PostgreSQL server, which several plants may share: each has a schema of its own there.

    Args:
        host: Name or address; or the folder of its socket, such as ``/run/postgresql``.
        port: Its port.
        database: The database, which somebody has made there.
        schema_name: Where this unit's tables lie in it; "<site>.<unit>" where None.
        username: The role the gateway logs in as.
        password_file: Holds its password; it never stands in a config.
        password_env: Or the environment variable that holds it.
        tls_ca: Authority that signed the server's certificate; PEM. Without it TLS is spoken to
            other machines all the same, but the server is not known by it.
        tls_certificate: The gateway's own certificate, where the server asks for one; PEM.
        tls_key: Its key; PEM.
    """

    host: Annotated[str, Field(min_length=1, max_length=255)]
    port: Annotated[int, Field(ge=1, le=65535)] = 5432
    database: Name = "footprint"
    schema_name: Annotated[str | None, Field(pattern=r"^[a-z_][a-z0-9_.-]*$")] = None
    username: Name = "hinoban"
    password_file: Path | None = None
    password_env: str | None = None
    tls_ca: Path | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None

    def schema_for(self, site: str, unit: str) -> str:
        """Where the tables of a unit lie."""
        return self.schema_name or f"{site}.{unit}"


def broken_footprint(server: FootprintServer | None, site: str, unit: str) -> Iterator[Broken]:
    """Every rule of [footprint] that is broken."""
    if server is None:
        return
    if server.password_file is not None and server.password_env is not None:
        yield Broken(
            ("footprint", "password_env"),
            repr(server.password_env),
            "password_file names another place of the password",
            "Keep one of the two",
        )
    if (server.tls_certificate is None) != (server.tls_key is None):
        reason = "tls_certificate and tls_key go together"
        yield Broken(("footprint",), "", reason, "Give both or none")
    schema = server.schema_for(site, unit)
    if schema.startswith("pg_"):
        yield Broken(
            ("footprint", "schema_name"),
            repr(schema),
            "PostgreSQL keeps names that begin with 'pg_' for itself",
            "Give another",
        )
    if len(schema) > _LONGEST_NAME:
        yield Broken(
            ("footprint", "schema_name"),
            repr(schema),
            f"PostgreSQL cuts names after {_LONGEST_NAME} characters",
            f'Give a shorter one, such as schema_name = "{unit[:_LONGEST_NAME]}"',
        )
