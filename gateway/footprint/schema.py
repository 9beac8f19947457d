"""Tables of the footprint database, on SQLite or PostgreSQL.

`factor_records`, `slots`, `seals` and `lot_entries` only ever grow: triggers refuse anything else.
"""

from typing import Any, Final

from sqlalchemy import (
    DDL,
    BigInteger,
    Column,
    Connection,
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


def _word(length: int) -> Any:
    """A text that is compared by its bytes, on both alike; SQLite takes the length for a hint."""
    return String(length).with_variant(Text(collation="C"), "postgresql")


factor_records: Final = Table(
    "factor_records",
    metadata,
    Column("record_id", _word(200), primary_key=True),
    Column("series_id", _word(150), nullable=False),
    Column("chain_seq", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("supersedes", _word(200)),
    Column("period", _word(20), nullable=False),
    Column("product", _word(20), nullable=False),
    Column("status", _word(20), nullable=False),
    Column("valid_from_us", BigInteger, nullable=False),
    Column("valid_to_us", BigInteger, nullable=False),
    Column("recorded_at_us", BigInteger, nullable=False),
    Column("inputs_digest", _word(64), nullable=False),
    Column("record_hash", _word(64), nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("series_id", "chain_seq"),
    UniqueConstraint("series_id", "valid_from_us", "revision"),
    Index("factor_records_period", "period", "valid_from_us"),
)
"""Issued records: `body` is the RFC 8785 JSON that `record_hash` is taken of."""

chains: Final = Table(
    "chains",
    metadata,
    Column("series_id", _word(150), primary_key=True),
    Column("length", Integer, nullable=False),
    Column("head_hash", _word(64), nullable=False),
)
"""Where each series' chain ends, so that a cut tail shows."""

slots: Final = Table(
    "slots",
    metadata,
    Column("unit", _word(100), primary_key=True),
    Column("slot_us", BigInteger, primary_key=True, autoincrement=False),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("digest", _word(64), nullable=False),
    Column("body", Text, nullable=False),
)
"""What each totaliser counted in a minute: the inputs of records, every version of them."""

sums: Final = Table(
    "sums",
    metadata,
    Column("unit", _word(100), primary_key=True),
    Column("kind", _word(20), primary_key=True),
    Column("from_us", BigInteger, primary_key=True, autoincrement=False),
    Column("inputs_digest", _word(64), nullable=False),
    Column("digest", _word(64), nullable=False),
    Column("body", Text, nullable=False),
)
"""Sums of closed periods, of which longer ones are made: they follow from `slots` again."""

properties: Final = Table(
    "properties",
    metadata,
    Column("digest", _word(64), primary_key=True),
    Column("body", Text, nullable=False),
)
"""Properties of fuels that sums name by digest."""

seals: Final = Table(
    "seals",
    metadata,
    Column("series_id", _word(150), primary_key=True),
    Column("day", _word(10), primary_key=True),
    Column("length", Integer, nullable=False),
    Column("head_hash", _word(64), nullable=False),
    Column("signed_at_utc", _word(40), nullable=False),
    Column("public_key", _word(64), nullable=False),
    Column("signature", _word(128), nullable=False),
)
"""Where each chain ended on a day, signed with the site's key."""

knots: Final = Table(
    "knots",
    metadata,
    Column("unit", _word(100), primary_key=True),
    Column("slot_us", BigInteger, primary_key=True, autoincrement=False),
    Column("point", _word(100), primary_key=True),
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
    Column("unit", _word(100), primary_key=True),
    Column("journal_n", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
)
"""How far the accountant has read the journal, and what it keeps in mind."""

lot_entries: Final = Table(
    "lot_entries",
    metadata,
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("kind", _word(20), nullable=False),
    Column("key", _word(200), nullable=False),
    Column("recorded_at_us", BigInteger, nullable=False),
    Column("person", _word(100), nullable=False),
    Column("source", _word(300), nullable=False),
    Column("body", Text, nullable=False),
    Column("hash", _word(64), nullable=False),
    Index("lot_entries_key", "kind", "key"),
)
"""What people told of lots: `body` is canonical JSON, "" where it was withdrawn; `hash` covers it
and the entry before."""

_REFUSE: Final = """
CREATE OR REPLACE FUNCTION {0}_only_grows() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{0} only grows' USING ERRCODE = 'integrity_constraint_violation'; END $$
"""
_TRIGGER: Final = """
CREATE TRIGGER {0}_no_{1} BEFORE {1} ON {0} FOR EACH STATEMENT EXECUTE FUNCTION {0}_only_grows()
"""
_ALWAYS: Final = "ALTER TABLE {0} ENABLE ALWAYS TRIGGER {0}_no_{1}"
_SQLITE_TRIGGER: Final = """
CREATE TRIGGER {0}_no_{1} BEFORE {1} ON {0} BEGIN SELECT RAISE(ABORT, '{0} only grows'); END
"""
_LOCK: Final = "LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE"


def lock(connection: Connection, table: Table) -> None:
    """Let nobody else append to a list of this transaction until it ends; readers go on.

    Two writers would take the same end of a chain. SQLite has one writer at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_LOCK.format(table.name))


def _after_create(table: Table, statement: str, dialect: str) -> None:
    ddl = DDL(statement)  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    event.listen(table, "after_create", ddl.execute_if(dialect=dialect))


for _table in (factor_records, slots, seals, lot_entries):
    _after_create(_table, _REFUSE.format(_table.name), "postgresql")
    for _verb in ("update", "delete", "truncate"):
        _after_create(_table, _TRIGGER.format(_table.name, _verb), "postgresql")
        _after_create(_table, _ALWAYS.format(_table.name, _verb), "postgresql")
    for _verb in ("update", "delete"):
        _after_create(_table, _SQLITE_TRIGGER.format(_table.name, _verb), "sqlite")
