"""AckPost: tells boards how far their records are safe, without getting in the way of alarms."""

import asyncio
from collections.abc import Callable
from itertools import islice
from typing import Final

AT_ONCE: Final = 40
PAUSE_S: Final = 0.05
"""So many boards are told, then there is a pause: 800 a second at most [s]."""


class AckPost:
    """The newest acknowledgement of each board, sent in the order in which the boards came.

    A board that reports faster than its turn comes is told once of all its records. None waits
    longer than it takes to tell every board once, which is 25 s for 20,000; boards send again
    what was not acknowledged for 60 s.

    Args:
        publish: Called with board, stream and seq.
    """

    def __init__(self, publish: Callable[[str, str, int], None]) -> None:
        self._publish = publish
        self._waiting: dict[str, tuple[str, int]] = {}
        self._pausing = False

    def put(self, board: str, stream: str, seq: int) -> None:
        """Everything of `stream` up to `seq` is on disk; called in the event loop."""
        self._waiting[board] = stream, seq
        if not self._pausing:
            self._pausing = True
            asyncio.get_running_loop().call_soon(self._send)

    def _send(self) -> None:
        self._pausing = bool(self._waiting)
        if not self._pausing:
            return
        for board in list(islice(self._waiting, AT_ONCE)):
            self._publish(board, *self._waiting.pop(board))
        asyncio.get_running_loop().call_later(PAUSE_S, self._send)
