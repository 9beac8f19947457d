"""Processes started and stopped together: each says "ready", none outlives its parent."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

STOP_S: Final = 3.0
"""How long a child may take to end after SIGTERM before it is killed [s]."""

_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None)


class ChildError(Exception):
    """A child did not come up, or ended when it should not; the message says which and why."""


@dataclass(slots=True)
class Child:
    """A running process.

    Args:
        name: What the summary calls it.
        ready: The words it printed after "ready".
        log: Where its output goes.
    """

    name: str
    process: Process
    ready: str
    log: Path


class Children:
    """Starts processes in order and stops them in reverse.

    Args:
        logs: Folder for their output, a file each.
    """

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._logs.mkdir(parents=True, exist_ok=True)
        self._children: list[Child] = []
        self._readers: list[asyncio.Task[None]] = []

    async def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        ready_within_s: float = 30.0,
        ready_port: int | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Child:
        """Start a process and wait until it prints a line that begins with "ready".

        A program that says no such thing is ready once `ready_port` on loopback answers.

        Raises:
            ChildError: It ended, or was not ready in time.
        """
        log = self._logs / f"{name}.log"
        with log.open("ab") as sink:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=PIPE,
                stderr=sink,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
        child = Child(name, process, "", log)
        self._children.append(child)
        try:
            async with asyncio.timeout(ready_within_s):
                if ready_port is None:
                    child.ready = await _ready_line(process, log)
                else:
                    child.ready = await _ready_port(process, ready_port)
        except TimeoutError:
            words = f"{name} was not ready within {ready_within_s:g} s; see {log}"
            raise ChildError(words) from None
        except EOFError:
            code = await process.wait()
            tail = log.read_text(errors="replace").strip().splitlines()[-3:]
            raise ChildError(f"{name} ended with {code}: {' / '.join(tail)}; see {log}") from None
        self._readers.append(asyncio.create_task(_drain(process, log)))
        return child

    async def first_to_end(self) -> Child:
        """Wait for any child to end, which none should."""
        waiting = {asyncio.create_task(c.process.wait()): c for c in self._children}
        try:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
        return waiting[done.pop()]

    async def stop(self) -> None:
        """End all, the last started first; what does not end in time is killed."""
        for child in reversed(self._children):
            if child.process.returncode is None:
                _signal_group(child.process, signal.SIGTERM)
        ends = [asyncio.ensure_future(child.process.wait()) for child in self._children]
        if ends:
            await asyncio.wait(ends, timeout=STOP_S)
        for child in self._children:
            # The whole group: a child that was killed must not leave children of its own behind.
            _signal_group(child.process, signal.SIGKILL)
            await child.process.wait()
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)


def python(module: str, *arguments: str) -> list[str]:
    """The command that runs a module with this interpreter."""
    return [sys.executable, "-m", module, *arguments]


async def _ready_line(process: Process, log: Path) -> str:
    assert process.stdout is not None  # noqa: S101 -- PIPE was asked for
    while line := await process.stdout.readline():
        _append(log, line)
        words = line.decode(errors="replace").strip()
        if words.startswith("ready"):
            return words.removeprefix("ready").strip()
    raise EOFError


async def _ready_port(process: Process, port: int) -> str:
    while process.returncode is None:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        writer.close()
        return f"on 127.0.0.1:{port}"
    raise EOFError


async def _drain(process: Process, log: Path) -> None:
    assert process.stdout is not None  # noqa: S101 -- PIPE was asked for
    # In blocks: a line of any length must not stop the reading, or the child would stand still.
    while block := await process.stdout.read(65_536):
        _append(log, block)


def _append(log: Path, block: bytes) -> None:
    with log.open("ab") as sink:
        sink.write(block)


def _signal_group(process: Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _end_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
