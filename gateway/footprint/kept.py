"""Where a site keeps its factors: a file of its data directory, or a server's schema."""

from gateway.config import Config
from gateway.footprint.server import engine_of, has_tables
from gateway.footprint.store import FootprintStore
from gateway.paths import FOOTPRINT, DirectoryError


def kept_at(config: Config) -> str:
    """Where its factors are kept, as people know it."""
    server = config.footprint
    if server is None:
        return str(config.storage.directory / FOOTPRINT)
    schema = server.schema_for(config.site.id, config.unit.id)
    return f"PostgreSQL at {server.host}:{server.port}, {server.database}, schema {schema}"


def is_kept(config: Config) -> bool:
    """Whether a gateway has begun to keep factors there; nothing is made.

    Raises:
        FootprintServerError: The server cannot be reached, or refuses.
    """
    server = config.footprint
    if server is None:
        return (config.storage.directory / FOOTPRINT).exists()
    schema = server.schema_for(config.site.id, config.unit.id)
    engine = engine_of(server, schema)
    try:
        return has_tables(engine, schema)
    finally:
        engine.dispose()


def opened(config: Config) -> FootprintStore:
    """The factors that a gateway keeps there.

    Raises:
        DirectoryError: There are none yet.
        FootprintServerError: The server cannot be reached, or refuses.
    """
    if not is_kept(config):
        words = "there is nothing yet; has the gateway run with this site?"
        raise DirectoryError(f"{kept_at(config)}: {words}")
    return FootprintStore.of(config)
