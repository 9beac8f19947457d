"""When there was a journal: stretches of commits, across kills, gaps and clock steps."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.historian.coverage import KIND, covered
from gateway.historian.journal import Journal
from gateway.historian.reader import Reader

MINUTE_S = 60


@pytest.fixture
def stretches(tmp_path: Path, make: Any) -> Any:
    """Writes commits at these seconds, or (second, ticks), and reads what is covered [s]."""

    def write(*commits: Any) -> list[tuple[float, float]]:
        journal = Journal.open(tmp_path / "journal.sqlite")
        for one in commits:
            at_s, ticks = one if isinstance(one, tuple) else (one, ())
            ticks_us = tuple(make.t0 + round(t * 1e6) for t in ticks)
            commit = replace(make.commit(at_s), ticks_us=ticks_us)
            journal.commit(replace(commit, utc_us=make.t0 + round(at_s * 1e6)))
        journal.close()
        reader = Reader(tmp_path / "journal.sqlite")
        found = covered(reader.state(KIND))
        reader.close()
        return [((a - make.t0) / 1e6, (b - make.t0) / 1e6) for a, b in found]

    return write


def test_commits_a_minute_apart_are_one_stretch(stretches: Any) -> None:
    assert stretches(*range(0, 3600, MINUTE_S)) == [(0, 3540)]


def test_a_restart_within_two_minutes_leaves_no_gap(stretches: Any) -> None:
    assert stretches(0, 60) == [(0, 60)]
    assert stretches(180, 240) == [(0, 240)]


def test_an_hour_without_the_gateway_is_a_gap(stretches: Any) -> None:
    stretches(0, 60)
    assert stretches(3660, 3720) == [(0, 60), (3660, 3720)]


def test_the_ticks_before_the_first_commit_are_covered(stretches: Any) -> None:
    assert stretches((60, range(1, 60))) == [(1, 60)]


def test_one_sign_of_life_covers_nothing(stretches: Any) -> None:
    assert stretches(0) == []


def test_a_clock_put_right_covers_nothing_in_between(stretches: Any) -> None:
    day = 86_400
    assert stretches((day, (0, 30, day - 30))) == [(0, 30), (day - 30, day)]


def test_a_clock_that_was_ahead_does_not_split_what_follows(stretches: Any) -> None:
    day = 86_400
    assert stretches(day, day + 60, 0, 60, 120) == [(0, 120), (day, day + 60)]


def test_a_clock_put_back_covers_an_hour_once(stretches: Any) -> None:
    assert stretches(3600, 3660, 3500, 3560, 3620, 3680) == [(3500, 3680)]
