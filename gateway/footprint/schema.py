"""Tables of the footprint database, on SQLite or PostgreSQL.

`factor_records`, `slots` and `seals` only ever grow: triggers refuse anything else.
"""

from typing import Final

from sqlalchemy import (
    DDL,
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
)

metadata: Final = MetaData()

factor_records: Final = Table(
    "factor_records",
    metadata,
    Column("record_id", String(200), primary_key=True),
    Column("series_id", String(150), nullable=False),
    Column("chain_seq", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("supersedes", String(200)),
    Column("period", String(20), nullable=False),
    Column("product", String(20), nullable=False),
    Column("status", String(20), nullable=False),
    Column("valid_from_us", BigInteger, nullable=False),
    Column("valid_to_us", BigInteger, nullable=False),
    Column("recorded_at_us", BigInteger, nullable=False),
    Column("inputs_digest", String(64), nullable=False),
    Column("record_hash", String(64), nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("series_id", "chain_seq"),
    UniqueConstraint("series_id", "valid_from_us", "revision"),
    Index("factor_records_period", "period", "valid_from_us"),
)
"""Issued records: `body` is the RFC 8785 JSON that `record_hash` is taken of."""

chains: Final = Table(
    "chains",
    metadata,
    Column("series_id", String(150), primary_key=True),
    Column("length", Integer, nullable=False),
    Column("head_hash", String(64), nullable=False),
)
"""Where each series' chain ends, so that a cut tail shows."""

slots: Final = Table(
    "slots",
    metadata,
    Column("unit", String(100), primary_key=True),
    Column("slot_us", BigInteger, primary_key=True, autoincrement=False),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),
    Column("body", Text, nullable=False),
)
"""What each totaliser counted in a minute: the inputs of records, every version of them."""

sums: Final = Table(
    "sums",
    metadata,
    Column("unit", String(100), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("from_us", BigInteger, primary_key=True, autoincrement=False),
    Column("inputs_digest", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("body", Text, nullable=False),
)
"""Sums of closed periods, of which longer ones are made: they follow from `slots` again."""

properties: Final = Table(
    "properties",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("body", Text, nullable=False),
)
"""Properties of fuels that sums name by digest."""

seals: Final = Table(
    "seals",
    metadata,
    Column("series_id", String(150), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("length", Integer, nullable=False),
    Column("head_hash", String(64), nullable=False),
    Column("signed_at_utc", String(40), nullable=False),
    Column("public_key", String(64), nullable=False),
    Column("signature", String(128), nullable=False),
)
"""Where each chain ended on a day, signed with the site's key."""

knots: Final = Table(
    "knots",
    metadata,
    Column("unit", String(100), primary_key=True),
    Column("slot_us", BigInteger, primary_key=True, autoincrement=False),
    Column("point", String(100), primary_key=True),
    Column("first_us", BigInteger, nullable=False),
    Column("first", Float(53), nullable=False),
    Column("last_us", BigInteger, nullable=False),
    Column("last", Float(53), nullable=False),
    sqlite_with_rowid=False,
)
"""First and last read of each totaliser in each minute: what late reads are fitted into."""

progress: Final = Table(
    "progress",
    metadata,
    Column("unit", String(100), primary_key=True),
    Column("journal_n", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
)
"""How far the accountant has read the journal, and what it keeps in mind."""

_REFUSE: Final = """
CREATE OR REPLACE FUNCTION {0}_only_grows() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{0} only grows'; END $$
"""
_TRIGGER: Final = """
CREATE TRIGGER {0}_no_{1} BEFORE {1} ON {0} FOR EACH STATEMENT EXECUTE FUNCTION {0}_only_grows()
"""
_SQLITE_TRIGGER: Final = """
CREATE TRIGGER {0}_no_{1} BEFORE {1} ON {0} BEGIN SELECT RAISE(ABORT, '{0} only grows'); END
"""


def _after_create(table: Table, statement: str, dialect: str) -> None:
    ddl = DDL(statement)  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    event.listen(table, "after_create", ddl.execute_if(dialect=dialect))


for _table in (factor_records, slots, seals):
    _after_create(_table, _REFUSE.format(_table.name), "postgresql")
    for _verb in ("update", "delete"):
        _after_create(_table, _TRIGGER.format(_table.name, _verb), "postgresql")
        _after_create(_table, _SQLITE_TRIGGER.format(_table.name, _verb), "sqlite")
