"""The recorder on a real journal: one order, nothing confirmed early, twice or never."""

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest

import gateway.recording.recorder
from gateway.recording.items import Tick

S = 1_000_000
HOT = "temp_high:yard.c1.temp_1_degc"
JOURNAL_FAILED = "journal_failed:gateway"
Make = Callable[..., Any]


def edges(bench: Any) -> list[tuple[str, str, bool]]:
    return [(e.alarm_id, e.edge, e.unjournalled) for e in bench.events]


def test_what_is_put_is_on_disk_before_it_is_confirmed(make_bench: Make) -> None:
    bench = make_bench()

    async def play() -> None:
        await bench.put(bench.samples(seq) for seq in (1, 2, 3))
        await bench.put([bench.polled(1, 100), bench.polled(2, 130)])
        await bench.settled()

    bench.run(play)
    found = bench.stored()
    assert [key[2] for key, _ in found["samples"]] == [1, 2, 3, None, None]
    assert [booking.kind for booking in found["bookings"]] == ["first", "step"]
    assert bench.confirmed == [1, 2, 3]
    assert [(a.board, a.seq) for a in bench.acks] == [("b1", 3)]


def test_a_refused_commit_confirms_nothing_and_its_items_are_judged_again(
    make_bench: Make,
) -> None:
    bench = make_bench()

    async def play() -> None:
        bench.journal.after = "refused"
        await bench.put([bench.samples(1), bench.polled(1, 100), bench.samples(2)])
        await bench.until(lambda: bench.recorder.health.failures >= 3)
        assert (bench.confirmed, bench.acks, bench.commits) == ([], [], [])
        assert bench.recorder.health.last_error == "the disk is full"
        bench.journal.after = "ok"
        await bench.settled()

    bench.run(play)
    found = bench.stored()
    assert [key[2] for key, _ in found["samples"]] == [1, None, 2]
    assert bench.confirmed == [1, 2]
    assert bench.recorder.health.last_error is None


def test_a_commit_that_landed_and_reported_an_error_is_not_written_twice(
    make_bench: Make,
) -> None:
    bench = make_bench()

    async def play() -> None:
        bench.journal.script = ["landed"]
        await bench.put([bench.samples(1), bench.polled(1, 100)])
        await bench.settled()
        await bench.put([bench.samples(2), bench.polled(2, 110)])
        await bench.settled()

    bench.run(play)
    found = bench.stored()
    assert [key[2] for key, _ in found["samples"]] == [1, None, 2, None]
    assert [booking.to_raw for booking in found["bookings"]] == [100, 110]
    assert bench.confirmed == [1, 2]


def test_the_desk_is_not_half_taken_back_when_the_state_cannot_be_read(make_bench: Make) -> None:
    bench = make_bench()

    async def play() -> None:
        await bench.put([bench.samples(1), bench.polled(1, 100)])
        await bench.settled()
        bench.journal.script = ["refused"]
        bench.journal.unreadable = 5
        await bench.put([bench.samples(2), bench.polled(2, 110)])
        await bench.until(lambda: bench.journal.unreadable < 4)
        await bench.put([bench.samples(2), bench.samples(3), bench.polled(3, 120)])
        await bench.settled()

    bench.run(play)
    found = bench.stored()
    assert [key[2] for key, _ in found["samples"]] == [1, None, 2, None, 3, None]
    assert [booking.to_raw for booking in found["bookings"]] == [100, 110, 120]


