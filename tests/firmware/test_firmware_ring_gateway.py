"""A ring with losses and the gateway's own book: the ack reaches the newest seq all the same."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import Now
from gateway.config import Board
from gateway.mqtt.boards import BoardBook
from gateway.mqtt.taken import BoardStatus
from gateway.mqtt.wire import decode, encode_ack

SECOND_US = 1_000_000
UTC_US = 1_800_000_000 * SECOND_US
VALUES = ("temp_1_degc", "temp_2_degc", "co_ppm")


class Talk:
    """A board in a process of its own and a gateway's book, with nothing lost between them."""

    def __init__(self, command: list[str]) -> None:
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        board = Board(id="b0150", store="c1", report_s=60, values=VALUES)
        self.book = BoardBook([board], "machine-1")
        self.now_ms = 0
        self.messages = 0
        self.took: list[int] = []
        self.edges = 0

    def ask(self, *words: Any) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(words) + "\n")
        return json.loads(self.process.stdout.readline())

    def settle(self, limit_ms: int = 600_000) -> dict[str, Any]:
        """Let both talk until the board holds nothing; returns the board's state."""
        until_ms = self.now_ms + limit_ms
        while (state := self.ask("state"))["ring_records"]:
            message = self.ask("next", self.now_ms)
            if message is None:
                self.now_ms += 1000
                assert self.now_ms < until_ms, f"the ack stands at {state['acked']}: {state}"
                continue
            self.hear(*message)
        return dict(state)

    def hear(self, topic: str, payload: str) -> None:
        self.messages += 1
        arrival = Now(UTC_US + self.now_ms * 1000, self.now_ms * 1000, True)
        taken = self.book.take(decode(topic, payload.encode(), "example"), arrival)
        for batch in taken.batches:
            if batch.origin.lost is None and batch.origin.seq is not None:
                self.took.append(batch.origin.seq)
        self.edges += taken.edge is not None
        for _, stream, seq in self.book.acks():
            self.ask("ack", encode_ack("gw1", stream, seq).decode())

    def status(self) -> BoardStatus:
        return self.book.status()[0]


@pytest.fixture
def talk(
    python: list[str], node_directory: Path, firmware_directory: Path, tmp_path: Path
) -> Iterator[Talk]:
    """The ring of a board on a flash of eight small blocks, beside a gateway."""
    script = [node_directory / "speak.py", firmware_directory, tmp_path / "ring"]
    speaking = Talk([*python, *(str(part) for part in script)])
    yield speaking
    speaking.process.communicate(timeout=10)


def check_books(talk: Talk, newest: int) -> None:
    """Every seq was taken once or booked as lost once, and the ack is at the newest."""
    status = talk.status()
    assert status.watermark == newest
    assert status.held == 0
    assert len(talk.took) == len(set(talk.took))
    assert len(talk.took) + status.lost == newest


def test_a_ring_without_losses_is_taken_whole(talk: Talk) -> None:
    newest = talk.ask("append", "sssas" * 5)
    talk.settle()

    check_books(talk, newest)
    assert (talk.status().lost, talk.edges) == (0, 5)


def test_records_damaged_in_the_middle_do_not_hold_the_ack(talk: Talk) -> None:
    newest = talk.ask("append", "sssas" * 6)
    for seq in (1, 2, 9, 15, 30):
        assert talk.ask("flip", seq)
    talk.ask("start")
    state = talk.settle()

    check_books(talk, newest)
    assert talk.status().lost == 5
    assert state["lost"] == 5
    assert talk.edges == 5


def test_a_ring_that_overflowed_is_taken_as_far_as_it_goes(talk: Talk) -> None:
    # Twice what fits; the edges stand alone among samples that were given up.
    newest = talk.ask("append", "sssssssssssssssa" * 8)
    dropped = talk.ask("state")["dropped"]
    talk.settle()

    check_books(talk, newest)
    assert talk.edges == 8
    assert talk.status().lost == dropped
    assert dropped > 30


def test_an_overflow_does_not_cost_the_ack_its_pace(talk: Talk) -> None:
    talk.ask("append", "sssssssssssssssa" * 8)
    talk.settle(limit_ms=5_000)


def test_overflow_damage_and_power_cuts_together(talk: Talk) -> None:
    for turn in range(12):
        newest = talk.ask("append", "ssssssssssassss" * (turn % 3 + 1))
        talk.ask("flip", newest - turn)
        newest = talk.ask("cut")
        if turn % 4 == 3:
            for _ in range(turn):
                message = talk.ask("next", talk.now_ms)
                if message is not None:
                    talk.hear(*message)
    state = talk.settle()

    check_books(talk, state["newest"])
    assert talk.status().lost >= state["dropped"]


@pytest.mark.parametrize("kinds", ["a" * 90, "as" * 60])
def test_a_ring_full_of_edges_gives_up_the_oldest_and_says_so(talk: Talk, kinds: str) -> None:
    newest = talk.ask("append", kinds)
    state = talk.ask("state")
    talk.settle()

    check_books(talk, newest)
    assert state["alarms_dropped"] > 0 or "s" in kinds
    assert talk.status().lost == state["dropped"] + state["alarms_dropped"]
