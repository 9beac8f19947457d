"""Inbox: the bounded passage from paho's thread to the event loop."""

import asyncio
import threading
from collections import deque
from typing import Final

import msgspec

from gateway.clock import Now

WINDOW: Final = 100
"""Unconfirmed messages at which a commit is due at once [messages]."""


class Token(msgspec.Struct, frozen=True, gc=False):
    """What confirms a message to the broker: only on the connection it came on."""

    generation: int
    mid: int


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """A message as it came.

    Args:
        topic: Its topic.
        payload: Its bytes.
        now: When the gateway received it.
        token: What confirms it.
        retained: The broker had kept it from before the subscription; its age is unknown.
    """

    topic: str
    payload: bytes
    now: Now
    token: Token
    retained: bool = False


class Inbox:
    """Never drops: when it is full, whoever puts waits, and the socket is not read meanwhile.

    Args:
        limit: How many messages it holds.
        loop: The event loop that takes them out.
    """

    def __init__(self, limit: int, loop: asyncio.AbstractEventLoop) -> None:
        self._limit = limit
        self._loop = loop
        self._waiting: deque[Arrival] = deque()
        self._lock = threading.Condition()
        self._filled = asyncio.Event()
        self._closed = False
        self.stalls = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, arrival: Arrival) -> bool:
        """Called in paho's thread; waits for room. False once the inbox is closed."""
        with self._lock:
            if len(self._waiting) >= self._limit:
                self.stalls += 1
            self._lock.wait_for(lambda: self._closed or len(self._waiting) < self._limit)
            if self._closed:
                return False
            self._waiting.append(arrival)
            if len(self._waiting) == 1:
                self._loop.call_soon_threadsafe(self._filled.set)
        return True

    async def get(self) -> Arrival:
        """The next message; waits for one."""
        while not self._waiting:
            self._filled.clear()
            if not self._waiting:  # one may have come in between
                await self._filled.wait()
        return self._take(1)[0]

    def drain(self) -> list[Arrival]:
        """Every message that waits, in order; none if there is none."""
        return self._take(self._limit)

    def close(self) -> None:
        """Let go whoever waits to put."""
        with self._lock:
            self._closed = True
            self._lock.notify_all()

    def _take(self, most: int) -> list[Arrival]:
        with self._lock:
            taken = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
            self._lock.notify_all()
        return taken
