"""The alarm journal's chain: each event's digest holds the one before it, and the state its end.

The digest is SHA-256 over the digest before (32 zero bytes before the first), then number, row
and time of recording of the event as 8 bytes each, big-endian, then the event's text in UTF-8. So
nothing can be altered, removed or put in between without every later digest; and whoever made all
those anew cannot make the end that somebody else has noted.
"""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, NamedTuple, Self

import msgspec

from agent.alarms.events import AlarmEvent
from agent.errors import HinobanError

KIND: Final = "alarm_chain"
"""Kind of the state rows."""

APPEND_ONLY: Final = (
    "CREATE TRIGGER alarm_event_unaltered BEFORE UPDATE ON alarm_event "
    "BEGIN SELECT RAISE(ABORT, 'alarm events cannot be altered'); END;",
    "CREATE TRIGGER alarm_event_kept BEFORE DELETE ON alarm_event "
    "BEGIN SELECT RAISE(ABORT, 'alarm events cannot be removed'); END;",
)
"""Against slips; intent is what the chain shows."""

_FIRST: Final = bytes(32)
_PAGE: Final = 5_000


class BadLinkError(HinobanError):
    """Text that names no link of the chain."""


@dataclass(frozen=True, slots=True)
class Link:
    """A place in the chain.

    Args:
        id: Number of the event; 0 before the first.
        digest: Of the chain up to there.
    """

    id: int = 0
    digest: bytes = _FIRST

    def __str__(self) -> str:
        return f"{self.id}:{self.digest.hex()}"

    @classmethod
    def read(cls, text: str) -> Self:
        """A link as `str` wrote it.

        Raises:
            BadLinkError: It is none.
        """
        number, _, digest = text.strip().partition(":")
        try:
            link = cls(int(number), bytes.fromhex(digest))
        except ValueError:
            link = None
        if link is None or link.id < 0 or len(link.digest) != len(_FIRST):
            raise BadLinkError(f"{text!r} is no link of the chain; write number:digest as printed")
        return link

    def next(self, id_: int, n: int, at_us: int, text: str) -> Self:
        """The link of an event that follows, by its number, row, time and text."""
        made = sha256(self.digest)
        for part in (id_, n, at_us):
            made.update(part.to_bytes(8, "big", signed=True))
        made.update(text.encode())
        return type(self)(id_, made.digest())


class Chained(NamedTuple):
    """An event as it lies on disk; `digest` is None where the journal has no chain yet."""

    id: int
    n: int
    at_us: int
    text: str
    digest: bytes | None


def noted(connection: sqlite3.Connection, key: str) -> Link:
    """A place the state tells: "end" is where the chain ends.

    "since" is the last event that was there before the chain began.
    """
    row = connection.execute("SELECT json FROM state WHERE kind = ? AND key = ?", (KIND, key))
    found = row.fetchone()
    return Link() if found is None else Link.read(json.loads(found[0]))


def append(connection: sqlite3.Connection, end: Link, n: int, events: Iterable[AlarmEvent]) -> Link:
    """Write events behind the chain's end, within the transaction of their row.

    Returns:
        The new end.
    """
    rows = []
    for event in events:
        text = msgspec.json.encode(event).decode()
        end = end.next(end.id + 1, n, event.at_us, text)
        rows.append(Chained(end.id, n, event.at_us, text, end.digest))
    if rows:
        connection.executemany(
            "INSERT INTO alarm_event (id, n, at_us, event, digest) VALUES (?, ?, ?, ?, ?)", rows
        )
        _note(connection, "end", end)
    return end


def chain_all(connection: sqlite3.Connection) -> None:
    """Chain the events of a journal that had no chain, as they are; within a transaction."""
    connection.execute("ALTER TABLE alarm_event ADD COLUMN digest BLOB")
    end = Link()
    while page := chained(connection, end.id, _PAGE):
        for row in page:
            end = end.next(row.id, row.n, row.at_us, row.text)
            connection.execute(
                "UPDATE alarm_event SET digest = ? WHERE id = ?", (end.digest, row.id)
            )
    _note(connection, "end", end)
    _note(connection, "since", end)


def chained(connection: sqlite3.Connection, after: int, limit: int) -> list[Chained]:
    """The events after a number as they lie on disk, at most `limit`."""
    rows = connection.execute(
        "SELECT id, n, at_us, event, digest FROM alarm_event WHERE id > ? ORDER BY id LIMIT ?",
        (after, limit),
    )
    return [Chained(*row) for row in rows]


def _note(connection: sqlite3.Connection, key: str, link: Link) -> None:
    connection.execute("INSERT OR REPLACE INTO state VALUES (?, ?, ?)", (KIND, key, f'"{link}"'))
