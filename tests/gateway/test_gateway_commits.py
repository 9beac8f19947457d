"""What makes a commit due: an edge at once, the broker's unconfirmed messages, no readings."""

from collections.abc import Callable
from typing import Any

from gateway.historian.reader import Reader

Make = Callable[..., Any]

WINDOW = 50
NEVER_S = 3600.0


def test_readings_wait_for_their_commit_however_many_and_messages_fill_the_window(
    make_bench: Make,
) -> None:
    bench = make_bench(options={"commit_interval_s": NEVER_S, "window": WINDOW})

    async def play() -> None:
        await bench.put([bench.polled(n, 100) for n in range(1, 4 * WINDOW)])
        await bench.put([bench.samples(n) for n in range(1, WINDOW)])
        await bench.until(lambda: len(bench.recorder._waiting.pending) == 5 * WINDOW - 2)
        assert bench.commits == []
        await bench.put([bench.samples(WINDOW)])
        await bench.settled()
        assert len(bench.commits) == 1
        # None of those that are on disk counts for the next one.
        await bench.put([bench.samples(WINDOW + 1)])
        await bench.until(lambda: bench.recorder._waiting.pending)
        assert len(bench.commits) == 1

    bench.run(play)
    assert bench.confirmed == list(range(1, WINDOW + 2))
    requests = [key[2] for key, _ in bench.stored()["samples"]]
    assert len(requests) == 5 * WINDOW


def test_an_edge_that_came_while_the_writer_was_busy_goes_next_whatever_came_behind_it(
    make_bench: Make,
) -> None:
    bench = make_bench(
        options={"commit_interval_s": NEVER_S, "window": WINDOW, "sick_after_s": NEVER_S}
    )
    bench.journal.script = ["slow"]

    async def play() -> None:
        await bench.put([bench.samples(n) for n in range(1, WINDOW + 1)])
        await bench.until(lambda: bench.journal.attempts == 1)
        for n in (1, 2):
            await bench.put([bench.samples(WINDOW + n, 60.0)])
            await bench.until(lambda n=n: len(bench.recorder._waiting.pending) == n)
        assert bench.events == []
        bench.journal.go_on.set()
        await bench.settled()

    bench.run(play)
    assert [(e.edge, e.unjournalled) for e in bench.events] == [("raised", False)]
    assert len(bench.commits) == 2


def test_an_edge_waits_for_nothing_that_queued_behind_it(make_bench: Make) -> None:
    bench = make_bench(options={"commit_interval_s": NEVER_S, "window": WINDOW})

    async def play() -> None:
        await bench.put([bench.samples(n, 60.0) for n in range(1, WINDOW + 5)])
        await bench.until(lambda: bench.events)

    bench.run(play)
    first, *_ = Reader(bench.path).rows(0, 1)
    assert len(first.batches) == 1
