"""Gateway and broker are killed, the network is cut: every record and step is there once."""

import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from proxy import Proxy
from rig import ROOT, Rig

from gateway.historian.reader import Reader

SEED = 20261121
FULL_ROUNDS = 10
REDUCED_ROUNDS = 3


def behind_a_proxy(make_rig: Callable[..., Rig]) -> tuple[Rig, Proxy]:
    """A plant whose gateway reaches the broker through a network that can be cut."""
    rig = make_rig()
    proxy = Proxy(rig.site.broker_port)
    rig.raw["mqtt"]["port"] = proxy.port
    rig.write_config()
    return rig, proxy


def abuse(rig: Rig, proxy: Proxy, rounds: int, rng: random.Random, **gateway: Any) -> None:
    """Kill gateway and broker and cut the network, each `rounds` times, at random moments."""
    for _ in range(rounds):
        time.sleep(rng.uniform(0.5, 2.5))
        rig.kill("gateway")
        time.sleep(rng.uniform(0.0, 1.0))
        rig.start_gateway(**gateway)
        time.sleep(rng.uniform(0.5, 2.5))
        rig.kill("broker")
        time.sleep(rng.uniform(0.0, 1.0))
        rig.start_broker()
        wait_until_every_board_is_heard(rig)
        proxy.cut_after_next_publish()
        rig.wait("the network to be cut between receipt and commit", lambda: not proxy.is_armed)


def marks(rig: Rig) -> dict[str, int]:
    """Board -> everything up to this seq is on the gateway's disk."""
    return {board["id"]: board["watermark"] or 0 for board in rig.get("boards")}


def wait_until_every_board_is_heard(rig: Rig) -> None:
    before = rig.wait("the gateway to answer", lambda: marks(rig))
    rig.wait(
        "every board's records to reach the disk again",
        lambda: all(mark > before[board] for board, mark in marks(rig).items()),
        within_s=60,
    )


@dataclass(frozen=True)
class RingStore:
    """What a stopped board's flash says, read by the firmware's own code."""

    stream: str
    newest: int
    acked: int


def rings(rig: Rig) -> dict[str, RingStore]:
    script = (
        "import sys, json; sys.path.insert(0, 'firmware'); import ring\n"
        "found = {}\n"
        "for board, folder, values in json.loads(sys.argv[1]):\n"
        "    store = ring.Ring(folder, values, 0, 1048576)\n"
        "    found[board] = [store.stream, store.newest, store.acked]\n"
        "print(json.dumps(found))\n"
    )
    boards = [
        [b["id"], str(rig.directory / "boards" / b["id"] / "ring"), b["values"]]
        for b in rig.raw["board"]
    ]
    done = subprocess.run(
        [sys.executable, "-c", script, json.dumps(boards)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {board: RingStore(*found) for board, found in json.loads(done.stdout).items()}


def settle(rig: Rig) -> dict[str, RingStore]:
    """Let everything arrive, then stop the boards and wait until all they held is on disk."""
    rig.stop("boards")
    held = rings(rig)
    rig.start_boards()

    def all_there() -> bool:
        on_disk = marks(rig)
        return all(on_disk[board] >= ring.newest for board, ring in held.items())

    rig.wait("everything the boards held to be on disk", all_there, within_s=90)
    rig.stop("boards")
    rig.stop("plant")
    rig.stop("gateway")
    return held


def stored(path: Path) -> Counter[tuple[str, str, int]]:
    """(board, stream, seq) -> how often its record is on disk, by a walk of its own."""
    found: Counter[tuple[str, str, int]] = Counter()
    reader = Reader(path)
    for row in reader.rows(0, 10**9):
        for batch in row.batches:
            origin = batch.origin
            if origin.kind == "board" and origin.lost is None:
                for seq in range(origin.seq or 0, (origin.seq_to or 0) + 1):
                    found[origin.name, str(origin.stream), seq] += 1
    reader.close()
    return found


def missing_or_twice(rig: Rig, held: dict[str, RingStore]) -> list[str]:
    found = stored(rig.data / "journal.sqlite")
    problems = [f"{key} {times} times" for key, times in found.items() if times > 1]
    problems += [
        f"{board} {ring.stream} {seq} missing"
        for board, ring in held.items()
        for seq in range(1, ring.newest + 1)
        if (board, ring.stream, seq) not in found
    ]
    return problems


@pytest.mark.long
@pytest.mark.debian
def test_kills_and_cuts_lose_nothing_and_double_nothing(
    make_rig: Callable[..., Rig], full_size: bool
) -> None:
    rounds = FULL_ROUNDS if full_size else REDUCED_ROUNDS
    rng = random.Random(SEED)
    rig, proxy = behind_a_proxy(make_rig)
    rig.start_all()
    abuse(rig, proxy, rounds, rng)
    held = settle(rig)
    report = rig.verify_journal()
    proxy.close()
    assert report["problems"] == []
    assert missing_or_twice(rig, held) == []
    assert report["counts"]["totaliser steps"] > 0
    assert report["counts"]["lost sequence numbers"] == 0


@pytest.mark.long
@pytest.mark.debian
def test_the_check_fails_when_acknowledged_before_the_commit(
    make_rig: Callable[..., Rig], full_size: bool
) -> None:
    rounds = FULL_ROUNDS if full_size else REDUCED_ROUNDS
    rng = random.Random(SEED)
    rig, proxy = behind_a_proxy(make_rig)
    reversed_order = [sys.executable, str(ROOT / "tests/support/acknowledge_first.py"), "run",
                      "--config", str(rig.site.config)]  # fmt: skip
    rig.start_broker()
    rig.start_plant()
    rig.start_yard()
    rig.start_gateway(command=reversed_order)
    rig.start_boards()
    abuse(rig, proxy, rounds, rng, command=reversed_order)
    rig.stop("boards")
    held = rings(rig)
    rig.stop("gateway")
    proxy.close()
    found = stored(rig.data / "journal.sqlite")
    freed_but_missing = [
        (board, seq)
        for board, ring in held.items()
        for seq in range(1, ring.acked + 1)
        if (board, ring.stream, seq) not in found
    ]
    assert freed_but_missing
