"""What a provisioned board holds in memory at the worst of its moments, as it is shipped."""

import platform
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import board_heap
import pytest
from board_heap import KIB

HEAP_KIB = 128
MOST_KIB = 96
REDUCED_COLLECT_BYTES = 1024
"""With more garbage counted among what lives the limit is no weaker, and the board less slow."""


@pytest.fixture
def flash(tmp_path: Path) -> Iterator[Path]:
    """Where the board's flash lies: in memory where there is some, it is written all the time."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as folder:
        yield Path(folder) / "board"


@pytest.mark.long
def test_a_block_opened_while_the_broker_is_greeted_stays_under_96_kib(
    flash: Path, full_size: bool
) -> None:
    if platform.machine() != "x86_64":
        pytest.skip("no MicroPython for this machine")
    collect_bytes = board_heap.COLLECT_BYTES if full_size else REDUCED_COLLECT_BYTES
    lived = board_heap.live(flash, HEAP_KIB, probe=True, collect_bytes=collect_bytes)
    for stage, most in lived.peaks.items():
        sys.stdout.write(f"{most / KIB:6.2f} KiB  {stage}\n")
    assert lived.pool < HEAP_KIB * KIB
    assert lived.records > 0
    assert max(lived.peaks.values()) <= MOST_KIB * KIB
