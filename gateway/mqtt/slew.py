"""Slew: good times of one boot never run backwards, however its start is learnt. Pure.

The start of a boot falls when a message comes that waited less than all before. Times that were
given out stay, so the start falls slowly for what was captured after them: a board's time goes on
at a tenth of its speed until it is right again. What arrives
late is put between the records it was captured between.
"""

from bisect import bisect_right
from typing import Final

SLOWEST: Final = 0.1
"""How fast a board's time goes on at least while its start falls [s/s]."""

KEPT: Final = 32
"""Bends of the start that are remembered, the newest; before them the first of these holds."""

_STRAIGHT_US: Final = 100


class Slew:
    """By how much the start that was given out is later than the best one known now.

    Args:
        knots: (uptime [ms], that amount there [µs]), in the order of uptime.
    """

    def __init__(self, knots: list[tuple[int, int]] | None = None) -> None:
        self.knots = list(knots or [])

    def moved(self, by_us: int) -> None:
        """The best start known was moved: what was given out stays where it was."""
        self.knots = [(up_ms, extra_us - by_us) for up_ms, extra_us in self.knots]

    def begin(self, up_ms: int, extra_us: int) -> None:
        """The first good time is given out, and with it those of all records up to `up_ms`."""
        self.knots = [(up_ms, extra_us)]

    def first_us(self) -> int:
        """The amount at the first record whose time was good [µs]."""
        return self.knots[0][1] if self.knots else 0

    def give(self, up_ms: int) -> int:
        """The amount for a record whose time is given out as good [µs]; `begin` came before."""
        last_ms, last_us = self.knots[-1]
        if up_ms <= last_ms:
            return self._between(up_ms)
        falls_us = round((up_ms - last_ms) * 1000 * (1.0 - SLOWEST))
        extra_us = max(last_us - falls_us, 0)
        self._bend(up_ms, extra_us)
        return extra_us

    def _between(self, up_ms: int) -> int:
        at = bisect_right(self.knots, up_ms, key=lambda knot: knot[0])
        if at in {0, len(self.knots)}:
            return self.knots[at - 1 if at else 0][1]
        return _on_line(self.knots[at - 1], self.knots[at], up_ms)

    def _bend(self, up_ms: int, extra_us: int) -> None:
        knot = (up_ms, extra_us)
        if len(self.knots) > 1:
            before, middle = self.knots[-2:]
            if abs(_on_line(before, knot, middle[0]) - middle[1]) <= _STRAIGHT_US:
                self.knots.pop()
        self.knots.append(knot)
        del self.knots[:-KEPT]

    def alike(self, other: "Slew", within_us: int) -> bool:
        """Whether another has the same bends, near enough; how far the last one goes aside."""
        return len(self.knots) == len(other.knots) and all(
            abs(mine[1] - theirs[1]) <= within_us
            for mine, theirs in zip(self.knots, other.knots, strict=True)
        )


def _on_line(a: tuple[int, int], b: tuple[int, int], up_ms: int) -> int:
    return a[1] + round((b[1] - a[1]) * (up_ms - a[0]) / (b[0] - a[0]))
