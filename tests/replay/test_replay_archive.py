"""Replay from the archive: what the journal has let go is judged all the same."""

import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from recorded_yard import BEGIN_US, HOUR_US, HOURS, RecordedYard, events

from agent.alarms.events import AlarmEvent
from gateway.historian.archive import archive
from gateway.historian.journal import Journal
from gateway.historian.manifest import Manifest
from gateway.historian.reader import Reader
from gateway.historian.verify import verify_journal
from gateway.replay.records import recorded_commits
from gateway.replay.replaying import replay
from gateway.replay.trial import try_limits
from gateway.site import rules_of

END_US = BEGIN_US + HOURS * HOUR_US + HOUR_US
NEVER_US = END_US + 10 * HOUR_US


@pytest.fixture(scope="module")
def data(yard: RecordedYard, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the yard's data, archived in parts as it came, with half of it let go."""
    folder = tmp_path_factory.mktemp("archived") / "data"
    shutil.copytree(yard.journal.parent, folder)
    for hour in (2, 5, 6, HOURS):
        archive(folder / "journal.sqlite", folder / "archive", BEGIN_US + hour * HOUR_US, fold_at=2)
    archive(folder / "journal.sqlite", folder / "archive", NEVER_US)
    journal = Journal.open(folder / "journal.sqlite")
    journal.remove(range(1, journal.last_n() // 2))
    journal.close()
    return folder


def replayed(yard: RecordedYard, data: Path) -> list[AlarmEvent]:
    engine = replace(rules_of(yard.site), outlook=None).engine()
    with closing(Reader(data / "journal.sqlite")) as reader:
        commits = recorded_commits(reader, data / "archive", 0, NEVER_US)
        journal = reader.alarm_events(limit=100_000)
        return list(replay(engine, commits, journal, lambda _: None))


def test_every_commit_is_there_once_and_in_order(yard: RecordedYard, data: Path) -> None:
    with closing(Reader(data / "journal.sqlite")) as reader:
        commits = recorded_commits(reader, data / "archive", 0, NEVER_US)
        ns = [commit.frame.n for commit in commits]
    assert ns == sorted(set(ns))
    assert len(ns) == max(ns)
    assert len(Manifest.read(data / "archive").told) >= HOURS


def test_half_archived_gives_the_same_events(yard: RecordedYard, data: Path) -> None:
    assert replayed(yard, data) == list(events(yard))


def test_all_archived_gives_the_same_events(yard: RecordedYard, data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(data, folder)
    journal = Journal.open(folder / "journal.sqlite")
    journal.remove(range(1, journal.last_n()))
    journal.close()
    assert replayed(yard, folder) == list(events(yard))
    with closing(Reader(folder / "journal.sqlite")) as reader:
        trial = try_limits(
            reader, folder / "archive", yard.site, yard.site, BEGIN_US, END_US, lambda _: None
        )
    assert trial.comparison.is_same
    assert verify_journal(folder / "journal.sqlite").problems == []


def test_an_archive_of_an_earlier_version_is_no_record_of_arrivals(
    yard: RecordedYard, data: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    shutil.copytree(data, folder)
    manifest = Manifest.read(folder / "archive")
    Manifest(manifest.n, manifest.files).write(folder / "archive")
    with closing(Reader(folder / "journal.sqlite")) as reader:
        first = next(recorded_commits(reader, folder / "archive", 0, NEVER_US))
    assert first.frame.n > 1
