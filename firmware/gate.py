"""Keeps the guard's thread and the loop from running Python at once, where MicroPython does not.

Its unix port has no interpreter lock, and its garbage collector lets other threads run while it
looks for what is in use: an object that changes hands in that moment is lost. So the loop holds
this lock except while it waits for sockets, and the guard runs in between. A loop that does not
come to wait is blocked; then the guard runs all the same.
"""

import _thread
import asyncio
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_PATIENCE_MS = 200  # then the loop counts as blocked
_BLOCKED_PATIENCE_MS = 20  # and goes on doing so until it lets the guard in again
_STEP_S = 0.001


class Gate:
    """Stands in for asyncio's poller; made in the loop's thread."""

    def __init__(self) -> None:
        queue = asyncio.core._io_queue  # type: ignore[attr-defined]
        self._poller = queue.poller
        self._lock = _thread.allocate_lock()
        self._lock.acquire()
        self._wanted = False
        self.register = self._poller.register
        self.modify = self._poller.modify
        self.unregister = self._poller.unregister
        queue.poller = self

    def ipoll(self, wait_ms: int) -> object:
        """Wait for sockets [ms], with the gate open."""
        self._lock.release()
        if self._wanted:
            time.sleep(2 * _STEP_S)  # a loop that is always busy lets the guard in, too
        ready = self._poller.ipoll(wait_ms)
        self._lock.acquire()
        return ready

    def repeat(self, step: "Callable[[], None]", period_ms: int) -> None:
        """The life of the guard's thread."""
        inside = True
        while True:
            patience_ms = _PATIENCE_MS if inside else _BLOCKED_PATIENCE_MS
            self._wanted = True
            inside = False
            for _ in range(patience_ms):
                inside = self._lock.acquire(False)
                if inside:
                    break
                time.sleep(_STEP_S)
            step()
            self._wanted = False
            if inside:
                self._lock.release()
            time.sleep(period_ms / 1000)
