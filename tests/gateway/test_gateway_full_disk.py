"""A disk that is really full, really read-only, really gone: alarms are told, nothing confirmed."""

import resource
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

HOT = "temp_high:yard.c1.temp_1_degc"
JOURNAL_FAILED = "journal_failed:gateway"
NO_COMMIT_FITS = 16_384  # not even into a log that begins anew, however commits are cut


@contextmanager
def no_file_grows_beyond(size: int) -> Iterator[None]:
    """The kernel refuses to write a file past `size` bytes, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@contextmanager
def with_pragma(bench: Any, words: str) -> Iterator[None]:
    """Every connection that the journal opens meanwhile has a pragma."""
    connect = bench.journal._connected

    def connected() -> sqlite3.Connection:
        connection: sqlite3.Connection = connect()
        connection.execute(f"PRAGMA {words}")
        return connection

    bench.journal._connected = connected
    yield
    bench.journal._connected = connect
    bench.journal._disconnect()


async def live_through(bench: Any, sickness: Callable[[], Any]) -> None:
    await bench.put(bench.samples(seq) for seq in range(1, 51))
    await bench.settled()
    with sickness():
        # Enough that it cannot fit into what is already allocated.
        await bench.put(bench.samples(seq) for seq in range(51, 901))
        await bench.until(lambda: bench.recorder.health.sick)
        await bench.put([bench.samples(901, 60.0)])
        await bench.until(lambda: any(e.alarm_id == HOT for e in bench.events))
        confirmed, acked = len(bench.confirmed), bench.acks[-1].seq
        assert acked == confirmed < 901
    await bench.settled()
    await bench.until(lambda: (JOURNAL_FAILED, "cleared") in edges(bench))


def edges(bench: Any) -> list[tuple[str, str]]:
    return [(e.alarm_id, e.edge) for e in bench.events]


def check(bench: Any) -> None:
    found = bench.stored()
    assert [key[2] for key, _ in found["samples"]] == list(range(1, 902))
    assert [(e.alarm_id, e.edge) for e in found["events"]] == [(HOT, "raised")]
    assert edges(bench) == [
        (JOURNAL_FAILED, "raised"),
        (HOT, "raised"),
        (JOURNAL_FAILED, "cleared"),
    ]
    assert [e.unjournalled for e in bench.events] == [True, True, False]
    assert bench.confirmed == list(range(1, 902))
    assert bench.acks[-1].seq == 901
    assert bench.recorder.health.failures > 0


def test_a_file_that_may_not_grow(make_bench: Callable[..., Any]) -> None:
    bench = make_bench()
    bench.run(lambda: live_through(bench, lambda: no_file_grows_beyond(NO_COMMIT_FITS)))
    check(bench)


def test_a_database_without_a_free_page(make_bench: Callable[..., Any]) -> None:
    bench = make_bench()

    def full() -> Any:
        (pages,) = bench.journal._connection.execute("PRAGMA page_count").fetchone()
        return with_pragma(bench, f"max_page_count = {pages}")

    bench.run(lambda: live_through(bench, full))
    check(bench)


def test_a_disk_that_became_read_only(make_bench: Callable[..., Any]) -> None:
    bench = make_bench()
    bench.run(lambda: live_through(bench, lambda: with_pragma(bench, "query_only = ON")))
    check(bench)