def test_an_alarm_is_told_while_the_disk_refuses_and_once(make_bench: Make) -> None:
    bench = make_bench()

    async def play() -> None:
        bench.journal.after = "refused"
        await bench.put([bench.samples(1)])
        await bench.until(lambda: bench.recorder.health.sick)
        await bench.put([bench.samples(2, 60.0)])
        await bench.until(lambda: (HOT, "raised", True) in edges(bench))
        assert bench.confirmed == []
        bench.journal.after = "ok"
        await bench.settled()
        await bench.until(lambda: (JOURNAL_FAILED, "cleared", False) in edges(bench))

    bench.run(play)
    assert edges(bench) == [
        (JOURNAL_FAILED, "raised", True),
        (HOT, "raised", True),
        (JOURNAL_FAILED, "cleared", False),
    ]
    found = bench.stored()
    assert [(e.alarm_id, e.edge, e.unjournalled) for e in found["events"]] == [
        (HOT, "raised", False)
    ]
    assert found["system"] == [(JOURNAL_FAILED, "raised"), (JOURNAL_FAILED, "cleared")]


def test_a_slow_commit_does_not_hold_back_the_alarm_in_it(make_bench: Make) -> None:
    bench = make_bench()

    async def play() -> None:
        bench.journal.script = ["slow"]
        await bench.put([bench.samples(1, 60.0)])
        await bench.until(lambda: (HOT, "raised", True) in edges(bench))
        assert bench.recorder.health.sick
        assert bench.confirmed == []
        bench.journal.go_on.set()
        await bench.settled()
        await bench.until(lambda: (JOURNAL_FAILED, "cleared", False) in edges(bench))

    bench.run(play)
    assert edges(bench).count((HOT, "raised", True)) == 1
    assert len([e for e in edges(bench) if e[0] == HOT]) == 1
    assert bench.stored()["system"] == [(JOURNAL_FAILED, "raised"), (JOURNAL_FAILED, "cleared")]
    assert bench.recorder.health.failures == 0


def test_a_stop_in_the_middle_of_a_write_writes_it_once(make_bench: Make) -> None:
    bench = make_bench()

    async def play() -> None:
        bench.journal.script = ["slow"]
        await bench.put([bench.samples(1), bench.polled(1, 100)])
        await bench.until(lambda: bench.journal.attempts == 1)
        await bench.put([bench.samples(2)])
        await bench.until(bench.recorder._inbox.empty)
        # The stop comes while the first commit is in its thread and the loop waits for it.
        threading.Timer(0.1, bench.journal.go_on.set).start()

    bench.run(play)
    assert bench.journal.attempts == 2
    found = bench.stored()
    assert [key[2] for key, _ in found["samples"]] == [1, None, 2]
    assert bench.confirmed == [1, 2]


def test_a_stop_while_the_disk_is_sick_confirms_nothing(
    make_bench: Make, caplog: pytest.LogCaptureFixture
) -> None:
    bench = make_bench()

    async def play() -> None:
        bench.journal.after = "refused"
        await bench.put([bench.samples(1)])
        await bench.until(lambda: bench.recorder.health.sick)

    with caplog.at_level(logging.WARNING):
        bench.run(play)
    assert (bench.confirmed, bench.acks) == ([], [])
    assert bench.stored()["samples"] == []
    assert "not on disk" in caplog.text


def test_the_journals_own_alarm_does_not_outlive_a_restart(make_bench: Make) -> None:
    first = make_bench()

    async def fall_sick() -> None:
        first.journal.script = ["slow"]
        await first.put([first.samples(1)])
        await first.until(lambda: first.recorder.health.sick)
        first.journal.go_on.set()
        # The raised edge is committed, then the gateway stops before it can clear it.
        first.recorder._recover = lambda: None
        await first.until(lambda: len(first.commits) >= 2)

    first.run(fall_sick)
    second = make_bench()
    assert [a.alarm_id for a in second.desk.alarms.active()] == [JOURNAL_FAILED]

    async def go_on() -> None:
        await second.until(lambda: second.commits)

    second.run(go_on)
    assert second.stored()["system"] == [(JOURNAL_FAILED, "raised"), (JOURNAL_FAILED, "cleared")]


