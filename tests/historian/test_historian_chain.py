"""The alarm journal's chain: what somebody with the file in hand can do, and how it shows."""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.historian.chain import BadLinkError, Link
from gateway.historian.chain_check import ChainCheck
from gateway.historian.coverage import KIND, covered
from gateway.historian.errors import JournalError
from gateway.historian.journal import Journal
from gateway.historian.reader import Reader
from gateway.historian.verify import verify_journal

EVENTS = 9


@pytest.fixture
def path(journal: Journal, make: Any) -> Path:
    """A journal of nine events in five rows."""
    for n, edges in enumerate(
        (("raised",), ("cleared", "raised"), ("cleared",) * 3, (), ("raised",) * 3)
    ):
        alarms = tuple(make.alarm(10 * n + k, edge) for k, edge in enumerate(edges))
        journal.commit(make.commit(10 * n + 5, alarms=alarms))
    journal.close()
    return journal.path


def check(path: Path, seen: Link | None = None) -> ChainCheck:
    with closing(Reader(path)) as reader:
        return ChainCheck(reader, seen)


@contextmanager
def by_hand(path: Path) -> Iterator[sqlite3.Connection]:
    """The file in the hands of somebody who knows SQLite."""
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("DROP TRIGGER alarm_event_unaltered")
        raw.execute("DROP TRIGGER alarm_event_kept")
        yield raw


def test_what_was_written_is_one_chain(path: Path) -> None:
    found = check(path)
    assert (found.problems, found.events, found.end.id, found.since.id) == ([], EVENTS, EVENTS, 0)


def test_a_digest_is_what_the_documentation_says(path: Path) -> None:
    before = bytes(32)
    with closing(sqlite3.connect(path)) as raw:
        for id_, n, at_us, event, digest in raw.execute("SELECT * FROM alarm_event ORDER BY id"):
            numbers = b"".join(v.to_bytes(8, "big") for v in (id_, n, at_us))
            before = hashlib.sha256(before + numbers + event.encode()).digest()
            assert digest == before
    assert check(path).end == Link(EVENTS, before)


@pytest.mark.parametrize(
    "words",
    [
        "UPDATE alarm_event SET event = '{}' WHERE id = 4",
        "DELETE FROM alarm_event WHERE id = 4",
    ],
)
def test_sqlite_itself_refuses_a_slip(path: Path, words: str) -> None:
    with (
        closing(sqlite3.connect(path)) as raw,
        pytest.raises(sqlite3.IntegrityError, match="alarm events cannot be"),
    ):
        raw.execute(words)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        pytest.param(
            "UPDATE alarm_event SET event = replace(event, 'raised', 'cleared') WHERE id = 3",
            "alarm event 3 is not what was written",
            id="another edge",
        ),
        pytest.param(
            "UPDATE alarm_event SET at_us = at_us + 1 WHERE id = 3",
            "alarm event 3 is not what was written",
            id="another time",
        ),
        pytest.param(
            "UPDATE alarm_event SET n = 3 WHERE id = 3",
            "alarm event 3 is not what was written",
            id="another row",
        ),
        pytest.param(
            "DELETE FROM alarm_event WHERE id IN (5, 6)",
            "alarm event 5–6 is missing",
            id="removed in the middle",
        ),
        pytest.param(
            "DELETE FROM alarm_event WHERE id > 7",
            "alarm event 8–9 is missing: the journal itself noted 9 as the end",
            id="cut off",
        ),
        pytest.param(
            "UPDATE alarm_event SET digest = NULL WHERE id = 3",
            "its digest is missing",
            id="without digest",
        ),
        pytest.param(
            "INSERT INTO alarm_event SELECT 10, n, at_us, event, digest FROM alarm_event "
            "WHERE id = 9",
            "alarm event 10 is not what was written",
            id="one more",
        ),
        pytest.param(
            "UPDATE alarm_event SET id = 50 WHERE id = 4; UPDATE alarm_event SET id = 4 "
            "WHERE id = 5; UPDATE alarm_event SET id = 5 WHERE id = 50",
            "alarm event 4 is not what was written",
            id="exchanged",
        ),
    ],
)
def test_what_was_done_by_hand_is_found(path: Path, words: str, problem: str) -> None:
    with by_hand(path) as raw:
        for step in words.split(";"):
            raw.execute(step)
    problems = check(path).problems
    assert any(problem in one for one in problems), problems
    assert any(problem in one for one in verify_journal(path).problems)


def forge(path: Path, from_id: int) -> None:
    """Alter an event and make everything behind it anew, the end included."""
    with by_hand(path) as raw:
        raw.execute(
            "UPDATE alarm_event SET event = replace(event, '51.5', '41.5') WHERE id = ?", (from_id,)
        )
        link = Link()
        for id_, n, at_us, event in raw.execute(
            "SELECT id, n, at_us, event FROM alarm_event ORDER BY id"
        ).fetchall():
            link = link.next(id_, n, at_us, event)
            raw.execute("UPDATE alarm_event SET digest = ? WHERE id = ?", (link.digest, id_))
        raw.execute("UPDATE state SET json = ? WHERE key = 'end'", (json.dumps(str(link)),))


def test_a_chain_made_anew_does_not_reach_the_end_somebody_noted(path: Path) -> None:
    noted = check(path).end
    forge(path, 4)
    assert check(path).problems == []
    (problem,) = check(path, noted).problems
    assert "but somebody noted" in problem


