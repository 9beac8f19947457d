import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gateway.historian.errors import JournalError
from gateway.historian.files import SCHEMA_VERSION
from gateway.historian.journal import Journal
from gateway.historian.reader import Reader
from gateway.historian.rows import Booking
from gateway.historian.verify import verify_journal

WRITER = """
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from conftest import Maker
from gateway.historian.journal import Journal
from gateway.historian.rows import Booking
make = Maker()
journal = Journal.open(Path(sys.argv[1]))
seq = json.loads(journal.state("board").get("b0150/9f3a12c4", '{"mark": 0}'))["mark"]
while True:
    before, seq = seq, seq + 1
    start = (make.t0 + before, before) if before else (None, None)
    kind = "step" if before else "first"
    booking = Booking("c", start[0], make.t0 + seq, start[1], seq, 1.0, kind, float(seq))
    n = journal.commit(make.commit(seq, make.board(seq, make.sample(seq, seq)),
        bookings=(booking,), state={("board", "b0150/9f3a12c4"): json.dumps({"mark": seq})}))
    print(n, seq, flush=True)
"""


def test_a_commit_is_read_back_as_it_was_written(journal, make):
    booking = Booking("unit1.coal.mass_total_kg", None, make.t0, None, 17, None, "first", 0.0)
    commit = make.commit(
        1,
        make.board(7, make.sample(0.5, 41.25, "yard.c0150.temp_1_degc"), make.sample(0.5, None)),
        make.meter(make.sample(0.9, 12.5, "unit1.coal.mass_rate_kg_per_s"), arrival=0.95),
        bookings=(booking,),
        alarms=(make.alarm(0.5),),
        state={("board", "b0150"): '{"seq":7}', ("alarm", "x"): "{}"},
    )
    assert journal.commit(commit) == 1
    (row,) = Reader(journal.path).rows()
    assert (row.n, row.utc_us, row.synchronised) == (1, commit.utc_us, True)
    assert row.batches == commit.batches
    assert row.bookings == (booking,)
    assert row.alarm_events == commit.alarm_events
    assert journal.state("board") == {"b0150": '{"seq":7}'}


def test_numbers_and_names_go_on_after_a_restart(tmp_path, make):
    path = tmp_path / "journal.sqlite"
    for expected in (1, 2, 3):
        journal = Journal.open(path)
        sample = make.sample(expected, 1.0, f"p{expected}.x_kg")
        assert journal.commit(make.commit(expected, make.meter(sample))) == expected
        journal.close()
    journal = Journal.open(path)
    assert journal.last_n() == 3
    assert journal.point_names() == ("p1.x_kg", "p2.x_kg", "p3.x_kg")
    journal.close()


def test_state_rows_are_replaced_and_deleted(journal, make):
    journal.commit(make.commit(1, state={("alarm", "a"): "1", ("alarm", "b"): "2"}))
    journal.commit(make.commit(2, state={("alarm", "a"): "3", ("alarm", "b"): None}))
    assert journal.state("alarm") == {"a": "3"}


def test_a_second_gateway_on_the_directory_is_refused(journal):
    with pytest.raises(JournalError, match=f"another gateway \\(process {os.getpid()}\\)"):
        Journal.open(journal.path)


def test_a_newer_journal_is_refused(journal, make):
    journal.close()
    with sqlite3.connect(journal.path) as raw:
        raw.execute("PRAGMA user_version = 99")
    raw.close()
    with pytest.raises(JournalError, match="newer Hinoban"):
        Journal.open(journal.path)
    with pytest.raises(JournalError, match="newer Hinoban"):
        Reader(journal.path)
    with sqlite3.connect(journal.path) as raw:
        raw.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    raw.close()
    Journal.open(journal.path).close()


def test_a_file_that_is_no_journal_is_refused(tmp_path):
    path = tmp_path / "journal.sqlite"
    path.write_bytes(b"temperature,co\n" * 500)
    with pytest.raises(JournalError, match="this file is no journal"):
        Journal.open(path)
    with pytest.raises(JournalError, match="there is no journal"):
        Reader(tmp_path / "elsewhere.sqlite")


def test_alarm_pages(journal, make):
    for s in range(10):
        journal.commit(make.commit(s, alarms=(make.alarm(s), make.alarm(s, "cleared"))))
    first = journal.alarm_events(limit=3)
    assert [a.id for a in first] == [1, 2, 3]
    assert [a.id for a in journal.alarm_events(after=3, limit=2)] == [4, 5]
    assert [a.id for a in journal.alarm_events(limit=2, newest_first=True)] == [20, 19]
    assert [a.id for a in journal.alarm_events(after=19, limit=2, newest_first=True)] == [18, 17]
    between = journal.alarm_events(since_us=make.t0 + 2_000_000, until_us=make.t0 + 4_000_000)
    assert [a.n for a in between] == [3, 3, 4, 4]


def test_a_full_disk_loses_nothing_and_the_journal_goes_on(journal, make):
    journal.commit(make.commit(1, make.meter(make.sample(1)), state={("counter", "c"): "1"}))
    pages = journal._connected().execute("PRAGMA page_count").fetchone()[0]
    journal._connected().execute(f"PRAGMA max_page_count = {pages + 1}")
    wide = [make.sample(2, v, f"p{v}.x_kg") for v in range(5000)]
    with pytest.raises(JournalError, match="disk is full; free some space"):
        journal.commit(make.commit(2, make.meter(*wide), state={("counter", "c"): "2"}))
    assert journal.state("counter") == {"c": "1"}
    assert journal.point_names() == ("yard.c0150.co_ppm",)
    assert journal.commit(make.commit(3, make.meter(*wide), state={("counter", "c"): "2"})) == 2
    assert len(journal.point_names()) == 5001


def test_a_file_that_cannot_grow_is_an_error_in_words(tmp_path):
    """The kernel's own refusal (a file size limit) rather than SQLite's."""
    code = """
import resource, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from conftest import Maker
from gateway.historian.errors import JournalError
from gateway.historian.journal import Journal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
make = Maker()
journal = Journal.open(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
done = 0
try:
    while done < 10_000:
        batch = make.meter(*[make.sample(1, v * 1.1) for v in range(500)])
        done = journal.commit(make.commit(1, batch, state={("k", "n"): str(done + 1)}))
except JournalError as error:
    print(error)
assert int(journal.state("k")["n"]) == done, "state and rows differ"
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert journal.commit(make.commit(2, state={("k", "n"): str(done + 1)})) == done + 1
print("goes on")
"""
    result = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "journal.sqlite"), str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert "journal.sqlite: the disk" in result.stdout
    assert result.stdout.endswith("goes on\n")
    assert verify_journal(tmp_path / "journal.sqlite").problems == []


def test_kill_at_any_moment_keeps_what_was_confirmed(tmp_path):
    path = tmp_path / "journal.sqlite"
    moments = random.Random(4)
    confirmed = 0
    for _ in range(4):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(Path(__file__).parent)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(moments.uniform(0.01, 0.3))
        writer.send_signal(signal.SIGKILL)
        said = writer.stdout.read().splitlines()
        writer.stdout.close()
        writer.wait()
        whole = [line for line in said if len(line.split()) == 2]
        confirmed = max([confirmed, *[int(line.split()[0]) for line in whole[:-1]]])
        rows = list(Reader(path).rows(limit=10**9))
        assert [row.n for row in rows] == list(range(1, len(rows) + 1))
        assert len(rows) >= confirmed
        report = verify_journal(path)
        assert report.problems == []
        assert report.counts["sequence numbers"] == len(rows)
        assert report.counts["totaliser steps"] == len(rows)
