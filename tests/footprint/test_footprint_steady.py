"""Rows that only raise totals are taken in a shorter way, with the same result to the bit."""

import random

import pytest

from agent.samples import Quality, Sample
from gateway.footprint.live import LiveWindow
from gateway.footprint.schema import chains, factor_records, knots, progress, slots
from gateway.historian.reads import Reads
from gateway.historian.rows import Basis, Batch, Commit, Correction, Origin

MINUTE_US = 60_000_000
BASE_US = 1_790_000_040_000_000
SEED = 20_261_122


class OneByOne:
    """A journal's reader that never tells samples side by side."""

    def __init__(self, reader):
        self.reader = reader

    def rows(self, after_n=0, limit=1000, points=None, *, side_by_side=False):
        del side_by_side
        return self.reader.rows(after_n, limit, points)


def everything(store):
    """All that is stored, but for when it was recorded."""
    with store.engine.connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(table.select())))
            for table in (factor_records, chains, slots, knots, progress)
        }


def commit(site, t_us, batches, *, synchronised=True, corrections=()):
    mono_us = t_us - BASE_US + 10**12
    batches = tuple(
        Batch(Origin("meter", f"m{n}"), Basis.GATEWAY, t_us, tuple(samples))
        for n, samples in enumerate(batches)
    )
    row = Commit("boot-1", t_us, mono_us, synchronised, batches=batches, corrections=corrections)
    site.journal.commit(row)


def trouble(site, minutes, seed):
    """Reads each second by two meters, and all that seldom happens, often."""
    dice = random.Random(seed)
    points = sorted(site.points)
    lost = dict.fromkeys(points, 0.0)
    for second in range(minutes * 60):
        t_us = BASE_US + second * 1_000_000
        halves = [points[:4], points[4:]]
        batches = [
            [Sample(p, t_us + 1000 * n, site.total(p, t_us) - lost[p]) for p in half]
            for n, half in enumerate(halves)
        ]
        match dice.randrange(40):
            case 0:  # A meter that says nothing for a while, then another.
                batches.pop(dice.randrange(2))
            case 1:  # One point of a meter that cannot be read.
                samples = batches[dice.randrange(2)]
                n = dice.randrange(len(samples))
                samples[n] = Sample(samples[n].point, t_us, None, Quality.BAD, "comm_fail")
            case 2:  # A counter that begins again.
                p = dice.choice(points)
                lost[p] = site.total(p, t_us)
                batches = [[Sample(p, t_us, None, Quality.BAD, "counter_reset")]]
            case 3:  # A read that comes late.
                late_us = t_us - dice.randrange(1, 150) * 1_000_000
                p = dice.choice(points)
                batches.append([Sample(p, late_us, site.total(p, late_us) - lost[p])])
            case 4:  # A total that falls.
                p = dice.choice(points)
                batches.append(
                    [Sample(p, t_us + 2000, max(site.total(p, t_us) - lost[p] - 5.0, 0.0))]
                )
            case 5:  # Only some points of a meter, twice in one row.
                batches.append([Sample(s.point, s.t_us + 500, s.value) for s in batches[0][1:]])
            case 6:  # Nobody listens.
                continue
        commit(site, t_us, batches)


def drain(accountant, limit=500):
    while accountant.step(limit):
        pass


@pytest.mark.parametrize("seed", [SEED, SEED + 1, SEED + 2])
def test_the_short_way_gives_the_same_bits(site, seed):
    trouble(site, 9, seed)
    last_us = BASE_US + 540_000_000
    site.clock.utc_us = last_us + MINUTE_US
    wrong = [[Sample(p, last_us, 1e9, Quality.UNCERTAIN, "clock_unsynced") for p in site.points]]
    commit(site, last_us, wrong, synchronised=False)
    site.run(last_us + MINUTE_US, last_us + 3 * MINUTE_US)
    slow, fast = site.another_store("slow"), site.another_store("fast")
    one_by_one = site.accountant(slow, reader=OneByOne(site.reader))
    drain(one_by_one)
    # Restarted now and then, in the middle of slots.
    for limit in (37, 101, 1, 250):
        side_by_side = site.accountant(fast)
        side_by_side.step(limit)
    side_by_side = site.accountant(fast)
    drain(side_by_side)
    assert everything(fast) == everything(slow)
    assert side_by_side.status() == one_by_one.status()
    assert len(site.minutes()) == 0  # of a store that nobody wrote
    assert fast.verify().ok


def test_a_clock_that_becomes_right_changes_nothing_of_that(site):
    for second in range(90):
        t_us = BASE_US + second * 1_000_000
        totals = [[Sample(p, t_us, site.total(p, t_us)) for p in site.points]]
        doubted = [
            [
                Sample(s.point, s.t_us, s.value, Quality.UNCERTAIN, "clock_unsynced")
                for s in totals[0]
            ]
        ]
        wrong = 30 <= second < 50
        fix = (Correction("clock", BASE_US - 10**12, boot_id="boot-1"),) if second == 50 else ()
        commit(site, t_us, doubted if wrong else totals, synchronised=not wrong, corrections=fix)
    site.run(BASE_US + 90_000_000, BASE_US + 4 * MINUTE_US)
    slow, fast = site.another_store("slow"), site.another_store("fast")
    drain(site.accountant(slow, reader=OneByOne(site.reader)))
    drain(site.accountant(fast))
    assert everything(fast) == everything(slow)


def test_live_figures_are_the_same(site):
    trouble(site, 7, SEED)
    short, long = site.another_store("short"), site.another_store("long")
    by_row, by_sample = site.accountant(short), site.accountant(long, reader=OneByOne(site.reader))
    asked = 0
    while by_row.step(11):
        by_sample.step(11)
        assert by_row.live() == by_sample.live()
        asked += by_row.live() is not None
    assert asked > 20


def test_rows_nobody_asks_for_are_not_kept_for_ever(site):
    accountant = site.accountant()
    issuer = accountant._issuer
    window = LiveWindow(issuer.plant, issuer.lots, issuer.tables)
    points = tuple(site.points)
    for second in range(3600):
        t_us = BASE_US + second * 1_000_000
        window.keep([Reads(points, (t_us,) * 7, tuple(site.total(p, t_us) for p in points))])
    assert sum(map(len, window._rows.values())) < 10 * 60
    live = window.live()
    assert live is not None
    assert live.to_us - live.from_us == 5 * MINUTE_US
