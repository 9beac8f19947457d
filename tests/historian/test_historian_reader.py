from collections import Counter
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.samples import Quality
from gateway.historian.journal import Journal
from gateway.historian.reader import Reader
from gateway.historian.rows import Basis, Booking, Correction

BEHIND_US = 2 * 86_400_000_000


def clock_correction(make, boot_id="boot-a"):
    return Correction("clock", make.t0 - 5_000_000, boot_id=boot_id)


def board_correction(make, offset_s=0.0, boot=1):
    return Correction(
        "board", make.t0 + round(offset_s * 1e6), board="b0150", stream="9f3a12c4", boot=boot
    )


def wrong(make):
    """UTC − monotonic of a gateway that starts two days in the past."""
    return make.t0 - 5_000_000 - BEHIND_US


DAY_S = 86_400


def test_samples_of_an_unsynchronised_gateway_come_again_at_their_right_time(journal, make):
    early = make.meter(make.doubtful(1 - 2 * DAY_S, 7.0), make.sample(1 - 2 * DAY_S, None))
    journal.commit(make.commit(1 - 2 * DAY_S, early, synchronised=False, clock_us=wrong(make)))
    journal.commit(make.commit(10, corrections=(clock_correction(make),)))
    late = make.meter(make.doubtful(2 - 2 * DAY_S, 8.0))
    journal.commit(make.commit(2 - 2 * DAY_S, late, synchronised=False, clock_us=wrong(make)))
    first, second, third = Reader(journal.path).rows()
    assert [s.quality for s in first.batches[0].samples] == [Quality.UNCERTAIN, Quality.BAD]
    assert not first.history
    (again,) = second.resolved
    assert again.samples == (make.sample(1, 7.0), make.sample(1, None))
    assert again.arrival_us == make.t0 + 2 * DAY_S * 1_000_000, "arrivals move along"
    assert second.history
    assert third.batches[0].samples == (make.sample(2, 8.0),), "known by then: good at once"


def test_a_good_sample_of_an_unsynchronised_row_is_not_believed(journal, make):
    journal.commit(make.commit(1, make.meter(make.sample(1)), synchronised=False))
    (row,) = Reader(journal.path).rows()
    (sample,) = row.batches[0].samples
    assert (sample.quality, sample.reason) == (Quality.UNCERTAIN, "clock_unsynced")


def test_the_boards_own_clock_needs_no_gateway(journal, make):
    journal.commit(make.commit(1, make.board(1, make.sample(1)), synchronised=False))
    (row,) = Reader(journal.path).rows()
    assert row.batches[0].samples == (make.sample(1),)


def test_uptime_is_resolved_by_the_first_offset_of_that_boot(journal, make):
    waiting = make.board(1, make.doubtful(50, 3.0), basis=Basis.UPTIME, up_ms=4000)
    other = make.board(2, make.doubtful(50, 4.0), basis=Basis.UPTIME, up_ms=4000, boot=2)
    journal.commit(make.commit(1, waiting, other))
    journal.commit(make.commit(2, corrections=(board_correction(make, 10.0),)))
    journal.commit(make.commit(3, corrections=(board_correction(make, 9.0),)))
    rows = list(Reader(journal.path).rows())
    assert [b.samples for b in rows[1].resolved] == [(make.sample(14.0, 3.0),)]
    assert rows[2].resolved == ()


def test_a_board_may_tell_its_time_before_the_gateway_knows_its_own(journal, make):
    waiting = make.board(1, make.doubtful(0, 3.0), basis=Basis.UPTIME, up_ms=4000)
    wrong_clock = {"synchronised": False, "clock_us": wrong(make)}
    journal.commit(make.commit(1, waiting, **wrong_clock))
    journal.commit(make.commit(2, corrections=(board_correction(make, 10.0),), **wrong_clock))
    first, second = Reader(journal.path).rows()
    assert first.batches[0].samples[0].quality is Quality.UNCERTAIN
    assert [b.samples for b in second.resolved] == [(make.sample(14.0, 3.0),)]


