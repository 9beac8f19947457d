"""What a PostgreSQL server said, or the silence where it was, in words that say what to do."""

import re
from typing import Final

from gateway.config_footprint import FootprintServer

_LONGEST: Final = 300
_NO_PRIVILEGE: Final = "42501"
_REFUSALS: Final = (
    (
        r'database ".*" does not exist',
        "has no database {database!r}: make it there (createdb --owner {username} {database}), or"
        " correct [footprint] database",
    ),
    (
        r'authentication failed|role ".*" does not exist|no password supplied|not permitted to log',
        "refuses {username!r} ({said}): correct [footprint] username, and the password in"
        " password_file or password_env",
    ),
    (
        r"no pg_hba\.conf entry|pg_hba\.conf rejects",
        "lets {username!r} not in from this machine ({said}): add it to pg_hba.conf there",
    ),
    (
        r"certificate|SSL|private key file",
        "and this gateway cannot agree on TLS ({said}): check [footprint] tls_ca, tls_certificate"
        " and tls_key, and ssl = on there",
    ),
    (
        r"too many clients|too many connections|connection slots",
        "has no connection left ({said}): raise max_connections there, or close some",
    ),
    (
        r"starting up|shutting down|in recovery mode|terminating connection|not yet accepting",
        "is starting or stopping ({said}): it is asked again",
    ),
)
"""What servers say, and what to do; all else is a server that cannot be reached."""


def words_of(error: BaseException, settings: FootprintServer, schema: str) -> str | None:
    """Why the server did not do what it was asked, and what to do.

    Args:
        error: What the driver raised.
        settings: How the server is reached.
        schema: Where the tables lie.

    Returns:
        None where it is no fault of server, line or permission.
    """
    import psycopg  # noqa: PLC0415 -- only sites with [footprint] have it

    state = getattr(error, "sqlstate", None)
    said = _said(error)
    server = f"PostgreSQL at {settings.host}:{settings.port}"
    if state == _NO_PRIVILEGE:
        username, database = settings.username, settings.database
        return (
            f"{server} lets {username!r} not make or use what is needed in database {database!r}"
            f' ({said}): as its administrator, CREATE SCHEMA "{schema}" AUTHORIZATION "{username}"'
        )
    if not isinstance(error, psycopg.OperationalError):
        return None
    for pattern, words in _REFUSALS:
        if re.search(pattern, said, re.IGNORECASE):
            known = {"database": settings.database, "username": settings.username, "said": said}
            return f"{server} {words.format(**known)}"
    if state is not None:
        return f"{server} did not do what it was asked ({said}): it is asked again"
    return f"{server} cannot be reached ({said}): start it, or correct [footprint] host and port"


def _said(error: BaseException) -> str:
    return " ".join(str(error).split())[:_LONGEST]
