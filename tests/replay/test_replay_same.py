"""The same limits on the same records give the same events, to the last field."""

import hashlib
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from recorded_yard import BEGIN_US, HOUR_US, HOURS, MINUTE_US, RecordedYard, S, events

from agent.alarms.events import AlarmEvent
from gateway.historian.reader import Reader
from gateway.replay.recorded import journal_commits
from gateway.replay.replaying import replay
from gateway.replay.trial import try_limits
from gateway.site import rules_of

END_US = BEGIN_US + HOURS * HOUR_US + HOUR_US


@pytest.fixture(scope="module")
def replayed(yard: RecordedYard) -> list[AlarmEvent]:
    engine = replace(rules_of(yard.site), outlook=None).engine()
    with closing(Reader(yard.journal)) as reader:
        journal = reader.alarm_events(limit=100_000)
        return list(replay(engine, journal_commits(reader, 1, END_US), journal, lambda _: None))


def test_the_recorded_day_has_all_that_makes_replay_hard(yard: RecordedYard) -> None:
    edges = Counter(event.edge for event in events(yard))
    assert {"raised", "cleared", "was_in_alarm", "acknowledged", "shelved", "shelf_expired",
            "realarmed", "unsuppressed"} <= edges.keys()  # fmt: skip
    assert any(event.from_history for event in events(yard))
    with closing(Reader(yard.journal)) as reader:
        boots = {row.frame.boot_id for row in reader.raw_rows(0, 10_000)}
        heard = sum(len(row.extras.heard) for row in reader.raw_rows(0, 10_000))
    assert (boots, heard) == ({"boot-1", "boot-2"}, 2)


def test_the_same_limits_give_the_same_events(
    yard: RecordedYard, replayed: list[AlarmEvent]
) -> None:
    assert replayed == list(events(yard))


def test_a_replay_writes_nothing(yard: RecordedYard) -> None:
    def digests() -> dict[Path, str]:
        files = sorted(yard.journal.parent.iterdir())
        return {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}

    def trial() -> bool:
        with closing(Reader(yard.journal)) as reader:
            return try_limits(
                reader, yard.archive, yard.site, yard.site, BEGIN_US, END_US, lambda _: None
            ).comparison.is_same

    assert trial()
    before = digests()
    assert trial()
    assert digests() == before


@pytest.mark.parametrize("hours", [(2, 5), (4, 7), (9, 12)])
def test_a_part_of_the_day_is_the_same_too(yard: RecordedYard, hours: tuple[int, int]) -> None:
    from_us, to_us = (BEGIN_US + hour * HOUR_US for hour in hours)
    with closing(Reader(yard.journal)) as reader:
        trial = try_limits(
            reader, yard.archive, yard.site, yard.site, from_us, to_us, lambda _: None
        )
    assert trial.comparison.is_same
    assert len(trial.comparison.stays) > 0
    assert [f.value for f in trial.was.figures] == [f.value for f in trial.would_be.figures]


def test_without_the_words_of_a_board_it_would_have_been_silent_for_longer(
    yard: RecordedYard,
) -> None:
    def deaf(reader: Reader) -> list[tuple[int, str]]:
        commits = journal_commits(reader, 1, END_US)
        less = (
            replace(one, told=iter([t for t in one.told if t.kind.name != "HEARD"]))
            for one in commits
        )
        engine = replace(rules_of(yard.site), outlook=None).engine()
        told = replay(engine, less, [], lambda _: None)
        return [
            ((event.at_us - BEGIN_US) // MINUTE_US, event.edge)
            for event in told
            if event.alarm_id == "board_silent:b0125" and event.at_us < BEGIN_US + 6 * HOUR_US
        ]

    with closing(Reader(yard.journal)) as reader:
        assert (340, "cleared") not in deaf(reader)
    own = [
        ((event.at_us - BEGIN_US + S) // MINUTE_US, event.edge)
        for event in events(yard)
        if event.alarm_id == "board_silent:b0125"
    ]
    assert (340, "cleared") in own
