"""Whatever the disk does, the journal ends up holding what it would have held without failures."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

S = 1_000_000
HOT = "temp_high:yard.c1.temp_1_degc"

message = st.tuples(
    st.just("samples"),
    st.sampled_from(["b1", "b2"]),
    st.integers(1, 12),
    st.sampled_from([20.0, 49.0, 60.0, None]),
    st.integers(1, 4),
)
item = st.one_of(
    message,
    message,
    st.tuples(st.just("polled"), st.sampled_from([0, 5, 40, 900_000, None])),
    st.tuples(st.just("tick"), st.integers(0, 40)),
    st.tuples(st.just("bad")),
    st.tuples(st.just("decide"), st.sampled_from(["acknowledge", "reset"])),
    st.tuples(st.just("pause")),
)
fate = st.sampled_from(["ok", "ok", "refused", "landed"])


def played(make: Callable[..., Any], path: Path, items: list[Any], script: list[str]) -> Any:
    """What a journal holds after the items came while the disk did as the script says."""
    bench = make(path, options={"retry_s": 0.0, "commit_interval_s": 0.0})
    bench.journal.script = list(script)
    decisions: list[Any] = []
    put = 0

    async def play() -> None:
        nonlocal put
        raw = 0
        for request, (kind, *rest) in enumerate(items, 1):
            bench.time.mono += S
            if kind == "samples":
                board, seq, temp, oldest = rest
                one = bench.samples(seq, temp, board=board, oldest=min(oldest, seq))
                put += 1
            elif kind == "polled":
                raw = raw if rest[0] is None else (raw + rest[0]) % 1_000_000
                one = bench.polled(request, None if rest[0] is None else raw)
            elif kind == "tick":
                bench.time.mono += rest[0] * S
                one = bench.tick()
            elif kind == "bad":
                one = bench.message("b1", "samples", b"{")
                put += 1
            elif kind == "decide":
                one = bench.decision(rest[0])
                decisions.append(one)
            else:
                await bench.settled()
                continue
            await bench.put([one])
        await bench.settled()
        assert all(one.done.done() for one in decisions)
        bench.journal.script.clear()  # ticks on which nothing happened go to disk with the stop

    bench.run(play)
    # Confirmed once each, and in the order in which they came.
    assert bench.confirmed == list(range(1, put + 1))
    answers = [repr(d.done.exception() or d.done.result()) for d in decisions]
    told = [(e.alarm_id, e.edge, e.t_us) for e in bench.events if e.klass != "system"]
    return bench.stored(), answers, told


@settings(max_examples=60, deadline=None)
@given(items=st.lists(item, max_size=25), script=st.lists(fate, max_size=8))
@example(items=[("tick", 0)], script=["refused"])
def test_any_failures_give_the_same_journal_as_none(
    items: list[Any], script: list[str], bench_at: Callable[..., Any]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        well = played(bench_at, Path(folder) / "well.sqlite", items, [])
        sick = played(bench_at, Path(folder) / "sick.sqlite", items, script)
    for found, *_ in (well, sick):
        del found["system"]
    assert sick[0] == well[0]
    assert sick[1:] == well[1:]
