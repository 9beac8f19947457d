"""A gateway's clock put right: intervals move, what waits is found, missed moments caught up."""

from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from agent.samples import Quality, Sample
from gateway.historian.journal import Journal
from gateway.historian.query import History
from gateway.historian.reader import Reader
from gateway.historian.rows import Basis, Correction

POINT = "yard.c0150.co_ppm"
SECOND = 1_000_000
TWO_DAYS = 2 * 86_400 * SECOND


@pytest.fixture
def wrong(make):
    """Two days behind."""
    return {"synchronised": False, "clock_us": make.t0 - 5 * SECOND - TWO_DAYS}


@pytest.fixture
def right(make):
    return Correction("clock", make.t0 - 5 * SECOND, boot_id="boot-a")


def history_of(journal: Journal, folder: Path) -> list[Sample]:
    with closing(History(journal.path, folder / "archive")) as history:
        return history.samples(POINT, 0, 2**62)


def test_an_interval_told_by_a_wrong_clock_moves_and_stays_an_interval(
    journal, make, wrong, right, tmp_path
):
    span = make.board(1, make.doubtful(10 - 2 * 86_400, 3.0), basis=Basis.SPAN)
    span = replace(span, t_earliest_us=make.t0 - TWO_DAYS)
    journal.commit(make.commit(10 - 2 * 86_400, span, **wrong))
    journal.commit(make.commit(20, corrections=(right,)))
    _, second = Reader(journal.path).rows()
    (again,) = second.resolved
    assert again.samples == (make.doubtful(10, 3.0),)
    assert again.t_earliest_us == make.t0
    assert history_of(journal, tmp_path) == [make.doubtful(10, 3.0)]


def test_an_interval_told_by_a_right_clock_stays(journal, make, right, tmp_path):
    span = make.board(1, make.doubtful(10, 3.0), basis=Basis.SPAN)
    journal.commit(make.commit(10, span))
    journal.commit(make.commit(20, corrections=(right,)))
    assert history_of(journal, tmp_path) == [make.doubtful(10, 3.0)]


def test_a_batch_without_a_single_value_gets_its_time_too(journal, make, tmp_path):
    silent = make.board(1, make.sample(50, None), basis=Basis.UPTIME, up_ms=4_000)
    offset_us = make.t0 + 10 * SECOND
    learnt = Correction("board", offset_us, board="b0150", stream="9f3a12c4", boot=1)
    journal.commit(make.commit(1, replace(silent, waits=True)))
    journal.commit(make.commit(2, corrections=(learnt,)))
    _, second = Reader(journal.path).rows()
    assert [batch.samples for batch in second.resolved] == [(make.sample(14, None),)]
    (found,) = history_of(journal, tmp_path)
    assert (found.t_us, found.quality) == (make.t0 + 14 * SECOND, Quality.BAD)


def test_a_boot_awaits_its_clock_until_it_is_corrected(journal, make, wrong, right):
    journal.commit(make.commit(0, make.meter(make.sample(0))))
    assert not journal.awaits_clock("boot-a")
    journal.commit(make.commit(1, make.meter(make.doubtful(1)), **wrong))
    assert journal.awaits_clock("boot-a")
    assert not journal.awaits_clock("boot-b")
    journal.commit(make.commit(2, corrections=(right,)))
    assert not journal.awaits_clock("boot-a")
