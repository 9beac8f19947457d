import msgspec
import pytest

from gateway.historian.rows import Booking
from gateway.historian.verify import verify_journal


@pytest.fixture
def state():
    return lambda mark: {("board", "b0150/9f3a12c4"): f'{{"mark":{mark},"held":[],"lost":0}}'}


def found(journal):
    return verify_journal(journal.path).problems


def booking(make, start, end, amount=1.0, total=None, from_s=None):
    from_us = make.t0 + round((start if from_s is None else from_s) * 1e6)
    to_us = make.t0 + end * 1_000_000
    return Booking("c", from_us, to_us, start, end, amount, "step", end if total is None else total)


def test_any_order_with_losses_is_whole(journal, make, state):
    journal.commit(make.commit(1, make.board(3), make.board(1), state=state(1)))
    journal.commit(make.commit(2, make.board(9), make.board(4, seq_to=6, lost="gone")))
    journal.commit(make.commit(3, make.board(2), state=state(6)))
    report = verify_journal(journal.path)
    assert report.problems == []
    assert report.counts["sequence numbers"] == 7
    assert report.counts["lost sequence numbers"] == 3


def test_one_twice_is_found(journal, make, state):
    journal.commit(make.commit(1, make.board(1), make.board(2), state=state(2)))
    journal.commit(make.commit(2, make.board(2)))
    assert found(journal) == ["board b0150, stream 9f3a12c4: seq 2 (1) there more than once"]


def test_a_gap_below_the_watermark_is_found(journal, make, state):
    for seq in (1, 2, 6, 9):
        journal.commit(make.commit(seq, make.board(seq), state=state(9)))
    (problem,) = found(journal)
    assert problem.endswith("seq 3–5, 7–8 (5) missing below the watermark 9")


def test_an_acknowledgement_without_its_record_is_found(journal, make, state):
    journal.commit(make.commit(1, state=state(7)))
    assert found(journal) == [
        "board b0150, stream 9f3a12c4: acknowledged up to 7, but none is there"
    ]


@pytest.mark.parametrize(
    ("second", "word"),
    [
        pytest.param({"start": 1, "end": 2}, None, id="joined"),
        pytest.param({"start": 1, "end": 2, "from_s": 1.5}, None, id="a reading in between"),
        pytest.param({"start": 0, "end": 2, "amount": 2.0}, "begins at count 0", id="twice"),
        pytest.param({"start": 1, "end": 2, "from_s": 0.5}, "before the end", id="overlap"),
        pytest.param({"start": 1, "end": 2, "total": 2.5}, "the total is 2.5", id="sum"),
        pytest.param({"start": 1, "end": 2, "from_s": 3}, "before it begins", id="backwards"),
    ],
)
def test_bookings_are_one_chain(journal, make, second, word):
    journal.commit(make.commit(1, bookings=(booking(make, 0, 1),)))
    journal.commit(make.commit(2, bookings=(booking(make, **second),)))
    problems = found(journal)
    assert (word in problems[0]) if word else (problems == [])


def test_after_retention_checks_begin_behind_the_hole(journal, make, state):
    for seq in range(1, 9):
        step = booking(make, seq - 1, seq)
        journal.commit(make.commit(seq, make.board(seq), bookings=(step,), state=state(seq)))
    journal.remove([1, 3, 4])
    assert found(journal) == []


def unknown(make, start, end, least, most, total):
    made = booking(make, start, end, amount=None, total=total)
    return msgspec.structs.replace(made, kind="reset", least=least, most=most)


def test_an_unknown_interval_and_what_was_told_of_it_later_are_one_chain(journal, make):
    journal.commit(make.commit(1, bookings=(booking(make, 0, 1),)))
    journal.commit(make.commit(2, bookings=(unknown(make, 1, 2, 0.0, 9.0, total=1),)))
    journal.commit(make.commit(3, bookings=(booking(make, 2, 3, total=2),)))
    told = msgspec.structs.replace(
        booking(make, 1, 2, amount=4.0, total=6), from_raw=3, to_raw=3, kind="swap"
    )
    journal.commit(make.commit(4, bookings=(told,)))
    journal.commit(make.commit(5, bookings=(booking(make, 3, 4, total=7),)))
    report = verify_journal(journal.path)
    assert report.problems == []
    assert report.counts["unknown totaliser intervals"] == 1


def test_what_was_told_later_is_part_of_the_total(journal, make):
    journal.commit(make.commit(1, bookings=(booking(make, 0, 1),)))
    told = msgspec.structs.replace(
        booking(make, 0, 1, amount=4.0, total=1), from_raw=1, to_raw=1, kind="swap"
    )
    journal.commit(make.commit(2, bookings=(told,)))
    assert "the total is 1" in found(journal)[0]


@pytest.mark.parametrize(
    ("amount", "least", "most"), [(None, 2.0, 1.0), (1.0, 0.0, None), (1.0, None, 2.0)]
)
def test_bounds_belong_to_unknown_amounts_and_lie_in_order(journal, make, amount, least, most):
    made = booking(make, 0, 1, amount=amount)
    journal.commit(
        make.commit(1, bookings=(msgspec.structs.replace(made, least=least, most=most),))
    )
    assert "bounds" in found(journal)[0]
