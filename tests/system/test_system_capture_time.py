"""Boards without a clock that reboot, repeat and wait: right values, at the right time."""

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from captured import SECOND_US, Told, Witness, records_of, starts_of, wrong_times, wrong_values
from rig import Rig

from gateway.historian.query import History

SEED = 20261122
FULL_DOWN_S = 120.0
REDUCED_DOWN_S = 20.0
WITHIN_US = 2 * SECOND_US


def cut_supply(rig: Rig, board: str) -> None:
    """Kill a board's interpreter; its supervisor gives it power again a second later."""
    before = starts_of(rig.directory / "boards" / "boards.jsonl")
    config = rig.directory / "boards" / board / "config.json"
    os.kill(_process_of(str(config)), signal.SIGKILL)
    rig.wait(
        f"{board} to start again",
        lambda: len(starts_of(rig.directory / "boards" / "boards.jsonl")) > len(before),
    )


def _process_of(argument: str) -> int:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it may have ended meanwhile
            if argument.encode() in (process / "cmdline").read_bytes().split(b"\0"):
                found.append(int(process.name))
    (pid,) = found
    return pid


def all_on_disk(rig: Rig, witness: Witness) -> None:
    held = witness.newest()
    rig.wait(
        "everything the broker was sent to be on disk",
        lambda: all(
            (board["watermark"] or 0) >= held.get(board["id"], 0) for board in rig.get("boards")
        ),
        within_s=90,
    )


def clocks_known(rig: Rig, boots: dict[str, int]) -> None:
    """Wait until the gateway knows when these boots began."""

    def known() -> bool:
        journal = records_of(rig.data / "journal.sqlite")
        return all(
            any(k[0] == board and one.boot == boot and one.is_good for k, one in journal.items())
            for board, boot in boots.items()
        )

    rig.wait("live messages of every board", known, within_s=60)


@pytest.mark.long
@pytest.mark.debian
def test_boards_without_a_clock_keep_their_time_through_reboots_and_a_gateway_that_is_down(
    make_rig: Callable[..., Rig], full_size: bool
) -> None:
    down_s = FULL_DOWN_S if full_size else REDUCED_DOWN_S
    rig = make_rig()
    rig.start_broker()
    witness = Witness(rig.site.broker_port)
    rig.start_yard()
    rig.start_gateway()
    rig.start_boards()
    clocks_known(rig, dict.fromkeys(rig.site.boards, 1))
    cut_supply(rig, "b0025")  # heard all the while
    clocks_known(rig, {"b0025": 2})
    rig.kill("gateway")
    down_us = time.time_ns() // 1000
    time.sleep(down_s * 0.3)
    cut_supply(rig, "b0075")  # a reboot that the gateway only hears of
    cut_supply(rig, "b0125")
    time.sleep(down_s * 0.4)
    cut_supply(rig, "b0125")  # boot 2 lies wholly in the time the gateway was down
    time.sleep(down_s * 0.3)
    up_us = time.time_ns() // 1000
    rig.start_gateway()
    clocks_known(rig, {"b0025": 2, "b0075": 2, "b0125": 3, "bs1": 1})
    all_on_disk(rig, witness)
    rig.stop("boards")
    all_on_disk(rig, witness)
    witness.close()
    rig.stop("gateway")

    told = records_of(rig.data / "journal.sqlite")
    starts = starts_of(rig.directory / "boards" / "boards.jsonl")
    waited = [
        one
        for key, one in told.items()
        if down_us < starts[key[0], one.boot] + one.up_ms * 1000 < up_us
    ]
    assert len(waited) > 3 * down_s
    assert wrong_values(told, witness.records) == []
    assert list(wrong_times(told, starts, WITHIN_US)) == []
    # Only a boot that nobody ever heard live stays an interval.
    doubted = {(key[0], one.boot) for key, one in told.items() if not one.is_good}
    assert doubted == {("b0125", 2)}
    assert_history_agrees(rig, told)
    assert rig.verify_journal()["problems"] == []


def assert_history_agrees(rig: Rig, told: dict[tuple[str, str, int], Told]) -> None:
    """A question about a point gets the same samples, at the same times."""
    point = "yard.c0075.co_ppm"
    expected = sorted(
        (sample.t_us, sample.value)
        for one in told.values()
        for sample in one.batch.samples
        if sample.point == point
    )
    with contextlib.closing(History(rig.data / "journal.sqlite", rig.data / "archive")) as history:
        found = history.samples(point, 0, 2**62)
    assert [(sample.t_us, sample.value) for sample in found] == expected
    assert all(sample.quality == "good" for sample in found)


