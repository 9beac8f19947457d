"""Trail: where a sink was in the last seconds, for what a destination took and then lost. Pure."""

from collections import deque

from gateway.sinks.cursor import Position


class Trail:
    """A destination keeps what it took in memory for some seconds; killed, it has lost that.

    So what was sent counts as kept only once the destination has worked on for `settle_s`.

    Args:
        settled: Where everything before is kept.
        settle_s: How long a destination may take to put on disk what it took [s].
    """

    def __init__(self, settled: Position, settle_s: float) -> None:
        self._settled = settled
        self._settle_s = settle_s
        self._since: deque[tuple[float, Position]] = deque()

    def sent(self, position: Position, now_s: float) -> None:
        """The destination took everything up to a position at a monotonic time."""
        self._since.append((now_s, position))

    def settled(self, now_s: float) -> Position:
        """Up to where everything is kept by now."""
        while self._since and now_s - self._since[0][0] >= self._settle_s:
            _, self._settled = self._since.popleft()
        return self._settled

    def back(self) -> Position:
        """The destination failed: where to begin again."""
        self._since.clear()
        return self._settled
