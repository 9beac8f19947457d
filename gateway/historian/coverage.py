"""Coverage: when there was a journal, so that what nobody recorded is not taken for quiet.

It outlives the rows that prove it. One state row a stretch: its first instant as key, its last one
as text, by the gateway's clock as it stood, like the times of the alarm events. It is written in
the transaction that proves it.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Final

from agent.alarms.kpis_windows import Stretch
from gateway.historian.rows import Commit

KIND: Final = "coverage"
"""Kind of the state rows."""

GAP_US: Final = 120_000_000
"""An idle gateway commits every minute; two signs of life farther apart leave a gap [µs]."""

_EARLIER: Final = (
    "SELECT key, json FROM state WHERE kind = ? AND key <= ? ORDER BY key DESC LIMIT 1"
)


def write_coverage(connection: sqlite3.Connection, commit: Commit) -> None:
    """Lengthen the stretch that a commit goes on from, or begin one."""
    events_us = (event.at_us for event in commit.alarm_events)
    for part in _stretches({commit.utc_us, *commit.ticks_us, *events_us}):
        _lengthen(connection, part)


def cover_all(connection: sqlite3.Connection) -> None:
    """What the rows prove that a journal without coverage still holds; within a transaction."""
    instants = connection.execute("SELECT utc_us FROM journal ORDER BY utc_us")
    for part in _stretches(at_us for (at_us,) in instants):
        _lengthen(connection, part)


def covered(rows: Mapping[str, str]) -> list[Stretch]:
    """The stretches of the state rows, ascending and apart from each other.

    Args:
        rows: As `Reader.state(KIND)` gives them. A clock that was put back makes them overlap.
    """
    found: list[Stretch] = []
    for stretch in sorted(_stretch(key, text) for key, text in rows.items()):
        if found and stretch.from_us - found[-1].to_us <= GAP_US:
            found[-1] = Stretch(found[-1].from_us, max(found[-1].to_us, stretch.to_us))
        else:
            found.append(stretch)
    return [stretch for stretch in found if stretch.from_us < stretch.to_us]


def _lengthen(connection: sqlite3.Connection, part: Stretch) -> None:
    row = connection.execute(_EARLIER, (KIND, _key(part.from_us))).fetchone()
    before = Stretch(part.from_us, part.from_us) if row is None else _stretch(*row)
    goes_on = part.from_us - before.to_us <= GAP_US
    from_us = before.from_us if goes_on else part.from_us
    to_us = max(before.to_us, part.to_us) if goes_on else part.to_us
    connection.execute(
        "INSERT OR REPLACE INTO state VALUES (?, ?, ?)", (KIND, _key(from_us), str(to_us))
    )


def _stretches(instants_us: Iterable[int]) -> list[Stretch]:
    # A step of the clock leaves instants of two times in one commit.
    found: list[Stretch] = []
    for at_us in sorted(instants_us):
        if found and at_us - found[-1].to_us <= GAP_US:
            found[-1] = Stretch(found[-1].from_us, at_us)
        else:
            found.append(Stretch(at_us, at_us))
    return found


def _key(at_us: int) -> str:
    return f"{at_us:020d}"


def _stretch(key: str, text: str) -> Stretch:
    return Stretch(int(key), int(text))