def test_an_end_noted_earlier_lies_on_the_chain_that_grew(path: Path, make: Any) -> None:
    noted = check(path).end
    again = Journal.open(path)
    again.commit(make.commit(60, alarms=(make.alarm(60), make.alarm(60, "cleared"))))
    again.close()
    found = check(path, noted)
    assert (found.problems, found.end.id) == ([], EVENTS + 2)


def test_a_journal_that_lost_what_somebody_noted_is_found(path: Path) -> None:
    noted = Link(EVENTS + 5, bytes(32))
    assert check(path, noted).problems == [
        "alarm event 10–14 is missing: somebody noted 14 as the end"
    ]


def test_a_commit_that_failed_leaves_the_chain_as_it_was(path: Path, make: Any) -> None:
    again = Journal.open(path)
    spoilt = replace(make.alarm(70), comment="\udce9")
    with pytest.raises(UnicodeEncodeError):
        again.commit(make.commit(70, alarms=(make.alarm(69), spoilt)))
    again.commit(make.commit(71, alarms=(make.alarm(71),)))
    again.close()
    assert (check(path).problems, check(path).events) == ([], EVENTS + 1)


# ── Journals that had no chain ───────────────────────────────────────────────────────────


def unchain(path: Path, *more: str) -> None:
    """Make it a journal of version 1."""
    with by_hand(path) as raw:
        for words in (
            "ALTER TABLE alarm_event DROP COLUMN digest",
            "DELETE FROM state WHERE kind IN ('alarm_chain', 'coverage')",
            *more,
            "PRAGMA user_version = 1",
        ):
            raw.execute(words)


def test_a_journal_without_a_chain_is_chained_as_it_is_found(path: Path, make: Any) -> None:
    before = check(path)
    unchain(path)
    again = Journal.open(path)
    again.commit(make.commit(60, alarms=(make.alarm(60),)))
    again.close()
    found = check(path, before.end)
    assert (found.problems, found.events, found.since.id) == ([], EVENTS + 1, EVENTS)
    with closing(sqlite3.connect(path)) as raw, pytest.raises(sqlite3.IntegrityError):
        raw.execute("DELETE FROM alarm_event WHERE id = 4")


def test_its_rows_tell_when_there_was_a_journal(path: Path, make: Any) -> None:
    unchain(path)
    Journal.open(path).close()
    with closing(Reader(path)) as reader:
        assert covered(reader.state(KIND)) == [(make.t0 + 5_000_000, make.t0 + 45_000_000)]


def test_a_gap_from_before_the_chain_is_told_as_such_and_numbers_stay(path: Path) -> None:
    unchain(path, "DELETE FROM alarm_event WHERE id = 4")
    Journal.open(path).close()
    found = check(path)
    assert found.problems == ["alarm event 4 is missing; it was so when the chain began"]
    assert (found.events, found.end.id) == (EVENTS - 1, EVENTS)


def test_until_a_gateway_has_opened_it_it_is_read_but_not_verified(path: Path) -> None:
    unchain(path)
    with closing(Reader(path)) as reader:
        assert len(reader.alarm_events()) == EVENTS
    assert "not chained yet; start this gateway" in check(path).problems[0]


def test_a_migration_that_fails_leaves_version_one(
    path: Path, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    unchain(path)

    def full(*_: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("gateway.historian.files.cover_all", full)
    with pytest.raises(JournalError, match="the disk is full"):
        Journal.open(path)
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (1,)
        columns = [row[1] for row in raw.execute("PRAGMA table_info(alarm_event)")]
    assert columns == ["id", "n", "at_us", "event"]
    monkeypatch.undo()
    Journal.open(path).close()
    assert (check(path).problems, check(path).events) == ([], EVENTS)


# ── Links as text ────────────────────────────────────────────────────────────────────────


@given(st.integers(0, 2**62), st.binary(min_size=32, max_size=32))
def test_a_link_is_read_as_it_was_printed(number: int, digest: bytes) -> None:
    assert Link.read(f" {Link(number, digest)} ") == Link(number, digest)


@pytest.mark.parametrize("text", ["", "4", "4:", "4:abc", f"-1:{'00' * 32}", f"x:{'00' * 32}"])
def test_what_is_no_link_is_refused(text: str) -> None:
    with pytest.raises(BadLinkError, match="no link of the chain"):
        Link.read(text)


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 2**60), st.text()), min_size=1))
def test_every_part_of_every_event_moves_the_end(rows: list[tuple[int, int, str]]) -> None:
    def end(parts: list[tuple[int, int, str]]) -> Link:
        link = Link()
        for n, at_us, text in parts:
            link = link.next(link.id + 1, n, at_us, json.dumps(text))
        return link

    whole = end(rows)
    changed: list[Callable[[tuple[int, int, str]], tuple[int, int, str]]] = [
        lambda row: (row[0] + 1, row[1], row[2]),
        lambda row: (row[0], row[1] + 1, row[2]),
        lambda row: (row[0], row[1], f"{row[2]}!"),
    ]
    for at in range(len(rows)):
        for change in changed:
            assert end([*rows[:at], change(rows[at]), *rows[at + 1 :]]) != whole
        assert end([*rows[:at], *rows[at + 1 :]]) != whole
