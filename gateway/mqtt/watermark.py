"""Watermark: which sequence numbers of one stream are settled, each exactly once. Pure."""

from bisect import bisect_left
from collections.abc import Iterable


class Watermark:
    """Everything up to `mark` is received or booked as lost; `held` are ranges above it.

    The first sequence number of a stream is 1.

    Args:
        mark: Highest seq up to which everything is settled.
        held: Settled ranges (first, last) above it, apart and in order.
    """

    def __init__(self, mark: int = 0, held: Iterable[tuple[int, int]] = ()) -> None:
        self.mark = mark
        self.held = [(first, last) for first, last in held]

    def __contains__(self, seq: int) -> bool:
        if seq <= self.mark:
            return True
        at = bisect_left(self.held, seq, key=lambda part: part[1])
        return at < len(self.held) and self.held[at][0] <= seq

    def settle(self, seq: int) -> bool:
        """Settle one seq; False if it was settled before."""
        if seq in self:
            return False
        at = bisect_left(self.held, seq, key=lambda part: part[1])
        first, last = seq, seq
        if at < len(self.held) and self.held[at][0] == seq + 1:
            last = self.held.pop(at)[1]
        if at > 0 and self.held[at - 1][1] == seq - 1:
            at -= 1
            first = self.held.pop(at)[0]
        self.held.insert(at, (first, last))
        self._rise()
        return True

    def give_up_below(self, oldest: int) -> list[tuple[int, int]]:
        """Settle every seq below `oldest` that never came.

        Returns:
            The ranges (first, last) given up now; none if all of them had come.
        """
        missing = []
        after = self.mark
        for first, last in self.held:
            if first >= oldest:
                break
            missing.append((after + 1, first - 1))
            after = last
        if after + 1 < oldest:
            missing.append((after + 1, oldest - 1))
            after = oldest - 1
        if after > self.mark:
            self.mark = after
            self.held = [part for part in self.held if part[1] > after]
            self._rise()
        return missing

    def _rise(self) -> None:
        while self.held and self.held[0][0] <= self.mark + 1:
            self.mark = self.held.pop(0)[1]
