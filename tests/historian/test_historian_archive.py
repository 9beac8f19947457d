import random
from itertools import pairwise

import pytest
from msgspec.structs import replace

from agent.samples import Quality
from gateway.historian.archive import ARCHIVE_NAME, archive
from gateway.historian.archive import main as archive_main
from gateway.historian.errors import ArchiveError
from gateway.historian.manifest import HOUR_US, Manifest
from gateway.historian.query import History
from gateway.historian.reader import Reader
from gateway.historian.retention import prune
from gateway.historian.rows import Basis, Correction

POINT = "yard.c0150.co_ppm"
OTHER = "unit1.coal.mass_rate_kg_per_s"
HOUR = 3600.0


@pytest.fixture
def folder(journal):
    return journal.path.parent / ARCHIVE_NAME


@pytest.fixture
def history(journal, folder):
    opened = History(journal.path, folder)
    yield opened
    opened.close()


def fill(journal, make, hours, step_s=60):
    """A value a minute, equal to the second it was captured in."""
    for s in range(0, int(hours * HOUR), step_s):
        batch = make.meter(make.sample(s, float(s)), make.sample(s, -1.5, OTHER), arrival=s)
        journal.commit(make.commit(s + 0.5, batch))


def run(journal, folder, make, at_s, **options):
    return archive(journal.path, folder, make.t0 + round(at_s * 1e6), **options)


def values(history, make, start_s, end_s, point=POINT):
    found = history.samples(point, make.t0 + round(start_s * 1e6), make.t0 + round(end_s * 1e6))
    assert all(a.t_us <= b.t_us for a, b in pairwise(found))
    return [sample.value for sample in found]


def test_a_range_is_the_same_before_and_after_archiving(journal, folder, history, make):
    fill(journal, make, 3)
    expected = [float(s) for s in range(1800, 9000, 60)]
    assert values(history, make, 1800, 9000) == expected
    done = run(journal, folder, make, 2.5 * HOUR)
    assert 0 < done.n < journal.last_n()
    assert values(history, make, 1800, 9000) == expected
    assert values(history, make, 1800, 1860, OTHER) == [-1.5]
    assert values(history, make, 0, 9000, "no.such_kg") == []
    assert run(journal, folder, make, 2.5 * HOUR).samples == 0


def test_late_samples_of_a_closed_hour_are_merged_and_folded(journal, folder, history, make):
    fill(journal, make, 2)
    run(journal, folder, make, 4 * HOUR)
    late = make.board(1, make.sample(930.5, 930.5), make.sample(30.5, 30.5), arrival=9000)
    live = make.meter(make.sample(9000, 9000.0))
    journal.commit(make.commit(9000, late, live))
    expected = sorted([*range(0, 7200, 60), 930.5, 30.5, 9000.0])
    assert values(history, make, 0, 9001) == expected
    run(journal, folder, make, 5 * HOUR)
    before = Manifest.read(folder)
    assert values(history, make, 0, 9001) == expected
    assert len(before.files) > len({file.hour_us for file in before.files})
    done = run(journal, folder, make, 5 * HOUR, fold_at=2)
    after = Manifest.read(folder)
    assert done.folded > 0
    assert len(after.files) == len({file.hour_us for file in after.files})
    assert sum(file.rows for file in after.files) == sum(file.rows for file in before.files)
    assert values(history, make, 0, 9001) == expected
    run(journal, folder, make, 5 * HOUR)
    on_disk = {str(path.relative_to(folder)) for path in folder.glob("*/*.parquet")}
    assert on_disk == {file.name for file in after.files}


def test_quality_reason_and_unknown_values_survive(journal, folder, history, make):
    samples = (make.sample(1, None), make.doubtful(2, 7.5), make.sample(3, 0.1))
    journal.commit(make.commit(5, make.board(1, *samples)))
    asked = (POINT, make.t0, make.t0 + 10_000_000)
    assert history.samples(*asked) == list(samples)
    run(journal, folder, make, 3 * HOUR)
    assert Manifest.read(folder).n == 1
    assert history.samples(*asked) == list(samples)
    assert history.samples(*asked, limit=2) == list(samples[:2])