def test_too_much_waiting_holds_back_messages_but_no_tick_and_no_decision(
    make_bench: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway.recording.recorder, "MAX_WAITING", 20)
    bench = make_bench()

    async def play() -> None:
        await bench.put([bench.samples(1, 60.0)])
        await bench.settled()
        bench.journal.after = "refused"
        await bench.put(bench.samples(seq) for seq in range(2, 30))
        await bench.until(lambda: bench.recorder.health.sick)
        assert not bench.recorder._room.is_set()
        feeding = asyncio.create_task(bench.put(bench.samples(seq) for seq in range(30, 60)))
        waiting = bench.recorder.health.waiting
        for _ in range(100):
            bench.time.mono += S
            await bench.put([bench.tick()])
        # Silence is noticed, and eventless ticks do not pile up.
        await bench.until(lambda: ("silent:b2", "raised", True) in edges(bench))
        decision = bench.decision("acknowledge")
        await bench.put([decision])
        await bench.until(bench.recorder._inbox.empty)
        assert bench.recorder.health.waiting < waiting + 20
        assert not feeding.done()
        bench.journal.after = "ok"
        await feeding
        await decision.done
        await bench.settled()

    bench.run(play)
    assert [key[2] for key, _ in bench.stored()["samples"]] == list(range(1, 60))
    assert len(bench.confirmed) == 59


def test_a_long_backlog_goes_out_in_chunks(
    make_bench: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway.recording.recorder, "CHUNK", 10)
    bench = make_bench()

    async def play() -> None:
        bench.journal.script = ["slow"]
        await bench.put([bench.samples(1)])
        await bench.until(lambda: bench.recorder.health.sick)
        await bench.put(bench.samples(seq) for seq in range(2, 100))
        bench.journal.go_on.set()
        await bench.settled()

    bench.run(play)
    assert [key[2] for key, _ in bench.stored()["samples"]] == list(range(1, 100))
    assert len(bench.commits) >= 3
    assert bench.confirmed == list(range(1, 100))


def test_an_adopted_clock_survives_a_failed_commit(make_bench: Make) -> None:
    bench = make_bench()
    bench.time.right = False
    bench.clock.adopt(bench.clock.look())
    day_us = 86_400 * S

    async def play() -> None:
        await bench.put([bench.polled(1, 100)])
        await bench.settled()
        bench.time.offset += day_us
        bench.time.right = True
        bench.journal.script = ["ok", "refused", "refused"]
        await bench.until(lambda: bench.recorder.health.steps == 1)
        bench.time.mono += 2 * S
        await bench.put([bench.polled(2, 120)])
        await bench.settled()

    bench.run(play)
    found = bench.stored()
    # Two seconds passed, whatever the clock says: 20 kg are a step, not a reset.
    assert [booking.kind for booking in found["bookings"]] == ["first", "step"]
    assert found["system"].count(("clock_step:gateway", "raised")) == 1
    assert bench.desk.latest["unit1.coal.mass_total_kg"].t_us == bench.time.utc_us()


def test_the_newest_sample_is_shown_after_the_clock_went_back(make_bench: Make) -> None:
    bench = make_bench()

    async def play() -> None:
        await bench.put([bench.polled(1, 100)])
        await bench.settled()
        bench.time.offset -= 3600 * S
        await bench.until(lambda: bench.recorder.health.steps == 1)
        bench.time.mono += 2 * S
        await bench.put([bench.polled(2, 101)])
        await bench.settled()

    bench.run(play)
    assert bench.desk.latest["unit1.coal.mass_total_kg"].value == 1.0


def test_quiet_ticks_alone_are_not_worth_a_commit(make_bench: Make) -> None:
    bench = make_bench()

    async def play() -> None:
        await bench.put([bench.samples(1), bench.samples(1, board="b2")])
        await bench.settled()
        commits = len(bench.commits)
        for _ in range(gateway.recording.recorder.IDLE_COMMIT_TICKS // 2):
            await bench.put([Tick(bench.clock.now().mono_us)])
        await bench.until(bench.recorder._inbox.empty)
        assert len(bench.commits) <= commits + 1

    bench.run(play)