def test_bookings_of_an_unsynchronised_boot_stay_a_chain(journal, make):
    def us(s):
        return make.t0 + round(s * 1e6)

    steps = [(None, -100), (-100, 1 - 2 * DAY_S), (1.5 - 2 * DAY_S, 2 - 2 * DAY_S)]
    for raw, (start, end) in enumerate(steps):
        booking = Booking(
            "c", None if start is None else us(start), us(end), None, raw, 1.0, "step", float(raw)
        )
        unsynced = raw > 0
        journal.commit(
            make.commit(
                end,
                bookings=(booking,),
                synchronised=not unsynced,
                clock_us=wrong(make) if unsynced else make.t0 - 5_000_000,
            )
        )
    journal.commit(make.commit(10, corrections=(clock_correction(make),)))
    rows = list(Reader(journal.path).rows())
    moved = rows[3].rebooked
    assert [(b.from_us, b.to_us) for b in moved] == [(us(-100), us(1)), (us(1.5), us(2))]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["meter", "board", "known", "clock", "offset", "restart"]),
        st.booleans(),
        st.integers(1, 2),
    ),
    max_size=25,
)


@pytest.mark.long
@settings(deadline=None, max_examples=60)
@given(STEPS, st.integers(1, 7))
def test_each_sample_is_good_exactly_once_and_at_its_right_time(make, steps, page):  # noqa: PLR0912 (one branch for each kind of step)
    """Whatever the order of rows and corrections, and wherever the reader stops in between."""
    truth: dict[float, int] = {}
    with TemporaryDirectory() as folder:
        journal = Journal.open(Path(folder) / "journal.sqlite")
        gateway_boot, seq, corrected, known_boots = 0, 0, set(), set()
        reader, seen, rows = Reader(journal.path), 0, []
        for second, (kind, synced, boot) in enumerate(steps, 1):
            boot_id = f"boot-{gateway_boot}"
            clock_us = make.t0 - 5_000_000 - (0 if synced else BEHIND_US)
            utc_s = second - (0 if synced else 2 * DAY_S)
            common = {"boot_id": boot_id, "synchronised": synced, "clock_us": clock_us}
            value = float(second)
            match kind:
                case "meter":
                    sample = make.sample(utc_s, value) if synced else make.doubtful(utc_s, value)
                    journal.commit(make.commit(utc_s, make.meter(sample), **common))
                    truth[value] = make.t0 + second * 1_000_000
                case "board" | "known":
                    seq += 1
                    sample = (make.doubtful if kind == "board" else make.sample)(second, value)
                    batch = make.board(
                        seq, sample, basis=Basis.UPTIME, up_ms=second * 1000, boot=boot
                    )
                    journal.commit(make.commit(utc_s, batch, **common))
                    truth[value] = make.t0 + second * 1_000_000
                case "clock":
                    common["synchronised"], common["clock_us"] = True, make.t0 - 5_000_000
                    fix = clock_correction(make, boot_id)
                    journal.commit(make.commit(second, corrections=(fix,), **common))
                    corrected.add(boot_id)
                case "offset":
                    fix = board_correction(make, 0, boot)
                    journal.commit(make.commit(utc_s, corrections=(fix,), **common))
                    known_boots.add(boot)
                case "restart":
                    gateway_boot += 1
            if second % page == 0:
                rows += list(reader.rows(seen, limit=page))
                seen = rows[-1].n if rows else 0
        rows += list(reader.rows(seen))
        whole = list(Reader(journal.path).rows())
        journal.close()
        reader.close()
    assert rows == whole, "what a row says does not depend on when it is read"
    good = Counter()
    for row in whole:
        for batch in row.batches + row.resolved:
            for sample in batch.samples:
                if sample.quality is Quality.GOOD:
                    good[sample.value] += 1
                    assert sample.t_us == truth[sample.value]
    assert all(times == 1 for times in good.values())
    for second, (kind, synced, boot) in enumerate(steps, 1):
        boot_id = f"boot-{sum(k == 'restart' for k, _, _ in steps[:second])}"
        known = {
            "meter": synced or boot_id in corrected,
            "known": True,
            "board": boot in known_boots,
        }
        if kind in known:
            assert good[float(second)] == known[kind]
    assert all(a.n < b.n for a, b in pairwise(whole))
