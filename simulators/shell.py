"""What every simulator's process does alike: say that it is ready, and stop when told to."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path


def say(text: str) -> None:
    """Write one line for the one who started the process; a closed pipe is no error."""
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - kept until exit


def stop_on_signal() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set; to be called inside the running loop."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    return stopped


async def wait(stopped: asyncio.Event, seconds: float) -> bool:
    """Wait so long, or until stopped.

    Returns:
        Whether it is time to stop.
    """
    try:
        await asyncio.wait_for(stopped.wait(), max(seconds, 0.0))
    except TimeoutError:
        return False
    return True


class SteadyClock:
    """UTC that never steps: the system's at the start, carried on by monotonic time.

    Args:
        ahead_s: How far it is set ahead of the system's [s].
    """

    def __init__(self, ahead_s: float = 0.0) -> None:
        self._offset_us = time.time_ns() // 1000 - time.monotonic_ns() // 1000
        self._offset_us += round(ahead_s * 1e6)

    def utc_us(self) -> int:
        """UTC [µs since 1970]."""
        return self._offset_us + time.monotonic_ns() // 1000


class Lines:
    """An append-only file of JSON lines, each written whole in one call.

    Args:
        path: The file; its folder is made if it is missing.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)

    def append(self, record: Mapping[str, object]) -> None:
        """Add one record; a reader sees it whole, or with no line end yet."""
        os.write(self._fd, json.dumps(record, separators=(",", ":")).encode() + b"\n")

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._fd)


def write_whole(path: Path, record: Mapping[str, object]) -> None:
    """Replace a JSON file in one step, so that a reader never sees half of it."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(json.dumps(record, separators=(",", ":")), encoding="utf-8")
    fresh.replace(path)


def iso(utc_us: int) -> str:
    """UTC [µs since 1970] as text, to the millisecond."""
    moment = datetime.fromtimestamp(utc_us // 1_000_000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{utc_us % 1_000_000 // 1000:03d}Z"
