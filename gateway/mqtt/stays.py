"""Stays: what a board watched, and since when; what it captured before a move stays where it was.

A board keeps what it captured through its move and through days without a network. Those records
are of the container it hung on then.
"""

from bisect import bisect_right
from typing import Final

import msgspec

from gateway.clock import Now
from gateway.config import Board

_KEPT: Final = 32
_EVER: Final = 0


class Stays:
    """The places of one board in time.

    Args:
        board: Its configuration; the place it has now.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._here = board.point("")
        self._stays: list[tuple[int, str]] = []
        self.changed = False

    @property
    def moved(self) -> bool:
        """Whether it ever hung elsewhere, as far as is remembered."""
        return len(self._stays) > 1

    def arrive(self, now: Now) -> None:
        """The board is heard: where it is now is remembered, and since when.

        The site's file may say since when (`since`); else it is since the board was first heard
        there. A clock that is not right dates nothing.
        """
        if self._stays and self._stays[-1][1] == self._here:
            return
        if not self._stays:
            self._stays.append((_EVER, self._here))
        elif now.synchronised:
            since = self._board.since
            since_us = now.utc_us if since is None else round(since.timestamp() * 1e6)
            self._stays.append((max(since_us, self._stays[-1][0] + 1), self._here))
            del self._stays[:-_KEPT]
        else:
            return
        self.changed = True

    def prefix(self, t_us: int) -> str:
        """How the points of a value captured at a time begin, such as ``yard.c0025.``."""
        at = bisect_right(self._stays, t_us, key=lambda stay: stay[0])
        return self._stays[max(at - 1, 0)][1] if self._stays else self._here

    def save(self) -> str:
        """The row to keep."""
        self.changed = False
        return msgspec.json.encode(self._stays).decode()

    def load(self, text: str | None) -> None:
        """Take over the row that was kept."""
        rows = [] if text is None else msgspec.json.decode(text, type=list[tuple[int, str]])
        self._stays, self.changed = rows, False
