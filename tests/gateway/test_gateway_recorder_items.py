"""What the recorder makes of a person's decision, and of what cannot be judged or written."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from agent.errors import NotAllowedError, UnknownAlarmError

Make = Callable[..., Any]


def test_a_decision_is_answered_once_it_is_on_disk(make_bench: Make) -> None:
    bench = make_bench()

    async def play() -> None:
        await bench.put([bench.samples(1, 60.0)])
        await bench.settled()
        bench.journal.after = "refused"
        decision = bench.decision("acknowledge")
        await bench.put([decision])
        await bench.until(lambda: bench.recorder.health.failures >= 2)
        assert not decision.done.done()
        bench.journal.after = "ok"
        (event,) = await decision.done
        assert (event.edge, event.person) == ("acknowledged", "noor")
        again = bench.decision("reset")
        await bench.put([again])
        with pytest.raises(NotAllowedError):
            await again.done
        await bench.settled()

    bench.run(play)
    assert [e.edge for e in bench.stored()["events"]] == ["raised", "acknowledged"]
    assert bench.recorder.health.refused == {}


def test_a_quiet_gateway_finds_out_that_its_slow_disk_is_well_again(make_bench: Make) -> None:
    bench = make_bench()
    gates = [threading.Event(), threading.Event()]
    held = iter(gates)

    def hold(_commit: object) -> bool:
        if (gate := next(held, None)) is not None:
            gate.wait(10)
        return False

    async def play() -> None:
        bench.journal.poison = hold
        await bench.put([bench.samples(1)])
        for attempts, gate in enumerate(gates, start=1):
            await bench.until(lambda: bench.recorder.health.sick)
            await bench.until(
                lambda n=attempts: bench.journal.attempts == n and bench.recorder._thread.was_slow
            )
            gate.set()
        # Nothing more comes: what was told last, that the disk is sick, was slow as well.
        await bench.settled()

    bench.run(play)
    assert [edge for _, edge in bench.stored()["system"]] == ["raised", "cleared"]


def test_a_refused_decision_stays_refused_when_judged_again(make_bench: Make) -> None:
    bench = make_bench()

    async def play() -> None:
        bench.journal.after = "refused"
        decision = bench.decision("acknowledge")
        await bench.put([decision, bench.samples(1, 60.0)])
        with pytest.raises(UnknownAlarmError):
            await decision.done
        await bench.until(lambda: bench.recorder.health.failures >= 2)
        bench.journal.after = "ok"
        await bench.settled()

    bench.run(play)
    assert [e.edge for e in bench.stored()["events"]] == ["raised"]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b'{"stream":1}',
        b"{" * 2000,
        b"null",
        b'{"v":{"temp_1_degc":1e999}}',
    ],
)
def test_a_bad_message_is_counted_confirmed_and_delays_nobody(
    make_bench: Make, payload: bytes
) -> None:
    bench = make_bench()

    async def play() -> None:
        bench.journal.script = ["refused"]
        bad = bench.message("b1", "samples", payload)
        await bench.put([bench.samples(1), bad, bench.samples(2)])
        await bench.settled()

    bench.run(play)
    assert [key[2] for key, _ in bench.stored()["samples"]] == [1, 2]
    assert sorted(bench.confirmed) == [1, 2, 3]
    assert sum(bench.recorder.health.refused.values()) == 1


def test_a_part_of_the_engine_that_fails_hides_no_fire_and_is_loud(make_bench: Make) -> None:
    bench = make_bench()

    def on_heard(board: str) -> None:
        raise ZeroDivisionError(board)

    bench.desk.alarms.crowd.on_heard = on_heard

    async def play() -> None:
        await bench.put([bench.samples(1, 60.0), bench.samples(2, 60.0)])
        await bench.settled()
        await bench.until(lambda: any(e.alarm_id == "judging_failed:gateway" for e in bench.events))

    bench.run(play)
    assert any(e.klass == "fire" and e.edge == "raised" for e in bench.events)
    assert sorted(bench.confirmed) == [1, 2]
    assert sum(bench.recorder.health.failed.values()) == 2


def test_a_message_the_program_fails_on_stops_nothing_and_is_loud(
    make_bench: Make, caplog: pytest.LogCaptureFixture
) -> None:
    bench = make_bench()
    judge = bench.desk.alarms.on_samples

    def on_samples(samples: Any, now: Any) -> Any:
        if any(sample.value == 41.0 for sample in samples):
            raise ZeroDivisionError("a bug")
        return judge(samples, now)

    bench.desk.alarms.on_samples = on_samples

    async def play() -> None:
        bench.journal.script = ["refused"]
        await bench.put([bench.samples(1), bench.samples(2, 41.0), bench.samples(3, 60.0)])
        await bench.settled()
        await bench.until(lambda: any(e.alarm_id == "judging_failed:gateway" for e in bench.events))
        await bench.settled()

    bench.run(play)
    found = bench.stored()
    # Its samples were found before the program failed on them: they are kept.
    assert [key[2] for key, _ in found["samples"]] == [1, 2, 3]
    assert [e.edge for e in found["events"]] == ["raised"]
    assert bench.confirmed == [1, 2, 3]
    assert bench.recorder.health.failed == {"ZeroDivisionError": 1}
    assert "the program failed on Message" in caplog.text


def test_what_the_journal_cannot_hold_is_booked_as_lost_alone(make_bench: Make) -> None:
    bench = make_bench()
    bench.journal.poison = lambda commit: any(
        sample.value == 41.0 for batch in commit.batches for sample in batch.samples
    )

    async def play() -> None:
        await bench.put([bench.samples(1), bench.samples(2, 41.0), bench.samples(3)])
        await bench.put([bench.polled(1, 100)])
        await bench.settled()
        await bench.put([bench.samples(2, 41.0), bench.samples(4)])
        await bench.settled()

    bench.run(play)
    found = bench.stored()
    assert [key[2] for key, _ in found["samples"]] == [1, 3, None, 4]
    assert found["lost"] == [("b1", "s1", 2, None, 2, "unwritable")]
    assert bench.confirmed == [1, 2, 3, 4, 5]
    assert bench.acks[-1].seq == 4
    assert bench.recorder.health.failed == {"OverflowError": 1}


def test_a_journal_that_can_hold_nothing_ends_the_process(make_bench: Make) -> None:
    bench = make_bench()
    bench.journal.poison = lambda _commit: True

    async def play() -> None:
        await bench.put([bench.samples(1), bench.samples(2)])
        await asyncio.sleep(5)

    with pytest.raises(ExceptionGroup) as ended:
        bench.run(play)
    assert ended.group_contains(OverflowError)
    assert (bench.confirmed, bench.acks) == ([], [])