class Sender:
    """A board of the test's own, without a clock, that says what it is told to say."""

    def __init__(self, rig: Rig, witness: Witness) -> None:
        self._topic = f"hinoban/1/{rig.site.site_id}/btest/samples"
        self._witness = witness
        self._seq = 0
        self.starts: dict[tuple[str, int], int] = {}

    def boots(self, boot: int, seconds_ago: float) -> None:
        self.starts["btest", boot] = time.time_ns() // 1000 - round(seconds_ago * SECOND_US)

    def record(self, boot: int, up_s: float | None = None, **others: Any) -> dict[str, Any]:
        """A record captured at `up_s` of a boot, now if None."""
        self._seq += 1
        if up_s is None:
            up_s = (time.time_ns() // 1000 - self.starts["btest", boot]) / SECOND_US
        return {
            "stream": "9f3a12c4", "boot": boot, "seq": self._seq, "oldest": 1,
            "up_ms": round(up_s * 1000), "t_us": None, "v": {"co_ppm": float(self._seq)},
        } | others  # fmt: skip

    def send(self, *records: dict[str, Any]) -> None:
        for record in records:
            self._witness.publish(self._topic, record)


def add_board(raw: dict[str, Any]) -> None:
    raw["board"].append({"id": "btest", "store": "c0001", "report_s": 1.0, "values": ["co_ppm"]})


@pytest.mark.debian
def test_repeats_and_any_order_give_each_value_once_at_its_time(
    make_rig: Callable[..., Rig],
) -> None:
    rng = random.Random(SEED)
    rig = make_rig(change=add_board)
    rig.start_broker()
    rig.start_gateway()
    witness = Witness(rig.site.broker_port)
    sender = Sender(rig, witness)

    # However long the gateway is away, no two that arrive so far apart were captured so far apart:
    # by that, messages are taken for live ones.
    sender.boots(1, 6_000.0)
    held = [sender.record(1, up_s) for up_s in range(0, 2_900, 50)]
    sender.boots(2, 2_600.0)
    held += [sender.record(2, up_s) for up_s in range(0, 2_500, 100)]  # uptime began anew
    sender.boots(3, 7.0)
    held += [sender.record(3, up_s / 5) for up_s in range(5)]
    with_clock = sender.record(3, 5.0)
    with_clock["t_us"] = sender.starts["btest", 3] + 5 * SECOND_US

    order = held * 2
    rng.shuffle(order)
    third = len(order) // 3
    sender.send(*order[:third])
    rig.kill("gateway")
    sender.send(*order[third : 2 * third])  # waits in the broker
    rig.start_gateway()
    sender.send(*order[2 * third :])
    all_on_disk(rig, witness)
    doubted = records_of(rig.data / "journal.sqlite")
    assert not any(one.is_good for one in doubted.values())
    assert {s.reason for one in doubted.values() for s in one.batch.samples} == {"clock_unsynced"}
    assert list(wrong_times(doubted, sender.starts, WITHIN_US)) == []

    sender.send(with_clock, with_clock)
    sender.boots(4, 1.0)
    live = []
    for _ in range(3):  # two live messages tell when a boot began
        live.append(sender.record(4))
        sender.send(live[-1], *rng.sample(held, 3))
        time.sleep(2.2)
    late = [sender.record(4, up_s) for up_s in (3.0, 0.5, 2.0)]
    sender.send(*late, *late, *live)
    all_on_disk(rig, witness)
    witness.close()
    rig.stop("gateway")

    told = records_of(rig.data / "journal.sqlite")
    assert len(told) == len(held) + 1 + len(live) + len(late)
    assert max(witness.times.values()) > 1
    assert wrong_values(told, witness.records) == []
    assert list(wrong_times(told, sender.starts, WITHIN_US)) == []
    # Boot 3 told its own time once, boot 4 was heard live; of the others only intervals are known.
    assert {one.boot for one in told.values() if one.is_good} == {3, 4}
    assert {one.boot for one in told.values() if not one.is_good} == {1, 2}
    assert rig.verify_journal()["problems"] == []
