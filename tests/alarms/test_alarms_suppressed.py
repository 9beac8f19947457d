"""Suppression by design: a cause hides alarms, and hides nothing that must be seen."""

import pytest

from agent.alarms.book import AlarmBook
from agent.alarms.conditions import Klass
from agent.alarms.hides import Hides
from agent.alarms.instant import Instant
from agent.alarms.standing import Alarm, Cause
from agent.alarms.states import Event
from agent.alarms.visibility import may_suppress

SILENT = "board_silent:b0150"
NOW = Instant(4, 4, True, "boot")


def an_alarm(alarm_id=SILENT, klass="fault"):
    condition, _, source = alarm_id.partition(":")
    return Alarm(condition, source, klass, "high", klass in {"fire", "gas", "people"}, klass)


def at(t, **more):
    return Cause(t, t, **more)


@pytest.fixture
def book():
    return AlarmBook(lambda alarm_id: an_alarm(alarm_id) if ":b" in alarm_id else None, Hides())


def told(events):
    return [(e.edge, e.visibility, e.state) for e in events]


def test_a_suppressed_alarm_is_judged_and_journalled_all_the_same(book):
    assert told(book.suppress(SILENT, "ap7", at(1))) == [("suppressed", "suppressed", "normal")]
    assert told(book.raised(an_alarm(), at(2))) == [("raised", "suppressed", "unacknowledged")]
    assert [v.hidden_by for v in book.views()] == ["ap7"]
    assert told(book.unsuppress(SILENT, "ap7", at(3)))[0] == (
        "unsuppressed", "shown", "unacknowledged",
    )  # fmt: skip
    assert [v.visibility for v in book.views()] == ["shown"]


def test_it_is_hidden_until_its_last_cause_is_over(book):
    book.raised(an_alarm(), at(1))
    assert [e.edge for e in book.suppress(SILENT, "ap7", at(2))] == ["suppressed"]
    assert book.suppress(SILENT, "switch2", at(3)) == []
    assert book.suppress(SILENT, "ap7", at(4)) == []
    assert book.unsuppress(SILENT, "ap7", at(5)) == []
    assert [v.hidden_by for v in book.views()] == ["switch2"]
    assert book.unsuppress(SILENT, "switch2", at(6)) != []
    assert book.unsuppress(SILENT, "switch2", at(7)) == []


@pytest.mark.parametrize("klass", ["fire", "gas", "people"])
def test_what_must_be_seen_is_never_suppressed(book, klass):
    book.raised(an_alarm(klass=klass), at(1))
    assert book.suppress(SILENT, "ap7", at(2)) == []
    assert [v.visibility for v in book.views()] == ["shown"]


@pytest.mark.parametrize("klass", Klass)
def test_neither_what_was_suppressed_before_it_rose_as_something_worse(book, klass):
    book.suppress(SILENT, "ap7", at(1))
    assert told(book.raised(an_alarm(klass=klass), at(2, reason="over_range")))[0][1] == "shown"
    assert not may_suppress(klass, "over_range")


def test_an_alarm_that_nothing_could_raise_is_not_suppressed(book):
    assert book.suppress("board_silent:elsewhere", "ap7", at(1)) == []
    assert book.unsuppress("board_silent:elsewhere", "ap7", at(2)) == []


def test_suppression_does_not_acknowledge(book):
    book.raised(an_alarm(), at(1))
    book.suppress(SILENT, "ap7", at(2))
    book.unsuppress(SILENT, "ap7", at(3))
    assert [v.unseen for v in book.views()] == [True]
    book.by_person(Event.ACKNOWLEDGED, SILENT, "aoki", None, NOW)
    assert [v.unseen for v in book.views()] == [False]


def test_what_is_suppressed_survives_a_restart():
    hides = Hides()
    hides.suppress(SILENT, "ap7", 1)
    rows = hides.dirty()
    again = Hides()
    again.restore(rows)
    assert again.causes() == [(SILENT, "ap7")]
    assert again.by("ap7") == [SILENT]
    assert again.dirty() == {}
    again.unsuppress(SILENT, "ap7")
    assert again.dirty() == {SILENT: None}


def test_what_rose_and_returned_under_its_cause_is_normal_by_itself(book):
    book.suppress(SILENT, "ap7", at(1))
    book.raised(an_alarm(), at(2))
    assert told(book.cleared(SILENT, at(3))) == [("cleared", "suppressed", "normal")]
    assert told(book.unsuppress(SILENT, "ap7", at(4))) == [("unsuppressed", "shown", "normal")]
    assert book.views() == []


def test_what_was_shown_before_still_waits_to_be_seen(book):
    book.raised(an_alarm(), at(1))
    book.suppress(SILENT, "ap7", at(2))
    book.cleared(SILENT, at(3))
    assert told(book.unsuppress(SILENT, "ap7", at(4))) == [
        ("unsuppressed", "shown", "returned_unacknowledged"),
        ("realarmed", "shown", "returned_unacknowledged"),
    ]


def test_what_rose_under_its_cause_and_outlives_it_is_announced(book):
    book.suppress(SILENT, "ap7", at(1))
    book.raised(an_alarm(), at(2))
    assert told(book.unsuppress(SILENT, "ap7", at(3))) == [
        ("unsuppressed", "shown", "unacknowledged"),
        ("realarmed", "shown", "unacknowledged"),
    ]
    assert told(book.cleared(SILENT, at(4))) == [("cleared", "shown", "returned_unacknowledged")]
