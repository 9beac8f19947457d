"""The alarm journal's pages: alarm events in the order they were committed."""

import sqlite3
from dataclasses import dataclass

import msgspec

from agent.alarms.events import AlarmEvent


@dataclass(frozen=True, slots=True)
class StoredAlarm:
    """An alarm event on disk.

    Args:
        id: Rises by at least one with every event: the cursor of a page.
        n: The commit it came with.
    """

    id: int
    n: int
    event: AlarmEvent


def alarm_events(
    connection: sqlite3.Connection,
    after: int = 0,
    limit: int = 100,
    since_us: int | None = None,
    until_us: int | None = None,
    *,
    newest_first: bool = False,
) -> list[StoredAlarm]:
    """A page of the alarm journal.

    Args:
        connection: An open journal.
        after: Only events with an id above it (below it, if `newest_first` and not 0).
        limit: How many at most.
        since_us: Recorded at or after, UTC [µs].
        until_us: Recorded before, UTC [µs].
        newest_first: Count backwards from the newest.
    """
    where, values = [], []
    if after or not newest_first:
        where.append("id < ?" if newest_first else "id > ?")
        values.append(after)
    for words, bound in (("at_us >= ?", since_us), ("at_us < ?", until_us)):
        if bound is not None:
            where.append(words)
            values.append(bound)
    text = " AND ".join(where) or "1"
    order = "DESC" if newest_first else "ASC"
    rows = connection.execute(
        f"SELECT id, n, event FROM alarm_event WHERE {text} ORDER BY id {order} LIMIT ?",  # noqa: S608 (only the fixed words above)
        (*values, limit),
    )
    return [StoredAlarm(i, n, _event(event)) for i, n, event in rows]


def events_about(connection: sqlite3.Connection, alarm_id: str) -> list[AlarmEvent]:
    """Every event of one alarm, in the order they were committed."""
    rows = connection.execute(
        "SELECT event FROM alarm_event WHERE json_extract(event, '$.alarm_id') = ? ORDER BY id",
        (alarm_id,),
    )
    return [_event(event) for (event,) in rows]


def events_of(
    connection: sqlite3.Connection, first_n: int, last_n: int
) -> dict[int, list[AlarmEvent]]:
    """The alarm events of the rows from `first_n` to `last_n`, by row."""
    found: dict[int, list[AlarmEvent]] = {}
    rows = connection.execute(
        "SELECT n, event FROM alarm_event WHERE n BETWEEN ? AND ? ORDER BY id", (first_n, last_n)
    )
    for n, event in rows:
        found.setdefault(n, []).append(_event(event))
    return found


def _event(text: str) -> AlarmEvent:
    return msgspec.json.decode(text.encode(), type=AlarmEvent)
