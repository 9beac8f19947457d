"""Killed at every write of the journal: state, delays and shelves are as if nothing had happened.

What people are to be told follows from the journal's numbered events, which are compared too; how
the notifier keeps its own duties is tested beside it.
"""

from pathlib import Path

import pytest
from killed_gateway import STORY, Machine, Played, Stood, copied, killed, stood


class Told:
    """The story without a kill, and the journal as it was after each step."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journals = [folder / f"after{n}.sqlite" for n in range(len(STORY) + 1)]
        self.statements: list[int] = []
        live = folder / "live.sqlite"
        Played(live).close()
        copied(live, self.journals[0])
        played = Played(live)
        for n in range(len(STORY)):
            self.statements.append(played.statements(n))
            # The writer is between two commits: what lies in its log is whole.
            played.journal._connected().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            copied(live, self.journals[n + 1])
        played.close()

    def stood(self, n: int) -> Stood:
        return stood(copied(self.journals[n], self.folder / "look.sqlite"))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return Told(tmp_path_factory.mktemp("told"))


@pytest.mark.long
@pytest.mark.parametrize("n", range(len(STORY)))
def test_killed_before_every_statement_of_a_commit(told: Told, n: int, full_size: bool) -> None:
    expected = told.stood(n + 1)
    last = told.statements[n]
    every = range(1, last + 1) if full_size else sorted({1, 2, last // 2, last})
    for statement in every:
        path = copied(told.journals[n], told.folder / "killed.sqlite")
        killed(path, n, statement)
        again = Played(path)
        assert again.journal.last_n() == n  # nothing of a commit that was cut short is there
        again.step(n)
        again.close()
        assert stood(path) == expected, f"killed before statement {statement} of {last}"


@pytest.mark.parametrize("cut", [0.02, 0.5, 0.98])
def test_a_commit_torn_on_its_way_to_the_disk_was_never_there(told: Told, cut: float) -> None:
    for n in (7, 9, 23):
        path = copied(told.journals[n], told.folder / "torn.sqlite")
        played = Played(path)
        log = path.with_name(f"{path.name}-wal")
        before = log.stat().st_size if log.exists() else 0
        played.step(n)
        torn = log.read_bytes()
        torn = torn[: before + round((len(torn) - before) * cut)]
        whole = path.read_bytes()
        played.close()
        path = copied(told.journals[n], told.folder / "torn.sqlite")
        path.write_bytes(whole)
        log.write_bytes(torn)
        again = Played(path)
        assert again.journal.last_n() == n
        again.step(n)
        again.close()
        assert stood(path) == told.stood(n + 1)


@pytest.mark.parametrize("n", range(len(STORY)))
def test_killed_between_two_commits_and_played_to_the_end(told: Told, n: int) -> None:
    """The process, or the machine with its monotonic clock, begins anew; the story goes on."""
    ends = told.stood(len(STORY))
    for machine in (Machine(1, -1000), Machine(2, STORY[n][0])):
        path = copied(told.journals[n], told.folder / "rest.sqlite")
        again = Played(path, machine)
        for later in range(n, len(STORY)):
            again.step(later)
        again.close()
        found = stood(path, machine)
        assert found.events == ends.events
        assert (found.shown, found.hidden) == (ends.shown, ends.hidden)


def test_the_story_tells_what_matters(told: Told) -> None:
    edges = {event.edge for event in told.stood(len(STORY)).events}
    assert edges >= {
        "raised", "cleared", "acknowledged", "reset", "shelved", "shelved_requested",
        "shelf_expired", "out_of_service", "returned_to_service", "realarmed",
    }  # fmt: skip
