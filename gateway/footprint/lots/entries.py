"""What people told of lots and events, every version of it: a list that only grows."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Engine, func, insert, select

from gateway.footprint.canonical import text_of
from gateway.footprint.lots.checking import Entry
from gateway.footprint.schema import lock, lot_entries
from gateway.footprint.statement import Statement


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a lot or an event.

    Args:
        n: Its number in the list.
        recorded_at_us: Since when it is known, UTC [µs].
        person: Who told it.
        source: File or form, with the file's digest.
        body: Its fields; None where it was withdrawn.
    """

    n: int
    kind: str
    key: str
    recorded_at_us: int
    person: str
    source: str
    body: Mapping[str, Any] | None


_LAST_N: Final = Statement(select(func.coalesce(func.max(lot_entries.c.n), 0)))


class Entries:
    """The list of all versions, in the footprint database.

    Args:
        engine: Of that database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def last_n(self) -> int:
        """Number of the newest version; 0 where there is none."""
        with self._engine.connect() as connection:
            return self.last_seen(connection)

    @staticmethod
    def last_seen(connection: Connection) -> int:
        """The same as a transaction sees it."""
        (n,) = _LAST_N.first(connection, {}) or (0,)
        return int(n)

    def append(
        self, entries: Iterable[Entry], person: str, source: str, recorded_at_us: int
    ) -> list[Version]:
        """Keep new versions of what differs from what is known, all or none.

        Args:
            entries: An empty body withdraws.
            person: Who tells it.
            source: File or form.
            recorded_at_us: When, UTC [µs].

        Returns:
            What was kept; nothing of what is known already.
        """
        kept: list[Version] = []
        with self._engine.begin() as connection:
            lock(connection, lot_entries)
            n, before = _end(connection)
            newest = {(v.kind, v.key): v for v in _newest(connection, None)}
            for entry in entries:
                known = newest.get((entry.kind, entry.key))
                text = text_of(dict(entry.body)) if entry.body else ""
                if text == _text(known):
                    continue
                n += 1
                row = {
                    "n": n,
                    "kind": entry.kind,
                    "key": entry.key,
                    "recorded_at_us": recorded_at_us,
                    "person": person,
                    "source": source,
                    "body": text,
                }
                before = _hash(before, row)
                connection.execute(insert(lot_entries).values(**row, hash=before))
                kept.append(_version(row))
        return kept

    def newest(self, as_of_us: int | None = None) -> list[Version]:
        """The newest version of everything that is not withdrawn, in the order it was told.

        Args:
            as_of_us: As it was known then, UTC [µs]; None for now.
        """
        with self._engine.connect() as connection:
            return [v for v in _newest(connection, as_of_us) if v.body is not None]

    def versions(self, kind: str, key: str) -> list[Version]:
        """Every version of one lot or event, the oldest first."""
        t = lot_entries.c
        mine = select(lot_entries).where(t.kind == kind, t.key == key).order_by(t.n)
        with self._engine.connect() as connection:
            return [_version(dict(row._mapping)) for row in connection.execute(mine)]

    def verify(self) -> Sequence[str]:
        """What is wrong with the list: versions altered, missing or put in between."""
        problems, before, expected = [], "", 1
        with self._engine.connect() as connection:
            for row in connection.execute(select(lot_entries).order_by(lot_entries.c.n)):
                if row.n != expected:
                    problems.append(f"lot entries: number {expected} is missing")
                fields = dict(row._mapping)
                if _hash(before, fields) != row.hash:
                    problems.append(f"lot entry {row.n} ({row.kind} {row.key}): was altered")
                before, expected = row.hash, row.n + 1
        return problems


def after(versions: Iterable[Version], entries: Iterable[Entry]) -> list[Version]:
    """The newest versions once these entries are kept."""
    newest = {(v.kind, v.key): v for v in versions}
    for entry in entries:
        newest.pop((entry.kind, entry.key), None)
        if entry.body:
            newest[entry.kind, entry.key] = Version(0, entry.kind, entry.key, 0, "", "", entry.body)
    return list(newest.values())


def _end(connection: Connection) -> tuple[int, str]:
    t = lot_entries.c
    last = connection.execute(select(t.n, t.hash).order_by(t.n.desc()).limit(1)).first()
    return (last.n, last.hash) if last else (0, "")


def _newest(connection: Connection, as_of_us: int | None) -> Iterator[Version]:
    t = lot_entries.c
    newest = select(func.max(t.n)).group_by(t.kind, t.key)
    if as_of_us is not None:
        newest = newest.where(t.recorded_at_us <= as_of_us)
    rows = connection.execute(select(lot_entries).where(t.n.in_(newest)).order_by(t.n))
    return (_version(dict(row._mapping)) for row in rows)


def _version(row: Mapping[str, Any]) -> Version:
    body = msgspec.json.decode(row["body"]) if row["body"] else None
    return Version(
        row["n"],
        row["kind"],
        row["key"],
        row["recorded_at_us"],
        row["person"],
        row["source"],
        body,
    )


def _text(version: Version | None) -> str:
    return text_of(dict(version.body)) if version and version.body else ""


def _hash(before: str, row: Mapping[str, Any]) -> str:
    fields = {name: value for name, value in row.items() if name != "hash"}
    return hashlib.sha256(f"{before}\n{text_of(fields)}".encode()).hexdigest()
