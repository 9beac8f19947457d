"""Whatever comes, the ring does what a list in memory would: append, ack, fill up, lose power."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

VALUES = [f"temp_{number}_degc" for number in range(1, 9)]
BLOCKS, BLOCK = 8, 512
SLOT = 54
EDGES = 30  # so many alarm edges have room, whatever happens
MODULES = (
    "files", "record", "journal", "lane", "header", "schema", "blocks", "flash", "notes",
    "opens", "rolling", "remains", "recovery",
)  # fmt: skip


@pytest.fixture(scope="module")
def firmware(firmware_directory: Path, node_directory: Path) -> Iterator[SimpleNamespace]:
    """The firmware's own modules, imported here and forgotten afterwards."""
    paths = [str(firmware_directory), str(node_directory)]
    names = [*MODULES, "ring", "ramflash"]
    before = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    sys.path[:0] = paths
    try:
        yield SimpleNamespace(**{name: importlib.import_module(name) for name in names})
    finally:
        for path in paths:
            sys.path.remove(path)
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update(before)


class RingMachine(RuleBasedStateMachine):
    """A ring on a flash in memory, beside what it should hold."""

    firmware: SimpleNamespace
    directory: Path
    fresh = 0

    def __init__(self) -> None:
        super().__init__()
        RingMachine.fresh += 1
        self.path = str(self.directory / str(RingMachine.fresh))
        self.flash = self.firmware.ramflash.RamFlash(BLOCKS, size=BLOCK)
        self.kept: dict[int, str] = {}  # what was confirmed and is not acknowledged
        self.newest = self.acked = self.boot = 0
        self.maybe: set[int] = set()  # seqs in flight when the power went
        self.damaged: set[int] = set()
        self.crowded = False  # so many edges that the oldest of them may be given up
        self.unsure = False  # damage may have made the ring leave seqs out

    @initialize()
    def start(self) -> None:
        self.ring: Any = None
        self.reopen()
        self.stream = self.ring.stream

    @rule(many=st.integers(1, 25), prepare=st.booleans(), edge=st.integers(0, 24))
    def append(self, many: int, prepare: bool, edge: int) -> None:
        for number in range(many):
            if prepare:
                self.ring.prepare()
            self.put("alarm" if number == edge else "sample")

    @rule(back=st.integers(0, 30))
    def ack(self, back: int) -> None:
        seq = self.newest - back
        self.ring.free(seq)
        self.acked = max(self.acked, seq)
        self.kept = {seq: what for seq, what in self.kept.items() if seq > self.acked}

    @rule(
        writes=st.integers(0, 14),
        byte=st.integers(0, BLOCK),
        edge=st.booleans(),
        prepare=st.booleans(),
    )
    def lose_power_while_writing(self, writes: int, byte: int, edge: bool, prepare: bool) -> None:
        self.flash.cut_after, self.flash.cut_bytes = writes, byte
        try:
            while True:
                if prepare:
                    self.ring.prepare()
                self.put("alarm" if edge else "sample")
        except self.firmware.ramflash.PowerCutError:
            self.flash.cut_after = None
        self.maybe.add(self.newest + 1)
        self.reopen()

    @rule(writes=st.integers(0, 3), byte=st.integers(0, BLOCK))
    def lose_power_while_starting(self, writes: int, byte: int) -> None:
        self.flash.cut_after, self.flash.cut_bytes = writes, byte
        try:
            self.open()
        except self.firmware.ramflash.PowerCutError:
            self.maybe.add(self.ring.newest + 1)
        self.flash.cut_after = None
        self.reopen()

    @rule()
    def reopen(self) -> None:
        self.open()
        self.newest = max(self.newest, self.ring.newest)

    @rule(seq=st.integers(0, 60), byte=st.integers(0, SLOT - 1), bit=st.integers(0, 7))
    def flip_a_bit_of_a_record(self, seq: int, byte: int, bit: int) -> None:
        seq = self.newest - seq
        if self.kept.get(seq) != "sample" or seq in self.damaged:
            return
        lane = self.ring.samples
        if lane.after(seq - 1).seq == seq:
            at = lane._index * BLOCK + self.firmware.journal.HEADER + lane._at * lane.slot
            self.flash.data[at + byte] ^= 1 << bit
            self.damaged.add(seq)
            self.maybe.add(self.newest + 1)
            self.reopen()

    @rule(block=st.integers(0, BLOCKS - 1), byte=st.integers(0, 83), bit=st.integers(0, 7))
    def flip_a_bit_of_a_header(self, block: int, byte: int, bit: int) -> None:
        if not self.unsure:  # one damaged header costs nothing, several may cost a block
            self.flash.data[block * BLOCK + byte] ^= 1 << bit
            self.unsure = True
            self.reopen()

    @rule(block=st.integers(0, BLOCKS - 1), page=st.integers(1, 4), first=st.booleans())
    def erase_half_a_block(self, block: int, page: int, first: bool) -> None:
        if self.unsure:
            return
        self.damaged |= {seq for seq in self.kept if self.block_of(seq) == block}
        start, end = (0, page * 128) if first else ((page - 1) * 128, BLOCK)
        self.flash.data[block * BLOCK + start : block * BLOCK + end] = b"\xff" * (end - start)
        self.unsure = True
        self.reopen()

    @invariant()
    def all_that_was_confirmed_is_told(self) -> None:
        told, lost, seq = {}, [], self.ring.acked
        while (following := self.ring.after(seq)) is not None:
            seq, item = following
            if item is None:
                lost.append(seq)
            else:
                told[seq] = "sample" if item.alarm is None else "alarm"
        first = min((seq for seq, what in told.items() if what == "sample"), default=0)
        for seq, what in self.kept.items():
            if not self.crowded if what == "alarm" else seq >= first > 0:
                assert seq in self.damaged or told.get(seq) == what, f"{what} {seq} is gone"
        assert self.ring.acked <= self.acked
        assert all(told[seq] == self.kept[seq] for seq in told if seq in self.kept)
        if not self.unsure:
            assert self.ring.stream == self.stream
            # After damage it may leave seqs out, rather than use one twice.
            assert self.crowded or self.damaged or set(lost) <= self.maybe

    def block_of(self, seq: int) -> int | None:
        for lane in (self.ring.samples, self.ring.alarms):
            item = lane.after(seq - 1)
            if item is not None and item.seq == seq:
                return int(lane._index)
        return None

    def put(self, what: str) -> None:
        record = self.firmware.record
        edge = ("temp_high", "raised", VALUES[0], 51.0, 50.0) if what == "alarm" else None
        seq = self.ring.append(record.Record(7, None, {VALUES[0]: 20}, {}, alarm=edge))
        assert seq > self.newest, "a seq came twice"
        self.kept[seq] = what
        self.newest = seq
        edges = sum(what == "alarm" for what in self.kept.values())
        self.crowded = self.crowded or edges > EDGES

    def open(self) -> None:
        self.boot += 1
        raw = (self.flash, True)
        self.ring = self.firmware.ring.Ring(self.path, VALUES, self.boot, 1 << 24, raw)


@pytest.mark.long
def test_the_ring_is_a_list_that_survives(
    firmware: SimpleNamespace, tmp_path: Path, full_size: bool
) -> None:
    machine = type("Machine", (RingMachine,), {"firmware": firmware, "directory": tmp_path})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=400 if full_size else 40,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