def test_buckets_merge_both_halves_and_take_good_samples_only(journal, folder, history, make):
    fill(journal, make, 2)
    journal.commit(
        make.commit(7300, make.board(1, make.doubtful(100, 1e9), make.sample(200, None)))
    )
    asked = (POINT, make.t0, make.t0 + 2 * HOUR_US, HOUR_US // 2)
    before = history.buckets(*asked)
    assert [(b.count, b.least, b.greatest) for b in before] == [
        (30, 1800.0 * k, 1800.0 * k + 1740.0) for k in range(4)
    ]
    assert [b.mean for b in before] == [1800.0 * k + 870.0 for k in range(4)]
    run(journal, folder, make, 1.2 * HOUR)
    journal.commit(make.commit(7400, make.board(2, make.sample(10, 5000.0))))
    (first, *rest) = history.buckets(*asked)
    assert (first.count, first.greatest) == (31, 5000.0)
    assert rest == before[1:]


def test_a_time_learnt_late_is_shown_once_wherever_it_lies(journal, folder, history, make):
    behind = 2 * 86_400
    clock_us = make.t0 - 5_000_000 - behind * 1_000_000
    unsynced = make.meter(make.doubtful(100 - behind, 1.0))
    journal.commit(make.commit(100 - behind, unsynced, synchronised=False, clock_us=clock_us))
    waiting = make.board(1, make.doubtful(500, 2.0), basis=Basis.UPTIME, up_ms=200_000)
    journal.commit(make.commit(3600, waiting, make.meter(make.sample(3599, 3.0))))
    run(journal, folder, make, 3 * HOUR)
    doubtful = history.samples(POINT, make.t0 - behind * 1_000_000, make.t0 + 600_000_000)
    assert [s.quality for s in doubtful] == [Quality.UNCERTAIN] * 2
    fixes = (
        Correction("clock", make.t0 - 5_000_000, boot_id="boot-a"),
        Correction("board", make.t0, board="b0150", stream="9f3a12c4", boot=1),
    )
    journal.commit(make.commit(3 * HOUR, corrections=fixes))
    whole = [make.sample(100, 1.0), make.sample(200, 2.0), make.sample(3599, 3.0)]
    asked = (POINT, make.t0 - behind * 1_000_000, make.t0 + 2 * HOUR_US)
    assert history.samples(*asked) == whole
    run(journal, folder, make, 6 * HOUR)
    assert Manifest.read(folder).n == 3
    assert sum(file.rows for file in Manifest.read(folder).files) == 3
    assert history.samples(*asked) == whole


def test_pruned_rows_are_answered_from_the_archive(journal, folder, history, make):
    fill(journal, make, 4)
    run(journal, folder, make, 3.2 * HOUR)
    expected = values(history, make, 0, 4 * HOUR)
    n = Manifest.read(folder).n
    now_us = make.t0 + 4 * HOUR_US
    assert prune(journal, folder, [50], now_us, keep_days=0) == 50
    assert prune(journal, folder, [10**6], now_us, keep_days=1) == 0
    assert prune(journal, folder, [10**6], now_us, keep_days=0) == n - 50
    assert next(Reader(journal.path).rows()).n == n + 1
    assert values(history, make, 0, 4 * HOUR) == expected


def test_what_waits_for_its_time_is_never_pruned(journal, folder, make):
    waiting = make.board(1, make.doubtful(500, 2.0), basis=Basis.UPTIME, up_ms=200_000)
    journal.commit(make.commit(1, waiting))
    journal.commit(make.commit(2, make.meter(make.sample(2)), synchronised=False))
    journal.commit(make.commit(3, make.meter(make.sample(3))))
    journal.commit(make.commit(4))
    run(journal, folder, make, 3 * HOUR)
    assert prune(journal, folder, [], make.t0 + 9 * HOUR_US, keep_days=0) == 1
    assert [row.n for row in Reader(journal.path).rows()] == [1, 2, 4]


def test_an_alarm_edge_alone_that_waits_for_its_time_hides_no_samples(journal, history, make):
    journal.commit(make.commit(1, make.board(1, make.sample(1.0, 7.0))))
    edge = replace(make.board(2, basis=Basis.UPTIME, boot=2), waits=True)
    journal.commit(make.commit(2, edge))
    assert values(history, make, 0, 10) == [7.0]


def test_a_run_that_was_cut_off_leaves_nothing_behind(journal, folder, history, make):
    """Files written, manifest not: as if the process had been killed in between."""
    fill(journal, make, 2)
    run(journal, folder, make, 4 * HOUR)
    expected = values(history, make, 0, 7200)
    manifest = folder / "manifest.json"
    cut_off = manifest.read_bytes()
    journal.commit(make.commit(8000, make.board(1, make.sample(77.5, 77.5))))
    run(journal, folder, make, 9 * HOUR)
    manifest.write_bytes(cut_off)
    assert values(history, make, 0, 7200) == sorted([*expected, 77.5])
    run(journal, folder, make, 9 * HOUR)
    assert values(history, make, 0, 7200) == sorted([*expected, 77.5])
    assert sum(file.rows for file in Manifest.read(folder).files) == 2 * len(expected) + 1


def test_two_archivers_do_not_meet(journal, folder, make):
    from gateway.historian.archive import _only_one  # noqa: PLC0415

    fill(journal, make, 0.1)
    folder.mkdir()
    with _only_one(folder), pytest.raises(ArchiveError, match="another run"):
        run(journal, folder, make, 3 * HOUR)


def test_the_command_archives_a_data_folder(journal, folder, make, capsys):
    journal.commit(make.commit(-500 * 86_400, make.meter(make.sample(-500 * 86_400))))
    assert archive_main([str(folder.parent)]) == 0
    assert "up to commit 1: 1 samples in 1 new files" in capsys.readouterr().out
    assert archive_main(["--nonsense"]) == 1
    assert "usage" in capsys.readouterr().err
    assert archive_main([str(folder.parent / "missing")]) == 1
    assert "no journal" in capsys.readouterr().err


def test_latest_looks_from_the_tail(journal, folder, history, make):
    fill(journal, make, 1, step_s=10)
    journal.commit(make.commit(3700, make.board(1, make.sample(5, 1.0), arrival=3700)))
    newest = history.latest()
    assert newest[POINT] == make.sample(3590, 3590.0), "late data is not the latest"
    assert newest[OTHER].t_us == make.t0 + 3590_000_000
    assert history.latest([OTHER]).keys() == {OTHER}


@pytest.mark.long
def test_every_sample_is_answered_once_whatever_is_archived_when(journal, folder, history, make):
    """A reduced day: random lateness, archiving and folding in between, random ranges."""
    chance = random.Random(7)
    truth = []
    for s in range(0, int(6 * HOUR), 20):
        captured = s - (chance.choice([0, 0, 0, 5000, 20_000]) if s > 1 else 0) + chance.random()
        truth.append((round(captured * 1e6), float(s)))
        journal.commit(make.commit(s + 1, make.board(s + 1, make.sample(captured, float(s)))))
        if chance.random() < 0.01:
            run(journal, folder, make, s, fold_at=chance.choice([2, 3, 8]))
    truth.sort()
    for _ in range(30):
        start, end = sorted(chance.sample(range(-21_000, 22_000), 2))
        expected = [v for t, v in truth if start * 1e6 <= t < end * 1e6]
        assert values(history, make, start, end) == expected
