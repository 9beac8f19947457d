"""Serving: boards fetch the release they were told to, a few kilobytes at a time.

It must never delay a sample: a release is read in another thread and kept in memory, an answer is
at most four messages at QoS 0, and all boards together get at most `CHUNKS_PER_S` a second. What
is not answered is asked for again.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from agent.errors import HinobanError
from gateway.boards import shelf
from gateway.boards.keyring import Keyring
from gateway.boards.messages import CHUNK_BYTES, Want, chunk
from gateway.boards.release import Release

CHUNKS_PER_S: Final = 50
"""Messages a second to all boards together: 50 kB/s, a release in a minute and a half."""

KEPT: Final = 3
"""Releases in memory: one of each port."""

Send = Callable[[str, bytes], None]


class Serving:
    """Answers what boards want of their releases.

    Args:
        ring: Where releases lie.
        send: Publishes to a board: its id and the payload.
        now_s: Monotonic time [s].
    """

    def __init__(self, ring: Keyring, send: Send, now_s: Callable[[], float]) -> None:
        self._ring = ring
        self._send = send
        self._now_s = now_s
        self._packed: dict[str, tuple[int, bytes]] = {}
        self._reading: set[asyncio.Task[None]] = set()
        self._left = float(CHUNKS_PER_S)
        self._at_s = now_s()
        self.sent = 0
        self.held_back = 0

    @property
    def reading(self) -> frozenset["asyncio.Task[None]"]:
        """What takes releases into memory just now."""
        return frozenset(self._reading)

    @property
    def kept(self) -> int:
        """Releases in memory."""
        return len(self._packed)

    def take(self, board: str, want: Want, digest: str | None) -> None:
        """Answer a board, or let it ask again.

        Args:
            board: Who asks.
            want: What for.
            digest: The release it was told to fetch; None where it was told of none.
        """
        if digest is None:
            self._send(board, chunk(want.number, want.offset, b""))
        elif digest in self._packed:
            self._answer(board, want, *self._packed[digest])
        elif not self._reading:
            # One at a time; whoever asks meanwhile asks again.
            task = asyncio.get_running_loop().create_task(self._read(board, want, digest))
            self._reading.add(task)
            task.add_done_callback(self._reading.discard)

    def _answer(self, board: str, want: Want, number: int, packed: bytes) -> None:
        if number != want.number:
            self._send(board, chunk(want.number, want.offset, b""))
            return
        now_s = self._now_s()
        earned = (now_s - self._at_s) * CHUNKS_PER_S
        self._left, self._at_s = min(float(CHUNKS_PER_S), self._left + earned), now_s
        if self._left < want.n:
            self.held_back += 1
            return
        for offset in range(want.offset, len(packed), CHUNK_BYTES)[: want.n]:
            self._send(board, chunk(number, offset, packed[offset : offset + CHUNK_BYTES]))
            self._left -= 1
            self.sent += 1

    async def _read(self, board: str, want: Want, digest: str) -> None:
        """Take a release into memory and answer who asked first."""
        try:
            found = await asyncio.to_thread(_find, self._ring, digest)
        except HinobanError:
            found = None
        if found is None:
            self._send(board, chunk(want.number, want.offset, b""))
            return
        while len(self._packed) >= KEPT:
            self._packed.pop(next(iter(self._packed)))
        self._packed[digest] = (found.manifest.number, found.packed)
        self._answer(board, want, *self._packed[digest])


def _find(ring: Keyring, digest: str) -> Release | None:
    return next((one for one in shelf.shelved(ring) if one.digest == digest), None)
