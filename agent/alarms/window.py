"""Window: the newest samples of one point, in the order of their capture."""

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Any, Final

from agent.alarms.verdicts import Verdict

KEPT: Final = 256
"""So many samples of a point are put in order at least, whatever the order they arrive in."""

FULL: Final = KEPT + 64
"""At so many samples at the latest the oldest are let go, down to `KEPT`."""


def packed(verdicts: Sequence[Verdict | int]) -> int:
    """One number for what a sample says about each condition of its point, two bits each."""
    code = 0
    for place, verdict in enumerate(verdicts):
        code |= verdict << 2 * place
    return code


def unpacked(code: int, place: int) -> int:
    """The verdict about the condition at a place."""
    return code >> 2 * place & 3


class Window:
    """Capture times and verdicts; nearly all samples say "back" about everything.

    Args:
        conditions: How many conditions the point has.

    Attributes:
        times: Capture times, never falling [µs].
        odd: Capture time -> packed verdicts, of the samples that say anything else.
        quiet: The packed verdicts of all others.
        start_us: The newest capture time that was let go; None while all samples are here [µs].
    """

    __slots__ = ("conditions", "odd", "quiet", "start_us", "times")

    def __init__(self, conditions: int) -> None:
        self.conditions = conditions
        self.times = array("q")
        self.odd: dict[int, int] = {}
        self.quiet = packed([Verdict.BACK] * conditions)
        self.start_us: int | None = None

    def append(self, t_us: int, code: int) -> None:
        """A sample not older than any."""
        self.times.append(t_us)
        if code != self.quiet or t_us in self.odd:
            self.odd[t_us] = code

    def insert(self, t_us: int, code: int) -> bool:
        """A sample of any time after `start_us`.

        Of samples with the same time the worst verdict counts, so that their order does not.

        Returns:
            Whether it said anything that was not known.
        """
        times = self.times
        at = bisect_left(times, t_us)
        if at == len(times) or times[at] != t_us:
            times.insert(at, t_us)
            if code != self.quiet:
                self.odd[t_us] = code
            return True
        known = self.odd.get(t_us, self.quiet)
        worst = [max(unpacked(known, n), unpacked(code, n)) for n in range(self.conditions)]
        joined = packed(worst)
        if joined == known:
            return False
        self.odd[t_us] = joined
        return True

    def said(self, place: int) -> Iterator[tuple[int, int]]:
        """Capture time and verdict about one condition, in order."""
        odd, quiet = self.odd, self.quiet
        for t_us in self.times:
            yield t_us, odd.get(t_us, quiet) >> 2 * place & 3

    def leave(self, count: int) -> "Window":
        """Let the oldest `count` samples go, which are given back as a window."""
        gone = Window(self.conditions)
        gone.times = self.times[:count]
        del self.times[:count]
        if count:
            self.start_us = gone.times[-1]
        if self.odd:
            left = set(self.times)
            gone.odd = {t: code for t, code in self.odd.items() if t not in left}
            self.odd = {t: code for t, code in self.odd.items() if t in left}
        return gone

    def dump(self, first: int = 0) -> list[Any]:
        """JSON-ready state from the sample at `first` on: steps between times, and what is odd."""
        times = self.times[first:].tolist()
        if not times:
            return [times, []]
        steps = [b - a for a, b in pairwise(times)]
        steps.insert(0, times[0])
        if not self.odd:
            return [steps, []]
        return [steps, [[t, code] for t, code in sorted(self.odd.items()) if t >= times[0]]]

    def load(self, dumped: list[Any]) -> None:
        """Append what `dump` gave."""
        steps, odd = dumped
        self.times.extend(accumulate(steps))
        self.odd.update((t, code) for t, code in odd)
