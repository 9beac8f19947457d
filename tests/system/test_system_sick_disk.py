"""Full, read-only, or slow: the disk is sick, and the alarm is told all the same, at once."""

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from hears_alarms import HearsAlarms
from listener import Listener, listening
from lone_board import LoneBoard
from rig import Rig
from sick_disk import SlowDisk, sick_disk

from gateway.historian.reader import Reader

SOON_S = 3.0
"""Alarms reach stream and people within this, however sick the disk is [s]."""

HELD_UP_S = 1.5
"""A record that is not safe after this waits for a disk: commits are a second apart [s]."""

JOURNAL_FAILED = "journal_failed:gateway"


def told_of(rig: Rig, listener: Listener) -> None:
    """A shift that is told of everything by a service on loopback."""
    address = rig.directory / "shift.address"
    address.write_text(listener.url() + "\n")
    rig.raw["notify"].pop("nobody")
    rig.raw["recipient"] = [{"id": "shift", "url_file": str(address), "test_at": "03:03"}]
    rig.raw["route"] = [{"id": "all", "recipients": ["shift"]}]
    rig.write_config()


def start_gateway(rig: Rig, disk: Any) -> HearsAlarms:
    command = rig.module("gateway.cli", "run", "--config", str(rig.site.config))
    rig.start_gateway(command=disk.wrapped(command))
    return HearsAlarms(rig.site.page_port, rig.viewer_token)


def seqs(journal: Path) -> list[int]:
    """Of all records of boards on disk, in the order of their commits."""
    reader = Reader(journal)
    origins = [b.origin for row in reader.rows(0, 10**9) for b in row.batches]
    reader.close()
    return [o.seq for o in origins if o.kind == "board" and o.lost is None and o.seq is not None]


def make_sick(rig: Rig, disk: Any, board: LoneBoard) -> int:
    """Let the disk fall ill, while the board reports; the newest record that is safe by then."""
    disk.fall_ill()
    acked = board.acked
    while isinstance(disk, SlowDisk) and acked == board.seq:
        board.report()
        deadline_s = time.monotonic() + HELD_UP_S
        while board.acked < board.seq and time.monotonic() < deadline_s:
            time.sleep(0.02)
        acked = board.acked
        assert board.seq < 200, "no fsync was slow"
    return acked


@pytest.mark.long
@pytest.mark.debian
@pytest.mark.parametrize("kind", ["full", "read-only", "slow"])
def test_an_alarm_is_told_while_the_disk_is_sick(
    kind: str,
    make_rig: Callable[..., Rig],
    full_size: bool,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rig = make_rig()
    with ExitStack() as stack:
        shift = stack.enter_context(listening())
        disk = stack.enter_context(sick_disk(kind, rig.data))
        stack.callback(rig.kill_all)
        told_of(rig, shift)
        rig.start_broker()
        stream = stack.enter_context(closing(start_gateway(rig, disk)))
        board = LoneBoard(rig.site.broker_port, rig.site.site_id, rig.raw["board"][0])
        stack.callback(board.close)
        hot = f"temp_high:yard.{board.store}.temp_1_degc"
        for _ in range(10):
            board.report()
        rig.wait("records to be safe", lambda: board.acked == board.seq)

        safe = make_sick(rig, disk, board)
        # Only a disk that is slow falls ill with the commit that has the alarm in it.
        for _ in range(0 if kind == "slow" else 40 if full_size else 5):
            board.report()
            time.sleep(0.1)
        board.report(60.0)
        hot_s = board.report(60.0)
        told = rig.wait("the stream", lambda: stream.first(hot, "raised"), within_s=20.0)
        paged = rig.wait("a page", lambda: page_of(shift, hot), within_s=20.0)
        paged_s = time.monotonic()
        if kind == "slow":
            rig.wait("it to be safe", lambda: board.acked == board.seq, within_s=90.0)
            assert told[0] < board.acked_s[board.seq], "told only once it was on disk"
        else:
            assert told[1]["unjournalled"]
            assert stream.first(JOURNAL_FAILED, "raised") is not None
            time.sleep(6.0 if full_size else 2.0)
            assert board.acked == safe, "acknowledged what is on no disk"
            # What the broker was not told is safe comes again from there, and from nowhere else.
            rig.kill("gateway")
            disk.mend()
            stream = stack.enter_context(closing(start_gateway(rig, disk)))
        rig.wait("everything to be safe", lambda: board.acked == board.seq, within_s=90.0)
        rig.kill("gateway")
        found = seqs(disk.taken_out() / "journal.sqlite")
        sent = board.seq
    with capsys.disabled():
        sys.stdout.write(f" {kind}: stream {told[0] - hot_s:.2f} s, page {paged_s - hot_s:.2f} s ")
    assert sorted(found) == list(range(1, sent + 1))
    assert told[0] - hot_s < SOON_S
    assert paged_s - hot_s < SOON_S
    assert paged


def page_of(shift: Listener, alarm_id: str) -> Any:
    """What the shift was sent about an alarm, if anything."""
    point = alarm_id.partition(":")[2]
    return next((one for one in shift.got if point.split(".")[1] in str(one)), None)
