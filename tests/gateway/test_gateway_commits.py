"""What makes a commit due: the broker's unconfirmed messages, not readings."""

from collections.abc import Callable
from typing import Any

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
